import { getNamedType, type GraphQLEnumType, type GraphQLInputObjectType, type GraphQLSchema } from 'graphql';
import { sql, type RawBuilder } from 'kysely';
import { compile } from '../../src/database/compile.js';
import { toNodeId, type NodeType } from '../../src/domain/node-id.js';
import type { FilterSpec } from '../../src/database/filter.js';
import type { ReadModel } from '../../src/reads/model.js';
import type { TestApp } from './app.js';
import type { Chance } from './random-input.js';

type Scalar = string | number | boolean;

/** A row with the values of each filter field: none, one or many. Ids are node ids. */
export interface FilteredRow {
  readonly id: string;
  readonly values: Readonly<Record<string, readonly Scalar[]>>;
}

/** Values of a field in related rows, as pairs of row and value, straight from the tables. */
export type Related = Readonly<Record<string, string>>;

/** What may be asked of a field, by its kind. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  text: ['eq', 'ne', 'in', 'notIn', 'contains', 'startsWith', 'isNull'],
  id: ['eq', 'in', 'notIn', 'isNull'],
  enum: ['eq', 'ne', 'in', 'notIn'],
  instant: ['lt', 'lte', 'gt', 'gte', 'isNull'],
  int: ['eq', 'lt', 'lte', 'gt', 'gte'],
  list: ['has', 'hasAny'],
};

const kindOf = (spec: FilterSpec): string => (spec.kind === 'related' ? spec.of : spec.kind);

const asText = (spec: FilterSpec, value: unknown): Scalar => {
  if (value instanceof Date) return value.toISOString();
  return 'type' in spec ? toNodeId(spec.type, value as string) : (value as Scalar);
};

/**
 * Reads the values of every row, without any filter.
 * @param related by field: SQL that gives `(row, value)`.
 */
export async function filteredRows(app: TestApp, model: ReadModel, related: Related): Promise<FilteredRow[]> {
  const { pool } = app.readDatabase;
  const columns = Object.entries(model.filters).filter(([, spec]) => 'column' in spec && spec.kind !== 'related');
  const select = columns.map(
    ([field, spec]) => sql`${(spec as { column: RawBuilder<unknown> }).column} as ${sql.id(field)}`,
  );
  const { text } = compile(sql`select t.id as row_id, ${sql.join(select)} from ${sql.raw(model.table)} t`);
  const { rows } = await pool.query<Record<string, unknown>>(text);
  const pairs: Record<string, Map<string, Scalar[]>> = {};
  for (const [field, statement] of Object.entries(related)) {
    const all = (pairs[field] = new Map<string, Scalar[]>());
    for (const { row, value } of (await pool.query<{ row: string; value: unknown }>(statement)).rows)
      if (value !== null) all.set(row, [...(all.get(row) ?? []), asText(model.filters[field] as FilterSpec, value)]);
  }
  return rows.map((row) => {
    const id = row['row_id'] as string;
    const own = columns.map(([field, spec]) => {
      const value = row[field];
      const list = spec.kind === 'list' ? (value as Scalar[]) : value === null ? [] : [asText(spec, value)];
      return [field, list] as const;
    });
    const others = Object.entries(pairs).map(([field, all]) => [field, all.get(id) ?? []] as const);
    return { id: toNodeId(model.type, id), values: Object.fromEntries([...own, ...others]) };
  });
}

type Filter = Readonly<Record<string, any>>;

const folded = (value: Scalar) => String(value).toLowerCase();

function holds(values: readonly Scalar[], operator: string, operand: any): boolean {
  switch (operator) {
    case 'eq':
    case 'has':
      return values.includes(operand);
    case 'ne':
      return !values.includes(operand);
    case 'in':
    case 'hasAny':
      return values.some((value) => operand.includes(value));
    case 'notIn':
      return !values.some((value) => operand.includes(value));
    case 'contains':
      return values.some((value) => folded(value).includes(folded(operand)));
    case 'startsWith':
      return values.some((value) => folded(value).startsWith(folded(operand)));
    case 'lt':
      return values.some((value) => value < operand);
    case 'lte':
      return values.some((value) => value <= operand);
    case 'gt':
      return values.some((value) => value > operand);
    case 'gte':
      return values.some((value) => value >= operand);
    case 'isNull':
      return (values.length === 0) === operand;
    default:
      throw new Error(`What does ${operator} mean?`);
  }
}

