import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseNodeId } from '../../../src/domain/node-id.js';
import { groupsBroken, planWaves, type RedundancyGroup } from '../../../src/domain/distribution/wave-plan.js';
import { redundancyGroups, targetRanks } from '../../../src/facts/distribution/redundancy.facts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const uuid = (id: string) => parseNodeId(id)?.uuid as string;

async function relate(sourceId: string, kind: string, targetId: string): Promise<void> {
  const input = { sourceId, kind, targetId };
  await world.configurationManager.run('configurationItemRelate', input, 'ciRelation');
}

/** A cluster of new items. @returns the ids by name; that of the cluster is under its own name. */
async function cluster(name: string, states: readonly (string | undefined)[]): Promise<Record<string, string>> {
  const ids: Record<string, string> = { [name]: await world.ci(name, { ciClass: 'CLUSTER' }) };
  for (const [n, lifecycleState] of states.entries()) {
    const id = await world.ci(`${name}-${n + 1}`, lifecycleState === undefined ? {} : { lifecycleState });
    await relate(id, 'MEMBER_OF', ids[name] as string);
    ids[`${name}-${n + 1}`] = id;
  }
  return ids;
}

const groupsOf = async (targets: readonly string[], atWork = true): Promise<RedundancyGroup[]> =>
  await redundancyGroups(app.readDatabase, targets.map(uuid), { atWork });

/** The groups in short: name, how many stay up, and each member with the names of those that take it. */
async function inShort(targets: Readonly<Record<string, string>>, atWork = true) {
  const names = new Map(Object.entries(targets).map(([name, id]) => [uuid(id), name]));
  const groups = await groupsOf(Object.values(targets), atWork);
  return groups.map(({ name, keep, members }) => ({
    name,
    keep,
    members: Object.fromEntries(
      members.map((member) => [
        member.name,
        [...member.takenBy.map((id) => names.get(id)).sort(), ...(member.down ? ['DOWN'] : [])].join(' '),
      ]),
    ),
  }));
}

describe('the groups of targets', () => {
  test('are those with a member that a target takes, itself or by what it carries', async () => {
    const db = await cluster('db', ['TEST', 'TEST']);
    const host = await world.ci('host', { lifecycleState: 'TEST' });
    for (const name of ['db-1', 'db-2']) await relate(db[name] as string, 'RUNS_ON', host);
    const one = { 'db-1': db['db-1'] as string };
    expect(await inShort(one)).toEqual([{ name: 'db', keep: 1, members: { 'db-1': 'db-1', 'db-2': '' } }]);
    expect(await inShort({ ...one, host })).toEqual([
      { name: 'db', keep: 1, members: { 'db-1': 'db-1 host', 'db-2': 'host' } },
    ]);
    const plan = planWaves({ by: 'REDUNDANCY' }, [{ id: uuid(host), name: 'host', rank: 0 }], await groupsOf([host]));
    expect(plan).toMatchObject({ impossible: { groupId: uuid(db['db'] as string), targetIds: [uuid(host)] } });
    // Work on the cluster as a whole takes no member, and a stranger takes nothing.
    expect(await groupsOf([db['db'] as string, await world.ci('stranger')])).toEqual([]);
    expect(await groupsOf([])).toEqual([]);
  });

  test('do not pass impact on while they stay in service', async () => {
    const store = await cluster('store', ['TEST', 'TEST']);
    const shop = await cluster('shop', ['TEST', 'TEST', 'TEST']);
    for (const name of ['shop-1', 'shop-2', 'shop-3'])
      await relate(shop[name] as string, 'DEPENDS_ON', store['store']!);
    expect(await inShort({ 'store-1': store['store-1']! })).toEqual([
      { name: 'store', keep: 1, members: { 'store-1': 'store-1', 'store-2': '' } },
    ]);
    // What depends on a member itself is taken with it.
    await relate(shop['shop-3']!, 'USES', store['store-1']!);
    expect(await inShort({ 'store-1': store['store-1']! })).toEqual([
      { name: 'shop', keep: 2, members: { 'shop-1': '', 'shop-2': '', 'shop-3': 'store-1' } },
      { name: 'store', keep: 1, members: { 'store-1': 'store-1', 'store-2': '' } },
    ]);
  });

  test('have at least two members in use; a single one passes impact on', async () => {
    const alone = await cluster('alone', ['TEST']);
    const pool = await cluster('pool', ['TEST', 'TEST', 'TEST']);
    await relate(pool['pool-1']!, 'DEPENDS_ON', alone['alone']!);
    await world.configurationManager.run('configurationItemRetire', { id: pool['pool-3'] }, 'configurationItem');
    expect(await inShort({ 'alone-1': alone['alone-1']! })).toEqual([
      { name: 'pool', keep: 1, members: { 'pool-1': 'alone-1', 'pool-2': '' } },
    ]);
  });

  test('take two statements, however many targets there are', async () => {
    const many = await cluster(
      'many',
      Array.from({ length: 6 }, () => 'TEST'),
    );
    const ids = Object.values(many);
    const statements = async (count: number) => await app.statements(async () => await groupsOf(ids.slice(0, count)));
    expect([await statements(2), await statements(6)]).toEqual([2, 2]);
  });
});

