/**
 * The JSON Schema (2020-12) of the attributes of a class: a closed subset that is checked in a time that grows with the
 * value, whatever the schema says. docs/classes.md lists it.
 */

/** Keywords of an attribute, as they are stored. */
export interface AttributeDefinition {
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'array';
  readonly [keyword: string]: unknown;
}

/** The schema of the attributes of a class. */
export interface AttributeSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, AttributeDefinition>>;
  readonly required: readonly string[];
  /** Whether items can have attributes that the schema does not name. */
  readonly additionalProperties: boolean;
}

/** What is wrong with a schema, and where: `properties.memory.minimum`. */
export interface SchemaProblem {
  readonly path: string;
  /** Completes the sentence that begins with the path. */
  readonly problem: string;
}

/** What attributes of a type can be compared with: the member of a filter. */
export type AttributeKind = 'number' | 'text' | 'flag' | 'date';

/** A schema without attributes, which leaves everything open. */
export const OPEN_SCHEMA: AttributeSchema = {
  type: 'object',
  properties: {},
  required: [],
  additionalProperties: true,
};

/** Maximum number of attributes of a class, with those of the classes above it. */
export const MAX_ATTRIBUTES = 200;
/** Maximum number of indexed attributes of a class, with those of the classes above it. */
export const MAX_INDEXED = 20;
/** Maximum number of values of an `enum`. */
export const MAX_ENUM = 200;
/** Maximum length of an indexed text, and of a text in a schema, in characters. */
export const MAX_SCHEMA_TEXT = 200;
/** Maximum number of elements of a list, and the largest bound for lengths. */
const MAX_BOUND = 65_536;
/** How many problems are listed. */
const MAX_PROBLEMS = 20;

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
/** Formats that are checked in a time that grows with the length of the text. */
export const ATTRIBUTE_FORMATS = ['date', 'date-time', 'ipv4', 'ipv6', 'uuid'] as const;

