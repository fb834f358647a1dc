import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DistributionRequest, Observation } from '../../src/adapters/adapter.js';
import type { HostedAdapter } from '../../src/adapters/hosted-adapter.js';
import type { SimulatorConfig } from '../../plugins/simulator/script.js';
import { simulator } from '../../plugins/simulator/simulator.adapter.js';
import {
  artifactOf,
  codeOf,
  connected,
  patience,
  requestOf,
  targetsOf,
  temporaryDirectory,
} from './support/harness.js';

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

/** Submit, let so much time pass, look once. */
async function after(ms: number, request: DistributionRequest, config: SimulatorConfig = {}): Promise<Observation> {
  const adapter = await tool(config);
  const handle = await adapter.submit(request, patience());
  clock = START + ms;
  return adapter.observe(handle, null, patience());
}

const brief = (seen: Observation): string[] => seen.targets.map((report) => `${report.ciId} ${report.state}`);
const finals = (seen: Observation): Record<string, string> =>
  Object.fromEntries(seen.targets.map((report) => [report.ciId, report.state]));

describe('the default script', () => {
  test('takes every target through three steps in a second and a half', async () => {
    const request = requestOf({
      targets: targetsOf(1),
      package: { binding: {}, artifacts: [artifactOf('x', 'file:///x')] },
    });
    const seen = await after(1_500, request);
    expect(seen.targets.map((report) => [report.at.slice(17, 23), report.state, report.step, report.percent])).toEqual([
      ['00.000', 'staging', 'stage', 0],
      ['00.500', 'running', 'install', 33],
      ['01.000', 'running', 'verify', 66],
      ['01.500', 'succeeded', 'verify', 100],
    ]);
    expect(seen.targets.at(-1)?.verifiedSha256).toBe(request.package.artifacts[0]?.sha256);
    expect(seen).toMatchObject({ complete: true, run: { phase: 'finished', outcome: 'success', percent: 100 } });
  });

  test('is under way until then, and says when the next look is worth while', async () => {
    const seen = await after(700, requestOf());
    expect(seen).toMatchObject({ complete: false, nextPollMs: 300, run: { phase: 'running', percent: 33 } });
  });
});

describe('scripts', () => {
  const cases: [string, unknown, number, string[], boolean][] = [
    ['fail at a step', { outcome: 'fail', atStep: 2 }, 1_000, ['ci-1 staging', 'ci-1 running', 'ci-1 failed'], true],
    ['reject', 'reject', 0, ['ci-1 rejected'], true],
    ['skip', 'skip', 0, ['ci-1 skipped'], true],
    [
      'unreachable, then recovers',
      { unreachableStep: 1, unreachableMs: 100, steps: ['one'] },
      600,
      ['ci-1 unreachable', 'ci-1 running', 'ci-1 succeeded'],
      true,
    ],
    ['unreachable until it expires', 'expire', 1_000, ['ci-1 unreachable', 'ci-1 expired'], true],
    ['hang', { outcome: 'hang', atStep: 1 }, 86_400_000, ['ci-1 staging'], false],
    ['never report', 'silent', 1_500, [], true],
    ['slow start', { startDelayMs: 1_000 }, 999, [], false],
    ['a status nobody knows', { outcome: 'unknown', steps: ['one'] }, 500, ['ci-1 running', 'ci-1 unknown'], true],
    [
      'each report twice',
      { reports: 'duplicate', steps: ['one'] },
      500,
      ['ci-1 running', 'ci-1 running', 'ci-1 succeeded', 'ci-1 succeeded'],
      true,
    ],
    [
      'reports in the wrong order',
      { reports: 'reversed', steps: ['one'] },
      500,
      ['ci-1 succeeded', 'ci-1 running'],
      true,
    ],
    ['late reports: not yet', { reportDelayMs: 5_000, steps: ['one'] }, 4_999, [], false],
    ['late reports: now', { reportDelayMs: 5_000, steps: ['one'] }, 5_500, ['ci-1 running', 'ci-1 succeeded'], true],
    ['rising percentages', { ticks: 2, steps: ['one'] }, 250, ['ci-1 running', 'ci-1 running'], false],
  ];

  test.each(cases)('%s', async (_name, script, ms, expected, complete) => {
    const seen = await after(ms, scripted(script));
    expect([brief(seen), seen.complete]).toEqual([expected, complete]);
  });

  test('a failure says why, and in the words of the script', async () => {
    const seen = await after(
      1_500,
      scripted({ outcome: 'fail', code: 'DISK_FULL', message: 'no space', retryable: false, nativeStatus: 'E42' }),
    );
    expect(seen.targets.at(-1)).toMatchObject({
      nativeStatus: 'E42',
      reason: { code: 'DISK_FULL', message: 'no space', retryable: false },
    });
    expect(seen.run.outcome).toBe('failure');
  });

  test(
    'fail-once fails in the first run of a release and succeeds in the next, but a repetition of the first ' +
      'changes nothing',
    async () => {
      const first = scripted('fail-once');
      expect(finals(await after(1_500, first))).toEqual({ 'ci-1': 'failed' });
      clock = START;
      expect(finals(await after(1_500, first))).toEqual({ 'ci-1': 'failed' });
      clock = START;
      expect(finals(await after(1_500, scripted('fail-once')))).toEqual({ 'ci-1': 'succeeded' });
      clock = START;
      const other = requestOf({
        ...scripted('fail-once'),
        key: 'other.1',
        release: { id: 'rel-2', name: 'x', version: '1', changeIds: [] },
      });
      expect(finals(await after(1_500, other))).toEqual({ 'ci-1': 'failed' });
    },
  );

  test('come from settings, package, parameters and targets, the specific over the general', async () => {
    const config: SimulatorConfig = {
      script: { steps: ['only'], stepMs: 10, code: 'FROM_SETTINGS' },
      scripts: { mine: { outcome: 'fail' } },
      targets: { 'web-2': 'skip' },
    };
    const request = requestOf({
      targets: targetsOf(4, (index) => (index === 2 ? { script: 'reject' } : {})),
      package: { binding: { script: 'mine' }, artifacts: [] },
      parameters: { simulator: { targets: { 'ci-4': 'succeed' } } },
    });
    const seen = await after(10, request, config);
    expect(finals(seen)).toEqual({ 'ci-1': 'failed', 'ci-2': 'skipped', 'ci-3': 'rejected', 'ci-4': 'succeeded' });
    expect(seen.targets.find((report) => report.state === 'failed')?.reason?.code).toBe('FROM_SETTINGS');
  });

  test('that nobody defined, or parameters that are malformed, are INVALID_ARGUMENT and start nothing', async () => {
    const adapter = await tool();
    for (const request of [
      scripted('no-such'),
      requestOf({ parameters: { simulator: { scrpt: 'fail' } } }),
      scripted({ outcome: 'explode' }),
    ]) {
      expect(await codeOf(adapter.submit(request, patience()))).toBe('INVALID_ARGUMENT');
      expect(await adapter.find(request.key, patience())).toBeNull();
    }
  });
});

