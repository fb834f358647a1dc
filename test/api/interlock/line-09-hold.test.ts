import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';
import { reworked } from '../../support/tools.js';
import { until } from '../../support/until.js';

/** Line 9: a hold holds what runs, says what it cannot hold, and its end resumes what it held and nothing else. */

const clock = new TestClock();
let app: TestApp;
let beside: TestApp;
let world: Story;
/** What the tool `pausable` was told, first to last. */
const told: string[] = [];
/** What the tool `slow` waits for while an order is being sent to it. */
let taken: Promise<void> = Promise.resolve();
let asked = 0;

const pausing = {
  pause: async ({ key }: { key: string }) => void told.push(`pause ${key}`),
  resume: async ({ key }: { key: string }) => void told.push(`resume ${key}`),
};
const adapters = [
  { instance: 'simulator', module: 'simulator' },
  { instance: 'pausable', module: reworked('pausable', () => pausing, { pause: true }) },
  {
    instance: 'blind',
    module: reworked('blind', () => ({ ...pausing, find: async () => null }), { pause: true, submit: 'at-most-once' }),
  },
  {
    instance: 'slow',
    module: reworked(
      'slow',
      (inner) => ({
        ...pausing,
        submit: async (request, signal) => {
          asked++;
          await taken;
          return { ...(await inner.submit(request, signal)), adapterId: 'slow' };
        },
      }),
      { pause: true },
    ),
  },
];

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now, adapters });
  beside = await startTestApp({ clock: clock.now, adapters, beside: app });
  world = await storyOf(app, clock);
});
afterAll(async () => {
  await beside.end();
  await app.end();
});

const HANG = { parameters: { simulator: { script: 'hang' } } };
const numberOf = async (id: string): Promise<string> => (await world.read(id, 'number')).number;
const hold = async (release: string, reason = 'The vendor warns.') =>
  await world.step('releaseHold', release, { reason });
const resume = async (release: string) => await world.step('releaseResume', release, { reason: 'All clear.' });

/** A distribution that runs at a tool. */
async function running(release: ReadyRelease, tool = 'pausable', more: Record<string, unknown> = {}): Promise<string> {
  const id = await world.started(release, { ...HANG, ...more }, tool);
  await world.passUntil(id, 'RUNNING', 20);
  return id;
}

async function eventsOf(release: string, type: string) {
  await app.relay();
  const { events } = await world.read(release, 'events(first: 200) { nodes { type reason data } }');
  return events.nodes.filter((event: { type: string }) => event.type === type);
}

