import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdapterError, type Observation, type RunHandle } from '../../../src/adapters/adapter.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { storyOf, type Story } from '../../support/story.js';
import { reworked } from '../../support/tools.js';

/** How a tool answers about a run, instead of what the simulator says. */
interface Talk {
  readonly observe?: (seen: Observation, cursor: string | null) => Promise<unknown>;
  readonly submit?: (handle: RunHandle) => unknown;
  readonly find?: (handle: RunHandle | null) => unknown;
}

const clock = new TestClock();
let app: TestApp;
let world: Story;
const talks = new Map<string, Talk>();
let next: Talk = {};

const NUL = '\u0000';
const HALF = '\ud800';

const talker = reworked('talker', (inner) => ({
  submit: async (request, signal) => {
    talks.set(request.key, next);
    const handle = { ...(await inner.submit(request, signal)), adapterId: 'talker' };
    return (next.submit ? next.submit(handle) : handle) as RunHandle;
  },
  find: async (key, signal) => {
    const found = await inner.find(key, signal);
    const handle = found && { ...found, adapterId: 'talker' };
    const find = talks.get(key)?.find;
    return (find ? find(handle) : handle) as RunHandle | null;
  },
  observe: async (handle, cursor, signal) => {
    const talk = talks.get(handle.key)?.observe;
    const seen = await inner.observe(handle, talk ? null : cursor, signal);
    return (talk ? await talk(seen, cursor) : seen) as Observation;
  },
}));

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now, adapters: [{ instance: 'talker', module: talker }] });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

async function started(talk: Talk, more: Record<string, unknown> = {}): Promise<string> {
  next = talk;
  const id = await world.started(await world.ready(['web']), more, 'talker');
  await app.jobs.runOnce();
  return id;
}

const onTargets = (change: object) => async (seen: Observation) => ({
  ...seen,
  targets: seen.targets.map((report) => ({ ...report, ...change })),
});
const onRun = (change: object) => async (seen: Observation) => ({ ...seen, run: { ...seen.run, ...change } });
const reason = (code: string, message: string) => ({ reason: { code, message, retryable: false } });

const WORDS: readonly (readonly [string, Talk])[] = [
  [
    'U+0000 in every text about a target',
    { observe: onTargets({ ...reason(`B${NUL}`, NUL), nativeStatus: NUL, step: NUL, [`x${NUL}`]: NUL }) },
  ],
  ['half a character in every text about a target', { observe: onTargets({ nativeStatus: HALF, step: HALF }) }],
  ['a second 60', { observe: onTargets({ at: '2026-12-31T23:59:60Z' }) }],
  ['the year 0', { observe: onTargets({ at: '0000-01-01T00:00:00Z' }) }],
  ['the year 10000', { observe: onTargets({ at: '9999-12-31T23:59:59-23:00' }) }],
  ['U+0000 in the cursor', { observe: async (seen) => ({ ...seen, cursor: `1${NUL}` }) }],
  [
    'U+0000 in every text about the run',
    { observe: onRun({ message: NUL, nativeStatus: HALF, url: `https://${NUL}` }) },
  ],
  ['five megabytes of message', { observe: onRun({ message: 'x'.repeat(5_000_000) }) }],
];

describe('words of a tool that cannot be stored', () => {
  test('do not keep a run from its end', async () => {
    const ids: string[] = [];
    for (const [, talk] of WORDS) ids.push(await started(talk));
    for (const id of ids) await world.passUntil(id, 'SUCCEEDED', 20, 1_000);
    expect(await Promise.all(ids.map(async (id) => await world.state(id)))).toEqual(ids.map(() => 'SUCCEEDED'));
  });

  test('stay readable', async () => {
    const id = await started({
      observe: async (seen) =>
        await onRun({ url: 'javascript:x' })((await onTargets({ nativeStatus: `O${NUL}K` })(seen)) as Observation),
    });
    await world.pass(3, 1_000);
    expect(
      await world.read(id, 'runs { nodes { message url } } targets { nodes { nativeStatus endedAt } }'),
    ).toMatchObject({
      runs: { nodes: [{ message: expect.stringContaining('javascript:x'), url: null }] },
      targets: { nodes: [{ nativeStatus: 'O\\u0000K' }] },
    });
  });

  test('an instant that nobody can believe is the time of arrival, and the original is kept', async () => {
    const before = clock.now().getTime();
    const id = await started({ observe: onTargets({ at: '0000-01-01T00:00:00Z' }) });
    await world.pass(3, 1_000);
    const { targets } = await world.read(id, 'targets { nodes { endedAt } }');
    expect(Date.parse(targets.nodes[0].endedAt)).toBeGreaterThanOrEqual(before);
    expect(await app.count(`target_report where payload #>> '{original,at}' = '0000-01-01T00:00:00Z'`)).toBeGreaterThan(
      0,
    );
  });

  test('a cursor comes back to the tool as it was given', async () => {
    const cursors: (string | null)[] = [];
    await started({
      observe: async (seen, cursor) => {
        cursors.push(cursor);
        return { ...seen, complete: false, targets: [], cursor: `${NUL}${HALF}1` };
      },
    });
    await world.pass(5, 1_000);
    expect(cursors.slice(0, 2)).toEqual([null, `${NUL}${HALF}1`]);
  });
});

