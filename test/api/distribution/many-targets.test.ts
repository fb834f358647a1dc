import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { toNodeId } from '../../../src/domain/node-id.js';
import { tellManyTargets, type ToldTarget } from '../../../src/services/distribution/told-targets.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { usualLongestTurn } from '../../support/loop-watch.js';
import { storyOf, type Story } from '../../support/story.js';
import { sentStatements } from '../../support/write-statements.js';

// What each request about a distribution sends to the database, with 100 and with 1,000 targets.

const SIZES = [100, 1_000] as const;

let app: TestApp;
let world: Story;
const clock = new TestClock();

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
}, 60_000);
afterAll(async () => await app.end());

const at = (hours: number) => new Date(clock.now().getTime() + hours * 3_600_000).toISOString();

/** A release with many targets that can be distributed at once. */
async function ready(size: number): Promise<string> {
  const { rows } = await app.readDatabase.pool.query<{ id: string }>(
    `insert into configuration_item (id, name, ci_class, state, criticality, created_at, updated_at, version)
     select uuidv7(), 'many-' || $1 || '-' || n, 'SERVER', 'AUTHORISED', 'LOW', now(), now(), 1
     from generate_series(1, $1::int) n returning id`,
    [size],
  );
  const ids = rows.map((row) => toNodeId('ConfigurationItem', row.id));
  const { id } = await world.release(`Many ${size}`);
  for (let from = 0; from < size; from += 500) await world.addTargets(id, ...ids.slice(from, from + 500));
  await world.addContent(id);
  await world.startTesting(id);
  await world.step('releaseAccept', id, {}, world.owner);
  await world.step('releaseSchedule', id, { startsAt: at(0), endsAt: at(12) });
  await world.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Soon.' });
  return id;
}

interface Sent {
  readonly statements: number;
  /** Of all values, without the events: those tell of each target. */
  readonly bytes: number;
  readonly events: number;
}

async function requests(size: number): Promise<Record<string, Sent>> {
  const releaseId = await ready(size);
  const plan = {
    releaseId,
    deploymentToolId: await world.tool('simulator'),
    allTargets: true,
    approvalRequired: true,
    scheduledStart: at(0),
  };
  const found: Record<string, Sent> = {};
  let id = '';
  const request = async (name: string, input: object, client = world.operator) => {
    const all = await sentStatements(app, async () => {
      id = (await client.run(`distribution${name}`, { ...input }, 'distribution')).id;
    });
    const sum = (some: typeof all) => some.reduce((total, { bytes }) => total + bytes, 0);
    const isEvent = ({ text }: { text: string }) => /insert into "?domain_event/.test(text);
    found[name] = {
      statements: all.length,
      bytes: sum(all.filter((one) => !isEvent(one))),
      events: sum(all.filter(isEvent)),
    };
  };
  await request('Plan', plan);
  const { version } = await world.read(id, 'version');
  await request('PlanWaves', { id, expectedVersion: version, by: 'PERCENT', sizes: [10] });
  await request('RequestApproval', { id });
  await request('Approve', { id }, world.owner);
  await request('Start', { id });
  return found;
}

/**
 * Bytes of the values for each target, without events, and of the events. An id has 36. Most of it is what they impact
 * and which windows concern them. What was approved is neither sent nor read: PostgreSQL compares it.
 */
const BYTES: Readonly<Record<string, readonly [values: number, events: number]>> = {
  Plan: [190, 130],
  PlanWaves: [300, 220],
  RequestApproval: [210, 1],
  Approve: [490, 190],
  Start: [220, 30],
};

test('requests send as many statements for 1,000 targets as for 100, and few bytes for each', async () => {
  await requests(10); // The others meet it in the schedule.
  const [few, many] = [await requests(SIZES[0]), await requests(SIZES[1])];
  for (const [name, [values, events]] of Object.entries(BYTES)) {
    const [less, more] = [few[name] as Sent, many[name] as Sent];
    const perTarget = (of: 'bytes' | 'events') => (more[of] - less[of]) / (SIZES[1] - SIZES[0]);
    expect([name, more.statements]).toEqual([name, less.statements]);
    expect([name, perTarget('bytes') <= values, perTarget('events') <= events]).toEqual([name, true, true]);
  }
  expect(Object.keys(many)).toEqual(Object.keys(BYTES));
}, 60_000);

/** How many targets one event can name. */
const MOST = 20_000;

test('events about 20,000 objects hold the event loop for no more than 50 ms', async () => {
  const distributionId = randomUUID();
  const ids = Array.from({ length: MOST }, () => randomUUID());
  const target = { distributionId, waveId: null, excluded: false, state: 'PENDING', attempt: 0, verifiedDigest: null };
  const work = async () => {
    await app.transact(async (uow) => {
      const told = ids.map((id) => ({ id, told: { before: null, after: { ...target, ciId: id } as ToldTarget } }));
      await tellManyTargets(uow, told);
      const subject = { id: distributionId };
      uow.record({ type: 'distribution.planned', subjectType: 'Distribution', subject, topics: ids });
    });
    await app.relay();
  };
  expect(await usualLongestTurn(work, 50)).toBeLessThan(50);
  // Each object has its own events in the log, and no event tells of more than one can.
  const { rows } = await app.readDatabase.pool.query<{ events: number; topics: number; changes: number }>(
    `select count(*)::int as events, max(cardinality(topics)) as topics,
       max(jsonb_array_length(payload #> '{changes,0,after}')) as changes
     from domain_event where aggregate_id = $1 and position is not null group by request_id`,
    [distributionId],
  );
  expect(rows[0]).toEqual({ events: 20, topics: MOST + 1, changes: 1_000 });
}, 60_000);
