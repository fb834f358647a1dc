import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isAdapterError, type Adapter } from '../../src/adapters/adapter.js';
import type { HostedAdapter } from '../../src/adapters/hosted-adapter.js';
import { givenCursor, isStorableJson, plainCopy, storedCursor, words } from '../../src/adapters/outside.js';
import { connected, moduleOf, patience, PLAIN_CAPABILITIES, requestOf, temporaryDirectory } from './support/harness.js';

/** How many answers are tried; more by hand: `FUZZ_ANSWERS=1000000 npm test -- test/adapters/outside`. */
const ANSWERS = Number(process.env['FUZZ_ANSWERS'] ?? 4_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_126);

/** A generator of numbers from 0 to 1 that gives the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const random = randomOf(SEED);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

const circle: Record<string, unknown> = {};
circle['again'] = circle;
let deep: unknown = 'deep';
for (let depth = 0; depth < 10_000; depth += 1) deep = [deep];

/** Values that an adapter must not give, or that have gone wrong somewhere before. */
const HOSTILE: readonly (() => unknown)[] = [
  ...['', '\u0000', 'a\u0000b', '\ud800', '\udfff x', '\u001b[2J', '\u202egnp.exe', '__proto__', 'x'.repeat(5_000)],
  ...['9999-12-31T23:59:59-23:00', '0000-01-01T00:00:00Z', '2026-12-31T23:59:60Z', '2026-02-30T00:00:00Z'],
  ...['javascript:alert(1)', 'escaped:"', 'escaped:{}', '\u{1f600}'.repeat(3_000)],
  ...[0, -1, 1.5, 1e300, NaN, Infinity, 10n, true, null, undefined, Symbol('s'), circle, deep],
  ...[[], {}, [null], { toJSON: 1 }, new Date(NaN), new Map(), Buffer.from('bytes')],
].map((value) => () => value);
const GOOD: Readonly<Record<string, unknown>> = {
  probe: { status: 'ready', toolVersion: '1', detail: 'fine' },
  preflight: { verdict: 'ok', messages: ['fine'], targets: [{ ciId: 'ci-1', verdict: 'ok', message: 'fine' }] },
  submit: { adapterId: 'plain', apiVersion: 1, key: 'k', native: { id: 'run' } },
  find: { adapterId: 'plain', apiVersion: 1, key: 'k', native: { id: 'run' } },
  observe: {
    run: { phase: 'running', nativeStatus: 'ok', percent: 1, message: 'fine', url: 'https://tool.example/1' },
    targets: [
      {
        ...{ ciId: 'ci-1', state: 'failed', nativeStatus: 'BAD', at: '2026-11-26T00:00:00Z', attempt: 1, step: 'copy' },
        ...{ percent: 5, reason: { code: 'E', message: 'broken', retryable: true }, verifiedSha256: 'a'.repeat(64) },
      },
    ],
    cursor: '1',
    nextPollMs: 5,
    complete: false,
  },
  cancel: { accepted: true, detail: 'fine' },
  receive: { key: 'k', dedupeId: '1' },
  logs: { chunk: 'line', cursor: '1', eof: false },
};

/** The value with one or more places in it, or all of it, replaced. */
function spoilt(value: unknown): unknown {
  if (random() < 0.15) return pick(HOSTILE)();
  if (Array.isArray(value)) return value.map((item) => (random() < 0.8 ? spoilt(item) : item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, random() < 0.8 ? spoilt(item) : item]);
  if (random() < 0.1) entries.push([pick(['extra', 'x\u0000', '\ud800', '__proto__']), pick(HOSTILE)()]);
  return Object.fromEntries(entries);
}

function thrown(): unknown {
  const code = pick(['INTERNAL', 'UNAVAILABLE', 'OUTCOME_UNKNOWN', 'NOT_FOUND', 'SPLENDID']);
  const error = Object.assign(new Error('broken'), { name: 'AdapterError', code });
  return pick([
    pick(HOSTILE)(),
    Object.assign(error, { message: pick(HOSTILE)(), retryAfterMs: pick(HOSTILE)(), native: pick(HOSTILE)() }),
  ]);
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let adapter: HostedAdapter;
let answer: () => Promise<unknown>;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const say = async (): Promise<never> => (await answer()) as never;
  const methods = ['probe', 'preflight', 'submit', 'find', 'observe', 'cancel', 'receive', 'logs'] as const;
  const inner = Object.fromEntries(methods.map((method) => [method, say])) as Partial<Adapter>;
  const capabilities = { ...PLAIN_CAPABILITIES, cancel: 'confirmed', preflight: 'static', logs: 'cursor' } as const;
  adapter = (await connected(moduleOf(inner, { capabilities: () => capabilities }), directory.path)).adapter;
});
afterAll(async () => await directory.remove());