describe('a hold', () => {
  test('pauses what runs at a tool that can pause, and its end resumes it', async () => {
    const release = await world.ready(['web']);
    const id = await running(release);
    told.length = 0;
    const { onHold } = await world.manager.run(
      'releaseHold',
      { id: release.id, reason: 'The vendor warns.' },
      'release',
      'onHold { paused { nodes { id } } goesOn { nodes { id } } }',
    );
    expect(onHold).toEqual({ paused: { nodes: [{ id }] }, goesOn: { nodes: [] } });
    expect(await world.read(id, 'state pausedByHold stateReason')).toEqual({
      state: 'PAUSED',
      pausedByHold: true,
      stateReason: expect.stringContaining('The vendor warns.'),
    });
    await world.pass(4);
    expect(told).toEqual([expect.stringMatching(/^pause /)]);
    const number = await numberOf(id);
    expect(await eventsOf(release.id, 'release.held')).toMatchObject([
      { data: { paused: [{ id, number }], goesOn: [] } },
    ]);
    expect(await eventsOf(release.id, 'distribution.paused')).toMatchObject([
      { reason: expect.stringContaining('The vendor warns.') },
    ]);
    expect(await world.refusal('Resume', id)).toEqual(['RELEASE_ON_HOLD']);

    await resume(release.id);
    expect(await world.read(id, 'state pausedByHold stateReason')).toEqual({
      state: 'RUNNING',
      pausedByHold: false,
      stateReason: null,
    });
    await world.pass(4);
    expect(told).toEqual([expect.stringMatching(/^pause /), expect.stringMatching(/^resume /)]);
    expect(await eventsOf(release.id, 'release.resumed')).toMatchObject([
      { data: { resumed: [{ id, number }], staysPaused: [] } },
    ]);
  });

  test('names what goes on because its tool cannot pause, and who can stop it', async () => {
    const release = await world.ready(['web']);
    const id = await running(release, 'simulator');
    const { onHold } = await world.manager.run(
      'releaseHold',
      { id: release.id, reason: 'The vendor warns.' },
      'release',
      'onHold { paused { nodes { id } } goesOn { nodes { id state ' +
        'availableCommands { command blockers { resolvableBy } } } } }',
    );
    expect(onHold.paused.nodes).toEqual([]);
    expect(onHold.goesOn.nodes).toMatchObject([{ id, state: 'RUNNING' }]);
    expect(onHold.goesOn.nodes[0].availableCommands).toContainEqual({
      command: 'distributionStop',
      blockers: [{ resolvableBy: ['DEPLOYMENT_OPERATOR'] }], // the reader is no operator
    });
    expect(await eventsOf(release.id, 'release.held')).toMatchObject([
      {
        data: {
          paused: [],
          goesOn: [
            {
              id,
              state: 'RUNNING',
              why: expect.stringContaining('cannot pause'),
              stoppableBy: ['DEPLOYMENT_OPERATOR'],
            },
          ],
        },
      },
    ]);
    expect(await world.events(id)).toContain('distribution.goes-on');
    expect(await world.act('Stop', id, { reason: 'The release is on hold.' })).toBe('STOPPING');
    await resume(release.id);
    expect(await world.state(id)).not.toBe('RUNNING');
  });

  test('leaves paused what a person paused before, also when it ends', async () => {
    const release = await world.ready(['web', 'db']);
    const byPerson = await running(release, 'pausable', { targetIds: [release.cis['web']] });
    const byHold = await running(release, 'pausable', { targetIds: [release.cis['db']] });
    await world.act('Pause', byPerson, { reason: 'Lunch.' });
    await hold(release.id);
    await resume(release.id);
    expect(await world.read(byPerson, 'state pausedByHold stateReason')).toEqual({
      state: 'PAUSED',
      pausedByHold: false,
      stateReason: 'Lunch.',
    });
    expect(await world.state(byHold)).toBe('RUNNING');
  });

  test('that ends when its slot is over leaves the distribution paused and says why', async () => {
    const release = await world.ready(['web']);
    const id = await running(release, 'pausable', { deadlineMinutes: 700 });
    await hold(release.id);
    clock.advance(13 * 3_600_000);
    await resume(release.id);
    expect(await world.read(id, 'state pausedByHold stateReason')).toEqual({
      state: 'PAUSED',
      pausedByHold: false,
      stateReason: expect.stringContaining('The hold has ended, and it cannot resume. Its time is'),
    });
    expect(await eventsOf(release.id, 'release.resumed')).toMatchObject([
      {
        data: {
          resumed: [],
          staysPaused: [{ id, blockers: [{ code: 'WINDOW_CLOSED', resolvableBy: expect.any(Array) }] }],
        },
      },
    ]);
    expect(await world.events(id)).toContain('distribution.resume-blocked');
    // Another hold and its end do not resume it by the way: a person decided nothing yet.
    await hold(release.id);
    await resume(release.id);
    expect(await world.state(id)).toBe('PAUSED');
    expect(await world.act('Stop', id, { reason: 'Too late.' })).toBe('STOPPING');
  });

  test('keeps a retry back and lets a back-out go on', async () => {
    const release = await world.ready(['web', 'db']);
    const id = await world.started(
      release,
      { parameters: world.simulate('succeed', { [`db-${release.cis['db']}`]: 'fail' }) },
      'pausable',
    );
    await world.passUntil(id, 'SUCCEEDED', 60);
    await world.step('releaseStartBackOut', release.id, { reason: 'It loses orders.' });
    await hold(release.id);
    expect(await world.act('StartBackOut', id, { reason: 'It loses orders.' })).toBe('BACKING_OUT');
    await world.passUntil(id, 'BACKED_OUT', 60);
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');

    const other = await world.ready(['web']);
    const failed = await world.started(other, { parameters: world.simulate('fail') }, 'pausable');
    await world.passUntil(failed, 'FAILED', 60);
    await hold(other.id);
    expect(await world.refusal('RetryFailed', failed)).toEqual(expect.arrayContaining(['RELEASE_ON_HOLD']));
    await resume(other.id);
    expect(await world.act('RetryFailed', failed)).toBe('STARTING');
  });

  test('does not pause a back-out that runs', async () => {
    const release = await world.ready(['web']);
    const id = await world.started(release, {}, 'pausable');
    await world.passUntil(id, 'SUCCEEDED', 60);
    await world.step('releaseStartBackOut', release.id, { reason: 'It loses orders.' });
    await world.act('StartBackOut', id, { reason: 'It loses orders.' });
    await hold(release.id);
    expect(await world.state(id)).toBe('BACKING_OUT');
    expect(await eventsOf(release.id, 'release.held')).toMatchObject([
      { data: { paused: [], goesOn: [{ id, state: 'BACKING_OUT', why: expect.stringContaining('back-out') }] } },
    ]);
    await world.passUntil(id, 'BACKED_OUT', 60);
  });
});

