import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import { storyOf, type Story } from '../../support/story.js';
import { until } from '../../support/until.js';

// The system's clock and two processes that work by themselves, as in a real installation.
const env = { INTERLOCK_LEASE_MS: '500' };
let one: TestApp;
let two: TestApp;
let world: Story;

beforeAll(async () => {
  one = await startTestApp({ work: 'start', env });
  two = await startTestApp({ work: 'start', env, beside: one });
  world = await storyOf(one);
  await until(
    async () => (await one.count(`deployment_tool where state = 'READY' and name = 'simulator'`)) === 1,
    'the simulator to be ready',
  );
});
afterAll(async () => {
  await two.end();
  await one.end();
});

const STREAM = `subscription($id: ID!, $after: String) {
  distributionStream(id: $id, after: $after) { endCursor caughtUp events {
  cursor type at actorName distribution { state percent attempt counts { state count } } target { ci { id name } state
    from attempt percent step reason { code message retryable } } } } }`;

/** Reads a stream until an event of a type. @returns the events */
async function follow(app: TestApp, id: string, last: string, after: string | null = null): Promise<any[]> {
  const { operator: client } = await castOf(app, 'operator');
  const events: any[] = [];
  for await (const { data, errors } of client.subscribe(STREAM, { id, after })) {
    if (errors) throw new Error(JSON.stringify(errors));
    events.push(...data.distributionStream.events);
    if (events.at(-1)?.type === last) return events;
  }
  throw new Error(`The stream ended before ${last}.`);
}

const quick = (more: Record<string, string | Record<string, unknown>> = {}) => world.simulate({ stepMs: 200 }, more);

describe('a distribution, live', () => {
  test('is told event by event on every process, with how things stood, and can be resumed anywhere', async () => {
    const release = await world.ready(['web', 'db']);
    const id = await world.plan(release, {
      parameters: quick({
        [release.cis['db'] as string]: { outcome: 'fail', code: 'DISK_FULL', message: 'No space.', retryable: true },
      }),
    });
    await one.relay();
    const { events } = await world.read(id, 'events(first: 1) { nodes { cursor } }');
    const streams = [one, two].map(
      async (app) => await follow(app, id, 'distribution.partially-succeeded', events.nodes[0].cursor),
    );
    await until(() => one.services.hub.followers + two.services.hub.followers >= 2, 'both streams to be live');
    // From here on the server may be faster than whoever starts it.
    await world.act('Schedule', id);
    await world.begin(id);
    const [here, there] = await Promise.all(streams);
    expect(there).toEqual(here);
    expect(here?.find(({ type }) => type === 'distribution.started')).toMatchObject({
      target: null,
      distribution: { state: 'STARTING', percent: 0, attempt: 1, counts: [{ state: 'PENDING', count: 2 }] },
    });
    expect(here).toContainEqual(
      expect.objectContaining({
        type: 'distribution.target-failed',
        target: {
          ci: { id: release.cis['db'], name: expect.stringMatching(/^db/) },
          state: 'FAILED',
          from: expect.any(String),
          attempt: 1,
          percent: expect.any(Number),
          step: 'verify',
          reason: { code: 'DISK_FULL', message: 'No space.', retryable: true },
        },
      }),
    );
    expect(here?.at(-1)).toMatchObject({
      distribution: {
        state: 'PARTIALLY_SUCCEEDED',
        percent: 100,
        counts: expect.arrayContaining([
          { state: 'SUCCEEDED', count: 1 },
          { state: 'FAILED', count: 1 },
        ]),
      },
    });
    // An observation makes at most one event about the whole.
    expect(here?.filter(({ type }) => type === 'distribution.progressed').length).toBeLessThanOrEqual(4);

    const middle = here?.[3].cursor as string;
    expect(await follow(two, id, 'distribution.partially-succeeded', middle)).toEqual(here?.slice(4));
  });

  test('survives that leases are lost at any moment: one run each, one installation each', async () => {
    const releases = [];
    for (let i = 0; i < 5; i++) releases.push(await world.ready(['web', 'db']));
    // A connection of its own, and one theft at a time: a theft waits for who writes a run, and thefts that pile up
    // would take all connections from the server. On a slow machine only so many of them let a run get anywhere.
    const thief = new pg.Pool({ connectionString: one.config.databaseUrl, max: 1 });
    let steals = false;
    const thefts = setInterval(() => {
      if (steals) return;
      steals = true;
      // A process that is thought dead while it is not: its lease ends early and another one takes over.
      void thief
        .query(
          `update distribution_run set lease_until = now() - interval '1 second' where lease_until is not null ` +
            'and random() < 0.5 and fence < 40',
        )
        .finally(() => (steals = false));
    }, 20);
    const ids = await Promise.all(
      releases.map(async (release) => await world.started(release, { parameters: quick() })),
    );
    try {
      await until(
        async () => (await Promise.all(ids.map((id) => world.state(id)))).every((state) => state === 'SUCCEEDED'),
        'all to succeed',
        30_000,
      );
    } finally {
      clearInterval(thefts);
      await thief.end();
    }
    for (const id of ids) {
      const { runs, targets } = await world.read(
        id,
        'runs { nodes { key attempt } } targets { nodes { state installations { totalCount } reports { nodes { ' +
          'state effect } } } }',
      );
      expect(runs.nodes).toEqual([{ key: expect.stringMatching(/-1$/), attempt: 1 }]);
      for (const target of targets.nodes) {
        expect(target).toMatchObject({ state: 'SUCCEEDED', installations: { totalCount: 1 } });
        expect(target.reports.nodes.filter(({ state }: { state: string }) => state === 'SUCCEEDED')).toHaveLength(1);
      }
      const folder = join(one.config.workDir, 'simulator', 'runs');
      expect(readdirSync(folder).filter((key) => key === runs.nodes[0].key)).toHaveLength(1);
      expect(JSON.parse(readFileSync(join(folder, runs.nodes[0].key, 'run.json'), 'utf8')).targets).toHaveLength(2);
      const types = await world.events(id);
      for (const type of ['distribution.started', 'distribution.submitted', 'distribution.succeeded'])
        expect(types.filter((t) => t === type)).toHaveLength(1);
    }
  }, 60_000);

  test('goes on in another process when its own is stopped', async () => {
    const release = await world.ready(['web']);
    const three = await startTestApp({ work: 'start', env, beside: one });
    const { operator } = await castOf(three, 'operator');
    const id = await world.plan(release, { parameters: quick() });
    await operator.run('distributionSchedule', { id }, 'distribution');
    await operator.run('distributionStart', { id }, 'distribution');
    await three.end();
    await until(async () => (await world.state(id)) === 'SUCCEEDED', 'the other processes to finish it');
  });
});