const handle = { adapterId: 'plain', apiVersion: 1 as const, key: 'k', native: {} };

const CALLS: Readonly<Record<string, () => Promise<unknown>>> = {
  probe: () => adapter.probe(patience()),
  preflight: () => adapter.preflight(requestOf({ key: 'k' }), patience()),
  submit: () => adapter.submit(requestOf({ key: 'k' }), patience()),
  find: () => adapter.find('k', patience()),
  observe: () => adapter.observe(handle, '1', patience()),
  cancel: () => adapter.cancel(handle, { mode: 'stop' }, patience()),
  receive: () => adapter.receive({ headers: {}, rawBody: new Uint8Array(), query: {} }, patience()),
  logs: () => adapter.logs(handle, { maxBytes: 100 }, patience()),
};

/** What is wrong with a value that leaves the port; undefined when the core can store and use it. */
function problemOf(value: unknown): string | undefined {
  if (!isStorableJson(value)) return 'it cannot be stored';
  const text = JSON.stringify(value) ?? 'null';
  if (text.length > 100_000) return `it has ${text.length} characters`;
  const { targets = [] } = (value ?? {}) as { targets?: readonly { at?: string }[] };
  for (const { at } of Array.isArray(targets) ? targets : [])
    if (at !== undefined && !/^\d{4}-/.test(new Date(at).toISOString())) return `${at} is no instant`;
  return undefined;
}

describe('whatever an adapter answers', () => {
  test.each(Object.keys(CALLS))(`%s gives what can be stored, or an AdapterError (seed ${SEED})`, async (method) => {
    const made: Record<string, number> = { good: 0, refused: 0 };
    for (let count = 0; count < ANSWERS / 8; count += 1) {
      const said = random() < 0.2 ? undefined : spoilt(GOOD[method]);
      const error = thrown();
      answer = said === undefined ? async () => Promise.reject(error) : async () => said;
      const got = await CALLS[method]?.().then(
        (value) => ({ value }),
        (failure: unknown) => ({ failure }),
      );
      if (got && 'failure' in got) {
        made['refused'] = (made['refused'] ?? 0) + 1;
        if (!isAdapterError(got.failure)) throw got.failure;
        const { message, native, retryAfterMs } = got.failure;
        expect(problemOf([message, native])).toBeUndefined();
        expect(retryAfterMs ?? 0).toBeLessThanOrEqual(86_400_000);
        expect(retryAfterMs ?? 0).toBeGreaterThanOrEqual(0);
        const known = ['UNAVAILABLE', 'NOT_FOUND', 'INTERNAL', 'OUTCOME_UNKNOWN'];
        expect(said === undefined ? known : method === 'submit' ? ['OUTCOME_UNKNOWN'] : ['INTERNAL']).toContain(
          got.failure.code,
        );
      } else {
        made['good'] = (made['good'] ?? 0) + 1;
        expect(problemOf(got?.value)).toBeUndefined();
      }
    }
    expect(made['good']).toBeGreaterThan(0);
    expect(made['refused']).toBeGreaterThan(0);
  });
});

describe('reading a value from outside', () => {
  test('keeps ordinary text, escapes what is unsafe and says what was cut', () => {
    expect(words('Grüße, 世界 👍\tline\nnext')).toBe('Grüße, 世界 👍\tline\nnext');
    expect(words('a\u0000b\ud800\u202e\u001b[1m')).toBe('a\\u0000b\\ud800\\u202e\\u001b[1m');
    expect(words('x'.repeat(50), 10)).toBe(`${'x'.repeat(10)}… (50 characters)`);
    expect(words('👍'.repeat(10), 5)).toBe('👍👍… (20 characters)');
  });

  test('refuses what is no JSON, too deep or too large', () => {
    for (const value of [circle, deep, 1n, NaN, () => 1, 'x'.repeat(20_000_000), Array(1e7)])
      expect(() => plainCopy(value)).toThrow();
    expect(plainCopy({ a: [1, undefined], b: undefined })).toEqual({ a: [1, null] });
  });

  test('gives a cursor back exactly', () => {
    for (const cursor of ['', '1', '\u0000', '\ud800"', 'escaped:"x"', 'escaped:'])
      expect([isStorableJson(storedCursor(cursor)), givenCursor(storedCursor(cursor))]).toEqual([true, cursor]);
  });
});