describe('a member is down', () => {
  test('by its lifecycle state, where the states are kept', async () => {
    const mixed = await cluster('mixed', ['TEST', 'BUILD', 'INVENTORY', undefined]);
    expect((await inShort({ 'mixed-1': mixed['mixed-1']! }))[0]?.members).toEqual({
      'mixed-1': 'mixed-1',
      'mixed-2': 'DOWN',
      'mixed-3': 'DOWN',
      'mixed-4': 'DOWN',
    });
    const unkept = await cluster('unkept', [undefined, undefined, 'DECOMMISSIONED']);
    expect((await inShort({ 'unkept-1': unkept['unkept-1']! }))[0]?.members).toEqual({
      'unkept-1': 'unkept-1',
      'unkept-2': '',
      'unkept-3': 'DOWN',
    });
  });

  test('while a distribution works on it, and after it failed there until one succeeds', async () => {
    const two = await cluster('two', [undefined, undefined]);
    const one = two['two-1']!;
    const other = two['two-2']!;
    const release = await world.ready([], { cis: { one } });
    const isDown = async (atWork?: boolean) => {
      const [group] = await groupsOf([other], atWork);
      return group?.members.find(({ id }) => id === uuid(one))?.down;
    };
    const breaks = async () => groupsBroken([uuid(other)], await groupsOf([other])).map(({ remaining }) => remaining);
    expect([await isDown(), await breaks()]).toEqual([false, []]);

    const id = await world.started(release, { parameters: world.simulate({ outcome: 'fail' }) });
    await app.jobs.runOnce();
    expect([await isDown(), await isDown(false), await breaks()]).toEqual([true, false, [0]]);
    await world.passUntil(id, 'FAILED', 600);
    expect([await isDown(), await isDown(false), await breaks()]).toEqual([true, true, [0]]);

    const again = await world.plan(release);
    await world.act('Schedule', again);
    expect(await isDown()).toBe(true);
    await world.begin(again);
    await world.passUntil(again, 'SUCCEEDED', 600);
    expect([await isDown(), await breaks()]).toEqual([false, []]);
  });
});

test('targets rank by what work on them can harm', async () => {
  const low = await world.ci('rank-low', { criticality: 'LOW' });
  const high = await world.ci('rank-high', { criticality: 'HIGH' });
  const below = await world.ci('rank-below', { criticality: 'LOW' });
  await relate(high, 'RUNS_ON', below);
  const ranks = await targetRanks(app.readDatabase, [low, high, below].map(uuid));
  expect([low, high, below].map((id) => ranks.get(uuid(id)))).toEqual([0, 2, 2]);
});
