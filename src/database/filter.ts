import { sql, type RawBuilder } from 'kysely';
import { byLanguage } from './expressions.js';
import { RequestError } from '../domain/errors.js';
import { fromNodeId, type NodeType } from '../domain/node-id.js';

/** How one field of a filter input becomes a condition. */
export type FilterSpec =
  | { readonly kind: 'enum' | 'int'; readonly column: RawBuilder<unknown> }
  | {
      readonly kind: 'text';
      readonly column: RawBuilder<unknown>;
      /** The form in which texts are stored there. What they are compared with is brought into it. */
      readonly stored?: (text: string) => string;
    }
  | {
      readonly kind: 'instant';
      readonly column: RawBuilder<unknown>;
      /** What follows from an instant being at or after (before) another, where that leads to an index. */
      readonly atOrAfter?: (instant: RawBuilder<unknown>) => RawBuilder<unknown>;
      readonly atOrBefore?: (instant: RawBuilder<unknown>) => RawBuilder<unknown>;
    }
  | { readonly kind: 'flag'; readonly column: RawBuilder<unknown> }
  | { readonly kind: 'id'; readonly type: NodeType; readonly column: RawBuilder<unknown> }
  /** A list column: `has`, `hasAny`. */
  | { readonly kind: 'list'; readonly column: RawBuilder<unknown>; readonly sqlType: string }
  /** Values in related rows. `exists` asks whether there is such a row for which a condition on `column` holds. */
  | ({
      readonly kind: 'related';
      readonly column: RawBuilder<unknown>;
      readonly exists: (condition: RawBuilder<unknown>) => RawBuilder<unknown>;
    } & ({ readonly of: 'id'; readonly type: NodeType } | { readonly of: 'enum' }))
  /** Anything else, written by hand. */
  | { readonly kind: 'custom'; readonly where: (value: never, place: FilterPlace) => RawBuilder<unknown> };

/** Where in a filter a value stands. */
export interface FilterPlace {
  /** E.g. `filter.or.0.attributes`, for errors. */
  readonly path: string;
  /**
   * Has the statement fail unless a condition holds that no row decides, wherever in the filter it stands.
   * @param holds whether it does; it never fails.
   */
  readonly expect: (condition: RawBuilder<unknown>, holds: RawBuilder<unknown>) => void;
}

/** Longest list in a filter. */
export const MAX_FILTER_LIST = 500;
/** Longest text that `contains` and `startsWith` look for, in characters. */
export const MAX_PATTERN = 200;
/** Deepest nesting of `and`, `or`, `not`. */
export const MAX_FILTER_DEPTH = 8;

type Comparison = Readonly<Record<string, unknown>>;

const escapeLike = (text: string) => text.replace(/[\\%_]/g, (c) => `\\${c}`);

// The collation of the database may know the case of ASCII only; that of ICU knows every letter. Names are stored in
// NFC. This is what `ilike` does, spelt out: the trigram indexes of the migrations are on the same expression. Those
// take letters apart by the rules of the database, which is right only for text whose case is folded before.
const anyCase = (column: RawBuilder<unknown>, like: string) =>
  sql`lower(${byLanguage(column)}) like lower(${byLanguage(sql`${like.normalize('NFC')}::text`)})`;

function pattern(value: unknown, field: string): string {
  const text = value as string;
  if (text.length > MAX_PATTERN)
    throw new RequestError('LIMIT_EXCEEDED', `"${field}" has more than ${MAX_PATTERN} characters.`, {
      field,
      max: MAX_PATTERN,
    });
  return escapeLike(text);
}

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
  number: 'float8',
  instant: 'timestamptz',
  id: 'uuid',
} as const;

/** Kinds of values that can be absent and have `isNull`. */
const MAY_BE_ABSENT = new Set(['text', 'instant', 'id']);

function nullRefused(path: string, hint: string): RequestError {
  return new RequestError('BAD_USER_INPUT', `"${path}" is null, and a comparison with null has no answer. ${hint}`, {
    field: path,
  });
}

function emptyRefused(path: string): RequestError {
  return new RequestError(
    'BAD_USER_INPUT',
    `"${path}" has no condition. Leave it out to match everything; a missing variable must not do that.`,
    { field: path },
  );
}

const LEAVE_OUT = 'Leave the field out to set no condition.';

