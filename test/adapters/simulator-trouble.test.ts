import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DistributionRequest, Observation, TargetReport } from '../../src/adapters/adapter.js';
import { isFinalTargetState } from '../../src/adapters/adapter.js';
import type { HostedAdapter } from '../../src/adapters/hosted-adapter.js';
import type { SimulatorConfig } from '../../plugins/simulator/script.js';
import { simulator } from '../../plugins/simulator/simulator.adapter.js';
import { codeOf, connected, patience, requestOf, targetsOf, temporaryDirectory } from './support/harness.js';
import { submitElsewhere } from './support/second-process.js';

const START = Date.parse('2026-11-22T10:00:00Z');

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let clock: number;

beforeEach(async () => {
  directory = await temporaryDirectory();
  clock = START;
});

afterEach(() => directory.remove());

async function tool(config: SimulatorConfig = {}): Promise<HostedAdapter> {
  return (await connected(simulator, directory.path, { config, now: () => new Date(clock) })).adapter;
}

const scripted = (...scripts: unknown[]): DistributionRequest =>
  requestOf({ targets: targetsOf(scripts.length, (index) => ({ script: scripts[index] })) });

const finals = (seen: Observation): Record<string, string> =>
  Object.fromEntries(seen.targets.map((report) => [report.ciId, report.state]));

describe('cancel', () => {
  async function cancelAt(
    ms: number,
    options: { targets?: string[]; mode: 'stop' | 'abort' },
    request: DistributionRequest,
    config: SimulatorConfig = {},
  ): Promise<{ accepted: boolean; seen: Observation }> {
    const adapter = await tool(config);
    const handle = await adapter.submit(request, patience());
    clock = START + ms;
    const { accepted } = await adapter.cancel(handle, options, patience());
    clock = START + 100_000;
    return { accepted, seen: await adapter.observe(handle, null, patience()) };
  }
  const queue = (): DistributionRequest => requestOf({ targets: targetsOf(3), maxParallel: 1 });

  const cases: [string, Parameters<typeof cancelAt>, boolean, string[]][] = [
    [
      'abort ends what is under way and what waits',
      [100, { mode: 'abort' }, queue()],
      true,
      ['cancelled', 'cancelled', 'cancelled'],
    ],
    [
      'stop lets finish what is under way',
      [100, { mode: 'stop' }, queue()],
      true,
      ['succeeded', 'cancelled', 'cancelled'],
    ],
    [
      'best effort: abort ends only what waits',
      [100, { mode: 'abort' }, queue(), { cancel: 'best-effort' }],
      true,
      ['succeeded', 'cancelled', 'cancelled'],
    ],
    [
      'of one target leaves the others',
      [100, { mode: 'abort', targets: ['ci-2'] }, queue()],
      true,
      ['succeeded', 'cancelled', 'succeeded'],
    ],
    [
      'refused by a target',
      [100, { mode: 'abort' }, scripted({ cancel: 'refuse' }, 'succeed')],
      true,
      ['succeeded', 'cancelled'],
    ],
    ['ends a target that hangs', [100, { mode: 'abort' }, scripted('hang')], true, ['cancelled']],
    [
      'after the end changes nothing',
      [50_000, { mode: 'abort' }, queue()],
      false,
      ['succeeded', 'succeeded', 'succeeded'],
    ],
    [
      'of no target changes nothing',
      [100, { mode: 'abort', targets: [] }, queue()],
      false,
      ['succeeded', 'succeeded', 'succeeded'],
    ],
    [
      'rejected by the tool',
      [100, { mode: 'abort' }, queue(), { faults: { cancel: 'reject' } }],
      false,
      ['succeeded', 'succeeded', 'succeeded'],
    ],
  ];

  test.each(cases)('%s', async (_name, parts, accepted, states) => {
    const done = await cancelAt(...parts);
    expect([done.accepted, Object.values(finals(done.seen)), done.seen.complete]).toEqual([accepted, states, true]);
  });

  test('of a target that the run does not name is refused', async () => {
    expect(await codeOf(cancelAt(100, { mode: 'abort', targets: ['ci-99'] }, queue()))).toBe('INVALID_ARGUMENT');
  });

  test(
    'whatever is scripted and whenever it is cancelled, history is never rewritten and no target leaves a ' +
      'final state',
    async () => {
      const script = fc.record({
        outcome: fc.constantFrom('succeed', 'fail', 'reject', 'hang', 'silent', 'unknown', 'expire'),
        stepMs: fc.integer({ min: 0, max: 300 }),
        unreachableStep: fc.integer({ min: 0, max: 3 }),
        reportDelayMs: fc.integer({ min: 0, max: 300 }),
        cancel: fc.constantFrom('obey', 'refuse'),
      });
      const cancels = fc.array(
        fc.record({ at: fc.integer({ min: 0, max: 2_000 }), mode: fc.constantFrom('stop' as const, 'abort' as const) }),
        { maxLength: 3 },
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(script, { minLength: 1, maxLength: 4 }),
          cancels,
          fc.integer({ min: 1, max: 3 }),
          async (scripts, stops, maxParallel) => {
            clock = START;
            const adapter = await tool({ cancelMs: 50 });
            const handle = await adapter.submit(
              requestOf({ ...scripted(...scripts), key: uniqueKey(), maxParallel }),
              patience(),
            );
            const history: TargetReport[] = [];
            let cursor: string | null = null;
            const due = stops.map((stop) => stop.at).sort((a, b) => a - b);
            for (let ms = 0; ms <= 3_000; ms += 100) {
              clock = START + ms;
              while (due[0] !== undefined && due[0] <= ms) {
                due.shift();
                await adapter.cancel(handle, { mode: stops[0]?.mode ?? 'stop' }, patience());
              }
              const [delta, whole]: [Observation, Observation] = [
                await adapter.observe(handle, cursor, patience()),
                await adapter.observe(handle, null, patience()),
              ];
              if (delta.targets.length === whole.targets.length) history.length = 0;
              history.push(...delta.targets);
              cursor = delta.cursor;
              expect(history).toEqual(whole.targets);
            }
            const ended = new Set<string>();
            for (const report of history) {
              expect(ended.has(report.ciId)).toBe(false);
              if (isFinalTargetState(report.state)) ended.add(report.ciId);
            }
          },
        ),
        { numRuns: 40 },
      );
    },
  );
});

