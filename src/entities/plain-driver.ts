import { type EntityMetadata, type EntityName, LockMode, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { PlainTexts } from './plain-texts.js';
import { Transaction } from './transaction.js';

type FindOne = PostgreSqlDriver['findOne'];
type InsertMany = PostgreSqlDriver['nativeInsertMany'];
type Update = PostgreSqlDriver['nativeUpdate'];
type Row = Readonly<Record<string, unknown>>;

/** Options of a search that ask for more than rows as they are. */
const MORE = [
  'fields',
  'exclude',
  'orderBy',
  'groupBy',
  'having',
  'offset',
  'first',
  'last',
  'before',
  'after',
] as const;
const LOCKS: ReadonlySet<unknown> = new Set([undefined, LockMode.NONE, LockMode.PESSIMISTIC_WRITE]);

const isEmpty = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) ? value.length === 0 : Object.keys(value as object).length === 0);

/**
 * Writes the statements of nearly every command itself: a row that is found and locked by its columns, inserted or
 * updated. What needs more than columns with values is left to the query builder of the ORM.
 */
export class PlainDriver extends PostgreSqlDriver {
  override findOne: FindOne = async (entityName, where, options) => {
    const { ctx, populate, lockMode } = options ?? {};
    const texts = this.#textsFor(entityName, ctx);
    const names = typeof where === 'object' && where !== null ? Object.keys(where) : [];
    const values = texts?.values(where as Row, names);
    const asks = (options ?? {}) as Row;
    const isPlain = isEmpty(populate) && LOCKS.has(lockMode) && MORE.every((name) => isEmpty(asks[name]));
    if (!texts || !values || values.length === 0 || values.includes(null) || !isPlain)
      return await super.findOne(entityName, where, options);
    const text = texts.select(names, lockMode === LockMode.PESSIMISTIC_WRITE);
    const { rows } = await this.rethrow((ctx as unknown as Transaction).query(text, values));
    return rows.length === 0 ? null : this.mapResult(rows[0] as never, texts.meta as never);
  };

  override nativeInsertMany: InsertMany = async (entityName, data, options, transform) => {
    const rows = data as readonly Row[];
    const names = Object.keys(rows[0] ?? {});
    const texts = options?.convertCustomTypes === false ? this.#textsFor(entityName, options.ctx) : undefined;
    const isAlike = rows.every((row) => Object.keys(row).length === names.length);
    const all = texts && isAlike ? rows.map((row) => texts.values(row, names)) : [undefined];
    if (!texts || transform !== undefined || names.length === 0 || !isWhole(all))
      return await super.nativeInsertMany(entityName, data, options, transform);
    const [only, ...more] = all;
    const [text, values] =
      more.length === 0 ? [texts.insert(names), only] : [texts.insertMany(names), [texts.rowsAsJson(all, names)]];
    return await this.#run(options?.ctx, text, values as unknown[]);
  };

  override nativeUpdate: Update = async (entityName, where, data, options) => {
    const isOurs = options?.convertCustomTypes === false && options.upsert !== true && isEmpty(options.unionWhere);
    const texts = isOurs ? this.#textsFor(entityName, options.ctx) : undefined;
    const [keys, names] =
      typeof where === 'object' && where !== null ? [Object.keys(where), Object.keys(data)] : [[], []];
    const found = texts?.values(where as Row, keys);
    const values = texts?.values(data as Row, names);
    if (!texts || !found || !values || found.length === 0 || values.length === 0 || found.includes(null))
      return await super.nativeUpdate(entityName, where, data, options);
    return await this.#run(options?.ctx, texts.update(names, keys), [...values, ...found]);
  };

  #textsFor<T extends object>(entityName: EntityName<T>, ctx: unknown): PlainTexts | undefined {
    return ctx instanceof Transaction
      ? PlainTexts.of(this.metadata.get(entityName) as unknown as EntityMetadata)
      : undefined;
  }

  // The result of a write as the unit of work of the ORM reads it.
  async #run(ctx: unknown, text: string, values: readonly unknown[]): Promise<never> {
    const { rows, rowCount } = await this.rethrow((ctx as Transaction).query(text, values));
    return { affectedRows: rowCount ?? 0, insertId: undefined, row: (rows as Row[])[0] ?? {}, rows } as never;
  }
}

const isWhole = <T>(all: readonly (T | undefined)[]): all is readonly T[] => all.every((one) => one !== undefined);
