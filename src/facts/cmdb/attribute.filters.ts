import { sql, type RawBuilder } from 'kysely';
import { comparisons, type FilterPlace, type FilterSpec } from '../../database/filter.js';
import { RequestError } from '../../domain/errors.js';

/** What a filter says of one attribute. */
interface AttributeCondition {
  readonly name: string;
  readonly number?: Readonly<Record<string, unknown>>;
  readonly text?: Readonly<Record<string, unknown>>;
  readonly date?: Readonly<Record<string, unknown>>;
  readonly flag?: boolean;
  readonly isNull?: boolean;
}

/** What a filter says of the attributes of a class. */
export interface AttributesCondition {
  /** Key of the class. */
  readonly of: string;
  readonly where?: readonly AttributeCondition[] | null;
}

/** Where the values of attributes are read: in their index, or in the items themselves, as in a snapshot. */
export type AttributeSource = 'index' | 'items';

type Sql = RawBuilder<unknown>;

/** Maximum number of attributes of a filter. */
const MAX_CONDITIONS = 20;
const SAYS = ['number', 'text', 'date', 'flag', 'isNull'] as const;
type Says = (typeof SAYS)[number];

/** Ids of a class and of those below it. It is looked up once for a statement. */
const classesWithin = (key: string): Sql => sql`array(
  select k.id from custom_class k
  where k.lineage @> array[(select r.id from custom_class r where r.key = ${key})])`;

/** What fails unless a class declares attributes, indexed and of these kinds. An empty kind is any. */
export const declares = (of: string, names: readonly string[], kinds: readonly string[], field: string): Sql =>
  sql`ci_attribute_expect(${of}::text, ${names}::text[], ${kinds}::text[], ${field}::text)`;

// Whether it does. PostgreSQL asks once, because no row decides it.
const stillDeclares = (of: string, names: readonly string[], kinds: readonly string[]): Sql => sql`exists (
  select from custom_class k where k.key = ${of}::text and not exists (
    select from unnest(${names}::text[], ${kinds}::text[]) d(name, kind)
    where k.effective_schema -> 'properties' -> d.name -> 'indexed' is distinct from 'true'::jsonb
      or d.kind <> '' and ci_attribute_kind(k.effective_schema -> 'properties' -> d.name) is distinct from d.kind))`;

// Instants are kept as seconds, so that one index has all that is not text.
const seconds = (value: unknown): unknown => (typeof value === 'string' ? Date.parse(value) / 1000 : value);

interface Read {
  readonly number: Sql;
  readonly text: Sql;
  /** Whether an item has a value for which a condition holds. */
  readonly has: (condition: Sql) => Sql;
}

function inIndex(name: string, kind: string): Read {
  // Texts stand behind one number in the index.
  const given = kind === 'text' ? sql`a.number = 0` : sql`a.number > '-infinity'`;
  return {
    number: sql`a.number`,
    text: sql`(a.value collate "und-x-icu")`,
    has: (condition) =>
      sql`exists (
        select 1 from ci_attribute a
        where a.ci_id = t.id and a.name = ${name} and ${given} and ${condition})`,
  };
}

function inItems(name: string, kind: string, of: string): Read {
  const value = sql`(t.attributes -> ${name}::text)`;
  // Whether there is a value depends on what the class says of it.
  const as = kind === '' ? kindOf(of, name) : sql`${kind}::text`;
  const number = sql`ci_attribute_number(${value}, ${as})`;
  return {
    number,
    text: sql`ci_attribute_text(${value}, ${as})`,
    has: (condition) => sql`(${number} > '-infinity' and ${condition})`,
  };
}

const kindOf = (of: string, name: string): Sql => sql`(
  select ci_attribute_kind(k.effective_schema -> 'properties' -> ${name}::text)
  from custom_class k where k.key = ${of})`;

function says(condition: AttributeCondition, path: string): Says {
  const given = SAYS.filter((name) => condition[name] !== undefined);
  const [first] = given;
  if (first === undefined || given.length > 1)
    throw new RequestError('BAD_USER_INPUT', `"${path}" needs one of ${SAYS.join(', ')}.`, { field: path });
  if (condition[first] === null)
    throw new RequestError('BAD_USER_INPUT', `"${path}.${first}" is null. Use \`isNull: true\` for what is absent.`, {
      field: `${path}.${first}`,
    });
  return first;
}