type Check = (value: unknown) => boolean;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isBound: Check = (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_BOUND;
const isText: Check = (value) => typeof value === 'string' && value.length >= 1 && value.length <= MAX_SCHEMA_TEXT;
const isFlag: Check = (value) => typeof value === 'boolean';

interface Keyword {
  readonly check: Check;
  readonly must: string;
  /** Whether a class below may say it where one above says something else; undefined: it has to be the same. */
  readonly narrows?: (below: never, above: never) => boolean;
}

const number = (narrows: (below: number, above: number) => boolean): Keyword => ({
  check: isNumber,
  must: 'be a number',
  narrows,
});
const bound = (narrows: (below: number, above: number) => boolean): Keyword => ({
  check: isBound,
  must: `be a whole number, 0 to ${MAX_BOUND}`,
  narrows,
});
const atLeast = (below: number, above: number) => below >= above;
const atMost = (below: number, above: number) => below <= above;
const words: Keyword = { check: isText, must: `be a text of 1 to ${MAX_SCHEMA_TEXT} characters`, narrows: () => true };

const enumOf = (check: Check): Keyword => ({
  check: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MAX_ENUM &&
    new Set(value).size === value.length &&
    value.every(check),
  must: `be a list of 1 to ${MAX_ENUM} different values of the type`,
  narrows: (below: readonly unknown[], above: readonly unknown[]) => below.every((value) => above.includes(value)),
});

const ABOUT = {
  title: words,
  description: words,
  indexed: {
    check: isFlag,
    must: 'be true or false',
    narrows: (below: boolean, above: boolean) => below || !above,
  },
} satisfies Record<string, Keyword>;
const UNIT: Keyword = {
  check: (value) => typeof value === 'string' && /^[^\s\p{C}]{1,20}$/u.test(value),
  must: 'be a unit of 1 to 20 characters without spaces',
};
// As the values are compared: 0.3 is a multiple of 0.1.
function isMultiple(below: number, above: number): boolean {
  const times = Math.round(below / above);
  return times >= 1 && Math.abs(times - below / above) <= 1e-9;
}
const NUMBERS = {
  enum: enumOf(isNumber),
  minimum: number(atLeast),
  maximum: number(atMost),
  exclusiveMinimum: number(atLeast),
  exclusiveMaximum: number(atMost),
  multipleOf: {
    check: (value: unknown) => isNumber(value) && (value as number) > 0,
    must: 'be a number above 0',
    narrows: isMultiple,
  },
  unit: UNIT,
} satisfies Record<string, Keyword>;

const KEYWORDS: Readonly<Record<string, Readonly<Record<string, Keyword>>>> = {
  string: {
    enum: enumOf(isText),
    minLength: bound(atLeast),
    maxLength: bound(atMost),
    format: {
      check: (value) => (ATTRIBUTE_FORMATS as readonly unknown[]).includes(value),
      must: `be one of ${ATTRIBUTE_FORMATS.join(', ')}`,
    },
  },
  number: NUMBERS,
  integer: { ...NUMBERS, enum: enumOf((value) => Number.isInteger(value)) },
  boolean: {},
  array: {
    minItems: bound(atLeast),
    maxItems: bound(atMost),
    uniqueItems: {
      check: isFlag,
      must: 'be true or false',
      narrows: (below: boolean, above: boolean) => below || !above,
    },
  },
};

const SHOWN = (name: string) => name.slice(0, 80);

/** Collects problems, up to a maximum. */
class Problems {
  readonly list: SchemaProblem[] = [];
  add = (path: string, problem: string): void => {
    if (this.list.length < MAX_PROBLEMS) this.list.push({ path, problem });
  };
}

function checkAttribute(problems: Problems, path: string, value: unknown, isElement: boolean): void {
  if (!isObject(value)) return problems.add(path, 'must be an object with a type');
  const { type } = value;
  const keywords = typeof type === 'string' && Object.hasOwn(KEYWORDS, type) ? KEYWORDS[type] : undefined;
  if (keywords === undefined || (isElement && type === 'array'))
    return problems.add(
      `${path}.type`,
      `must be ${isElement ? '' : 'array, '}string, number, integer or boolean. Attributes have no members`,
    );
  for (const [name, given] of Object.entries(value)) {
    if (name === 'type') continue;
    if (name === 'items' && type === 'array') checkAttribute(problems, `${path}.items`, given, true);
    else {
      const keyword = { ...(isElement ? {} : ABOUT), ...keywords }[name];
      if (keyword === undefined)
        problems.add(`${path}.${SHOWN(name)}`, `is no keyword of an attribute of type ${type}`);
      else if (!keyword.check(given)) problems.add(`${path}.${name}`, `must ${keyword.must}`);
    }
  }
  if (type === 'array' && !('items' in value)) problems.add(`${path}.items`, 'is missing: say what the elements are');
  if (value['indexed'] === true) checkIndexed(problems, path, value);
}

function checkIndexed(problems: Problems, path: string, value: Readonly<Record<string, unknown>>): void {
  const { type, maxLength } = value;
  const isShort =
    'enum' in value || 'format' in value || (typeof maxLength === 'number' && maxLength <= MAX_SCHEMA_TEXT);
  if (type === 'array') problems.add(`${path}.indexed`, 'is not possible for a list');
  else if (type === 'string' && !isShort)
    problems.add(`${path}.indexed`, `needs a maxLength of at most ${MAX_SCHEMA_TEXT}, an enum or a format`);
}

const ROOT: ReadonlySet<string> = new Set(['type', 'properties', 'required', 'additionalProperties']);

/** What is wrong with a schema that a client gives; empty if it is one of the subset. */
export function problemsOfSchema(schema: Readonly<Record<string, unknown>>): readonly SchemaProblem[] {
  const problems = new Problems();
  for (const name of Object.keys(schema))
    if (!ROOT.has(name)) problems.add(SHOWN(name), `is no keyword here. There are ${[...ROOT].join(', ')}`);
  if (schema['type'] !== 'object') problems.add('type', 'must be "object"');
  const { properties = {}, required = [], additionalProperties = true } = schema;
  if (typeof additionalProperties !== 'boolean') problems.add('additionalProperties', 'must be true or false');
  if (!isObject(properties)) problems.add('properties', 'must be an object');
  else {
    for (const [name, value] of Object.entries(properties).slice(0, MAX_ATTRIBUTES + 1)) {
      const path = `properties.${SHOWN(name)}`;
      if (!NAME.test(name) || FORBIDDEN.has(name))
        problems.add(path, 'is no name of an attribute: a letter, then up to 63 letters, digits, "_" and "-"');
      else checkAttribute(problems, path, value, false);
    }
  }
  const isList = Array.isArray(required) && required.every((name) => typeof name === 'string' && NAME.test(name));
  if (!isList || required.length > MAX_ATTRIBUTES || new Set(required).size < required.length)
    problems.add('required', `must be a list of up to ${MAX_ATTRIBUTES} different names of attributes`);
  return problems.list;
}

/** A schema of which {@link problemsOfSchema} finds nothing, with what it leaves out. */
export function normalSchema(schema: Readonly<Record<string, unknown>>): AttributeSchema {
  return { ...OPEN_SCHEMA, ...schema } as AttributeSchema;
}

// A class below says more about an attribute, and nothing else.
function narrowed(
  problems: Problems,
  path: string,
  above: AttributeDefinition,
  below: AttributeDefinition,
): AttributeDefinition {
  if (above.type !== below.type && !(above.type === 'number' && below.type === 'integer'))
    problems.add(`${path}.type`, `is ${above.type} in a class above, and can only be narrowed`);
  const keywords: Readonly<Record<string, Keyword>> = { ...ABOUT, ...KEYWORDS[below.type] };
  for (const [name, value] of Object.entries(below)) {
    const before = above[name];
    if (name === 'type' || name === 'items' || before === undefined || before === value) continue;
    if (keywords[name]?.narrows?.(value as never, before as never) !== true)
      problems.add(`${path}.${name}`, `is ${JSON.stringify(before)} in a class above, and can only be narrowed`);
  }
  // What an attribute is compared as stays the same in all classes that have it.
  if (below['format'] !== undefined && above['format'] === undefined)
    problems.add(`${path}.format`, 'is not there in a class above, and cannot be added');
  const [items, itemsBelow] = [above['items'], below['items']] as (AttributeDefinition | undefined)[];
  return {
    ...above,
    ...below,
    ...(items && itemsBelow && { items: narrowed(problems, `${path}.items`, items, itemsBelow) }),
  };
}

/**
 * The schema that items of a class have to fit: its own on top of that of the class above it.
 * @returns what is wrong, if the class below contradicts the one above or has too many attributes
 */
export function effectiveSchema(
  above: AttributeSchema,
  own: AttributeSchema,
): { readonly schema: AttributeSchema; readonly problems: readonly SchemaProblem[] } {
  const problems = new Problems();
  const properties: Record<string, AttributeDefinition> = { ...above.properties };
  for (const [name, definition] of Object.entries(own.properties)) {
    const inherited = Object.hasOwn(above.properties, name) ? above.properties[name] : undefined;
    properties[name] = inherited ? narrowed(problems, `properties.${name}`, inherited, definition) : definition;
  }
  const required = [...new Set([...above.required, ...own.required])];
  for (const name of required)
    if (!Object.hasOwn(properties, name)) problems.add('required', `names "${name}", which no class declares`);
  if (Object.keys(properties).length > MAX_ATTRIBUTES)
    problems.add('properties', `are more than ${MAX_ATTRIBUTES}, with those of the classes above`);
  const indexed = Object.entries(properties).filter(([, definition]) => definition['indexed'] === true);
  if (indexed.length > MAX_INDEXED)
    problems.add('properties', `has more than ${MAX_INDEXED} indexed ones, with those of the classes above`);
  // A text of which a class above says no length can become indexed here.
  for (const [name, definition] of indexed) checkIndexed(problems, `properties.${name}`, definition);
  const additionalProperties = above.additionalProperties && own.additionalProperties;
  return { schema: { type: 'object', properties, required, additionalProperties }, problems: problems.list };
}
