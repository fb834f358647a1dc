/**
 * The one place through which every value from a deployment tool enters: answers, errors, callbacks, descriptions. An
 * adapter passes on what its tool says, and a tool says anything. What comes out of here can be stored, shown and
 * compared; what cannot be made so is refused. What is changed stays readable: a character that nobody can store
 * becomes its escape, and an instant that does not exist is kept beside the one that replaces it.
 */

/** Nesting below an answer that is still read. */
const MAX_DEPTH = 32;
/** Maximum number of values in one answer: some thousand targets with everything there is to say about each. */
const MAX_VALUES = 500_000;
/** Maximum number of characters in all texts of one answer. */
const MAX_CHARACTERS = 16_777_216;
/** Longest text for people, in characters. */
const MAX_TEXT = 4_000;
/** Longest name, status or step, in characters. */
const MAX_NAME = 1_000;
/** Longest address, in characters. */
const MAX_URL = 2_000;
/** How much of an original is kept beside what replaced it, in characters. */
const MAX_ORIGINAL = 200;
/** Largest report about one target that is kept as it came, as JSON in characters. */
const MAX_REPORT = 16_384;

/** Texts with a bound of their own; the others have {@link MAX_TEXT}. */
const BOUNDS: Readonly<Record<string, number>> = {
  code: MAX_NAME,
  nativeStatus: MAX_NAME,
  step: MAX_NAME,
  toolVersion: MAX_NAME,
  chunk: MAX_CHARACTERS,
};
/** Texts that are not changed: their schema refuses what is odd, or they are wrapped by {@link storedCursor}. */
const IDENTITIES: ReadonlySet<string> = new Set(['key', 'cursor', 'dedupeId', 'verifiedSha256']);

/** An answer that is no JSON: it holds code, itself, numbers without a value, or is too large or too deep. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** Told of every value that was changed: where it stands and what was done. */
export type Notice = (place: string, change: string) => void;

/**
 * A copy of an answer that holds only JSON, so that nothing can change or act when it is read again.
 * @throws Unreadable
 */
export function plainCopy(raw: unknown): unknown {
  let values = 0;
  let characters = 0;
  const text = (value: string): string => {
    characters += value.length;
    if (characters > MAX_CHARACTERS) throw new Unreadable(`it has more than ${MAX_CHARACTERS} characters`);
    return value;
  };
  const copy = (value: unknown, depth: number): unknown => {
    values += 1;
    if (values > MAX_VALUES) throw new Unreadable(`it has more than ${MAX_VALUES} values`);
    if (typeof value === 'string') return text(value);
    if (value === null || value === undefined || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (typeof value !== 'object') throw new Unreadable(`it holds a ${typeof value} that JSON does not know`);
    if (depth >= MAX_DEPTH) throw new Unreadable(`it is nested more than ${MAX_DEPTH} deep`);
    if (Array.isArray(value)) {
      if (value.length > MAX_VALUES) throw new Unreadable(`it has more than ${MAX_VALUES} values`);
      return Array.from(value, (item) => copy(item, depth + 1) ?? null);
    }
    const entries = Object.keys(value).map(
      (name) => [text(name), copy((value as Record<string, unknown>)[name], depth + 1)] as const,
    );
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  };
  try {
    return copy(raw, 0);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable('reading it failed'); // a getter or a proxy
  }
}

// Control characters but tab and line breaks, characters that reorder what is read, and halves of characters.
const UNSAFE =
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\p{Surrogate}]/gu;
// What PostgreSQL stores neither as text nor in JSON.
// eslint-disable-next-line no-control-regex -- U+0000 is what is looked for
const UNSTORABLE = /[\u0000\p{Surrogate}]/u;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Whether the database can store the text as it is. */
export const isStorable = (text: string): boolean => !UNSTORABLE.test(text);

/** Whether the database can store a JSON value as it is: no text or name in it has a character that it refuses. */
export function isStorableJson(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, item]) => isStorable(name) && isStorableJson(item));
}

/** The text with every unsafe character as its escape, and cut where it is too long. It says that it was cut. */
export function words(text: string, max = MAX_TEXT): string {
  const safe = text.slice(0, max + 1).replaceAll(UNSAFE, escaped);
  if (text.length <= max && safe.length <= 2 * max) return safe;
  // Cut between characters: the first half of a pair would be unsafe again.
  return `${safe.slice(0, max).replace(/[\ud800-\udbff]$/, '')}… (${text.length} characters)`;
}