describe('many targets', () => {
  test('so many at a time', async () => {
    const request = requestOf({
      targets: targetsOf(3),
      maxParallel: 2,
      parameters: { simulator: { script: { steps: ['one'] } } },
    });
    const seen = await after(1_000, request);
    expect(seen.targets.map((report) => `${report.at.slice(17, 23)} ${report.ciId} ${report.state}`)).toEqual([
      '00.000 ci-1 running',
      '00.000 ci-2 running',
      '00.500 ci-1 succeeded',
      '00.500 ci-2 succeeded',
      '00.500 ci-3 running',
      '01.000 ci-3 succeeded',
    ]);
  });

  test('none is started after too many have failed', async () => {
    const request = requestOf({ ...scripted('fail', 'succeed', 'succeed'), maxParallel: 1, stopAfterFailures: 1 });
    const seen = await after(1_500, request);
    expect(finals(seen)).toEqual({ 'ci-1': 'failed', 'ci-2': 'skipped', 'ci-3': 'skipped' });
    expect(seen.complete).toBe(true);
  });

  test('a rehearsal touches nothing and uses up no attempt', async () => {
    const rehearsal = requestOf({ ...scripted('fail-once'), dryRun: true });
    const seen = await after(500, rehearsal);
    expect(seen.targets.at(-1)).toMatchObject({ state: 'succeeded', nativeStatus: 'REHEARSED' });
    clock = START;
    expect(finals(await after(1_500, scripted('fail-once')))).toEqual({ 'ci-1': 'failed' });
  });
});

test('media are read through the core, and a wrong digest blocks the run', async () => {
  const content = Buffer.from('the release');
  const good = artifactOf(content, 'file:///x');
  const config: SimulatorConfig = { verifyArtifacts: true };
  const serve = (bytes: Uint8Array) => async () => new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const asked = requestOf({ package: { binding: {}, artifacts: [good] } });
  const wrong = await connected(simulator, directory.path, {
    config,
    artifacts: serve(Buffer.from('not the release')),
  });
  expect(await codeOf(wrong.adapter.submit(asked, patience()))).toBe('FAILED_PRECONDITION');
  expect(await wrong.adapter.find(asked.key, patience())).toBeNull();
  const right = await connected(simulator, directory.path, { config, artifacts: serve(content) });
  expect((await right.adapter.submit(asked, patience())).key).toBe(asked.key);
});

test('the log can be read on from a cursor, for one target, without cutting a character', async () => {
  const adapter = await tool();
  const handle = await adapter.submit(scripted({ steps: ['überspielen'] }, { steps: ['b'] }), patience());
  clock = START + 500;
  let [text, cursor, eof] = ['', undefined as string | undefined, false];
  while (!eof) {
    const part = await adapter.logs(handle, { ciId: 'ci-1', cursor, maxBytes: 7 }, patience());
    [text, cursor, eof] = [text + part.chunk, part.cursor, part.eof];
  }
  expect(text.split('\n')).toEqual([
    '2026-11-22T10:00:00.000Z ci-1 RUNNING überspielen',
    '2026-11-22T10:00:00.500Z ci-1 SUCCEEDED überspielen',
    '',
  ]);
});

test('a preflight says what the scripts say', async () => {
  const adapter = await tool();
  const report = await adapter.preflight(
    scripted('succeed', { preflight: 'warn' }, { preflight: 'block', message: 'old firmware' }),
    patience(),
  );
  expect([report.verdict, report.targets.map((target) => target.verdict)]).toEqual(['block', ['ok', 'warn', 'block']]);
});
