import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  AdapterError,
  isAdapterError,
  type Adapter,
  type AdapterModule,
  type RunHandle,
} from '../../src/adapters/adapter.js';
import type { HostedAdapter } from '../../src/adapters/hosted-adapter.js';
import {
  codeOf,
  connected,
  moduleOf,
  patience,
  PLAIN_CAPABILITIES,
  requestOf,
  sha256,
  targetsOf,
  temporaryDirectory,
} from './support/harness.js';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(() => directory.remove());

const host = async (adapter: Partial<Adapter>, changes: Partial<AdapterModule> = {}): Promise<HostedAdapter> =>
  (await connected(moduleOf(adapter, changes), directory.path)).adapter;

const handle: RunHandle = { adapterId: 'plain', apiVersion: 1, key: 'k', native: {} };
const quiet = { run: { phase: 'running' as const }, targets: [], cursor: '', complete: false };
const never = (): Promise<never> => new Promise(() => undefined);

describe('an adapter that ignores its signal', () => {
  test('does not hold up the core, and what is left open is said', async () => {
    const adapter = await host({ probe: never, submit: never, observe: never });
    expect(await codeOf(adapter.submit(requestOf(), AbortSignal.timeout(10)))).toBe('OUTCOME_UNKNOWN');
    expect(await codeOf(adapter.observe(handle, null, AbortSignal.timeout(10)))).toBe('DEADLINE_EXCEEDED');
    const stop = new AbortController();
    const probe = codeOf(adapter.probe(stop.signal));
    stop.abort();
    expect(await probe).toBe('ABORTED');
  });

  test('is not even asked when the caller has given up before', async () => {
    let asked = 0;
    const adapter = await host({ submit: async () => ((asked += 1), handle) });
    expect(await codeOf(adapter.submit(requestOf(), AbortSignal.abort()))).toBe('ABORTED');
    expect(asked).toBe(0);
  });
});

describe('what an adapter throws', () => {
  test('becomes INTERNAL unless it is an AdapterError, which keeps its code and what it carries', async () => {
    const throwing = (error: unknown): Promise<HostedAdapter> => host({ probe: () => Promise.reject(error as Error) });
    for (const error of [new TypeError('x is undefined'), 'a text', null, undefined, { code: 'NOT_FOUND' }]) {
      expect(await codeOf((await throwing(error)).probe(patience()))).toBe('INTERNAL');
    }
    const own = await throwing(
      new AdapterError('RESOURCE_EXHAUSTED', 'slow down', { retryAfterMs: 5, native: { quota: 1 } }),
    );
    const caught: unknown = await own.probe(patience()).catch((error: unknown) => error);
    expect(isAdapterError(caught) && [caught.code, caught.message, caught.retryAfterMs, caught.native]).toEqual([
      'RESOURCE_EXHAUSTED',
      'slow down',
      5,
      { quota: 1 },
    ]);
  });

  test('also when it throws at once instead of rejecting', async () => {
    const adapter = await host({
      probe: () => {
        throw new Error('at once');
      },
    });
    expect(await codeOf(adapter.probe(patience()))).toBe('INTERNAL');
  });
});

describe('an answer outside the contract', () => {
  const handles: [string, unknown][] = [
    ['no handle', undefined],
    ['of another key', { ...handle, key: 'another' }],
    ['of another adapter', { ...handle, adapterId: 'another' }],
    ['too large', { ...handle, native: { padding: 'x'.repeat(9_000) } }],
    ['without native', { adapterId: 'plain', apiVersion: 1, key: 'k' }],
  ];

  test.each(handles)('a handle that is %s leaves open whether a run exists', async (_name, answer) => {
    const adapter = await host({ submit: async () => answer as RunHandle, find: async () => answer as RunHandle });
    expect(await codeOf(adapter.submit(requestOf({ key: 'k' }), patience()))).toBe('OUTCOME_UNKNOWN');
    expect(await codeOf(adapter.find('k', patience()))).toBe('INTERNAL');
  });

  const report = { ciId: 'ci-1', state: 'succeeded', nativeStatus: 'OK', at: '2026-11-22T10:00:00Z', attempt: 1 };
  const observations: [string, unknown][] = [
    ['an unknown state', { ...quiet, targets: [{ ...report, state: 'splendid' }] }],
    ['a time that is none', { ...quiet, targets: [{ ...report, at: 'yesterday' }] }],
    ['a percentage above 100', { ...quiet, targets: [{ ...report, percent: 101 }] }],
    ['attempt 0', { ...quiet, targets: [{ ...report, attempt: 0 }] }],
    ['no cursor', { ...quiet, cursor: undefined }],
    ['no answer', null],
  ];

  test.each(observations)('%s is INTERNAL', async (_name, answer) => {
    const adapter = await host({ observe: async () => answer as never });
    expect(await codeOf(adapter.observe(handle, null, patience()))).toBe('INTERNAL');
  });

  test('but saying more than the contract knows is allowed', async () => {
    const adapter = await host({
      observe: async () => ({ ...quiet, targets: [{ ...report, mood: 'good' }], weather: 'fine' }) as never,
    });
    expect((await adapter.observe(handle, null, patience())).targets).toHaveLength(1);
  });

  test('about thousands of targets is read in parts that let others have their turn, and as strictly', async () => {
    const many = Array.from({ length: 2_000 }, (_, n) => ({ ...report, ciId: `ci-${n}`, step: `step\u0000 ${n}` }));
    let turns = 0;
    let asking = true;
    const bystander = (async () => {
      while (asking) {
        await new Promise((resolve) => setImmediate(resolve));
        turns += 1;
      }
    })();
    const adapter = await host({ observe: async () => ({ ...quiet, targets: many, cursor: 'here' }) as never });
    turns = 0;
    const seen = await adapter.observe(handle, null, patience());
    const after = turns;
    asking = false;
    await bystander;
    expect(after).toBeGreaterThanOrEqual(7);
    expect(seen).toMatchObject({ cursor: 'here', run: { phase: 'running' } });
    expect(seen.targets.map(({ ciId }) => ciId)).toEqual(many.map(({ ciId }) => ciId));
    expect(seen.targets.filter(({ step }) => step?.includes('\u0000'))).toEqual([]);
    const wrong = many.map((one, n) => (n === 1_999 ? { ...one, state: 'happy' } : one));
    const lying = await host({ observe: async () => ({ ...quiet, targets: wrong }) as never });
    expect(await codeOf(lying.observe(handle, null, patience()))).toBe('INTERNAL');
    for (const none of [null, 'a text', 7, []]) {
      const odd = await host({ observe: async () => none as never });
      expect(await codeOf(odd.observe(handle, null, patience()))).toBe('INTERNAL');
    }
  });
});