describe('answers that nobody can read', () => {
  const circle: Record<string, unknown> = {};
  circle['again'] = circle;

  test.each([
    ['a circle', async () => circle],
    ['words for a list', async (seen: Observation) => ({ ...seen, targets: 'all' })],
    [
      'an error with U+0000 and an endless wait',
      async () =>
        Promise.reject(
          Object.assign(new AdapterError('UNAVAILABLE', `x${NUL}${HALF}`), { retryAfterMs: Infinity, native: circle }),
        ),
    ],
  ])('%s: people end the run, and so does the deadline', async (_what, observe) => {
    const talk = { observe: observe as NonNullable<Talk['observe']> };
    const [byPeople, byTime] = [
      await started(talk, { deadlineMinutes: 60 }),
      await started(talk, { deadlineMinutes: 1 }),
    ];
    await world.pass(12, 2_000);
    expect(await world.state(byPeople)).toBe('RUNNING');
    const { targets } = await world.read(byPeople, 'targets { nodes { id } }');
    const report = { id: targets.nodes[0].id, state: 'FAILED', reason: 'Seen on the console.' };
    await world.operator.run('targetExecutionReport', report, 'targetExecution');
    expect(await world.state(byPeople)).toBe('FAILED');
    await world.pass(120, 30_000);
    expect(await world.read(byTime, 'state targets { nodes { state } }')).toEqual({
      state: 'FAILED',
      targets: { nodes: [{ state: 'UNKNOWN' }] },
    });
  });

  test.each([
    ['U+0000 in its handle', { submit: (handle: RunHandle) => ({ ...handle, native: { id: NUL } }) }],
    ['half a character in its handle', { submit: (handle: RunHandle) => ({ ...handle, native: { [HALF]: 1 } }) }],
    ['nothing', { submit: () => null }],
  ])('to submit: %s is an unknown outcome, and never an order that was not taken', async (_what, { submit }) => {
    const lost = { submit: submit as NonNullable<Talk['submit']>, find: () => null };
    const id = await started(lost, { deadlineMinutes: 1 });
    await world.pass(120, 30_000);
    expect(await world.read(id, 'state runs { nodes { submitCalls } } targets { nodes { state } }')).toEqual({
      state: 'START_UNKNOWN',
      runs: { nodes: [{ submitCalls: 1 }] },
      targets: { nodes: [{ state: 'PENDING' }] },
    });
    expect(await world.act('Reconcile', id, { decision: 'ABANDONED', reason: 'The console shows nothing.' })).toBe(
      'FAILED',
    );
    const found = await started({ submit: lost.submit });
    await world.passUntil(found, 'SUCCEEDED', 20, 1_000);
  });
});

test('a report that the database refuses is recorded as a failure, and the deadline ends the run', async () => {
  const client = app.readDatabase.pool;
  await client.query(`alter table target_report add constraint refused check (native_status <> 'refused') not valid`);
  const id = await started({ observe: onTargets({ nativeStatus: 'refused' }) }, { deadlineMinutes: 1 });
  await world.pass(10, 1_000);
  expect(await world.read(id, 'state runs { nodes { message } }')).toEqual({
    state: 'RUNNING',
    runs: { nodes: [{ message: expect.stringContaining('could not be recorded') }] },
  });
  await world.pass(120, 30_000);
  expect(await world.state(id)).toBe('FAILED');
  await client.query('alter table target_report drop constraint refused');
});