// The values of a field, as its operators see them: those of the column, or those of the related rows.
export interface Values {
  readonly of: 'number' | 'text' | 'enum' | 'int' | 'instant' | 'id';
  readonly column: RawBuilder<unknown>;
  readonly type?: NodeType;
  readonly stored?: (text: string) => string;
  /** Whether the field has a value for which the condition holds. */
  readonly has: (condition: RawBuilder<unknown>) => RawBuilder<unknown>;
  /** Whether it has none. */
  readonly hasNone: (condition: RawBuilder<unknown>) => RawBuilder<unknown>;
}

const valuesOf = (spec: Exclude<FilterSpec, { kind: 'custom' | 'list' | 'flag' }>): Values =>
  spec.kind === 'related'
    ? { ...spec, has: spec.exists, hasNone: (condition) => sql`not ${spec.exists(condition)}` }
    : {
        ...spec,
        of: spec.kind,
        has: (condition) => condition,
        hasNone: (condition) => sql`(${spec.column} is null or not (${condition}))`,
      };

/**
 * One comparison object, e.g. `{ in: […], isNull: false }`. A field has no value, one or many. Each operator asks
 * whether one of the values fits (`eq`, `in`, `contains` …) or whether none does (`ne`, `notIn`, `isNull: true`), so
 * that an operator and its opposite always make the whole. All operators of the object must hold, each on its own.
 */
function compare(values: Values, comparison: Comparison, path: string): RawBuilder<unknown>[] {
  const { column, has, hasNone, stored } = values;
  const type = sql.raw(SQL_TYPE[values.of]);
  const decode = (value: unknown) => {
    if (values.type) return fromNodeId(values.type, value as string, path);
    return stored ? stored(value as string) : value;
  };
  const ofList = (value: unknown) => sql`${column} = any(${listed(value, path).map(decode)}::${type}[])`;
  return Object.entries(comparison).map(([operator, value]) => {
    if (value === null)
      throw nullRefused(
        `${path}.${operator}`,
        MAY_BE_ABSENT.has(values.of) ? 'Use `isNull: true` to match what is absent.' : LEAVE_OUT,
      );
    switch (operator) {
      case 'eq':
        return has(sql`${column} = ${decode(value)}::${type}`);
      case 'ne':
        return hasNone(sql`${column} = ${decode(value)}::${type}`);
      case 'in':
        return has(ofList(value));
      case 'notIn':
        return hasNone(ofList(value));
      case 'contains':
        return has(anyCase(column, `%${pattern(value, `${path}.contains`)}%`));
      case 'startsWith':
        return has(anyCase(column, `${pattern(value, `${path}.startsWith`)}%`));
      case 'lt':
        return has(sql`${column} < ${value}::${type}`);
      case 'lte':
        return has(sql`${column} <= ${value}::${type}`);
      case 'gt':
        return has(sql`${column} > ${value}::${type}`);
      case 'gte':
        return has(sql`${column} >= ${value}::${type}`);
      case 'isNull':
        return value ? hasNone(sql`${column} is not null`) : has(sql`${column} is not null`);
      default:
        throw new Error(`Filter "${path}" has the unknown operator ${operator}`);
    }
  });
}

// What follows from a comparison of instants. It narrows nothing; it leads PostgreSQL to an index.
function implied(spec: FilterSpec, comparison: Comparison): RawBuilder<unknown>[] {
  if (spec.kind !== 'instant') return [];
  return Object.entries(comparison).flatMap(([operator, value]) => {
    const instant = sql`${value}::timestamptz`;
    return [
      ...(spec.atOrAfter && ['eq', 'gt', 'gte'].includes(operator) ? [spec.atOrAfter(instant)] : []),
      ...(spec.atOrBefore && ['eq', 'lt', 'lte'].includes(operator) ? [spec.atOrBefore(instant)] : []),
    ];
  });
}

function inList(spec: FilterSpec & { kind: 'list' }, comparison: Comparison, path: string): RawBuilder<unknown>[] {
  const type = sql.raw(spec.sqlType);
  return Object.entries(comparison).map(([operator, value]) => {
    if (value === null) throw nullRefused(`${path}.${operator}`, LEAVE_OUT);
    return operator === 'has'
      ? sql`${spec.column} @> array[${value}]::${type}[]`
      : sql`${spec.column} && ${listed(value, path)}::${type}[]`;
  });
}

/**
 * The condition of a comparison object on values that are read in a way of their own.
 * @throws RequestError BAD_USER_INPUT for a null, or for an object without an operator
 */
export function comparisons(values: Values, comparison: object, path: string): RawBuilder<unknown> {
  const operators = given(comparison);
  if (Object.keys(operators).length === 0) throw emptyRefused(path);
  return sql`(${sql.join(compare(values, operators, path), sql` and `)})`;
}

