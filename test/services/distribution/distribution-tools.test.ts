import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdapterError, type RunHandle } from '../../../src/adapters/adapter.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { sha256 } from '../../support/media.js';
import { storyOf, type Story } from '../../support/story.js';
import { reworked } from '../../support/tools.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
/** The tool `late` says nothing about its targets before this instant. */
let tellsAt = 0;
/** A target that the tool `nosy` also talks about, asked or not. */
let nosyAbout: string | undefined;
/** Whether the tool `once` finds runs by their keys. */
let knows = false;
const told: string[] = [];
const WRONG = 'f'.repeat(64);

const adapters = [
  { instance: 'simulator', module: 'simulator' },
  { instance: 'slack', module: 'simulator', config: { cancel: 'best-effort' } },
  {
    instance: 'liar',
    module: reworked('liar', (inner) => ({
      observe: async (handle, cursor, signal) => {
        const seen = await inner.observe(handle, cursor, signal);
        return {
          ...seen,
          targets: seen.targets.map((report) =>
            report.state === 'succeeded' ? { ...report, verifiedSha256: WRONG } : report,
          ),
        };
      },
    })),
  },
  {
    instance: 'once',
    module: reworked(
      'once',
      (inner) => ({
        find: async (key, signal) =>
          knows ? { ...((await inner.find(key, signal)) as RunHandle), adapterId: 'once' } : null,
      }),
      { submit: 'at-most-once' },
    ),
  },
  {
    instance: 'nosy',
    module: reworked('nosy', (inner) => ({
      observe: async (handle, cursor, signal) => {
        const seen = await inner.observe(handle, cursor, signal);
        const at = clock.now().toISOString();
        return nosyAbout === undefined
          ? seen
          : {
              ...seen,
              targets: [...seen.targets, { ciId: nosyAbout, state: 'failed', nativeStatus: 'BAD', at, attempt: 1 }],
            };
      },
    })),
  },
  {
    instance: 'blind',
    module: reworked(
      'blind',
      () => ({ find: async () => Promise.reject(new AdapterError('UNIMPLEMENTED', 'Cannot search.')) }),
      { submit: 'at-most-once' },
    ),
  },
  {
    instance: 'forgetful',
    module: reworked('forgetful', () => ({
      observe: async () => Promise.reject(new AdapterError('NOT_FOUND', 'Never heard of it.')),
    })),
  },
  {
    instance: 'late',
    module: reworked('late', (inner) => ({
      observe: async (handle, cursor, signal) => {
        const seen = await inner.observe(handle, cursor, signal);
        return clock.now().getTime() < tellsAt
          ? { ...seen, targets: [], cursor: cursor ?? '0.0', complete: false }
          : seen;
      },
      cancel: async () => ({ accepted: false, detail: 'It does not listen.' }),
    })),
  },
  {
    instance: 'pausable',
    module: reworked(
      'pausable',
      () => ({
        pause: async ({ key }) => void told.push(`pause ${key}`),
        resume: async ({ key }) => void told.push(`resume ${key}`),
      }),
      { pause: true },
    ),
  },
];

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now, adapters });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const lost = (times = 1) => ({ parameters: world.simulate('succeed', {}, { submit: { kind: 'lost-answer', times } }) });
const keyOf = async (id: string) => (await world.read(id, 'runs(last: 1) { nodes { key } }')).runs.nodes[0].key;

describe('a tool that lies', () => {
  test('is not believed: the wrong content is a failure and no installation', async () => {
    const id = await world.started(await world.ready(['web']), {}, 'liar');
    await world.pass(3);
    expect(
      await world.read(
        id,
        'state targets { nodes { state reasonCode reasonMessage verifiedDigest installations { totalCount } } }',
      ),
    ).toEqual({
      state: 'FAILED',
      targets: {
        nodes: [
          {
            state: 'FAILED',
            reasonCode: 'MEDIA_DIGEST_MISMATCH',
            reasonMessage: expect.stringContaining(sha256('the bytes')),
            verifiedDigest: WRONG,
            installations: { totalCount: 0 },
          },
        ],
      },
    });
    expect(await app.count(`installation`)).toBe(0);
  });
});

