import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { refusalCodes } from '../../support/refusals.js';
import { writeStatements } from '../../support/write-statements.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const FIELDS = 'id name description state version members(first: 200) { totalCount nodes { name } }';

const create = async (name: string, ciIds: readonly string[] = [], more: object = {}) =>
  await world.operator.run('targetGroupCreate', { name, ciIds, ...more }, 'targetGroup', FIELDS);
const run = async (command: string, id: string, more: object = {}) =>
  await world.operator.run(`targetGroup${command}`, { id, ...more }, 'targetGroup', FIELDS);
const members = async (id: string): Promise<string[]> =>
  (await world.read(id, FIELDS, world.auditor)).members.nodes.map(({ name }: { name: string }) => name);
const missing = (id: string) => `${id.slice(0, -4)}0000`;

describe('a target group', () => {
  test('has the members that it is given, by name and each once', async () => {
    const [b, a, c] = [await world.ci('tg-b'), await world.ci('tg-a'), await world.ci('tg-c')];
    const group = await create('Tills', [b, a, b], { description: 'Of one country.' });
    expect(group).toMatchObject({ name: 'Tills', description: 'Of one country.', state: 'ACTIVE', version: 1 });
    expect(group.members).toEqual({ totalCount: 2, nodes: [{ name: 'tg-a' }, { name: 'tg-b' }] });
    const more = await run('AddCis', group.id, { ciIds: [a, c], expectedVersion: 1 });
    expect([more.members.totalCount, more.version]).toEqual([3, 2]);
    // What is there already, or is not there at all, changes nothing.
    expect((await run('AddCis', group.id, { ciIds: [a, b, c] })).version).toBe(2);
    const fewer = await run('RemoveCis', group.id, { ciIds: [a, b], reason: 'They went to another country.' });
    expect([fewer.members.nodes, fewer.version]).toEqual([[{ name: 'tg-c' }], 3]);
    expect((await run('RemoveCis', group.id, { ciIds: [a] })).version).toBe(3);
    expect(
      await world.operator.code('targetGroupAddCis', { id: group.id, ciIds: [a], expectedVersion: 2 }, 'targetGroup'),
    ).toBe('CONFLICT');
    await app.relay();
    const selection = 'events(first: 20) { nodes { type reason data } }';
    const { events } = await world.read(group.id, selection, world.auditor);
    expect(events.nodes.map(({ type }: { type: string }) => type)).toEqual([
      'target-group.cis-removed',
      'target-group.cis-added',
      'target-group.created',
    ]);
    expect(events.nodes[0]).toMatchObject({ reason: 'They went to another country.', data: { removed: 2 } });
  });

  test('tells which members came and went', async () => {
    const ci = await world.ci('tg-told');
    const { id } = await create('Told', [ci]);
    await run('RemoveCis', id, { ciIds: [ci] });
    await app.relay();
    const selection = 'events(first: 2) { nodes { changes { field before after } } }';
    const { events } = await world.read(id, selection, world.auditor);
    const [left, came] = events.nodes.map(({ changes }: any) => changes.find(({ field }: any) => field === 'members'));
    expect([left, came]).toMatchObject([
      { before: [ci], after: [] },
      { before: [], after: [ci] },
    ]);
  });

  test('has a name of its own, whatever its case', async () => {
    const { id, version } = await create('Größe');
    expect(await world.operator.code('targetGroupCreate', { name: 'GRÖßE' }, 'targetGroup')).toBe('ALREADY_EXISTS');
    const other = await create('Small');
    const twin = { id: other.id, expectedVersion: other.version, name: 'größe' };
    expect(await world.operator.code('targetGroupUpdate', twin, 'targetGroup')).toBe('ALREADY_EXISTS');
    const own = { expectedVersion: version, name: 'GRÖßE', description: 'Large ones.' };
    expect(await run('Update', id, own)).toMatchObject({ name: 'GRÖßE', description: 'Large ones.', version: 2 });
  });

  test('takes no retired item and none that does not exist, and then changes nothing', async () => {
    const [used, old] = [await world.ci('tg-used'), await world.ci('tg-old')];
    await world.configurationManager.run('configurationItemRetire', { id: old }, 'configurationItem');
    const { id } = await create('Clean');
    const add = async (ciIds: readonly string[]) =>
      await world.operator.attempt('targetGroupAddCis', { id, ciIds }, 'targetGroup');
    expect((await add([used, old])).userErrors).toMatchObject([
      { code: 'CI_NOT_AUTHORISED', path: ['ciIds'], subject: { id: old } },
    ]);
    const code = async (ciIds: readonly string[]) =>
      await world.operator.code('targetGroupAddCis', { id, ciIds }, 'targetGroup');
    expect(await code([used, missing(used)])).toBe('NOT_FOUND');
    expect(await code([used, id])).toBe('BAD_USER_INPUT');
    expect(await refusalCodes(world.operator, 'targetGroupCreate', { name: 'Unclean', ciIds: [old] })).toEqual([
      'CI_NOT_AUTHORISED',
    ]);
    expect(await members(id)).toEqual([]);
    expect(await app.count(`target_group where name = 'Unclean'`)).toBe(0);
  });

  test('is written with as many statements for many members as for few', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 320; n++) ids.push(await world.ci(`tg-many-${n}`, { authorised: false }));
    const counts: number[][] = [];
    for (const ciIds of [ids.slice(0, 2), ids]) {
      const counted = async (command: () => Promise<unknown>) => (await writeStatements(app, command)).length;
      const created = await counted(async () => await create(`By ${ciIds.length}`, ciIds));
      const { id } = await create(`To ${ciIds.length}`);
      counts.push([
        created,
        await counted(async () => await run('AddCis', id, { ciIds })),
        await counted(async () => await run('RemoveCis', id, { ciIds })),
      ]);
    }
    expect(counts[1]).toEqual(counts[0]);
    expect(Math.min(...(counts[0] as number[]))).toBeGreaterThan(2);
  });

  test('has at most 20,000 members', async () => {
    await app.readDatabase.pool.query(
      `insert into configuration_item (id, name, ci_class, state, created_at, updated_at, version)
       select gen_random_uuid(), 'mass-' || n, 'DESKTOP', 'AUTHORISED', now(), now(), 1
       from generate_series(1, 20000) n`,
    );
    const { rows } = await app.readDatabase.pool.query<{ id: string }>(
      `select id from configuration_item where name like 'mass-%'`,
    );
    const { id } = await create('Masses');
    const extra = [await world.ci('tg-too-many')];
    const all = rows.map((row) => toNodeId('ConfigurationItem', row.id));
    const code = async (ciIds: readonly string[]) =>
      await world.operator.code('targetGroupAddCis', { id, ciIds }, 'targetGroup');
    // A request is not as large as the group can be.
    const parts = [0, 5_000, 10_000, 15_000].map((from) => all.slice(from, from + 5_000));
    const counts: number[] = [];
    for (const ciIds of parts) counts.push((await run('AddCis', id, { ciIds })).members.totalCount);
    expect(counts).toEqual([5_000, 10_000, 15_000, 20_000]);
    expect(await code(extra)).toBe('LIMIT_EXCEEDED');
    expect((await run('RemoveCis', id, { ciIds: parts[0] })).members.totalCount).toBe(15_000);
  });

  test('is for those who plan and those who keep the configuration', async () => {
    const code = async (client: Story['operator']) =>
      await client.code('targetGroupCreate', { name: 'Not mine' }, 'targetGroup');
    for (const client of [world.requester, world.librarian, world.auditor])
      expect(await code(client)).toBe('FORBIDDEN');
    for (const client of [world.manager, world.configurationManager])
      await client.run('targetGroupCreate', { name: `Of ${client.personId}` }, 'targetGroup');
  });

  test('is found by name, state and member, in order', async () => {
    const ci = await world.ci('tg-found');
    const [z] = [await create('found z', [ci]), await create('found a', [ci]), await create('found m')];
    await run('Retire', z.id);
    const find = async (filter: object) =>
      (
        await world.auditor.ok(
          `query($filter: TargetGroupFilter) {
             targetGroups(filter: $filter, orderBy: [{ field: NAME, direction: ASC }]) { nodes { name } } }`,
          { filter },
        )
      ).targetGroups.nodes.map(({ name }: { name: string }) => name);
    expect(await find({ member: { eq: ci } })).toEqual(['found a', 'found z']);
    expect(await find({ member: { eq: ci }, state: { eq: 'RETIRED' } })).toEqual(['found z']);
    expect(await find({ name: { startsWith: 'found' } })).toEqual(['found a', 'found m', 'found z']);
  });
});

