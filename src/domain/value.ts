// What a value from outside may be. The syntax of a text, a number or a cursor is checked where it is read; here is
// what PostgreSQL and JavaScript can keep of it. A value beyond these bounds is the mistake of its sender, so it is
// refused at the door and never reaches a statement.

/** Deepest JSON value that is stored: objects and lists inside each other. */
export const MAX_JSON_DEPTH = 32;

/** Deepest value among the variables of an operation. Inputs and filters hold JSON values and each other. */
export const MAX_VARIABLES_DEPTH = 64;

/** What is wrong with a value, and where: `filter.name.eq`. */
export interface ValueProblem {
  readonly path: string;
  /** Completes the sentence that begins with the path. */
  readonly problem: string;
}

/**
 * Why a text cannot be stored as it is: PostgreSQL knows no U+0000, and an unpaired surrogate is not a character, so
 * that UTF-8 cannot write it.
 */
export function problemOfText(text: string): string | undefined {
  if (text.includes('\u0000')) return 'contains the character U+0000, which cannot be stored';
  if (!text.isWellFormed()) return 'contains an unpaired surrogate, which is not a character';
  return undefined;
}

const pathOf = (steps: readonly (string | number)[]): string => steps.join('.').toWellFormed().replaceAll('\u0000', '');

/**
 * The first thing in a value that cannot be kept: a text, the name of a field, or a depth.
 * @param value as JSON.parse makes it. It may be deeper than the stack, so nothing recurses.
 * @param maxDepth how deep it may be.
 */
export function problemOfValue(
  value: unknown,
  maxDepth: number,
  from: readonly string[] = [],
): ValueProblem | undefined {
  if (typeof value === 'number' && !Number.isFinite(value))
    return { path: pathOf(from), problem: 'is a number that cannot be stored exactly' };
  if (typeof value === 'string') {
    const problem = problemOfText(value);
    return problem === undefined ? undefined : { path: pathOf(from), problem };
  }
  if (value === null || typeof value !== 'object') return undefined;
  const waiting: { readonly inner: object; readonly path: readonly (string | number)[]; readonly depth: number }[] = [
    { inner: value, path: from, depth: 1 },
  ];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { inner, path, depth } = next;
    if (depth > maxDepth)
      return { path: pathOf(path.slice(0, 8)), problem: `is nested more than ${maxDepth} levels deep` };
    const list = Array.isArray(inner);
    for (const [name, item] of Object.entries(inner) as [string, unknown][]) {
      const at = () => pathOf([...path, name]);
      const bad = list ? undefined : problemOfText(name);
      if (bad !== undefined) return { path: at(), problem: `is a name that ${bad}` };
      if (typeof item === 'string') {
        const problem = problemOfText(item);
        if (problem !== undefined) return { path: at(), problem };
      } else if (typeof item === 'number' && !Number.isFinite(item))
        return { path: at(), problem: 'is a number that cannot be stored exactly' };
      else if (item !== null && typeof item === 'object')
        waiting.push({ inner: item, path: depth < 8 ? [...path, name] : path, depth: depth + 1 });
    }
  }
  return undefined;
}

const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** The digits of a decimal number that count, and the power of ten of the last one. */
function decimal(token: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(token) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? '0' : `${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}

/**
 * Whether JavaScript keeps a decimal number as it is written. It keeps `0.1` and `1e21`. It does not keep
 * `9007199254740993`, `1e400` or a number with more than 17 digits that count.
 */
export function keepsNumber(token: string): boolean {
  const value = Number(token);
  return Number.isFinite(value) && decimal(String(Math.abs(value))) === decimal(token);
}

// Numbers of fewer than 16 characters without an exponent are always kept; nearly every body has no others.
const SUSPICIOUS = /[\d.]{16}|\d[eE]/;
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.]*(?:[eE][+-]?\d+)?/gs;

/** The first number in a JSON text that JavaScript would change. Digits inside texts are no numbers. */
export function unkeptNumber(json: string): string | undefined {
  if (!SUSPICIOUS.test(json)) return undefined;
  for (const [token] of json.matchAll(TOKEN))
    if (!token.startsWith('"') && NUMBER.test(token) && !keepsNumber(token)) return token;
  return undefined;
}

/** A UUID in the usual text form. */
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const STORED_INSTANT = /^(\d{4})-(\d\d)-(\d\d) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d{1,6})?\+00$/;

// As PostgreSQL prints it in UTC. JavaScript knows which days there are.
function isStoredInstant(value: unknown): boolean {
  if (value === 'infinity' || value === '-infinity') return true; // stands for no time at all in an order
  const [, year, month, day] = (typeof value === 'string' && STORED_INSTANT.exec(value)) || [];
  if (year === undefined || Number(year) === 0) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

/** The SQL types of what lists are ordered by, and which values of them a cursor may carry. */
export const CURSOR_VALUES = {
  uuid: (value: unknown) => typeof value === 'string' && UUID.test(value),
  text: (value: unknown) => typeof value === 'string' && problemOfText(value) === undefined,
  timestamptz: isStoredInstant,
  // As text: JSON has no minus infinity, which stands for no value in an order.
  float8: (value: unknown) =>
    typeof value === 'string' && /^(?:-?\d{1,20}(?:\.\d{1,20})?(?:e[+-]\d{1,3})?|-Infinity)$/.test(value),
  int: (value: unknown) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31,
  // As text where a connection does not turn bigint into a number.
  bigint: (value: unknown) => Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,15}$/.test(value)),
} as const satisfies Readonly<Record<string, (value: unknown) => boolean>>;
