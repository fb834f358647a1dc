import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { refusalCodes, writingNothing } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const GROUP = 'id version filter members(first: 200) { totalCount nodes { name } }';

const named = (start: string) => ({ name: { startsWith: start } });
const create = async (name: string, filter: object, more: object = {}) =>
  await world.operator.run('targetGroupCreate', { name, filter, ...more }, 'targetGroup', GROUP);
const namesOf = ({ nodes }: { nodes: { name: string }[] }) => nodes.map(({ name }) => name.replace(/-\d+$/, ''));
const rename = async (id: string, name: string) => {
  const { version: expectedVersion } = await world.read(id, 'version', world.auditor);
  await world.configurationManager.run('configurationItemUpdate', { id, expectedVersion, name }, 'configurationItem');
};

/** What is no filter to act on, and what the server says to each. */
const BAD_FILTERS: readonly (readonly [what: string, filter: () => object, code: string])[] = [
  ['no condition', () => ({}), 'BAD_USER_INPUT'],
  ['an empty comparison', () => ({ name: {} }), 'BAD_USER_INPUT'],
  ['a null inside', () => ({ or: [{ name: { eq: null } }] }), 'BAD_USER_INPUT'],
  ['an id of another type', () => ({ memberOf: { eq: world.operator.personId } }), 'BAD_USER_INPUT'],
  ['something that is no id', () => ({ id: { in: ['7'] } }), 'BAD_USER_INPUT'],
  ['a field that is unknown', () => ({ colour: { eq: 'red' } }), 'BAD_USER_INPUT'],
  ['six searches', () => ({ or: [1, 2, 3, 4, 5, 6].map((n) => ({ name: { contains: `${n}` } })) }), 'LIMIT_EXCEEDED'],
  ['a list of 501', () => ({ name: { in: Array.from({ length: 501 }, (_, n) => `${n}`) } }), 'LIMIT_EXCEEDED'],
];

describe('a target group with a filter', () => {
  test('has the members that the filter finds when it is asked', async () => {
    const [b, a] = [await world.ci('fg-b'), await world.ci('fg-a')];
    const group = await create('By name', named('fg-'));
    expect(group).toMatchObject({ filter: named('fg-'), members: { totalCount: 2 } });
    expect(namesOf(group.members)).toEqual(['fg-a', 'fg-b']);
    await world.ci('fg-c');
    await rename(b, 'other-b');
    const { members } = await world.read(group.id, GROUP, world.auditor);
    expect([namesOf(members), members.totalCount]).toEqual([['fg-a', 'fg-c'], 2]);
    const page = await world.read(
      group.id,
      'members(first: 1) { nodes { id } pageInfo { hasNextPage endCursor } }',
      world.auditor,
    );
    expect(page.members).toMatchObject({ nodes: [{ id: a }], pageInfo: { hasNextPage: true } });
    const rest = `members(first: 9, after: "${page.members.pageInfo.endCursor}") { nodes { name } }`;
    expect(namesOf((await world.read(group.id, rest, world.auditor)).members)).toEqual(['fg-c']);
  });

  test('follows a change of the filter', async () => {
    await world.ci('fu-a');
    const { id, version } = await create('Follows', named('nothing'));
    const edit = { id, expectedVersion: version, filter: named('fu-') };
    const group = await world.operator.run('targetGroupUpdate', edit, 'targetGroup', GROUP);
    expect([group.version, namesOf(group.members)]).toEqual([2, ['fu-a']]);
    const nothing = { id, expectedVersion: 2, filter: null };
    expect(await world.operator.code('targetGroupUpdate', nothing, 'targetGroup')).toBe('BAD_USER_INPUT');
  });

  test('takes no members one by one, and says so before', async () => {
    const ciIds = [await world.ci('fl-a')];
    const { id } = await create('No list', named('fl-'));
    for (const command of ['targetGroupAddCis', 'targetGroupRemoveCis'])
      expect(await refusalCodes(world.operator, command, { id, ciIds })).toEqual(['PLAN_INVALID']);
    const { availableCommands } = await world.read(id, 'availableCommands { command allowed }', world.operator);
    const allowed = availableCommands.filter((it: any) => it.allowed).map(({ command }: any) => command);
    expect(allowed.sort()).toEqual(['targetGroupRetire', 'targetGroupUpdate']);
  });

  test('has a filter or a list, not both', async () => {
    const ciIds = [await world.ci('fb-a')];
    const both = { name: 'Both', ciIds, filter: named('fb-') };
    const { id } = await world.operator.run('targetGroupCreate', { name: 'Listed', ciIds }, 'targetGroup');
    await writingNothing(app, async () => {
      expect(await world.operator.code('targetGroupCreate', both, 'targetGroup')).toBe('BAD_USER_INPUT');
      const edit = { id, expectedVersion: 1, filter: named('fb-') };
      expect(await world.operator.code('targetGroupUpdate', edit, 'targetGroup')).toBe('BAD_USER_INPUT');
    });
  });

  test.each(BAD_FILTERS)('does not keep a filter with %s', async (_, filter, code) => {
    await writingNothing(app, async () => {
      const input = { name: 'Bad', filter: filter() };
      expect(await world.operator.code('targetGroupCreate', input, 'targetGroup')).toBe(code);
    });
  });

  test('costs as many statements as many groups', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push((await create(`Many ${n}`, named(`fm-${n}`))).id);
    await world.ci('fm-3');
    const counted = async (some: readonly string[]) =>
      await app.statements(async () => {
        const { targetGroups } = await world.auditor.ok(
          `query($ids: [ID!]) { targetGroups(filter: { id: { in: $ids } }) { nodes { ${GROUP} } } }`,
          { ids: some },
        );
        const found = targetGroups.nodes.flatMap(({ members }: any) => namesOf(members));
        expect(found).toEqual(some.length === 5 ? ['fm'] : []);
      });
    expect(await counted(ids)).toBe(await counted(ids.slice(0, 1)));
  });
});

