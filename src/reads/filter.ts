import { sql, type RawBuilder } from 'kysely';
import { RequestError } from '../domain/errors.js';
import { fromNodeId, type NodeType } from '../domain/node-id.js';

/** How one field of a filter input becomes a condition. */
export type FilterSpec =
  | { readonly kind: 'text' | 'enum' | 'int' | 'instant' | 'flag'; readonly column: RawBuilder<unknown> }
  | { readonly kind: 'id'; readonly type: NodeType; readonly column: RawBuilder<unknown> }
  /** A list column: `has`, `hasAny`. */
  | { readonly kind: 'list'; readonly column: RawBuilder<unknown>; readonly sqlType: string }
  /** A relation: an id comparison inside `exists (…)`; `exists` gets the condition on the related id. */
  | {
      readonly kind: 'related';
      readonly type: NodeType;
      readonly column: RawBuilder<unknown>;
      readonly exists: (condition: RawBuilder<unknown>) => RawBuilder<unknown>;
    }
  /** Anything else, written by hand. */
  | { readonly kind: 'custom'; readonly where: (value: never) => RawBuilder<unknown> };

/** Longest list in a filter. */
export const MAX_FILTER_LIST = 500;
/** Deepest nesting of `and`, `or`, `not`. */
export const MAX_FILTER_DEPTH = 8;

type Comparison = Readonly<Record<string, unknown>>;

const escapeLike = (text: string) => text.replace(/[\\%_]/g, (c) => `\\${c}`);

function listed(value: unknown, field: string): readonly unknown[] {
  const items = value as readonly unknown[];
  if (items.length > MAX_FILTER_LIST)
    throw new RequestError('LIMIT_EXCEEDED', `The filter on "${field}" has more than ${MAX_FILTER_LIST} values.`, {
      field,
    });
  return items;
}

const SQL_TYPE = {
  text: 'text',
  enum: 'text',
  int: 'int',
  instant: 'timestamptz',
  flag: 'boolean',
  id: 'uuid',
  related: 'uuid',
} as const;

// One comparison object, e.g. { in: [...], isNull: false }; all of its members must hold.
function compare(
  spec: Exclude<FilterSpec, { kind: 'custom' | 'list' }>,
  comparison: Comparison,
  field: string,
): RawBuilder<unknown>[] {
  const { column } = spec;
  const type = sql.raw(SQL_TYPE[spec.kind]);
  const decode = (value: unknown) => ('type' in spec ? fromNodeId(spec.type, value as string, field) : value);
  const conditions: RawBuilder<unknown>[] = [];
  for (const [operator, value] of Object.entries(comparison)) {
    if (value === undefined || value === null) continue;
    switch (operator) {
      case 'eq':
        conditions.push(sql`${column} = ${decode(value)}::${type}`);
        break;
      case 'ne':
        conditions.push(sql`${column} is distinct from ${decode(value)}::${type}`);
        break;
      case 'in':
        conditions.push(sql`${column} = any(${listed(value, field).map(decode)}::${type}[])`);
        break;
      case 'notIn':
        conditions.push(sql`(${column} is null or ${column} <> all(${listed(value, field).map(decode)}::${type}[]))`);
        break;
      case 'contains':
        conditions.push(sql`${column} ilike ${`%${escapeLike(value as string)}%`}`);
        break;
      case 'startsWith':
        conditions.push(sql`${column} ilike ${`${escapeLike(value as string)}%`}`);
        break;
      case 'lt':
        conditions.push(sql`${column} < ${value}::${type}`);
        break;
      case 'lte':
        conditions.push(sql`${column} <= ${value}::${type}`);
        break;
      case 'gt':
        conditions.push(sql`${column} > ${value}::${type}`);
        break;
      case 'gte':
        conditions.push(sql`${column} >= ${value}::${type}`);
        break;
      case 'isNull':
        conditions.push(value ? sql`${column} is null` : sql`${column} is not null`);
        break;
      default:
        throw new Error(`Filter "${field}" has the unknown operator ${operator}`);
    }
  }
  return conditions;
}

function one(spec: FilterSpec, value: unknown, field: string): RawBuilder<unknown>[] {
  switch (spec.kind) {
    case 'custom':
      return [spec.where(value as never)];
    case 'flag':
      return [sql`${spec.column} = ${value}::boolean`];
    case 'list': {
      const { has, hasAny } = value as { has?: unknown; hasAny?: unknown[] };
      const type = sql.raw(spec.sqlType);
      return [
        ...(has == null ? [] : [sql`${spec.column} @> array[${has}]::${type}[]`]),
        ...(hasAny == null ? [] : [sql`${spec.column} && ${listed(hasAny, field)}::${type}[]`]),
      ];
    }
    case 'related': {
      const conditions = compare(spec, value as Comparison, field);
      return conditions.length === 0 ? [] : [spec.exists(sql.join(conditions, sql` and `))];
    }
    default:
      return compare(spec, value as Comparison, field);
  }
}

/**
 * The condition of a filter input, or undefined when it asks for nothing.
 * @throws RequestError LIMIT_EXCEEDED for too long lists or too deep nesting, BAD_USER_INPUT for malformed ids.
 */
export function filterCondition(
  filters: Readonly<Record<string, FilterSpec>>,
  input: object | null | undefined,
  depth = 0,
): RawBuilder<unknown> | undefined {
  if (input === null || input === undefined) return undefined;
  if (depth > MAX_FILTER_DEPTH)
    throw new RequestError('LIMIT_EXCEEDED', `A filter may be nested ${MAX_FILTER_DEPTH} deep.`);
  const conditions: RawBuilder<unknown>[] = [];
  for (const [field, value] of Object.entries(input)) {
    if (value === undefined || value === null) continue;
    if (field === 'and' || field === 'or') {
      const parts = listed(value, field).map(
        (part) => filterCondition(filters, part as object, depth + 1) ?? sql`true`,
      );
      if (parts.length > 0) conditions.push(sql`(${sql.join(parts, field === 'and' ? sql` and ` : sql` or `)})`);
      else if (field === 'or') conditions.push(sql`false`);
    } else if (field === 'not') {
      const part = filterCondition(filters, value as object, depth + 1);
      if (part) conditions.push(sql`not coalesce((${part}), false)`);
    } else {
      const spec = filters[field];
      if (!spec) throw new Error(`No filter is declared for "${field}"`);
      conditions.push(...one(spec, value, field));
    }
  }
  return conditions.length === 0 ? undefined : sql`(${sql.join(conditions, sql` and `)})`;
}
