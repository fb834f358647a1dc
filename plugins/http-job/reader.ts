/** Reads single texts out of an answer: JSON Pointers (RFC 6901), headers, and members of lists. */
import type { JsonValue } from '../../src/adapters/adapter.js';
import { Template, type Scope } from './template.js';

/** An answer to read from. */
export interface Document {
  readonly headers: { get(name: string): string | null };
  /** The body as JSON; undefined when there is none. */
  readonly body: JsonValue | undefined;
}

/** Members of a list: a pointer whose token `*` stands for every member, and what they must hold. */
export interface Selection {
  readonly list: string;
  /** Values by pointer below the member; templates. */
  readonly where?: Readonly<Record<string, string>>;
}

/** One way to find a text. */
export type ReaderRule =
  /** A JSON Pointer. */
  | string
  | ({
      /** Read only when this list has such a member. */
      readonly if?: Selection;
      /** What counts of the text: the first group of this regular expression. */
      readonly match?: string;
    } & (
      | { readonly pointer: string }
      | { readonly header: string }
      /** The text at `value` in the first selected member, or `text` when there is one. */
      | (Selection & { readonly value?: string; readonly text?: string })
      /** Several texts with `/` between them; none when one is missing. */
      | { readonly join: readonly string[] }
      /** Always this text; for the last rule. */
      | { readonly text: string }
    ));

/** The first rule that finds something counts. */
export type Reader = ReaderRule | readonly ReaderRule[];

/** Longest text that a regular expression looks at, in characters. */
const MAX_MATCHED = 2_000;

function tokensOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function step(value: JsonValue | undefined, token: string): JsonValue | undefined {
  if (Array.isArray(value)) {
    const list: readonly JsonValue[] = value;
    return /^(0|[1-9]\d*)$/.test(token) ? list[Number(token)] : undefined;
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
  return (value as { readonly [name: string]: JsonValue })[token];
}

/** The value at a JSON Pointer; undefined when there is none. */
export function at(body: JsonValue | undefined, pointer: string): JsonValue | undefined {
  return tokensOf(pointer).reduce(step, body);
}

/** Every value that a pointer with `*` for whole levels leads to. */
export function all(body: JsonValue | undefined, pattern: string): JsonValue[] {
  let found = body === undefined ? [] : [body];
  for (const token of tokensOf(pattern))
    found = found.flatMap((value) => {
      if (token === '*')
        return typeof value === 'object' && value !== null ? (Object.values(value) as JsonValue[]) : [];
      const next = step(value, token);
      return next === undefined ? [] : [next];
    });
  return found;
}

const textOf = (value: JsonValue | undefined): string | undefined =>
  value === undefined || value === null || typeof value === 'object' ? undefined : String(value);

function selected(document: Document, { list, where = {} }: Selection, scope: Scope): JsonValue[] {
  return all(document.body, list).filter((member) =>
    Object.entries(where).every(
      ([pointer, wanted]) => textOf(at(member, pointer)) === new Template(wanted).text(scope),
    ),
  );
}

function readRule(rule: ReaderRule, document: Document, scope: Scope): string | undefined {
  if (typeof rule === 'string') return textOf(at(document.body, rule));
  if (rule.if !== undefined && selected(document, rule.if, scope).length === 0) return undefined;
  const text = (): string | undefined => {
    if ('pointer' in rule) return textOf(at(document.body, rule.pointer));
    if ('header' in rule) return document.headers.get(rule.header) ?? undefined;
    if ('join' in rule) {
      const texts = rule.join.map((pointer) => textOf(at(document.body, pointer)));
      return texts.includes(undefined) ? undefined : texts.join('/');
    }
    if (!('list' in rule)) return rule.text;
    const [first] = selected(document, rule, scope);
    return first === undefined ? undefined : (rule.text ?? textOf(at(first, rule.value ?? '')));
  };
  const found = text();
  if (found === undefined || rule.match === undefined) return found;
  return new RegExp(rule.match).exec(found.slice(0, MAX_MATCHED))?.[1];
}

/** The text that the first rule with a result finds. Empty texts count as none. */
export function read(reader: Reader | undefined, document: Document, scope: Scope): string | undefined {
  if (reader === undefined) return undefined;
  for (const rule of Array.isArray(reader) ? (reader as readonly ReaderRule[]) : [reader as ReaderRule]) {
    const text = readRule(rule, document, scope);
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}

/** Calls back with every template in a reader. @throws Error for a regular expression without its one group. */
export function eachTemplateOfReader(reader: Reader | undefined, told: (template: Template) => void): void {
  if (reader === undefined) return;
  for (const rule of Array.isArray(reader) ? (reader as readonly ReaderRule[]) : [reader as ReaderRule]) {
    if (typeof rule === 'string') continue;
    if (rule.match !== undefined && new RegExp(`${rule.match}|`).exec('')?.length !== 2)
      throw new Error(`"${rule.match}" must have exactly one group.`);
    for (const selection of [rule.if, 'list' in rule ? rule : undefined])
      for (const wanted of Object.values(selection?.where ?? {})) told(new Template(wanted));
  }
}