const kindFor = (said: Says): string => (said === 'isNull' ? '' : said);

function conditionFor(source: AttributeSource, of: string, condition: AttributeCondition, path: string): Sql {
  const said = says(condition, path);
  const { name } = condition;
  const read = source === 'index' ? inIndex(name, kindFor(said)) : inItems(name, kindFor(said), of);
  const values = { has: read.has, hasNone: (inner: Sql) => sql`not ${read.has(inner)}` };
  const at = `${path}.${said}`;
  switch (said) {
    case 'flag':
      return read.has(sql`${read.number} = ${condition.flag === true ? 1 : 0}`);
    case 'isNull':
      return condition.isNull === true ? values.hasNone(sql`true`) : values.has(sql`true`);
    case 'text':
      return comparisons({ ...values, of: 'text', column: read.text }, condition.text ?? {}, at);
    case 'number':
      return comparisons({ ...values, of: 'number', column: read.number }, condition.number ?? {}, at);
    case 'date': {
      const inSeconds = Object.entries(condition.date ?? {}).map(([operator, value]) => [operator, seconds(value)]);
      return comparisons({ ...values, of: 'number', column: read.number }, Object.fromEntries(inSeconds), at);
    }
  }
}

/** How the filter `attributes` of configuration items becomes a condition on `configuration_item t`. */
export const attributesFilter = (source: AttributeSource) =>
  ({
    kind: 'custom',
    where: ({ of, where }: AttributesCondition, { path, expect }: FilterPlace) => {
      if (where === null)
        throw new RequestError('BAD_USER_INPUT', `"${path}.where" is null. Leave it out to find all of the class.`, {
          field: `${path}.where`,
        });
      const conditions = where ?? [];
      if (conditions.length > MAX_CONDITIONS)
        throw new RequestError('LIMIT_EXCEEDED', `"${path}.where" has more than ${MAX_CONDITIONS} attributes.`, {
          field: `${path}.where`,
          max: MAX_CONDITIONS,
        });
      const all = conditions.map((condition, i) => conditionFor(source, of, condition, `${path}.where.${i}`));
      const kinds = conditions.map((condition) => kindFor(says(condition, path)));
      const names = conditions.map(({ name }) => name);
      expect(declares(of, names, kinds, path), stillDeclares(of, names, kinds));
      return sql`(${sql.join([sql`t.custom_class_id = any(${classesWithin(of)})`, ...all], sql` and `)})`;
    },
  }) as const satisfies FilterSpec;

const RANGES: Readonly<Record<string, Sql>> = {
  eq: sql`=`,
  lt: sql`<`,
  lte: sql`<=`,
  gt: sql`>`,
  gte: sql`>=`,
};

// What follows from a filter for the rows of the order. It narrows nothing; it lets PostgreSQL begin at the right place
// of the index instead of looking at each value twice.
function impliedRange({ where }: Pick<AttributesCondition, 'where'>, name: string): Sql[] {
  return (where ?? []).flatMap((condition) =>
    condition.name !== name
      ? []
      : Object.entries(condition.number ?? condition.date ?? {}).flatMap(([operator, value]) => {
          const compared = Object.hasOwn(RANGES, operator) ? RANGES[operator] : undefined;
          return compared && value != null ? [sql`o.number ${compared} ${seconds(value)}::float8`] : [];
        }),
  );
}

/**
 * Configuration items with an attribute, to be sorted by it: `attribute_number`, `attribute_value` and `attribute_ci`
 * beside their columns. Each item of the class is among them, those without a value first.
 */
export function itemsByAttribute(source: AttributeSource, filter: AttributesCondition, name: string): Sql {
  const { of } = filter;
  const expected = declares(of, [name], [''], 'orderBy');
  if (source === 'index')
    return sql`(
      select i.*, o.number as attribute_number, o.value as attribute_value, o.ci_id as attribute_ci
      from configuration_item i join ci_attribute o on o.ci_id = i.id
      where ${sql.join([sql`o.name = ${name}`, expected, ...impliedRange(filter, name)], sql` and `)})`;
  const value = sql`(i.attributes -> ${name}::text)`;
  return sql`(
    select i.*, ci_attribute_number(${value}, ${kindOf(of, name)}) as attribute_number,
      ci_attribute_text(${value}, ${kindOf(of, name)}) as attribute_value, i.id as attribute_ci
    from configuration_item i where ${expected})`;
}