describe('a hold at the instant of a start', () => {
  test('keeps an order back that was not sent yet; it can be retried afterwards', async () => {
    const release = await world.ready(['web']);
    const id = await world.started(release, HANG, 'pausable');
    expect(await world.state(id)).toBe('STARTING');
    const number = await numberOf(id);
    await hold(release.id);
    await world.pass(4);
    expect(await world.read(id, 'state stateReason')).toEqual({
      state: 'FAILED',
      stateReason: expect.stringContaining('is on hold: The vendor warns.'),
    });
    expect(world.runsOf('pausable').filter((key) => key.includes(number))).toEqual([]);
    await resume(release.id);
    expect(await world.act('RetryFailed', id)).toBe('STARTING');
  });

  test('pauses an order that is under way as soon as the tool has taken it', async () => {
    const release = await world.ready(['web']);
    let take: () => void = () => undefined;
    taken = new Promise((resolve) => (take = resolve));
    const before = asked;
    const id = await world.started(release, HANG, 'slow');
    const sending = app.jobs.runOnce();
    await until(
      () => asked > before,
      () => 'the order to be under way',
    );
    await hold(release.id);
    expect(await eventsOf(release.id, 'release.held')).toMatchObject([
      { data: { paused: [], goesOn: [{ id, state: 'STARTING' }] } },
    ]);
    take();
    await sending;
    taken = Promise.resolve();
    await world.passUntil(id, 'PAUSED', 10);
    expect((await world.read(id, 'pausedByHold')).pausedByHold).toBe(true);
    await resume(release.id);
    expect(await world.state(id)).toBe('RUNNING');
  });

  test('pauses what a person finds running during the hold, and resumes it like the rest', async () => {
    const release = await world.ready(['web']);
    const parameters = world.simulate('hang', {}, { submit: { kind: 'lost-answer', times: 1 } });
    const id = await world.started(release, { parameters }, 'blind');
    await world.passUntil(id, 'START_UNKNOWN', 20);
    await hold(release.id);
    const found = { decision: 'STARTED', reason: 'The console of the tool shows it.' };
    expect(await world.act('Reconcile', id, found)).toBe('PAUSED');
    expect(await world.events(id)).toEqual(expect.arrayContaining(['distribution.reconciled', 'distribution.paused']));
    await resume(release.id);
    expect(await world.state(id)).toBe('RUNNING');
  });

  test('lets nothing run, whichever of two processes is faster', async () => {
    const operator = await beside.as('olga', 'DEPLOYMENT_OPERATOR');
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const release = await world.ready(names);
    for (const [round, name] of names.entries()) {
      const id = await world.plan(release, { ...HANG, targetIds: [release.cis[name]] }, 'pausable');
      await world.act('Schedule', id);
      const start = operator.attempt('distributionStart', { id }, 'distribution');
      const held = round % 2 === 0 ? hold(release.id) : beside.jobs.runOnce().then(() => hold(release.id));
      await Promise.all([start, held, app.jobs.runOnce(), beside.jobs.runOnce()]);
      await world.pass(2);
      const { state, pausedByHold } = await world.read(id, 'state pausedByHold');
      expect(['SCHEDULED', 'FAILED', 'PAUSED']).toContain(state);
      expect(pausedByHold).toBe(state === 'PAUSED');
      await resume(release.id);
    }
  });
});
