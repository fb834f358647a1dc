import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { storyOf, type Story } from '../../support/story.js';
import { reworked } from '../../support/tools.js';

const clock = new TestClock();
let one: TestApp;
let two: TestApp;
let world: Story;
const atWork = new Set<string>();
let most = 0;

// A tool that works on one run at a time, and takes its time to accept one.
const adapters = [
  {
    instance: 'narrow',
    module: reworked(
      'narrow',
      (inner) => ({
        submit: async (request, signal) => {
          atWork.add(request.key);
          most = Math.max(most, atWork.size);
          await new Promise((resolve) => setTimeout(resolve, 50));
          return { ...(await inner.submit(request, signal)), adapterId: 'narrow' };
        },
        observe: async (handle, cursor, signal) => {
          const seen = await inner.observe(handle, cursor, signal);
          if (seen.complete) atWork.delete(handle.key);
          return seen;
        },
      }),
      { limits: { maxTargets: 100, minPollMs: 100, typicalLatencyMs: 100, maxConcurrentRuns: 1 } },
    ),
  },
];

beforeAll(async () => {
  one = await startTestApp({ clock: clock.now, adapters });
  two = await startTestApp({ clock: clock.now, adapters, beside: one });
  world = await storyOf(one, clock);
});
afterAll(async () => {
  await two.end();
  await one.end();
});

test('a tool never gets more runs than it works on at a time, however many processes have some for it', async () => {
  const ids: string[] = [];
  for (const name of ['web', 'db', 'app', 'mail']) {
    const release = await world.ready([name]);
    const id = await world.plan(release, { parameters: world.simulate() }, 'narrow');
    await world.act('Schedule', id);
    ids.push(id);
  }
  for (const id of ids) await world.act('Start', id);
  await Promise.all([one.jobs.runOnce(), two.jobs.runOnce()]);
  const waiting = await Promise.all(
    ids.map(async (id) => (await world.read(id, 'runs { nodes { message } }')).runs.nodes[0].message as string | null),
  );
  expect(waiting.filter((message) => message === 'Waiting for a free place at the tool.')).toHaveLength(3);

  const states = async () => await Promise.all(ids.map(async (id) => await world.state(id)));
  for (let i = 0; i < 100 && (await states()).some((state) => state !== 'SUCCEEDED'); i++) {
    clock.advance(1_000);
    await Promise.all([one.jobs.runOnce(), two.jobs.runOnce()]);
  }
  expect(await states()).toEqual(ids.map(() => 'SUCCEEDED'));
  expect(most).toBe(1);
});