function one(spec: FilterSpec, value: unknown, place: FilterPlace): RawBuilder<unknown>[] {
  const { path } = place;
  switch (spec.kind) {
    case 'custom':
      return [spec.where(value as never, place)];
    case 'flag':
      return [sql`${spec.column} = ${value}::boolean`];
    default: {
      const comparison = given(value);
      if (Object.keys(comparison).length === 0) throw emptyRefused(path);
      if (spec.kind === 'list') return inList(spec, comparison, path);
      return [...compare(valuesOf(spec), comparison, path), ...implied(spec, comparison)];
    }
  }
}

// What an input object really has: undefined is the same as absent.
const given = (input: unknown): Comparison =>
  Object.fromEntries(Object.entries(input as object).filter(([, value]) => value !== undefined));

// A member of `and`, `or` or `not`. It must say something.
function inner(
  filters: Readonly<Record<string, FilterSpec>>,
  input: unknown,
  { path, expect }: FilterPlace,
  depth: number,
): RawBuilder<unknown> {
  if (input === null) throw nullRefused(path, LEAVE_OUT);
  const condition = conditionAt(filters, input as object, { path, expect }, depth);
  if (!condition) throw emptyRefused(path);
  return condition;
}

function conditionAt(
  filters: Readonly<Record<string, FilterSpec>>,
  input: object,
  { path, expect }: FilterPlace,
  depth: number,
): RawBuilder<unknown> | undefined {
  if (depth > MAX_FILTER_DEPTH)
    throw new RequestError('LIMIT_EXCEEDED', `A filter may be nested ${MAX_FILTER_DEPTH} deep.`);
  const conditions: RawBuilder<unknown>[] = [];
  for (const [field, value] of Object.entries(given(input))) {
    const at = `${path}.${field}`;
    if (value === null) throw nullRefused(at, LEAVE_OUT);
    if (field === 'and' || field === 'or') {
      const parts = listed(value, field).map((part, i) =>
        inner(filters, part, { path: `${at}.${i}`, expect }, depth + 1),
      );
      if (parts.length > 0) conditions.push(sql`(${sql.join(parts, field === 'and' ? sql` and ` : sql` or `)})`);
      else conditions.push(field === 'and' ? sql`true` : sql`false`);
    } else if (field === 'not') {
      conditions.push(sql`not coalesce(${inner(filters, value, { path: at, expect }, depth + 1)}, false)`);
    } else {
      const spec = filters[field];
      if (!spec) throw new Error(`No filter is declared for "${field}"`);
      conditions.push(...one(spec, value, { path: at, expect }));
    }
  }
  return conditions.length === 0 ? undefined : sql`(${sql.join(conditions, sql` and `)})`;
}

/**
 * The condition of a filter input, or undefined when it asks for nothing. The meaning of filters is described in
 * docs/filters.md.
 *
 * Only the filter as a whole may be absent, null or empty, and then the list has every item. Within it a null, or an
 * object without a condition, is what is left of a mistake such as a variable that the client forgot. It is refused,
 * lest the client acts on everything.
 * @param name of the field or argument with the filter, for errors.
 * @throws RequestError LIMIT_EXCEEDED for too long lists or texts or too deep nesting, BAD_USER_INPUT for malformed
 * ids, nulls and empty conditions.
 */
export function filterCondition(
  filters: Readonly<Record<string, FilterSpec>>,
  input: object | null | undefined,
  name = 'filter',
): RawBuilder<unknown> | undefined {
  const { condition, expected } = partsOf(filters, input, name);
  return condition && expected.length > 0 ? sql`(${sql.join([...expected, condition], sql` and `)})` : condition;
}

/**
 * The condition of a filter input, and apart from it what has to hold for the filter to make sense. A filter that is
 * kept is checked once, and later finds nothing where that has ceased to hold.
 */
export function partsOf(
  filters: Readonly<Record<string, FilterSpec>>,
  input: object | null | undefined,
  name: string,
): {
  readonly condition: RawBuilder<unknown> | undefined;
  readonly expected: readonly RawBuilder<unknown>[];
  /** The same as `expected`, as conditions that do not fail. */
  readonly holds: readonly RawBuilder<unknown>[];
} {
  const expected: RawBuilder<unknown>[] = [];
  const holds: RawBuilder<unknown>[] = [];
  if (input === null || input === undefined) return { condition: undefined, expected, holds };
  const expect: FilterPlace['expect'] = (condition, quietly) => {
    expected.push(condition);
    holds.push(quietly);
  };
  return { condition: conditionAt(filters, input, { path: name, expect }, 0), expected, holds };
}