describe('a distribution whose targets a filter finds', () => {
  let release: ReadyRelease;
  let cluster: string;

  beforeAll(async () => {
    cluster = await world.ci('shop', { ciClass: 'CLUSTER' });
    release = await world.ready(['web', 'app', 'db'], { ci: { criticality: 'LOW' } });
    for (const sourceId of [release.cis['web'], release.cis['app'], await world.ci('spare')]) {
      const relation = { sourceId, kind: 'MEMBER_OF', targetId: cluster };
      await world.configurationManager.run('configurationItemRelate', relation, 'ciRelation');
    }
  });

  const PLANNED = 'id version targetFilter targetGroups { nodes { name } } targets(first: 9) { nodes { ci { name } } }';
  const input = async (more: object) => ({
    releaseId: release.id,
    deploymentToolId: await world.tool('simulator'),
    ...more,
  });
  const plan = async (more: object) =>
    await world.operator.attempt('distributionPlan', await input(more), 'distribution', PLANNED);
  const targets = ({ distribution }: any): string[] =>
    namesOf({ nodes: distribution.targets.nodes.map(({ ci }: any) => ci) }).sort();

  test('has those of the release that it finds, and no others', async () => {
    const targetFilter = { memberOf: { eq: cluster } };
    const payload = await plan({ targetFilter });
    expect(targets(payload)).toEqual(['app', 'web']);
    expect(payload.distribution.targetFilter).toEqual(targetFilter);
    expect(targets(await plan({ targetFilter, targetIds: [release.cis['db']] }))).toEqual(['app', 'db', 'web']);
    expect(targets(await plan({ targetFilter: { not: targetFilter } }))).toEqual(['db']);
  });

  test('takes the members of groups that have a filter, also of a group of somebody else', async () => {
    const input = { name: 'Shop', filter: { memberOf: { eq: cluster } } };
    const shop = await world.configurationManager.run('targetGroupCreate', input, 'targetGroup');
    const payload = await plan({ targetGroupIds: [shop.id] });
    expect(targets(payload)).toEqual(['app', 'web']);
    expect(namesOf(payload.distribution.targetGroups)).toEqual(['Shop']);
    expect(targets(await plan({ targetGroupIds: [shop.id], targetFilter: named('db') }))).toEqual(['app', 'db', 'web']);
  });

  test('is refused when it finds none, and beside all targets', async () => {
    const { userErrors } = await plan({ targetFilter: named('nowhere') });
    expect(userErrors).toMatchObject([{ code: 'NO_TARGETS', path: ['targetFilter'] }]);
    const both = await input({ targetFilter: named('web'), allTargets: true });
    expect(await world.operator.code('distributionPlan', both, 'distribution')).toBe('BAD_USER_INPUT');
    const own = await input({ targetFilter: named('web') });
    expect(await world.auditor.code('distributionPlan', own, 'distribution')).toBe('FORBIDDEN');
  });

  test.each(BAD_FILTERS)('is refused for a filter with %s', async (_, filter, code) => {
    const id = await world.plan(release);
    const { version: expectedVersion } = await world.read(id, 'version');
    const edit = { id, expectedVersion, targetFilter: filter() };
    const planned = await input({ targetFilter: filter() });
    await writingNothing(app, async () => {
      expect(await world.operator.code('distributionPlan', planned, 'distribution')).toBe(code);
      expect(await world.operator.code('distributionUpdate', edit, 'distribution')).toBe(code);
    });
  });

  test('is refused when the filters of its groups are too many conditions together', async () => {
    const filter = { or: ['a', 'b', 'c', 'd', 'e'].map((letter) => ({ name: { contains: letter } })) };
    const ids: string[] = [];
    for (let n = 0; n < 11; n++) ids.push((await create(`Costly ${n}`, filter)).id);
    const code = async (targetGroupIds: readonly string[]) =>
      await world.operator.code('distributionPlan', await input({ targetGroupIds }), 'distribution');
    expect(await code(ids)).toBe('LIMIT_EXCEEDED');
    expect(targets(await plan({ targetGroupIds: ids.slice(1) }))).toEqual(['app', 'db', 'web']);
  });
});