/** Whether a row matches a filter, as docs/filters.md says it. */
export function matches(row: FilteredRow, filter: Filter): boolean {
  return Object.entries(filter).every(([field, value]) => {
    if (field === 'and') return value.every((part: Filter) => matches(row, part));
    if (field === 'or') return value.some((part: Filter) => matches(row, part));
    if (field === 'not') return !matches(row, value);
    const values = row.values[field] ?? [];
    if (typeof value === 'boolean') return values.includes(value);
    return Object.entries(value).every(([operator, operand]) => holds(values, operator, operand));
  });
}

/** Makes filters of the values that there are, and some that there are not. */
export class RandomFilter {
  readonly #fields: readonly (readonly [string, FilterSpec])[];

  constructor(
    readonly chance: Chance,
    readonly model: ReadModel,
    readonly rows: readonly FilteredRow[],
    readonly schema: GraphQLSchema,
  ) {
    this.#fields = Object.entries(model.filters).filter(([, spec]) => spec.kind !== 'custom');
  }

  /** A filter, nested or not. */
  any(depth = 2): Filter {
    const { chance } = this;
    const kind = depth > 0 ? chance.below(5) : 4;
    if (kind === 0) return { not: this.any(depth - 1) };
    if (kind === 1) return { or: Array.from({ length: chance.below(3) }, () => this.any(depth - 1)) };
    if (kind === 2) return { and: Array.from({ length: chance.below(3) }, () => this.any(depth - 1)) };
    return Object.assign({}, ...Array.from({ length: 1 + chance.below(2) }, () => this.#on(chance.pick(this.#fields))));
  }

  /** Every field with every operator, alone. */
  each(): Filter[] {
    return this.#fields.flatMap(([field, spec]): Filter[] =>
      spec.kind === 'flag'
        ? [{ [field]: true }, { [field]: false }]
        : (OPERATORS[kindOf(spec)] ?? []).flatMap((operator) =>
            (operator === 'isNull' ? [true, false] : [0, 1]).map((given) => ({
              [field]: { [operator]: operator === 'isNull' ? given : this.#operand(field, spec, operator) },
            })),
          ),
    );
  }

  #on([field, spec]: readonly [string, FilterSpec]): Filter {
    const { chance } = this;
    if (spec.kind === 'flag') return { [field]: chance.next() < 0.5 };
    const operators = chance.some(OPERATORS[kindOf(spec)] ?? [], 2);
    return {
      [field]: Object.fromEntries(operators.map((operator) => [operator, this.#operand(field, spec, operator)])),
    };
  }

  #operand(field: string, spec: FilterSpec, operator: string): unknown {
    const { chance } = this;
    if (operator === 'isNull') return chance.next() < 0.5;
    const known = this.rows.flatMap(({ values }) => values[field] ?? []);
    const kind = kindOf(spec);
    const one = () => (known.length > 0 && chance.next() < 0.8 ? chance.pick(known) : stranger());
    const stranger = (): Scalar => {
      if (kind === 'id') return toNodeId((spec as { type: NodeType }).type, '01920000-0000-7000-8000-000000000000');
      if (kind === 'instant') return '2026-11-25T00:00:00.000Z';
      if (kind === 'int') return 3;
      if (kind === 'text') return 'zzz';
      return chance.pick(this.#enumOf(field));
    };
    if (['in', 'notIn', 'hasAny'].includes(operator)) return Array.from({ length: chance.below(4) }, one);
    const value = one();
    return operator === 'contains' || operator === 'startsWith' ? this.#part(String(value), operator) : value;
  }

  #enumOf(field: string): string[] {
    const of = (type: string, name: string) =>
      getNamedType((this.schema.getType(type) as GraphQLInputObjectType).getFields()[name]?.type as never) as unknown;
    const comparison = of(`${this.model.type}Filter`, field) as GraphQLInputObjectType;
    const operator = Object.keys(comparison.getFields())[0] as string;
    return (of(comparison.name, operator) as GraphQLEnumType).getValues().map(({ name }) => name);
  }

  #part(text: string, operator: string): string {
    const from = operator === 'contains' ? this.chance.below(text.length) : 0;
    const part = text.slice(from, from + 1 + this.chance.below(4));
    return this.chance.next() < 0.5 ? part.toUpperCase() : part;
  }
}
