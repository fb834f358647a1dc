import { type EntityMetadata, type EntityProperty, JsonType, ReferenceKind, type Type } from '@mikro-orm/postgresql';
import { BoundedMap } from '../domain/bounded-map.js';

/** A value that PostgreSQL takes as it is. */
type Plain = string | number | boolean | null;

const SCALARS: ReadonlySet<string> = new Set(['string', 'number', 'boolean']);

// What is an object may be a condition or SQL. Only the query builder of the ORM knows.
function plainValue(value: unknown): Plain | undefined {
  if (value === null || SCALARS.has(typeof value)) return value as Plain;
  return value instanceof Date ? value.toISOString() : undefined; // the connection is in UTC
}

// JSON is cast, which a column does by itself.
const isConverted = (type: Type<unknown> | undefined): boolean =>
  type !== undefined && ('convertToDatabaseValueSQL' in type || 'convertToJSValueSQL' in type);

const isPlainProp = (prop: EntityProperty): boolean =>
  prop.fieldNames?.length === 1 &&
  (prop.kind === ReferenceKind.SCALAR || (prop.kind === ReferenceKind.MANY_TO_ONE && prop.mapToPk === true)) &&
  (prop.customType instanceof JsonType || !isConverted(prop.customType)) &&
  prop.persist !== false &&
  prop.formula === undefined;

const quote = (name: string) => `"${name}"`;

/** How many texts are kept for a table: each set of columns that is updated has one. */
const KEPT = { entries: 200, bytes: 524_288 };

/**
 * The texts of the statements for rows of one table that come again and again: the same columns give the same text. The
 * ORM builds each of them from parts, which takes longer than PostgreSQL takes to run it.
 */
export class PlainTexts {
  readonly #texts = new BoundedMap<string>(KEPT);
  readonly #props: ReadonlyMap<string, EntityProperty>;
  readonly #table: string;

  private constructor(readonly meta: EntityMetadata) {
    this.#props = new Map(meta.props.map((prop) => [prop.name as string, prop]));
    this.#table = quote(meta.tableName);
  }

  static readonly #known = new WeakMap<EntityMetadata, PlainTexts | 'none'>();

  /** The texts of a table; undefined for one whose rows are more than columns with values. */
  static of(meta: EntityMetadata): PlainTexts | undefined {
    let known = this.#known.get(meta);
    if (known === undefined) {
      const isPlain =
        meta.props.every(isPlainProp) &&
        meta.primaryKeys.length === 1 &&
        meta.inheritanceType === undefined &&
        meta.getOwnConcurrencyCheckKeys().length === 0;
      known = isPlain ? new PlainTexts(meta) : 'none';
      this.#known.set(meta, known);
    }
    return known === 'none' ? undefined : known;
  }

  /** The values of some properties of a row; undefined if one of them is not plain, or is no column. */
  values(row: Readonly<Record<string, unknown>>, names: readonly string[]): Plain[] | undefined {
    const values: Plain[] = [];
    for (const name of names) {
      const value = plainValue(row[name]);
      if (value === undefined || !this.#props.has(name)) return undefined;
      // The ORM puts a default in its place.
      if (value === null && this.#props.get(name)?.nullable !== true) return undefined;
      values.push(value);
    }
    return values;
  }

  /** Inserts one row. */
  insert(names: readonly string[]): string {
    return this.#text('insert', names, () => {
      const places = names.map((_, n) => `$${n + 1}`).join(', ');
      return `insert into ${this.#table} (${this.#columns(names)}) values (${places})${this.#filledIn(names)}`;
    });
  }

  /** Inserts any number of rows, which are one value: a list of objects by column as JSON. */
  insertMany(names: readonly string[]): string {
    return this.#text('many', names, () => {
      // JSON that is a column's value comes as text, as the ORM writes it.
      const isJson = (name: string) => /^jsonb?$/.test(this.#typeOf(name));
      const types = names.map((name) => `${this.#column(name)} ${isJson(name) ? 'text' : this.#typeOf(name)}`);
      const read = names.map((name) => `${this.#column(name)}${isJson(name) ? `::${this.#typeOf(name)}` : ''}`);
      return (
        `insert into ${this.#table} (${this.#columns(names)}) select ${read.join(', ')} ` +
        `from jsonb_to_recordset($1::jsonb) as r(${types.join(', ')})${this.#filledIn(names)}`
      );
    });
  }

  /** Rows as the value for {@link insertMany}. */
  rowsAsJson(rows: readonly (readonly Plain[])[], names: readonly string[]): string {
    const columns = names.map((name) => this.#props.get(name)?.fieldNames[0] as string);
    return JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((column, n) => [column, row[n]]))));
  }

  /** Changes the row that some properties tell, and counts its version up. */
  update(names: readonly string[], where: readonly string[]): string {
    return this.#text('update', [...names, '|', ...where], () => {
      const version = this.#version();
      const sets = names.map((name, n) => `${this.#column(name)} = $${n + 1}`);
      if (version !== undefined) sets.push(`${version} = ${version} + 1`);
      const returned = this.#returned(({ generated, primary, version: counts }) =>
        Boolean((generated && !primary) || counts),
      );
      return `update ${this.#table} set ${sets.join(', ')} where ${this.#equals(where, names.length)}${returned}`;
    });
  }

  /** Reads the row that some properties tell, but for columns that are read on demand only. */
  select(where: readonly string[], isLocked: boolean): string {
    return this.#text(isLocked ? 'lock' : 'select', where, () => {
      const read = [...this.#props.values()].filter(({ lazy }) => lazy !== true).map(({ name }) => name as string);
      const end = isLocked ? ' for update' : '';
      return `select ${this.#columns(read)} from ${this.#table} where ${this.#equals(where, 0)} limit 1${end}`;
    });
  }

  #text(kind: string, names: readonly string[], make: () => string): string {
    const key = `${kind} ${names.join(' ')}`;
    let text = this.#texts.get(key);
    if (text === undefined) this.#texts.set(key, (text = make()));
    return text;
  }

  #column(name: string): string {
    return quote(this.#props.get(name)?.fieldNames[0] as string);
  }

  #columns(names: readonly string[]): string {
    return names.map((name) => this.#column(name)).join(', ');
  }

  #typeOf(name: string): string {
    return this.#props.get(name)?.columnTypes[0] as string;
  }

  #equals(names: readonly string[], before: number): string {
    return names.map((name, n) => `${this.#column(name)} = $${before + n + 1}`).join(' and ');
  }

  #version(): string | undefined {
    return this.meta.ownsVersionProperty() ? this.#column(this.meta.versionProperty as string) : undefined;
  }

  #returned(isReturned: (prop: EntityProperty) => boolean): string {
    const names = [...this.#props.values()].filter(isReturned).map(({ name }) => name as string);
    return names.length === 0 ? '' : ` returning ${this.#columns(names)}`;
  }

  #filledIn(names: readonly string[]): string {
    return this.#returned((prop) =>
      Boolean(
        prop.returning ||
        ((prop.defaultRaw || prop.autoincrement || prop.generated) && !names.includes(prop.name as string)),
      ),
    );
  }
}