describe('a tool that cannot be asked by the key', () => {
  test.each(['once', 'blind'])('%s gets a lost order never again: a person decides', async (tool) => {
    const id = await world.started(await world.ready(['web']), lost(), tool);
    await world.pass(3);
    expect(await world.read(id, 'state stateReason runs { nodes { state submitCalls } }')).toEqual({
      state: 'START_UNKNOWN',
      stateReason: expect.stringContaining('lost'),
      runs: { nodes: [{ state: 'UNKNOWN', submitCalls: 1 }] },
    });
    const calls = world.runsOf(tool).length;
    await world.pass(600, 60_000);
    expect(world.runsOf(tool)).toHaveLength(calls);
    expect(await world.refusal('Reconcile', id, { decision: 'ABANDONED' })).toEqual(['EVIDENCE_MISSING']);
    expect(
      await world.act('Reconcile', id, { decision: 'ABANDONED', reason: 'The tool has no log of that day.' }),
    ).toBe('FAILED');
    expect(await world.read(id, 'release { state } targets { nodes { state reasonCode } }')).toEqual({
      release: { state: 'FAILED' },
      targets: { nodes: [{ state: 'UNKNOWN', reasonCode: 'ABANDONED' }] },
    });
  });

  test('starts again only when a person says that nothing began, and then under a new key', async () => {
    const release = await world.ready(['web']);
    const id = await world.started(release, lost(), 'blind');
    await world.pass(3);
    expect(
      await world.act('Reconcile', id, { decision: 'NOT_STARTED', reason: 'The console of the tool is empty.' }),
    ).toBe('SCHEDULED');
    await world.pass(5);
    expect(await world.state(id)).toBe('SCHEDULED');
    const first = await keyOf(id);
    await world.act('Start', id);
    await app.jobs.runOnce();
    expect(await keyOf(id)).toBe(first.replace(/-1$/, '-2'));
  });

  test('starts by itself again once it has been planned anew', async () => {
    const id = await world.started(await world.ready(['web']), lost(), 'blind');
    await world.pass(3);
    await world.act('Reconcile', id, { decision: 'NOT_STARTED', reason: 'The console of the tool is empty.' });
    await world.act('Replan', id);
    const { version } = await world.read(id, 'version');
    await world.operator.run(
      'distributionUpdate',
      {
        id,
        expectedVersion: version,
        scheduledStart: new Date(clock.now().getTime() + 60_000).toISOString(),
        parameters: {},
      },
      'distribution',
    );
    await world.act('Schedule', id);
    await world.pass(70, 5_000);
    expect(await world.read(id, 'state attempt')).toEqual({ state: 'SUCCEEDED', attempt: 2 });
  });

  test('is followed when a person says that it runs: by reports of people where the tool cannot be asked', async () => {
    const id = await world.started(await world.ready(['web']), lost(), 'blind');
    await world.pass(3);
    expect(await world.act('Reconcile', id, { decision: 'STARTED', reason: 'Seen on the console.' })).toBe('RUNNING');
    await world.pass(3);
    const { targets } = await world.read(id, 'targets { nodes { id } }');
    await world.operator.run(
      'targetExecutionReport',
      { id: targets.nodes[0].id, state: 'SUCCEEDED', evidence: 'Console line 7.' },
      'targetExecution',
    );
    expect(await world.state(id)).toBe('SUCCEEDED');
  });

  test('leaves its targets unknown when a person says that it runs and nobody ever reports', async () => {
    const id = await world.started(await world.ready(['web']), lost(), 'blind');
    await world.pass(3);
    await world.act('Reconcile', id, { decision: 'STARTED', reason: 'Seen on the console.' });
    await world.pass(4_000, 60_000);
    expect(await world.read(id, 'state targets { nodes { state } }')).toEqual({
      state: 'FAILED',
      targets: { nodes: [{ state: 'UNKNOWN' }] },
    });
  });

  test('is followed by itself once the tool knows the run after all', async () => {
    const id = await world.started(await world.ready(['web']), lost(), 'once');
    await world.pass(3);
    expect(await world.state(id)).toBe('START_UNKNOWN');
    knows = true;
    await world.pass(120, 10_000);
    expect(await world.read(id, 'state runs { nodes { submitCalls } }')).toEqual({
      state: 'SUCCEEDED',
      runs: { nodes: [{ submitCalls: 1 }] },
    });
  });
});

describe('a tool that talks about targets it was not given', () => {
  test('is not listened to', async () => {
    const release = await world.ready(['web', 'db']);
    const id = await world.started(
      release,
      { parameters: world.simulate('succeed', { [release.cis['db'] as string]: 'fail-once' }) },
      'nosy',
    );
    await world.pass(3);
    nosyAbout = release.cis['web'];
    await world.act('RetryFailed', id);
    await world.pass(3);
    expect(await world.targets(id)).toEqual({
      web: { state: 'SUCCEEDED', attempt: 1 },
      db: { state: 'SUCCEEDED', attempt: 2 },
    });
    expect(await world.state(id)).toBe('SUCCEEDED');
  });
});

