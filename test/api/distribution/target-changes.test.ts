import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const LIST = '{ totalCount nodes { name } }';
const CHANGES = `targetChanges { joined(first: 100) ${LIST} left(first: 100) ${LIST} }`;

const namesOf = ({ totalCount, nodes }: { totalCount: number; nodes: { name: string }[] }) => {
  expect(nodes).toHaveLength(totalCount);
  return nodes.map(({ name }) => name.replace(/-\d+$/, ''));
};
const changesOf = ({ targetChanges: { joined, left } }: any) => ({ joined: namesOf(joined), left: namesOf(left) });
const changes = async (id: string) => changesOf(await world.read(id, CHANGES, world.auditor));
const NONE = { joined: [], left: [] };

const edit = async (id: string, more: object) => {
  const { version: expectedVersion } = await world.read(id, 'version');
  await world.operator.run('distributionUpdate', { id, expectedVersion, ...more }, 'distribution');
};
const targets = async (id: string) => Object.keys(await world.targets(id)).sort();
/** @returns the id of the relation */
const relate = async (sourceId: string, targetId: string): Promise<string> => {
  const input = { sourceId, kind: 'MEMBER_OF', targetId };
  return (await world.configurationManager.run('configurationItemRelate', input, 'ciRelation')).id;
};
const unrelate = async (id: string) =>
  await world.configurationManager.run('configurationItemUnrelate', { id }, 'configurationItem');