let serial = 0;
function uniqueKey(): string {
  serial += 1;
  return `history-${serial}`;
}

describe('one key, one run', () => {
  const runs = (): Promise<string[]> => readdir(join(directory.path, 'runs'));

  test('however many ask at once, in this process and in another', async () => {
    const request = requestOf({ targets: targetsOf(3, () => ({ script: 'fail-once' })) });
    const adapter = await tool();
    const config = {};
    const [here, there] = await Promise.all([
      Promise.all(Array.from({ length: 10 }, () => adapter.submit(request, patience()))),
      submitElsewhere({
        module: 'plugins/simulator/simulator.adapter.ts',
        workDir: directory.path,
        config,
        request,
        calls: 10,
      }),
    ]);
    expect(there).toMatchObject({ exitCode: 0 });
    expect(new Set([...here, ...there.answers].map((handle) => JSON.stringify(handle))).size).toBe(1);
    expect(await runs()).toEqual([request.key]);
    expect(await readdir(join(directory.path, 'staging'))).toEqual([]);
  });

  test('another request under one key is ALREADY_EXISTS, also in a race, and changes nothing', async () => {
    const adapter = await tool();
    const first = requestOf();
    const second = requestOf({ key: first.key, actor: 'someone else' });
    const answers = await Promise.allSettled([adapter.submit(first, patience()), adapter.submit(second, patience())]);
    expect(answers.map((answer) => answer.status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = answers[0]?.status === 'fulfilled' ? first : second;
    const stored = JSON.parse(await readFile(join(directory.path, 'runs', first.key, 'run.json'), 'utf8')) as {
      fingerprint: string;
    };
    expect(stored.fingerprint).toBe(winner.fingerprint);
    expect(await codeOf(adapter.submit(winner === first ? second : first, patience()))).toBe('ALREADY_EXISTS');
  });

  test.each(['kill', 'kill-after-start'] as const)(
    'a server that dies at submit (%s) is taken over by the next',
    async (kind) => {
      const config: SimulatorConfig = { allowKill: true, faults: { submit: { kind } } };
      const request = requestOf();
      const killed = await submitElsewhere({
        module: 'plugins/simulator/simulator.adapter.ts',
        workDir: directory.path,
        config,
        request,
      });
      expect(killed).toMatchObject({ signal: 'SIGKILL', answers: [] });
      const adapter = await tool(config);
      const found = await adapter.find(request.key, patience());
      expect(found === null).toBe(kind === 'kill');
      const handle = await adapter.submit(request, patience());
      if (found !== null) expect(handle).toEqual(found);
      expect(await runs()).toEqual([request.key]);
    },
  );
});

describe('a tool in trouble', () => {
  test('whose answer is lost has really started the run', async () => {
    const adapter = await tool();
    const request = requestOf({ parameters: { simulator: { faults: { submit: { kind: 'lost-answer' } } } } });
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    const found = await adapter.find(request.key, patience());
    expect(found?.key).toBe(request.key);
    expect(await adapter.submit(request, patience())).toEqual(found);
  });

  test('that crashes or refuses before it began has started nothing, and takes the request again', async () => {
    for (const [fault, code] of [
      [{ kind: 'crash' }, 'INTERNAL'],
      [{ kind: 'refuse', code: 'RESOURCE_EXHAUSTED' }, 'RESOURCE_EXHAUSTED'],
    ] as const) {
      const adapter = await tool();
      const request = requestOf({ parameters: { simulator: { faults: { submit: fault } } } });
      expect(await codeOf(adapter.submit(request, patience()))).toBe(code);
      expect(await adapter.find(request.key, patience())).toBeNull();
      expect((await adapter.submit(request, patience())).key).toBe(request.key);
    }
  });

  test('that is down for some calls, or for some of a run, says so and recovers', async () => {
    const adapter = await tool({ faults: { down: { calls: 2, methods: ['probe'] } } });
    const states = [await adapter.probe(patience()), await adapter.probe(patience()), await adapter.probe(patience())];
    expect(states.map((state) => state.status)).toEqual(['broken', 'broken', 'ready']);
    const request = requestOf({ parameters: { simulator: { faults: { down: { calls: 1, methods: ['observe'] } } } } });
    const handle = await adapter.submit(request, patience());
    expect(await codeOf(adapter.observe(handle, null, patience()))).toBe('UNAVAILABLE');
    expect(await adapter.observe(handle, null, patience())).toMatchObject({ complete: false });
  });

  test('that somebody took down by hand is down until it is put back', async () => {
    const adapter = await tool();
    await writeFile(join(directory.path, 'DOWN'), '');
    const request = requestOf();
    expect(await codeOf(adapter.submit(request, patience()))).toBe('UNAVAILABLE');
    await rm(join(directory.path, 'DOWN'));
    expect(await adapter.find(request.key, patience())).toBeNull();
    expect((await adapter.submit(request, patience())).key).toBe(request.key);
  });

  test('left-overs of killed processes are swept and disturb nobody', async () => {
    await mkdir(join(directory.path, 'staging', 'half-written'), { recursive: true });
    const adapter = await tool();
    expect((await adapter.submit(requestOf(), patience())).adapterId).toBe('simulator');
  });
});
