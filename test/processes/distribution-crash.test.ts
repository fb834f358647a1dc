import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf } from '../support/cast.js';
import { TestClock } from '../support/clock.js';
import { storyOf, type Story } from '../support/story.js';
import { reworked } from '../support/tools.js';
import { until } from '../support/until.js';

/** A place in the code of a tool where a process gets stuck, as if it had died there, until it is let go. */
class Trap {
  #free: (() => void) | undefined;
  armed = false;
  caught = false;

  arm(): void {
    this.armed = true;
    this.caught = false;
  }

  async pass(): Promise<void> {
    if (!this.armed) return;
    this.armed = false;
    this.caught = true;
    await new Promise<void>((resolve) => (this.#free = resolve));
  }

  free(): void {
    this.#free?.();
  }
}

const before = new Trap();
const after = new Trap();
const observing = new Trap();
/** Every call of `submit` that reached the tool. */
const submitted: string[] = [];

const trapped = (id: string, promises = {}) =>
  reworked(
    id,
    (inner) => ({
      submit: async (request, signal) => {
        await before.pass();
        submitted.push(request.key);
        const handle = await inner.submit(request, signal);
        await after.pass();
        return { ...handle, adapterId: id };
      },
      observe: async (handle, cursor, signal) => {
        const seen = await inner.observe(handle, cursor, signal);
        await observing.pass();
        return seen;
      },
      ...(id === 'once' && { find: async () => null }),
    }),
    promises,
  );

const adapters = [
  { instance: 'tool', module: trapped('tool') },
  { instance: 'findable', module: trapped('findable', { submit: 'findable' }) },
  { instance: 'once', module: trapped('once', { submit: 'at-most-once' }) },
];
const clock = new TestClock();
let one: TestApp;
let two: TestApp;
let world: Story;

beforeAll(async () => {
  one = await startTestApp({ clock: clock.now, adapters });
  two = await startTestApp({ clock: clock.now, adapters, beside: one });
  world = await storyOf(one, clock);
});
afterAll(async () => {
  await two.end();
  await one.end();
});

/** Starts a distribution and lets the first process get stuck at a trap. Gives the work that hangs there. */
async function stuck(trap: Trap, tool = 'tool') {
  const release = await world.ready(['web']);
  const id = await world.started(release, {}, tool);
  trap.arm();
  const work = one.jobs.runOnce();
  await until(() => trap.caught, 'the first process to get stuck');
  return { id, work };
}

/** What happens when a process has not been heard of for the length of a lease: its lease is over. */
const leaseEnds = () => clock.advance(one.config.leaseMs + 1);

async function finish(id: string): Promise<void> {
  for (let i = 0; i < 8; i++) {
    clock.advance(1_000);
    await two.jobs.runOnce();
  }
  expect(await world.state(id)).toBe('SUCCEEDED');
}

const keyOf = async (id: string) =>
  (await world.read(id, 'runs(last: 1) { nodes { key } }')).runs.nodes[0].key as string;
const runsAtTool = (tool: string, key: string) =>
  readdirSync(join(one.config.workDir, tool, 'runs')).filter((run) => run === key);
const count = async (id: string, type: string) => (await world.events(id)).filter((event) => event === type).length;

describe('a process that dies', () => {
  test('after the intent was stored is replaced by another one that sends it', async () => {
    const id = await world.started(await world.ready(['web']), {}, 'tool');
    await two.jobs.runOnce();
    await finish(id);
    const key = await keyOf(id);
    expect(submitted.filter((k) => k === key)).toEqual([key]);
  });

  test.each(['tool', 'findable'])(
    'right before the call of %s is replaced by one that asks first and then sends under the same key',
    async (tool) => {
      const { id, work } = await stuck(before, tool);
      leaseEnds();
      await two.jobs.runOnce();
      const key = await keyOf(id);
      expect(submitted.filter((k) => k === key)).toEqual([key]);
      expect(await world.read(id, 'state runs { nodes { submitCalls } }')).toEqual({
        state: 'RUNNING',
        runs: { nodes: [{ submitCalls: 2 }] },
      });
      before.free(); // the dead one comes back to life and sends after all, under the same key
      await work;
      await finish(id);
      expect(runsAtTool(tool, key)).toEqual([key]);
      expect(await count(id, 'distribution.submitted')).toBe(1);
    },
  );

  test.each(['tool', 'findable'])('after %s took the order is replaced by one that finds the run', async (tool) => {
    const { id, work } = await stuck(after, tool);
    leaseEnds();
    await two.jobs.runOnce();
    const key = await keyOf(id);
    expect(submitted.filter((k) => k === key)).toEqual([key]);
    expect(await world.read(id, 'state runs { nodes { state submitCalls } }')).toEqual({
      state: 'SUCCEEDED',
      runs: { nodes: [{ state: 'FINISHED', submitCalls: 1 }] },
    });
    after.free();
    await work;
    await finish(id);
    expect(runsAtTool(tool, key)).toEqual([key]);
    expect(await count(id, 'distribution.submitted')).toBe(1);
  });

  test('around the call of a tool that takes orders at most once leaves the decision to a person', async () => {
    const { id, work } = await stuck(after, 'once');
    leaseEnds();
    await two.jobs.runOnce();
    const key = await keyOf(id);
    expect(await world.state(id)).toBe('START_UNKNOWN');
    expect(submitted.filter((k) => k === key)).toEqual([key]);
    after.free(); // what the dead one knew cannot be written any more
    await work;
    expect(await world.state(id)).toBe('START_UNKNOWN');
  });

  test('with an observation in its hands cannot write it any more', async () => {
    const id = await world.started(await world.ready(['web']), {}, 'tool');
    await one.jobs.runOnce();
    clock.advance(1_600);
    observing.arm();
    const work = one.jobs.runOnce();
    await until(() => observing.caught, 'the first process to get stuck');
    leaseEnds();
    await two.jobs.runOnce();
    expect(await world.state(id)).toBe('SUCCEEDED');
    const written = async () =>
      (
        await one.readDatabase.pool.query(
          `select (select md5(string_agg(r::text, '' order by r.id)) from distribution_run r) as runs, (select ` +
            'count(*) from target_report) as reports, (select count(*) from domain_event) as events',
        )
      ).rows;
    const before = await written();
    observing.free();
    await work;
    expect(await written()).toEqual(before);
  });
});

describe('two processes', () => {
  test('start one distribution once, however many ask for it at once', async () => {
    const id = await world.plan(await world.ready(['web']), {}, 'tool');
    await world.act('Schedule', id);
    const { operator: other } = await castOf(two, 'operator');
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => (n % 2 ? world.operator : other).attempt('distributionStart', { id }, 'distribution')),
    );
    expect(answers.filter(({ distribution }) => distribution !== null)).toHaveLength(1);
    for (const { userErrors } of answers.filter(({ distribution }) => distribution === null))
      expect(userErrors).toMatchObject([{ code: 'ILLEGAL_TRANSITION' }]);
    await Promise.all([one.jobs.runOnce(), two.jobs.runOnce()]);
    await finish(id);
    const key = await keyOf(id);
    expect(submitted.filter((k) => k === key)).toEqual([key]);
    expect(await world.read(id, 'runs { totalCount }')).toEqual({ runs: { totalCount: 1 } });
  });

  test('start what is due at once together once', async () => {
    const ids = [];
    for (let i = 0; i < 4; i++)
      ids.push(
        await world.plan(
          await world.ready(['web']),
          { scheduledStart: new Date(clock.now().getTime() + 60_000).toISOString() },
          'tool',
        ),
      );
    for (const id of ids) await world.act('Schedule', id);
    clock.advance(61_000);
    await Promise.all([one.jobs.runOnce(), two.jobs.runOnce(), one.jobs.runOnce(), two.jobs.runOnce()]);
    for (let i = 0; i < 6; i++) {
      clock.advance(700);
      await Promise.all([one.jobs.runOnce(), two.jobs.runOnce()]);
    }
    for (const id of ids) {
      const key = await keyOf(id);
      expect(await world.read(id, 'state attempt')).toEqual({ state: 'SUCCEEDED', attempt: 1 });
      expect(submitted.filter((k) => k === key)).toEqual([key]);
      expect(await count(id, 'distribution.succeeded')).toBe(1);
    }
  });
});