/** What stands for an instant that does not exist. Nobody believes it: the server then takes the time of arrival. */
export const NO_INSTANT = '1970-01-01T00:00:00.000Z';
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');
const INSTANT = /^\d{4}-\d\d-\d\d[t ]\d\d:\d\d:\d\d(\.\d+)?(z|[+-]\d\d(:?\d\d)?)$/i;

/** An instant that exists and can be stored: a leap second is the end of the second before. */
function instant(text: string): string {
  for (const candidate of [text, text.replace(/:60(\.\d+)?(?=[zZ+-])/, ':59.999')]) {
    const at = Date.parse(candidate);
    if (at >= 0 && at <= LAST_INSTANT) return candidate;
  }
  return NO_INSTANT;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function clean(value: unknown, name: string, place: string, notice: Notice): unknown {
  if (typeof value === 'string') {
    if (IDENTITIES.has(name)) return value;
    const read = words(value, BOUNDS[name]);
    if (read !== value) notice(place, 'a text was escaped or truncated');
    return read;
  }
  if (Array.isArray(value)) return value.map((item, index) => clean(item, name, `${place}/${index}`, notice));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [words(key, MAX_NAME), clean(item, key, `${place}/${key}`, notice)]),
  );
}

const REPORT_FIELDS: ReadonlySet<string> = new Set([
  ...['ciId', 'state', 'nativeStatus', 'at', 'attempt', 'step', 'percent', 'reason', 'verifiedSha256', 'original'],
]);

/** A report is kept as evidence, so what it says of itself beyond the contract is bounded, and a wrong `at` noted. */
function cleanReport(report: Json, place: string, notice: Notice): Json {
  const { at } = report;
  const read = typeof at === 'string' && INSTANT.test(at) ? instant(at) : at;
  const known = read === at ? report : { ...report, at: read, original: { at: words(String(at), MAX_ORIGINAL) } };
  if (read !== at) notice(`${place}/at`, 'an instant that does not exist was replaced');
  if (JSON.stringify(known).length <= MAX_REPORT) return known;
  notice(place, 'properties that the contract does not know were left out');
  return Object.fromEntries(Object.entries(known).filter(([name]) => REPORT_FIELDS.has(name)));
}

/** An address that people may follow, or none; what stood there is then in the message. */
function cleanRun(run: Json, notice: Notice): Json {
  const { url, ...rest } = run;
  if (typeof url !== 'string' || url === '' || (/^https?:\/\/\S+$/i.test(url) && url.length <= MAX_URL)) return run;
  notice('/run/url', 'a text that is no address was moved into the message');
  const message = typeof run['message'] === 'string' ? `${run['message']} ` : '';
  return { ...rest, message: words(`${message}Address: ${words(url, MAX_ORIGINAL)}`) };
}

/**
 * An answer for people and the database: texts without unsafe characters and within their bounds, instants that exist.
 * @param answer a plain copy.
 * @param notice told of each change; the conformance kit listens, because a good adapter needs none.
 */
export function cleanAnswer(answer: unknown, notice: Notice = () => {}): unknown {
  const safe = clean(answer, '', '', notice);
  if (!isObject(safe)) return safe;
  const cleaned: Json = { ...safe };
  if (isObject(cleaned['run'])) cleaned['run'] = cleanRun(cleaned['run'], notice);
  if (Array.isArray(cleaned['targets']))
    cleaned['targets'] = cleaned['targets'].map((report, index) =>
      isObject(report) && 'at' in report ? cleanReport(report, `/targets/${index}`, notice) : report,
    );
  if (isObject(cleaned['observation'])) cleaned['observation'] = cleanAnswer(cleaned['observation'], notice);
  return cleaned;
}

const ESCAPED_CURSOR = 'escaped:';

/** A cursor as the server keeps it. A tool gets back exactly what it gave, so what cannot be stored is only wrapped. */
export const storedCursor = (cursor: string): string =>
  isStorable(cursor) && !cursor.startsWith(ESCAPED_CURSOR)
    ? cursor
    : ESCAPED_CURSOR + JSON.stringify(cursor).replaceAll(UNSAFE, escaped);

/** The cursor that the tool gave, from {@link storedCursor}. */
export function givenCursor(stored: string): string {
  if (!stored.startsWith(ESCAPED_CURSOR)) return stored;
  try {
    return String(JSON.parse(stored.slice(ESCAPED_CURSOR.length)));
  } catch {
    return stored;
  }
}

/** Longest wait that a tool can ask for, in milliseconds. */
const MAX_WAIT_MS = 3_600_000;

/** A wait that a tool asks for, in milliseconds; undefined when it is none. */
export const wait = (ms: unknown): number | undefined =>
  typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? Math.min(ms, MAX_WAIT_MS) : undefined;