describe('a distribution for target groups', () => {
  let release: ReadyRelease;
  let group: string;

  beforeAll(async () => {
    release = await world.ready(['web', 'app', 'db']);
    group = (await create('Front', [release.cis['web'] as string, release.cis['app'] as string])).id;
  });

  const plan = async (more: object) =>
    await world.operator.attempt(
      'distributionPlan',
      { releaseId: release.id, deploymentToolId: await world.tool('simulator'), ...more },
      'distribution',
      'id version targets(first: 9) { nodes { ci { name } } }',
    );
  const names = ({ distribution }: any): string[] =>
    distribution.targets.nodes.map(({ ci }: any) => ci.name.replace(/-\d+$/, '')).sort();
  const code = async (more: object) => {
    const deploymentToolId = await world.tool('simulator');
    return await world.operator.code(
      'distributionPlan',
      { releaseId: release.id, deploymentToolId, ...more },
      'distribution',
    );
  };

  test('has their members and the named targets, each once', async () => {
    expect(names(await plan({ targetGroupIds: [group] }))).toEqual(['app', 'web']);
    const targetIds = [release.cis['db'], release.cis['web']];
    expect(names(await plan({ targetGroupIds: [group, group], targetIds }))).toEqual(['app', 'db', 'web']);
    const other = await create('Back', [release.cis['db'] as string, release.cis['app'] as string]);
    expect(names(await plan({ targetGroupIds: [group, other.id] }))).toEqual(['app', 'db', 'web']);
  });

  test('keeps what it got when the group changes, until it is updated', async () => {
    const { id } = await create('Moving', [release.cis['web'] as string]);
    const { distribution } = await plan({ targetGroupIds: [id] });
    await run('AddCis', id, { ciIds: [release.cis['db']] });
    await run('RemoveCis', id, { ciIds: [release.cis['web']] });
    expect(Object.keys(await world.targets(distribution.id))).toEqual(['web']);
    const edit = { id: distribution.id, expectedVersion: distribution.version };
    await world.operator.run('distributionUpdate', { ...edit, name: 'Night' }, 'distribution');
    expect(Object.keys(await world.targets(distribution.id))).toEqual(['web']);
    const expectedVersion = (await world.read(distribution.id, 'version')).version;
    await world.operator.run('distributionUpdate', { ...edit, expectedVersion, targetGroupIds: [id] }, 'distribution');
    expect(Object.keys(await world.targets(distribution.id))).toEqual(['db']);
  });

  test('ends the choice of all targets when it is updated with a group', async () => {
    const id = await world.plan(release);
    const { version } = await world.read(id, 'version');
    const edit = { id, expectedVersion: version, targetGroupIds: [group] };
    const updated = await world.operator.run('distributionUpdate', edit, 'distribution', 'allTargets');
    expect(updated.allTargets).toBe(false);
    expect(Object.keys(await world.targets(id)).sort()).toEqual(['app', 'web']);
  });

  test('is refused for members that are no targets of the release, and says of which field', async () => {
    const stranger = await world.ci('tg-stranger');
    const named = await world.ci('tg-named');
    const { id } = await create('Strange', [release.cis['web'] as string, stranger]);
    const { userErrors } = await plan({ targetGroupIds: [id], targetIds: [named] });
    const said = userErrors.map(({ code, path, subject }: any) => [code, path, subject.id]);
    expect(said.sort()).toEqual(
      [
        ['PLAN_INVALID', ['targetGroupIds'], stranger],
        ['PLAN_INVALID', ['targetIds'], named],
      ].sort(),
    );
  });

  test('is refused for a retired group, an empty one, and beside all targets', async () => {
    const { id: retired } = await create('Gone', [release.cis['web'] as string]);
    await run('Retire', retired);
    const { id: empty } = await create('Empty');
    const codes = async (more: object) => (await plan(more)).userErrors.map((error: any) => [error.code, error.path]);
    expect(await codes({ targetGroupIds: [retired] })).toEqual([['PLAN_INVALID', ['targetGroupIds']]]);
    expect(await codes({ targetGroupIds: [empty] })).toEqual([['NO_TARGETS', ['targetGroupIds']]]);
    expect(await codes({ targetGroupIds: [] })).toEqual([['NO_TARGETS', ['targetGroupIds']]]);
    expect(await code({ targetGroupIds: [group], allTargets: true })).toBe('BAD_USER_INPUT');
    expect(await code({ targetGroupIds: [missing(group)] })).toBe('NOT_FOUND');
    expect(await code({ targetGroupIds: [release.cis['web']] })).toBe('BAD_USER_INPUT');
    expect(
      await code({ targetGroupIds: Array.from({ length: 101 }, (_, n) => `${group.slice(0, -3)}${100 + n}`) }),
    ).toBe('LIMIT_EXCEEDED');
  });
});
