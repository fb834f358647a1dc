/**
 * Texts with named values: `${name}`. A value is encoded for the place where it stands, and nothing is evaluated. The
 * whole language:
 *
 * - `${name}` the value; the request is refused when there is none
 * - `${name?}` the same, left out when there is none
 * - `${name|json}` the value as JSON in a text
 * - `${name|join(,)}` a list as one text; a value that holds the separator is refused, because nothing escapes it
 * - `${name|segments}` in a path: `a/b` as two segments
 */
import { AdapterError, type JsonValue } from '../../src/adapters/adapter.js';
import { segment } from '../../src/adapters/http.js';

/** Gives the value of a name; undefined when it has none. */
export type Scope = (name: string) => JsonValue | undefined;

/** Where a value stands. In `path` it becomes a segment; elsewhere the sender encodes the finished text. */
export type Place = 'path' | 'text';

interface Hole {
  readonly name: string;
  readonly optional: boolean;
  readonly how: 'plain' | 'json' | 'segments' | { readonly join: string };
}

const HOLE = /\$\{([a-z][A-Za-z]*(?:\.[A-Za-z][A-Za-z0-9_-]*)?)(\?)?(?:\|(json|segments|join\(([^()]{1,3})\)))?\}/g;

const refuse = (message: string): AdapterError => new AdapterError('INVALID_ARGUMENT', message);

/** One text with named values. */
export class Template {
  readonly #parts: readonly (string | Hole)[];

  /** @throws Error when something begins like a value and is none. */
  constructor(readonly source: string) {
    const parts: (string | Hole)[] = [];
    let from = 0;
    for (const found of source.matchAll(HOLE)) {
      const [whole, name = '', optional, how, separator] = found;
      if (found.index > from) parts.push(source.slice(from, found.index));
      const kind = how === 'json' || how === 'segments' ? how : separator === undefined ? 'plain' : { join: separator };
      parts.push({ name, optional: optional !== undefined, how: kind });
      from = found.index + whole.length;
    }
    if (from < source.length) parts.push(source.slice(from));
    if (parts.some((part) => typeof part === 'string' && part.includes('${')))
      throw new Error(`"${source}" has a value that cannot be read.`);
    this.#parts = parts;
  }

  /** Every name in it. */
  get names(): string[] {
    return this.#parts.flatMap((part) => (typeof part === 'string' ? [] : [part.name]));
  }

  /**
   * The value: of a template that is one name only the value itself with its type, of others a text. Undefined when an
   * optional name that it consists of has no value.
   * @throws AdapterError INVALID_ARGUMENT when a value is missing, or is none that can stand there.
   */
  value(scope: Scope): JsonValue | undefined {
    const [only] = this.#parts;
    if (this.#parts.length !== 1 || only === undefined || typeof only === 'string') return this.text(scope);
    if (only.how !== 'plain') return this.#hole(only, scope, 'text');
    const value = valueOf(only, scope);
    if (value !== undefined) refuseEmpty(only.name, value);
    return value;
  }

  /** The text. See {@link value} for the errors. */
  text(scope: Scope, place: Place = 'text'): string {
    return this.#parts
      .map((part) => (typeof part === 'string' ? part : (this.#hole(part, scope, place) ?? '')))
      .join('');
  }

  #hole(hole: Hole, scope: Scope, place: Place): string | undefined {
    const { name, how } = hole;
    const value = valueOf(hole, scope);
    if (value === undefined) return undefined;
    refuseEmpty(name, value);
    if (how === 'json') return encoded(JSON.stringify(value), place);
    if (how === 'segments') return plain(name, value).split('/').map(segment).join('/');
    if (how === 'plain') return encoded(plain(name, value), place);
    const texts = (Array.isArray(value) ? value : [value]).map((one: JsonValue) => plain(name, one));
    const odd = texts.find((text) => text === '' || text.includes(how.join));
    if (odd !== undefined)
      throw refuse(`"${odd}" cannot stand in the list \${${name}}, whose separator is "${how.join}".`);
    return encoded(texts.join(how.join), place);
  }
}

const encoded = (text: string, place: Place): string => (place === 'path' ? segment(text) : text);

function valueOf({ name, optional }: Hole, scope: Scope): JsonValue | undefined {
  const value = scope(name);
  if (value !== undefined && value !== null) return value;
  if (optional) return undefined;
  throw refuse(`The request has no value for \${${name}}.`);
}

function plain(name: string, value: JsonValue): string {
  if (typeof value === 'object') throw refuse(`The value of \${${name}} is not a text or a number.`);
  return String(value);
}

/** To some tools an empty list means everything, so none is ever sent. */
function refuseEmpty(name: string, value: JsonValue): void {
  const list: readonly JsonValue[] | undefined = Array.isArray(value) ? value : undefined;
  if (list !== undefined && (list.length === 0 || list.some((one) => one === '' || one === null)))
    throw refuse(`The list \${${name}} is empty or has an empty member. Some tools take that for all targets.`);
}

/** A JSON value whose texts are templates. The property `*` adds those of an object beside the ones that are named. */
export type Pattern = string | number | boolean | null | readonly Pattern[] | { readonly [name: string]: Pattern };

/** Calls back with every template in a pattern. */
export function eachTemplate(pattern: Pattern, told: (template: Template) => void): void {
  if (typeof pattern === 'string') told(new Template(pattern));
  else if (typeof pattern === 'object' && pattern !== null) {
    for (const [name, item] of Object.entries(pattern)) {
      if (!Array.isArray(pattern) && name.includes('${')) throw new Error(`The name "${name}" must not have values.`);
      eachTemplate(item as Pattern, told);
    }
  }
}

/** The value of a pattern; what is optional and has no value is left out. */
export function fillIn(pattern: Pattern, scope: Scope): JsonValue | undefined {
  if (typeof pattern === 'string') return new Template(pattern).value(scope);
  if (typeof pattern !== 'object' || pattern === null) return pattern;
  if (Array.isArray(pattern))
    return (pattern as readonly Pattern[]).map((item) => fillIn(item, scope)).filter((item) => item !== undefined);
  const { '*': rest, ...named } = pattern as { readonly [name: string]: Pattern };
  const own: [string, JsonValue][] = Object.entries(named).flatMap(([name, item]) => {
    const value = fillIn(item, scope);
    return value === undefined ? [] : [[name, value]];
  });
  const more = rest === undefined ? undefined : fillIn(rest, scope);
  if (more === undefined) return Object.fromEntries(own);
  if (typeof more !== 'object' || more === null || Array.isArray(more))
    throw refuse('The value of "*" is not an object.');
  const taken = Object.keys(more).find((name) => Object.hasOwn(named, name));
  if (taken !== undefined) throw refuse(`The parameter "${taken}" is set by the profile.`);
  return Object.fromEntries([...Object.entries(more), ...own]);
}
