import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADAPTER_ERRORS, type AdapterErrorCode } from '../../../src/adapters/adapter.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const runs = async (id: string) =>
  (await world.read(id, 'runs { nodes { key attempt state submitCalls failures message } }')).runs.nodes;
const started = (key: string) => world.runsOf().filter((run) => run === key);

describe('a distribution', () => {
  test('reaches every target, ends with it, and the release with it', async () => {
    const release = await world.ready(['web', 'db']);
    const id = await world.started(release);
    expect(await world.state(id)).toBe('STARTING');
    await app.jobs.runOnce();
    expect(await world.state(id)).toBe('RUNNING');
    await world.pass(1);
    expect(await world.targets(id, 'state attempt step percent')).toMatchObject({
      web: { state: 'INSTALLING', attempt: 1 },
      db: { state: 'INSTALLING', attempt: 1 },
    });
    await world.pass(2);
    expect(
      await world.read(
        id,
        'state percent stateReason progress { total ended percent counts { state count } } release { state }',
      ),
    ).toEqual({
      state: 'SUCCEEDED',
      percent: 100,
      stateReason: null,
      progress: { total: 2, ended: 2, percent: 100, counts: [{ state: 'SUCCEEDED', count: 2 }] },
      release: { state: 'DEPLOYED' },
    });
    expect(await world.events(id)).toEqual([
      'distribution.planned',
      'distribution.scheduled',
      'distribution.started',
      'distribution.submitted',
      'distribution.progressed',
      'distribution.progressed',
      'distribution.progressed',
      'distribution.succeeded',
    ]);
  });

  test('retries only what failed, under a new key', async () => {
    const release = await world.ready(['web', 'db', 'app']);
    const id = await world.started(release, {
      parameters: world.simulate('succeed', { [release.cis['db'] as string]: 'fail-once' }),
    });
    await world.pass(3);
    expect(await world.read(id, 'state release { state }')).toEqual({
      state: 'PARTIALLY_SUCCEEDED',
      release: { state: 'PARTIALLY_DEPLOYED' },
    });
    expect(await world.targets(id, 'state attempt reasonCode retryable')).toMatchObject({
      db: { state: 'FAILED', attempt: 1, reasonCode: 'SIMULATED', retryable: true },
      web: { state: 'SUCCEEDED', attempt: 1 },
    });
    expect(await world.act('RetryFailed', id, { reason: 'The disk was full.' })).toBe('STARTING');
    expect(await world.read(id, 'attempt release { state }')).toEqual({
      attempt: 2,
      release: { state: 'DISTRIBUTING' },
    });
    await world.pass(3);
    expect(await world.read(id, 'state release { state }')).toEqual({
      state: 'SUCCEEDED',
      release: { state: 'DEPLOYED' },
    });
    expect(await world.targets(id)).toEqual({
      web: { state: 'SUCCEEDED', attempt: 1 },
      app: { state: 'SUCCEEDED', attempt: 1 },
      db: { state: 'SUCCEEDED', attempt: 2 },
    });
    const [, second] = await runs(id);
    const sent = JSON.parse(
      readFileSync(join(app.config.workDir, 'simulator', 'runs', second.key, 'run.json'), 'utf8'),
    );
    expect(sent.targets.map(({ ciId }: { ciId: string }) => ciId)).toEqual([release.cis['db']]);
    expect(await world.refusal('RetryFailed', id)).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('is not sent twice when the answer of the tool is lost', async () => {
    const id = await world.started(await world.ready(['web']), {
      parameters: world.simulate('succeed', {}, { submit: { kind: 'lost-answer' } }),
    });
    await world.pass(3);
    const [run] = await runs(id);
    expect(await world.state(id)).toBe('SUCCEEDED');
    expect(run).toMatchObject({ state: 'FINISHED', submitCalls: 1 });
    expect(started(run.key)).toHaveLength(1);
  });

  test('is sent again under the same key when the tool says that it has no such run', async () => {
    const id = await world.started(await world.ready(['web']), {
      parameters: world.simulate('succeed', {}, { submit: { kind: 'crash' } }),
    });
    await world.pass(4);
    const all = await runs(id);
    expect(await world.state(id)).toBe('SUCCEEDED');
    expect(all).toEqual([expect.objectContaining({ attempt: 1, state: 'FINISHED', submitCalls: 2 })]);
    expect(started(all[0].key)).toHaveLength(1);
  });

  test.each(['duplicate', 'reversed'])('believes %s reports once, whatever their order', async (reports) => {
    const id = await world.started(await world.ready(['web', 'db']), {
      parameters: world.simulate({ reports, unreachableStep: 2, ticks: 2 }),
    });
    await world.pass(5);
    expect(await world.state(id)).toBe('SUCCEEDED');
    const { targets } = await world.read(
      id,
      'targets { nodes { state installations { totalCount } reports { nodes { state effect } } } }',
    );
    for (const target of targets.nodes) {
      expect(target).toMatchObject({ state: 'SUCCEEDED', installations: { totalCount: 1 } });
      expect(target.reports.nodes.filter(({ state }: { state: string }) => state === 'SUCCEEDED')).toEqual([
        { state: 'SUCCEEDED', effect: 'APPLIED' },
      ]);
      expect(target.reports.nodes.some(({ effect }: { effect: string }) => effect === 'LATE')).toBe(
        reports === 'reversed',
      );
    }
    await app.relay();
    const { events } = await world.read(id, 'events(first: 200) { nodes { type } }');
    expect(events.nodes.filter(({ type }: { type: string }) => type === 'distribution.target-succeeded')).toHaveLength(
      2,
    );
  });

  test('waits for a tool that is down, without giving it a second run', async () => {
    const id = await world.started(await world.ready(['web']), {
      parameters: world.simulate('succeed', {}, { down: { calls: 3, methods: ['submit'] } }),
    });
    await world.pass(3);
    expect(await world.state(id)).toBe('STARTING');
    expect((await runs(id))[0]).toMatchObject({ state: 'INTENT', message: expect.stringContaining('UNAVAILABLE') });
    await world.pass(15);
    expect(await world.state(id)).toBe('SUCCEEDED');
    expect((await runs(id))[0]).toMatchObject({ submitCalls: 4, failures: 0 });
  });

  test('leaves a tool alone that does not answer again and again, and goes on when it does', async () => {
    const id = await world.started(await world.ready(['web']), {
      parameters: world.simulate({ stepMs: 20_000 }, {}, { down: { calls: 8, methods: ['observe'] } }),
    });
    await world.pass(20);
    expect((await world.events(id)).filter((type) => type === 'distribution.tool-silent')).toHaveLength(1);
    await world.passUntil(id, 'SUCCEEDED', 600);
  });

  test('counts targets without a result as unknown when the deadline is over', async () => {
    const release = await world.ready(['web', 'db', 'app']);
    const [web, db] = [release.cis['web'] as string, release.cis['db'] as string];
    const id = await world.started(release, {
      deadlineMinutes: 1,
      parameters: world.simulate('succeed', { [web]: { outcome: 'hang', cancel: 'refuse' }, [db]: 'hang' }),
    });
    await world.pass(55, 5_000);
    expect(await world.state(id)).toBe('RUNNING');
    await world.pass(45, 5_000);
    expect(await world.read(id, 'state release { state }')).toEqual({
      state: 'PARTIALLY_SUCCEEDED',
      release: { state: 'PARTIALLY_DEPLOYED' },
    });
    // What could be ended ran out of time; of what could not, nobody knows.
    expect(await world.targets(id, 'state reasonCode')).toEqual({
      app: { state: 'SUCCEEDED', reasonCode: null },
      db: { state: 'EXPIRED', reasonCode: 'DEADLINE' },
      web: { state: 'UNKNOWN', reasonCode: 'DEADLINE' },
    });
    expect(await world.events(id)).toEqual(
      expect.arrayContaining(['distribution.deadline-passed', 'distribution.partially-succeeded']),
    );
  });

  test('settles targets that the tool ends without a word on', async () => {
    const release = await world.ready(['web', 'db']);
    const id = await world.started(release, {
      parameters: world.simulate('succeed', { [release.cis['web'] as string]: 'silent' }),
    });
    await world.pass(4);
    expect(await world.targets(id, 'state reasonCode')).toMatchObject({
      web: { state: 'UNKNOWN', reasonCode: 'NO_RESULT' },
      db: { state: 'SUCCEEDED' },
    });
    expect(await world.state(id)).toBe('PARTIALLY_SUCCEEDED');
  });

  test('stops when the tool does, with what had been done by then', async () => {
    const release = await world.ready(['web', 'db', 'app']);
    const id = await world.started(release, { maxParallel: 1, parameters: world.simulate({ stepMs: 1_000 }) });
    await world.pass(4);
    expect(await world.act('Stop', id, { mode: 'ABORT', reason: 'Wrong version.' })).toBe('STOPPING');
    await world.pass(2);
    expect(await world.read(id, 'state stateReason release { state }')).toEqual({
      state: 'STOPPED',
      stateReason: 'Wrong version.',
      release: { state: 'PARTIALLY_DEPLOYED' },
    });
    expect(
      Object.values(await world.targets(id))
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['CANCELLED', 'CANCELLED', 'SUCCEEDED']);
  });

  test('lets what is under way end when the stop is graceful', async () => {
    const release = await world.ready(['web', 'db']);
    const id = await world.started(release, { maxParallel: 1, parameters: world.simulate({ stepMs: 2_000 }) });
    await world.pass(2);
    expect(await world.act('Stop', id)).toBe('STOPPING');
    await world.passUntil(id, 'STOPPED', 60, 500);
    expect(
      Object.values(await world.targets(id))
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['CANCELLED', 'SUCCEEDED']);
  });

  test('goes on when the tool rejects the stop, and says so', async () => {
    const id = await world.started(await world.ready(['web']), {
      parameters: world.simulate({ stepMs: 2_000 }, {}, { cancel: 'reject' }),
    });
    await world.pass(1);
    await world.act('Stop', id);
    await world.pass(1);
    expect(await world.state(id)).toBe('STOPPING');
    expect(await world.targets(id)).toEqual({ web: { state: 'CANCEL_REJECTED', attempt: 1 } });
    await world.pass(6);
    expect(await world.state(id)).toBe('SUCCEEDED');
    expect(await world.events(id)).toEqual(
      expect.arrayContaining(['distribution.stop-requested', 'distribution.cancel-rejected', 'distribution.succeeded']),
    );
  });

  test('refuses to go nowhere', async () => {
    const release = await world.ready(['web']);
    const input = { releaseId: release.id, deploymentToolId: await world.tool('simulator') };
    expect(await refusalCodes(world.operator, 'distributionPlan', { ...input, targetIds: [] })).toEqual(['NO_TARGETS']);
    expect(await rejectionCode(world.operator, 'distributionPlan', input)).toBe('BAD_USER_INPUT');
    const other = await world.ready(['db']);
    expect(
      await refusalCodes(world.operator, 'distributionPlan', { ...input, targetIds: Object.values(other.cis) }),
    ).toEqual(['PLAN_INVALID']);
  });
});

const byRetry = (retry: string) =>
  (Object.keys(ADAPTER_ERRORS) as AdapterErrorCode[]).filter((code) => ADAPTER_ERRORS[code].retry === retry);

describe('an error of the tool at the start', () => {
  const withError = async (code: AdapterErrorCode, times = 1) =>
    await world.started(await world.ready(['web']), {
      parameters: world.simulate('succeed', {}, { submit: { kind: 'refuse', code, times } }),
    });

  test.each(byRetry('never'))('%s is a refusal: it failed, its targets can be retried', async (code) => {
    const id = await withError(code);
    await app.jobs.runOnce();
    expect(await world.read(id, 'state release { state }')).toEqual({ state: 'FAILED', release: { state: 'FAILED' } });
    expect(await world.targets(id, 'state reasonCode')).toEqual({ web: { state: 'REJECTED', reasonCode: code } });
    const [run] = await runs(id);
    expect(run).toMatchObject({ state: 'REFUSED', submitCalls: 1 });
    expect(started(run.key)).toEqual([]);
  });

  test.each([...byRetry('backoff'), ...byRetry('reconcile')])('%s passes, with one run in the end', async (code) => {
    const id = await withError(code);
    await app.jobs.runOnce();
    await world.pass(6);
    expect(await world.state(id)).toBe('SUCCEEDED');
    const [run] = await runs(id);
    expect(run).toMatchObject({ state: 'FINISHED', submitCalls: 2 });
    expect(started(run.key)).toHaveLength(1);
  });

  test('that lasts past the deadline fails it, with nothing started', async () => {
    const id = await world.started(await world.ready(['web']), {
      deadlineMinutes: 1,
      parameters: world.simulate('succeed', {}, { down: { calls: 1_000, methods: ['submit'] } }),
    });
    await world.pass(90, 5_000);
    expect(await world.state(id)).toBe('FAILED');
    expect(await world.targets(id, 'state reasonCode')).toEqual({ web: { state: 'EXPIRED', reasonCode: 'DEADLINE' } });
    expect(started((await runs(id))[0].key)).toEqual([]);
    await world.pass(60, 20_000); // lets the circuit breaker forget
  });
});
