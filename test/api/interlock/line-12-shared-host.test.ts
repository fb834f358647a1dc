import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { patchPlan } from '../../support/plans.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

const HOUR = 3_600_000;
const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const at = (hours: number) => new Date(clock.now().getTime() + hours * HOUR).toISOString();
const slot = (from: number, to: number) => ({ startsAt: at(from), endsAt: at(to) });

async function relate(sourceId: string, kind: string, targetId: string): Promise<string> {
  const input = { sourceId, kind, targetId };
  return (await world.configurationManager.run('configurationItemRelate', input, 'ciRelation')).id;
}

/** A cluster with its members; each runs on one of the hosts, in turn. */
async function cluster(name: string, hosts: readonly string[], members = 2) {
  const id = await world.ci(`${name}-cluster`, { ciClass: 'CLUSTER' });
  const nodes: string[] = [];
  const runs: string[] = [];
  for (let n = 0; n < members; n++) {
    const node = await world.ci(`${name}-${n + 1}`);
    await relate(node, 'MEMBER_OF', id);
    if (hosts.length > 0) runs.push(await relate(node, 'RUNS_ON', hosts[n % hosts.length] as string));
    nodes.push(node);
  }
  return { id, nodes, runs };
}

const CONFLICTS = `nodes {
  kind severity ci { id } relations { kind }
  left { name release { id } distribution { id } } right { name release { id } distribution { id } }
}`;

describe('a host that carries every member', () => {
  test('of several clusters is a conflict with each of them, to which somebody else agrees', async () => {
    const host = await world.ci('host-shared');
    const [mail, crm] = [await cluster('mail', [host]), await cluster('crm', [host])];
    const id = await world.accepted('Firmware', [host]);
    const refused = await expectRefused(world.manager, 'releaseSchedule', { id, ...slot(2, 4) });
    expect(refused.map(({ code, subject, waivable }: any) => [code, subject.id, waivable])).toEqual(
      expect.arrayContaining([
        ['REDUNDANCY_CONFLICT', mail.id, true],
        ['REDUNDANCY_CONFLICT', crm.id, true],
      ]),
    );
    expect(refused).toHaveLength(2);
    expect(refused.map(({ message }: any) => message).join()).toContain('takes every member of mail-cluster');

    const waiver = { releaseId: id, code: 'REDUNDANCY_CONFLICT', reason: 'At night.', expiresAt: at(48) };
    await world.authority.run('waiverGrant', { ...waiver, subjectId: mail.id }, 'waiver');
    // What is agreed for one cluster is not agreed for the other.
    expect(await expectRefused(world.manager, 'releaseSchedule', { id, ...slot(2, 4) })).toMatchObject([
      { code: 'REDUNDANCY_CONFLICT', subject: { id: crm.id } },
    ]);
    await world.authority.run('waiverGrant', { ...waiver, subjectId: crm.id }, 'waiver');
    expect(await world.step('releaseSchedule', id, slot(2, 4))).toBe('SCHEDULED');
    const { conflicts } = await world.read(id, `conflicts { ${CONFLICTS} }`, world.auditor);
    expect(conflicts.nodes).toHaveLength(2);
    expect(conflicts.nodes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: 'REDUNDANCY_CONFLICT',
          severity: 'MEDIUM',
          ci: { id: mail.id },
          relations: [{ kind: 'RUNS_ON' }, { kind: 'MEMBER_OF' }, { kind: 'MEMBER_OF' }, { kind: 'RUNS_ON' }],
          left: expect.objectContaining({ release: { id } }),
        }),
      ]),
    );
  });

  test('is none when a member runs elsewhere, or the cluster has one member only', async () => {
    const [one, two] = [await world.ci('host-one'), await world.ci('host-two')];
    await cluster('spread', [one, two]);
    await cluster('single', [one], 1);
    const id = await world.accepted('Half of it', [one]);
    expect(await world.step('releaseSchedule', id, slot(2, 4))).toBe('SCHEDULED');
  });

  test('counts from the moment it does: a member that moves there stops a release that is booked', async () => {
    const [one, two] = [await world.ci('host-a'), await world.ci('host-b')];
    const { nodes, runs } = await cluster('moved', [one, two]);
    const id = await world.accepted('Firmware of a', [one]);
    await world.step('releaseSchedule', id, slot(0, 8));
    await world.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Mail will be down.' });
    await world.configurationManager.run('configurationItemUnrelate', { id: runs[1] }, 'configurationItem');
    await relate(nodes[1] as string, 'RUNS_ON', one);
    const distribution = await world.plan({ id, cis: {} }, { parameters: world.simulate() });
    expect(await world.refusal('Schedule', distribution)).toEqual(['REDUNDANCY_CONFLICT']);
  });
});

