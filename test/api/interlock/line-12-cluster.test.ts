import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

/** A cluster of two nodes, and a release for each node. */
async function twoNodes(name: string) {
  const cluster = await world.ci(`${name}-cluster`, { ciClass: 'CLUSTER' });
  const nodes = [await world.ci(`${name}-1`), await world.ci(`${name}-2`)] as const;
  for (const sourceId of nodes)
    await world.configurationManager.run(
      'configurationItemRelate',
      { sourceId, kind: 'MEMBER_OF', targetId: cluster },
      'ciRelation',
    );
  const [first, second] = [
    await world.accepted(`${name} first`, [nodes[0]]),
    await world.accepted(`${name} second`, [nodes[1]]),
  ];
  return { cluster, nodes, first, second };
}

const at = (from: number, to: number) => ({
  startsAt: `2031-04-01T${String(from).padStart(2, '0')}:00:00.000Z`,
  endsAt: `2031-04-01T${String(to).padStart(2, '0')}:00:00.000Z`,
});

describe('one release that takes all members of a cluster', () => {
  test('is a HIGH conflict that names the cluster, for a waiver to set aside', async () => {
    const { cluster, nodes } = await twoNodes('mail');
    const spare = await world.ci('mail-3');
    const relation = { sourceId: spare, kind: 'MEMBER_OF', targetId: cluster };
    await world.configurationManager.run('configurationItemRelate', relation, 'ciRelation');
    const most = await world.accepted('Most of mail', nodes);
    expect(await world.step('releaseSchedule', most, at(2, 3))).toBe('SCHEDULED');

    const all = await world.accepted('All of mail', [...nodes, spare]);
    const [refused, ...others] = await expectRefused(world.manager, 'releaseSchedule', { id: all, ...at(4, 6) });
    expect(others).toEqual([]);
    expect(refused).toMatchObject({
      code: 'REDUNDANCY_CONFLICT',
      subject: { id: cluster },
      waivable: true,
      message: expect.stringContaining('takes every member of mail-cluster'),
    });
    const expiresAt = new Date(Date.now() + 3_600_000);
    const waiver = { releaseId: all, code: 'REDUNDANCY_CONFLICT', subjectId: cluster, reason: 'At night.', expiresAt };
    await world.authority.run('waiverGrant', waiver, 'waiver');
    expect(await world.step('releaseSchedule', all, at(4, 6))).toBe('SCHEDULED');
    const { scheduleConflicts } = await world.auditor.ok(
      `{ scheduleConflicts(from: "2031-04-01T03:30:00Z", to: "2031-04-01T06:00:00Z") {
        nodes { kind severity ci { id } path { id } left { name } right { name } }
      } }`,
    );
    expect(scheduleConflicts.nodes).toMatchObject([
      {
        kind: 'REDUNDANCY_CONFLICT',
        severity: 'HIGH',
        ci: { id: cluster },
        path: expect.arrayContaining([{ id: cluster }]),
      },
    ]);
    expect(scheduleConflicts.nodes[0].left).toEqual(scheduleConflicts.nodes[0].right);
  });
});

describe('both members of a cluster at once', () => {
  test('are no mere notice: the second release is refused, with the cluster and the other release', async () => {
    const { cluster, nodes, first, second } = await twoNodes('db');
    await world.step('releaseSchedule', first, at(10, 12));
    const [refused, ...others] = await expectRefused(world.manager, 'releaseSchedule', { id: second, ...at(11, 13) });
    expect(others).toEqual([]);
    expect(refused).toMatchObject({
      code: 'REDUNDANCY_CONFLICT',
      subject: { id: first },
      waivable: true,
      message: expect.stringContaining('through db-2 > db-cluster > db-1'),
    });
    const { scheduleSlots } = await world.manager.ok(
      `query($ids: [ID!]!) {
        scheduleSlots(durationMinutes: 60, ciIds: $ids, from: "2031-04-01T09:30:00Z", days: 1) { startsAt freeUntil }
      }`,
      { ids: [nodes[1]] },
    );
    // The free times leave the other node its time.
    expect(scheduleSlots[0].startsAt).toBe('2031-04-01T12:00:00.000Z');
    expect(await world.step('releaseSchedule', second, at(12, 14))).toBe('SCHEDULED');
    const { scheduleConflicts } = await world.auditor.ok(
      '{ scheduleConflicts(from: "2031-04-01T00:00:00Z", to: "2031-04-02T00:00:00Z") { nodes { ci { id } } } }',
    );
    expect(scheduleConflicts.nodes.map(({ ci }: any) => ci.id)).not.toContain(cluster);
  });

  test('need a waiver of somebody else for this very rule', async () => {
    const { first, second } = await twoNodes('web');
    await world.step('releaseSchedule', first, at(15, 16));
    const waive = async (code: string) =>
      await world.authority.run(
        'waiverGrant',
        { releaseId: second, code, subjectId: first, reason: 'Tested.', expiresAt: new Date(Date.now() + 3_600_000) },
        'waiver',
      );
    await waive('CI_CONFLICT');
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id: second, ...at(15, 16) })).toEqual([
      'REDUNDANCY_CONFLICT',
    ]);
    await waive('REDUNDANCY_CONFLICT');
    expect(await world.step('releaseSchedule', second, at(15, 16))).toBe('SCHEDULED');
  });
});