describe('the targets that would change', () => {
  let release: ReadyRelease;
  let cluster: string;
  let membership: string;
  const ci = (name: string) => release.cis[name] as string;

  beforeAll(async () => {
    cluster = await world.ci('shop', { ciClass: 'CLUSTER' });
    release = await world.ready(['web', 'app', 'db']);
    membership = await relate(ci('web'), cluster);
  });

  const plan = async (more: object) => {
    const input = { releaseId: release.id, deploymentToolId: await world.tool('simulator'), ...more };
    return (await world.operator.run('distributionPlan', input, 'distribution')).id as string;
  };

  test('are those that the filter finds now or finds no longer, until the distribution follows', async () => {
    const targetFilter = { memberOf: { eq: cluster } };
    const id = await plan({ targetFilter });
    expect([await targets(id), await changes(id)]).toEqual([['web'], NONE]);
    await relate(ci('app'), cluster);
    await relate(await world.ci('stranger'), cluster); // no target of the release
    expect(await changes(id)).toEqual({ joined: ['app'], left: [] });
    await unrelate(membership);
    expect(await changes(id)).toEqual({ joined: ['app'], left: ['web'] });
    await edit(id, { name: 'Tonight' });
    expect([await targets(id), await changes(id)]).toEqual([['web'], { joined: ['app'], left: ['web'] }]);
    await edit(id, { targetFilter });
    expect([await targets(id), await changes(id)]).toEqual([['app'], NONE]);
    await relate(ci('web'), cluster);
    expect(await changes(id)).toEqual({ joined: ['web'], left: [] });
  });

  test('are shown of a scheduled distribution, which keeps its targets', async () => {
    const id = await world.plan(release, { targetFilter: { name: { startsWith: 'db' } }, allTargets: undefined });
    await world.act('Schedule', id);
    const { version: expectedVersion } = await world.read(ci('db'), 'version', world.auditor);
    const renamed = { id: ci('db'), expectedVersion, name: 'store-1' };
    await world.configurationManager.run('configurationItemUpdate', renamed, 'configurationItem');
    expect([await targets(id), await changes(id)]).toEqual([['store'], { joined: [], left: ['store'] }]);
    const update = { id, expectedVersion: (await world.read(id, 'version')).version, targetIds: [ci('web')] };
    expect(await world.refusal('Update', id, update)).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('follow groups with a list, groups with a filter, and what was named beside them', async () => {
    const create = async (input: object) =>
      (await world.operator.run('targetGroupCreate', { ...input }, 'targetGroup')).id as string;
    const listed = await create({ name: 'Listed', ciIds: [ci('app')] });
    const found = await create({ name: 'Found', filter: { name: { startsWith: 'nothing' } } });
    const id = await plan({ targetGroupIds: [listed, found], targetIds: [ci('db')] });
    expect([await targets(id), await changes(id)]).toEqual([['app', 'store'], NONE]);
    await world.operator.run('targetGroupRemoveCis', { id: listed, ciIds: [ci('app')] }, 'targetGroup');
    expect(await changes(id)).toEqual({ joined: [], left: ['app'] });
    const filter = { name: { startsWith: 'web' } };
    await world.operator.run('targetGroupUpdate', { id: found, expectedVersion: 1, filter }, 'targetGroup');
    expect(await changes(id)).toEqual({ joined: ['web'], left: ['app'] });
    await app.relay();
    const { events } = await world.read(id, 'events(first: 1) { nodes { changes { field after } } }');
    expect(events.nodes[0].changes).toContainEqual({
      field: 'targetChoice',
      after: { targets: [ci('db')], targetGroups: [listed, found], filter: null },
    });
    // Named targets stay as they are, and so do those of a distribution that no longer follows its groups.
    await edit(id, { targetIds: [ci('app')] });
    expect(await changes(id)).toEqual(NONE);
    expect((await world.read(id, 'targetGroups { totalCount } targetFilter', world.auditor)).targetGroups).toEqual({
      totalCount: 0,
    });
  });

  test('follow the release where all its targets were chosen', async () => {
    const other = await world.ready(['one', 'two']);
    const id = await world.plan(other);
    expect(await changes(id)).toEqual(NONE);
    const draft = await world.release('Still open');
    await world.addTargets(draft.id, other.cis['one'] as string, other.cis['two'] as string);
    await world.addContent(draft.id);
    const deploymentToolId = await world.tool('simulator');
    const early = { releaseId: draft.id, deploymentToolId, allTargets: true };
    const planned = (await world.operator.run('distributionPlan', early, 'distribution')).id;
    await world.addTargets(draft.id, await world.ci('three'));
    expect(await changes(planned)).toEqual({ joined: ['three'], left: [] });
  });

  test('are none of a return, which takes away what its filter finds among what was delivered', async () => {
    const delivered = await world.ready(['back-a', 'back-b']);
    const { cis } = delivered;
    const first = await world.started(delivered, { targetIds: [cis['back-a']] });
    await world.passUntil(first, 'SUCCEEDED', 600);
    await world.step('releaseStartBackOut', delivered.id, { reason: 'It loses orders.' });
    const more = { operation: 'REMOVE', scheduledStart: null, allTargets: undefined };
    const back = { targetFilter: { name: { startsWith: 'back-' } } };
    const id = await world.plan(delivered, { ...more, ...back });
    expect(Object.keys(await world.targets(id))).toEqual(['back-a']);
    expect([await changes(id), await world.read(id, 'targetFilter')]).toEqual([NONE, { targetFilter: null }]);
    const filter = { name: { startsWith: 'back-b' } };
    const { id: group } = await world.operator.run('targetGroupCreate', { name: 'Back b', filter }, 'targetGroup');
    const input = { releaseId: delivered.id, deploymentToolId: await world.tool('simulator'), ...more };
    expect(await refusalCodes(world.operator, 'distributionPlan', { ...input, targetGroupIds: [group] })).toEqual([
      'NO_TARGETS',
    ]);
  });

  test('cost as many statements for many distributions as for one', async () => {
    const ids: string[] = [];
    for (const name of ['web', 'app', 'store', 'web'])
      ids.push(await plan({ targetFilter: { name: { startsWith: name } } }));
    const counted = async (some: readonly string[]) =>
      await app.statements(async () => {
        const { distributions } = await world.auditor.ok(
          `query($ids: [ID!]) { distributions(filter: { id: { in: $ids } }) {
             nodes { ${CHANGES} targetGroups { nodes { name } } } } }`,
          { ids: some },
        );
        expect(distributions.nodes.map(changesOf)).toEqual(some.map(() => NONE));
      });
    expect(await counted(ids)).toBe(await counted(ids.slice(0, 1)));
  });
});