describe('a run', () => {
  test('that the tool has forgotten leaves its targets unknown', async () => {
    const id = await world.started(await world.ready(['web']), {}, 'forgetful');
    await world.pass(15);
    expect(await world.read(id, 'state targets { nodes { state reasonCode } }')).toEqual({
      state: 'FAILED',
      targets: { nodes: [{ state: 'UNKNOWN', reasonCode: 'RUN_LOST' }] },
    });
  });

  test('whose truth comes late is corrected, and its release with it', async () => {
    const id = await world.started(await world.ready(['web']), { deadlineMinutes: 1 }, 'late');
    tellsAt = clock.now().getTime() + 10 * 60_000;
    await world.pass(120, 10_000);
    expect(await world.read(id, 'state release { state } targets { nodes { state } }')).toEqual({
      state: 'FAILED',
      release: { state: 'FAILED' },
      targets: { nodes: [{ state: 'UNKNOWN' }] },
    });
    await world.pass(1_200, 60_000);
    expect(
      await world.read(id, 'state release { state } targets { nodes { state installations { totalCount } } }'),
    ).toEqual({
      state: 'SUCCEEDED',
      release: { state: 'DEPLOYED' },
      targets: { nodes: [{ state: 'SUCCEEDED', installations: { totalCount: 1 } }] },
    });
    expect(await world.events(id)).toEqual(expect.arrayContaining(['distribution.failed', 'distribution.succeeded']));
  });

  test('that ends well although it was to stop is recorded as what happened', async () => {
    const id = await world.started(
      await world.ready(['web', 'db']),
      { maxParallel: 1, parameters: world.simulate({ stepMs: 1_000 }) },
      'slack',
    );
    await world.pass(1);
    await world.act('Stop', id, { mode: 'ABORT' });
    await world.pass(5);
    expect(
      Object.values(await world.targets(id))
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['CANCELLED', 'SUCCEEDED']);
    expect(await world.state(id)).toBe('STOPPED');
  });

  test('is paused and resumed at the tool, once each', async () => {
    const id = await world.started(
      await world.ready(['web']),
      { parameters: world.simulate({ stepMs: 5_000 }) },
      'pausable',
    );
    await world.pass(1);
    expect(await world.act('Pause', id, { reason: 'Lunch.' })).toBe('PAUSED');
    await world.pass(2);
    expect(await world.act('Resume', id)).toBe('RUNNING');
    await world.pass(20);
    const key = await keyOf(id);
    expect(told).toEqual([`pause ${key}`, `resume ${key}`]);
    expect(await world.state(id)).toBe('SUCCEEDED');
    const plain = await world.started(await world.ready(['web']));
    await app.jobs.runOnce();
    expect(await world.refusal('Pause', plain)).toEqual(['ADAPTER_UNSUPPORTED']);
  });
});

describe('what runs where', () => {
  const current = async (ci: string) =>
    (
      await world.operator.ok(
        'query($ci: ID!) { node(id: $ci) { ... on ConfigurationItem { installations(current: true) { nodes { ' +
          'digest assurance dmlItemVersion { label } previous { validTo dmlItemVersion { label } } release { ' +
          'number } distribution { number } targetExecution { state } } } } } }',
        { ci },
      )
    ).node.installations.nodes;

  test('follows each success, knows what was there before, and goes back with a back-out', async () => {
    const item = await world.item('portal');
    const [one, two] = [await world.media(item, '1.0'), await world.media(item, '2.0')];
    const first = await world.ready(['web'], { content: [one] });
    await world.started(first);
    await world.pass(3);
    const ci = first.cis['web'] as string;
    expect(await current(ci)).toMatchObject([
      {
        digest: sha256(`${item} 1.0`),
        assurance: 'VERIFIED',
        dmlItemVersion: { label: '1.0' },
        previous: null,
        targetExecution: { state: 'SUCCEEDED' },
      },
    ]);

    const second = await world.ready([], { content: [two], cis: first.cis });
    const id = await world.started(second);
    await world.pass(3);
    const [now] = await current(ci);
    expect(now).toMatchObject({
      dmlItemVersion: { label: '2.0' },
      previous: { validTo: expect.any(String), dmlItemVersion: { label: '1.0' } },
    });

    expect(await world.refusal('StartBackOut', id)).toEqual(['RELEASE_NOT_READY']);
    await world.manager.run('releaseStartBackOut', { id: second.id, reason: 'It loses orders.' }, 'release');
    expect(await world.act('StartBackOut', id)).toBe('BACKING_OUT');
    await world.pass(3);
    expect(await world.read(id, 'state targets { nodes { state attempt } }')).toEqual({
      state: 'BACKED_OUT',
      targets: { nodes: [{ state: 'BACKED_OUT', attempt: 2 }] },
    });
    expect(await current(ci)).toMatchObject([
      {
        dmlItemVersion: { label: '1.0' },
        digest: sha256(`${item} 1.0`),
        assurance: 'REPORTED',
        previous: { dmlItemVersion: { label: '2.0' } },
      },
    ]);

    // A back-out occupies its targets until it is complete.
    await world.step('releaseCompleteBackOut', second.id);
    const removal = await world.ready([], { content: [one], cis: first.cis });
    await world.started(removal, { operation: 'REMOVE' });
    await world.pass(3);
    expect(await current(ci)).toEqual([]);
  });

  test('that is paused is not resumed after the slot of its release', async () => {
    const times = { deadlineMinutes: 60, parameters: world.simulate({ stepMs: 3_600_000 }) };
    const id = await world.started(await world.ready(['web']), times, 'pausable');
    await world.pass(1);
    await world.act('Pause', id);
    clock.advance(13 * 3_600_000);
    expect(await world.refusal('Resume', id)).toEqual(['WINDOW_CLOSED']);
  });
});