describe('what the adapter does not offer is refused before it is asked', () => {
  test('a cancel, a cancel of single targets, pause, logs, callbacks', async () => {
    const modest = await host({ cancel: never }, { capabilities: () => ({ ...PLAIN_CAPABILITIES, cancel: 'none' }) });
    expect(await codeOf(modest.cancel(handle, { mode: 'stop' }, patience()))).toBe('UNIMPLEMENTED');
    const adapter = await host({ cancel: never });
    const calls = [
      adapter.cancel(handle, { mode: 'stop', targets: ['ci-1'] }, patience()),
      adapter.pause(handle, patience()),
      adapter.resume(handle, patience()),
      adapter.logs(handle, { maxBytes: 1 }, patience()),
      adapter.receive({ headers: {}, rawBody: new Uint8Array(), query: {} }, patience()),
    ];
    for (const call of calls) expect(await codeOf(call)).toBe('UNIMPLEMENTED');
  });

  test('a handle of another adapter, a malformed key, too many targets', async () => {
    const adapter = await host(
      { observe: never, find: never, submit: never },
      {
        capabilities: () => ({ ...PLAIN_CAPABILITIES, limits: { ...PLAIN_CAPABILITIES.limits, maxTargets: 2 } }),
      },
    );
    expect(await codeOf(adapter.observe({ ...handle, adapterId: 'another' }, null, patience()))).toBe('NOT_FOUND');
    expect(await codeOf(adapter.find('../../etc', patience()))).toBe('INVALID_ARGUMENT');
    expect(await codeOf(adapter.submit(requestOf({ targets: targetsOf(3) }), patience()))).toBe('INVALID_ARGUMENT');
  });

  test('bindings can be checked without a request', async () => {
    const schema = { type: 'object', required: ['host'], properties: { host: { type: 'string' } } };
    const adapter = await host({}, { targetSchema: schema, packageSchema: schema });
    expect([adapter.targetProblems({ host: 'a' }), adapter.packageProblems({ host: 'a' })]).toEqual([[], []]);
    expect([adapter.targetProblems({}), adapter.packageProblems({ host: 1 })]).toEqual([
      ["The target binding must have required property 'host'"],
      ['The package binding/host must be string'],
    ]);
  });
});

describe('media', () => {
  const content = Buffer.from('the release');

  /** Opens media through the context of a probe and says what came of it. */
  async function opened(source: Parameters<typeof connected>[2], digest: string): Promise<string> {
    const module = moduleOf(
      {},
      {
        create: async (_config, context) => ({
          ...((await moduleOf({}).create({}, context)) as Adapter),
          probe: async () => {
            const parts: Uint8Array[] = [];
            for await (const part of await context.artifacts.open(digest)) parts.push(part);
            return { status: 'ready', detail: Buffer.concat(parts).toString() };
          },
        }),
      },
    );
    return (await (await connected(module, directory.path, source)).adapter.probe(patience())).detail ?? '';
  }

  test('come as a stream that is checked to its end, from either kind of source', async () => {
    const digest = sha256(content);
    const web = async () => new Blob([content]).stream();
    const node = async () => Readable.from([content.subarray(0, 3), content.subarray(3)]);
    expect(await opened({ artifacts: web }, digest)).toBe('the release');
    expect(await opened({ artifacts: node }, digest)).toBe('the release');
    expect(await codeOf(opened({ artifacts: async () => Readable.from([Buffer.from('forged')]) }, digest))).toBe(
      'FAILED_PRECONDITION',
    );
    expect(await codeOf(opened({ artifacts: async () => null }, digest))).toBe('NOT_FOUND');
    expect(await codeOf(opened({ artifacts: web }, '../../etc/passwd'))).toBe('INVALID_ARGUMENT');
  });
});