describe('two releases', () => {
  test('on the two hosts of a cluster at once are HIGH, with both of them and the way between', async () => {
    const hosts = [await world.ci('rack-1'), await world.ci('rack-2')] as const;
    const db = await cluster('db', hosts);
    const [first, second] = [await world.accepted('Rack 1', [hosts[0]]), await world.accepted('Rack 2', [hosts[1]])];
    await world.step('releaseSchedule', first, slot(10, 12));
    const [refused, ...others] = await expectRefused(world.manager, 'releaseSchedule', {
      id: second,
      ...slot(11, 13),
    });
    expect(others).toEqual([]);
    expect(refused).toMatchObject({
      code: 'REDUNDANCY_CONFLICT',
      subject: { id: first },
      message: expect.stringContaining('through rack-2 > db-2 > db-cluster > db-1 > rack-1'),
    });
    const { conflicts } = await world.read(first, `conflicts { ${CONFLICTS} }`, world.auditor);
    expect(conflicts.nodes).toEqual([]);
    expect(db.nodes).toHaveLength(2);
    expect(await world.step('releaseSchedule', second, slot(12, 14))).toBe('SCHEDULED');
  });
});

describe('distributions of one release', () => {
  /** A release whose template leaves scheduling out, so that its distributions book times of their own. */
  async function unscheduled(name: string, targets: readonly string[]): Promise<string> {
    const [plan] = patchPlan.phases;
    const template = await world.template(name, {
      phases: [plan],
      skipRules: [{ states: ['BUILDING', 'TESTING', 'SCHEDULED', 'COMMUNICATED'], when: { maxCriticality: 'HIGH' } }],
    });
    const { id } = await world.release(name, { templateVersionId: template.versionId });
    await world.addTargets(id, ...targets);
    await world.addContent(id);
    await world.step('releaseStartPlanning', id);
    await world.manager.run('taskSkip', { id: (await world.tasks(id))['scope'].id, reason: 'known' }, 'task');
    expect(await world.step('releaseAccept', id, {}, world.owner)).toBe('ACCEPTED');
    return id;
  }

  const planned = async (id: string, targetIds: readonly string[], from: number, to: number) =>
    await world.plan(
      { id, cis: {} },
      { targetIds, scheduledStart: at(from), scheduledEnd: at(to), parameters: world.simulate() },
    );

  test('that overlap and together take every member are refused, with the other one and the cluster', async () => {
    const { id: group, nodes } = await cluster('app', [], 3);
    const id = await unscheduled('Wave by wave', nodes);
    const [one, two, three] = nodes as [string, string, string];
    const first = await planned(id, [one], 2, 4);
    const second = await planned(id, [two], 3, 5);
    const third = await planned(id, [three], 3.5, 6);
    expect(await world.act('Schedule', first)).toBe('SCHEDULED');
    // The third member still works.
    expect(await world.act('Schedule', second)).toBe('SCHEDULED');
    const [refused, ...others] = await expectRefused(world.operator, 'distributionSchedule', { id: third });
    expect(others).toEqual([]);
    expect(refused).toMatchObject({ code: 'REDUNDANCY_CONFLICT', waivable: true });
    expect([first, second]).toContain(refused?.subject?.id);
    expect(refused?.message).toContain('takes the last members of app-cluster while');
    const { scheduleConflicts: conflicts } = await world.auditor.ok(
      `query($id: ID!) { scheduleConflicts(distribution: $id) { ${CONFLICTS} } }`,
      { id: third },
    );
    expect(conflicts.nodes).toMatchObject([
      { kind: 'REDUNDANCY_CONFLICT', severity: 'HIGH', ci: { id: group }, left: { distribution: { id: third } } },
    ]);
    const later = await planned(id, [three], 5, 6);
    expect(await world.act('Schedule', later)).toBe('SCHEDULED');
  });

  test('may do so where somebody else has agreed to it for the cluster', async () => {
    const { id: group, nodes } = await cluster('agreed', [], 2);
    const id = await unscheduled('Both at once', nodes);
    const first = await planned(id, [nodes[0] as string], 2, 4);
    const second = await planned(id, [nodes[1] as string], 3, 5);
    await world.act('Schedule', first);
    expect(await world.refusal('Schedule', second)).toEqual(['REDUNDANCY_CONFLICT']);
    const waiver = { releaseId: id, code: 'REDUNDANCY_CONFLICT', reason: 'At night.', expiresAt: at(48) };
    await world.authority.run('waiverGrant', { ...waiver, subjectId: group }, 'waiver');
    expect(await world.act('Schedule', second)).toBe('SCHEDULED');
  });

  test('one of them that takes every member by itself is refused where its release said nothing', async () => {
    const { nodes } = await cluster('whole', [], 2);
    const id = await unscheduled('The whole', nodes);
    const all = await planned(id, nodes, 2, 4);
    expect(await world.refusal('Schedule', all)).toEqual(['REDUNDANCY_CONFLICT']);
  });

  test('of a booked release, too, when the items became a cluster after it was booked', async () => {
    const nodes = [await world.ci('late-1'), await world.ci('late-2')];
    const id = await world.accepted('Booked before', nodes);
    await world.step('releaseSchedule', id, slot(0, 8));
    await world.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Mail will be down.' });
    const all = await world.plan({ id, cis: {} }, { parameters: world.simulate(), scheduledStart: at(1) });
    await world.act('Schedule', all);
    const late = await world.ci('late-cluster', { ciClass: 'CLUSTER' });
    for (const node of nodes) await relate(node, 'MEMBER_OF', late);
    clock.advance(HOUR);
    expect(await refusalCodes(world.operator, 'distributionStart', { id: all })).toEqual(['REDUNDANCY_CONFLICT']);
    await app.jobs.runOnce();
    expect(await world.state(all)).toBe('SCHEDULED');
  });
});
