import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { on, patchPlan } from '../../support/plans.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

/** Line 5: nothing untested gets past. Evidence of a test counts for the bytes that it was given on. */

let app: TestApp;
let world: Story;
let template: string;
let media: Readonly<Record<'old' | 'new' | 'extra', string>>;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  template = (await world.template('Tested patch')).versionId;
  const [payroll, driver] = [await world.item('payroll'), await world.item('driver')];
  media = {
    old: await world.media(payroll, '4.0'),
    new: await world.media(payroll, '4.1'),
    extra: await world.media(driver, '9'),
  };
});
afterAll(async () => await app.end());

let n = 0;
const uuid = (type: 'Release' | 'DmlItemVersion' | 'ConfigurationItem', id: string) => fromNodeId(type, id, 'id');

async function does(name: string, releaseId: string, client: TestClient, evidence?: string): Promise<string> {
  const { id } = (await world.tasks(releaseId))[name];
  await client.run('taskStart', { id }, 'task');
  await client.run('taskComplete', { id, ...(evidence !== undefined && { evidence }) }, 'task');
  return id;
}

/** A release from a template that requires evidence, as far as TESTING; its mandatory test is not done yet. */
async function untested(criticality = 'HIGH', content = [media.old], templateVersionId = template): Promise<string> {
  const target = await world.ci(`server-${++n}`, { criticality });
  const { id } = await world.release(`release ${n}`, { templateVersionId, planStart: on(4, 8) });
  await world.addTargets(id, target);
  if (content.length > 0) await world.addContent(id, ...content);
  await world.step('releaseStartPlanning', id);
  await does('scope', id, world.manager);
  await world.step('releaseStartBuilding', id);
  await does('package', id, world.manager);
  await world.step('releaseStartTesting', id);
  return id;
}

async function tested(criticality?: string): Promise<string> {
  const id = await untested(criticality);
  await does('regression', id, world.tester, 'https://tests.example/17');
  return id;
}

/** A release without a template in TESTING. */
async function plain(criticality: string, more: Record<string, unknown> = {}): Promise<{ id: string; target: string }> {
  const target = await world.ci(`server-${++n}`, { criticality });
  const { id } = await world.release(`release ${n}`, more);
  await world.addTargets(id, target);
  await world.addContent(id, media.old);
  await world.startTesting(id);
  return { id, target };
}

async function addTest(releaseId: string, name: string, more: Record<string, unknown> = {}): Promise<string> {
  const { phases } = await world.read(releaseId, 'phases { nodes { id releaseState } }');
  const phase =
    phases.nodes.find(({ releaseState }: { releaseState: string }) => releaseState === 'TESTING') ??
    (await world.manager.run('phaseAdd', { releaseId, name: 'Test', releaseState: 'TESTING' }, 'phase'));
  const input = { phaseId: phase.id, name, kind: 'TEST', ...more };
  return (await world.manager.run('taskAdd', input, 'task')).id;
}

async function swap(releaseId: string, out: string[], into: string[]): Promise<void> {
  if (out.length > 0)
    await world.manager.run('releaseRemoveContent', { id: releaseId, dmlItemVersionIds: out }, 'release');
  if (into.length > 0) await world.addContent(releaseId, ...into);
}

const accept = async (id: string) => await expectRefused(world.owner, 'releaseAccept', { id });
const about = (errors: readonly { code: string; subject?: { id: string } | null }[]) =>
  errors.map(({ code, subject }) => [code, subject?.id]);

describe('evidence of a test', () => {
  test('lapses with the content that it was given on, and each difference is named', async () => {
    const id = await tested();
    await swap(id, [media.old], [media.new]);
    const errors = await accept(id);
    expect(about(errors).sort()).toEqual(
      [
        ['TEST_EVIDENCE_STALE', media.new],
        ['TEST_EVIDENCE_STALE', media.old],
      ].sort(),
    );
    expect(errors).toMatchObject([
      { message: expect.stringContaining('regression'), resolvableBy: ['TEST_MANAGER', 'RELEASE_MANAGER'] },
      {},
    ]);
    // The same bytes as tested are tested again.
    await swap(id, [media.new], [media.old]);
    expect(await world.step('releaseAccept', id, {}, world.owner)).toBe('ACCEPTED');
  });

  test('lapses when something is added to what was tested, and is given anew by another test', async () => {
    const id = await tested();
    await swap(id, [], [media.extra]);
    expect(about(await accept(id))).toEqual([['TEST_EVIDENCE_STALE', media.extra]]);
    await addTest(id, 'regression 2', { role: 'TEST_MANAGER' });
    const task = await does('regression 2', id, world.tester, 'https://tests.example/18');
    expect(await world.step('releaseAccept', id, {}, world.owner)).toBe('ACCEPTED');
    const { completedBy, testedContents } = await world.read(
      task,
      'completedBy { name } testedContents { nodes { digest dmlItemVersion { id media { digest } } task { id } } }',
    );
    expect(completedBy).toEqual({ name: 'tess' });
    expect(testedContents.nodes.map((row: any) => row.dmlItemVersion.id).sort()).toEqual(
      [media.old, media.extra].sort(),
    );
    for (const { digest, dmlItemVersion } of testedContents.nodes) expect(digest).toBe(dmlItemVersion.media.digest);
  });

  test('lapses when the bytes of a version are others, also at scheduling', async () => {
    const id = await tested();
    await world.step('releaseAccept', id, {}, world.owner);
    // No command gives a version other bytes, so this is done to the table itself.
    const { pool } = app.readDatabase;
    const [from, to] = [uuid('DmlItemVersion', media.old), uuid('DmlItemVersion', media.extra)];
    const { rows } = await pool.query('select media_id from dml_item_version where id = $1', [from]);
    await pool.query(
      'update dml_item_version set media_id = (select media_id from dml_item_version where id = $2) where id = $1',
      [from, to],
    );
    try {
      const errors = await expectRefused(world.manager, 'releaseSchedule', {
        id,
        startsAt: on(6, 8),
        endsAt: on(6, 9),
      });
      expect(about(errors)).toEqual([['TEST_EVIDENCE_STALE', media.old]]);
      expect(errors[0]?.message).toContain('bytes');
    } finally {
      await pool.query('update dml_item_version set media_id = $2 where id = $1', [from, rows[0].media_id]);
    }
    expect(await world.step('releaseSchedule', id, { startsAt: on(6, 8), endsAt: on(6, 9) })).toBe('SCHEDULED');
  });

  test('does not come from a test that was made on an empty package', async () => {
    const id = await untested('HIGH', []);
    await does('regression', id, world.tester, 'trust me');
    await world.addContent(id, media.old);
    expect((await accept(id)).map(({ code }) => code)).toEqual(['TEST_EVIDENCE_MISSING']);
  });

  test('is asked for again at the start, where nobody accepts the release', async () => {
    const skipping = await world.template(`Unaccepted ${++n}`, {
      ...patchPlan,
      skipRules: [{ states: ['ACCEPTED'], when: {} }],
    });
    const id = await untested('HIGH', [media.old], skipping.versionId);
    await does('regression', id, world.tester, 'https://tests.example/21');
    await world.step('releaseSchedule', id, { startsAt: on(8, 8), endsAt: on(8, 10) });
    await swap(id, [media.old], [media.new]);
    await world.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Payroll will be down.' });
    const times = { scheduledStart: on(8, 8), scheduledEnd: on(8, 9) };
    const distribution = await world.plan({ id, cis: {} }, times);
    await world.act('Schedule', distribution);
    expect(await refusalCodes(world.operator, 'distributionStart', { id: distribution })).toContain(
      'TEST_EVIDENCE_STALE',
    );
  });

  test('of before the upgrade, which names no digests, does not count', async () => {
    const id = await tested();
    await app.readDatabase.pool.query(
      'delete from tested_content where task_id in (select id from task where release_id = $1)',
      [uuid('Release', id)],
    );
    expect((await accept(id)).map(({ code }) => code)).toEqual(['TEST_EVIDENCE_MISSING']);
  });
});

describe('a test', () => {
  const completes = async (client: TestClient, id: string) =>
    await refusalCodes(client, 'taskComplete', { id, evidence: 'trust me' });
  /** The mandatory test of a new release, in the hands of somebody. */
  async function testOf(client: TestClient): Promise<string> {
    const id = await untested();
    const task = (await world.tasks(id))['regression'].id as string;
    await world.manager.run('taskAssign', { id: task, personId: client.personId }, 'task');
    await client.run('taskStart', { id: task }, 'task');
    return task;
  }

  test('is completed by a test manager only, whoever it is assigned to', async () => {
    const task = await testOf(world.assignee);
    expect(await completes(world.assignee, task)).toEqual(['NOT_TEST_MANAGER']);
    // Nor by the manager of the release, who can work on each of its tasks, or by the manager of another one.
    expect(await completes(world.manager, task)).toEqual(['NOT_TEST_MANAGER', 'SELF_APPROVAL']);
    expect(await completes(world.secondManager, task)).toEqual(['NOT_TEST_MANAGER', 'TASK_NOT_ASSIGNED']);
    await world.assignee.run('taskAssign', { id: task, personId: world.tester.personId }, 'task');
    await world.tester.run('taskComplete', { id: task, evidence: 'https://tests.example/19' }, 'task');
  });

  test('is not completed by who planned the release, test manager or not', async () => {
    const mona = await app.as('mona', 'RELEASE_MANAGER', 'TEST_MANAGER');
    const task = await testOf(mona);
    expect(await completes(mona, task)).toEqual(['SELF_APPROVAL']);
  });

  test('that a planner adds and completes himself proves nothing', async () => {
    const mona = await app.as('mona', 'RELEASE_MANAGER', 'TEST_MANAGER');
    const { id } = await plain('CRITICAL');
    const task = await addTest(id, 'trust me', { assigneeId: mona.personId });
    await mona.run('taskStart', { id: task }, 'task');
    expect(await completes(world.manager, task)).toEqual(['NOT_TEST_MANAGER', 'SELF_APPROVAL']);
    expect(await completes(mona, task)).toEqual(['SELF_APPROVAL']);
    expect(about(await accept(id)).map(([code]) => code)).toEqual(
      expect.arrayContaining(['TASK_OPEN', 'TEST_EVIDENCE_MISSING']),
    );
  });

  test('is not completed by who registered, uploaded or packed the content', async () => {
    const lara = await app.as('lara', 'DML_LIBRARIAN', 'TEST_MANAGER');
    expect(await completes(lara, await testOf(lara))).toEqual(['SELF_APPROVAL']);
    const olga = await app.as('olga', 'RELEASE_OWNER', 'TEST_MANAGER');
    const id = await untested('HIGH', []);
    await olga.run('releaseAddContent', { id, dmlItemVersionIds: [media.old] }, 'release');
    const task = (await world.tasks(id))['regression'].id as string;
    await olga.run('taskStart', { id: task }, 'task');
    expect(await completes(olga, task)).toEqual(['SELF_APPROVAL']);
  });

  test('is not completed by who worked on a task of the building, even if somebody else finished that', async () => {
    const bob = await app.as('bob', 'TEST_MANAGER');
    const target = await world.ci(`server-${++n}`, { criticality: 'CRITICAL' });
    const { id } = await world.release(`release ${n}`);
    await world.addTargets(id, target);
    await world.addContent(id, media.old);
    const phase = await world.manager.run(
      'phaseAdd',
      { releaseId: id, name: 'Build', releaseState: 'BUILDING' },
      'phase',
    );
    const build = await world.manager.run(
      'taskAdd',
      { phaseId: phase.id, name: 'compile', assigneeId: bob.personId },
      'task',
    );
    await world.step('releaseStartPlanning', id);
    await world.step('releaseStartBuilding', id);
    await bob.run('taskStart', { id: build.id }, 'task');
    await bob.run('taskAssign', { id: build.id, personId: world.assignee.personId }, 'task');
    await world.assignee.run('taskComplete', { id: build.id }, 'task');
    await world.step('releaseStartTesting', id);
    const task = await addTest(id, 'regression', { assigneeId: bob.personId });
    await bob.run('taskStart', { id: task }, 'task');
    expect(await completes(bob, task)).toEqual(['SELF_APPROVAL']);
  });

  test('stops being evidence when its tester joins in planning', async () => {
    const id = await tested();
    const tess = await app.as('tess', 'RELEASE_MANAGER');
    await world.handOver(id, world.manager, { managerId: tess.personId! });
    const { version } = await world.read(id, 'version');
    await tess.run('releaseUpdate', { id, expectedVersion: version, backOutPlan: 'Pull the plug.' }, 'release');
    await world.handOver(id, tess, { managerId: world.manager.personId! });
    expect((await accept(id)).map(({ code }) => code)).toEqual(['SELF_APPROVAL']);
  });

  test('is not made evidence by a role that its tester gets later', async () => {
    const task = await testOf(world.assignee);
    expect(await completes(world.assignee, task)).toEqual(['NOT_TEST_MANAGER']);
    await app.as('tom', 'TEST_MANAGER');
    // The token of before does not carry the new role.
    expect(await completes(world.assignee, task)).toEqual(['NOT_TEST_MANAGER']);
  });
});

describe('a critical target', () => {
  test('requires evidence without a template, and is named', async () => {
    const { id, target } = await plain('CRITICAL');
    const errors = await accept(id);
    expect(about(errors)).toEqual([['TEST_EVIDENCE_MISSING', target]]);
    expect(errors[0]?.message).toContain(`server-${n}`);
    expect((await world.read(id, 'plan { requires { backOutPlan testEvidence } }')).plan.requires).toEqual({
      backOutPlan: true,
      testEvidence: true,
    });
    await addTest(id, 'smoke', { role: 'TEST_MANAGER' });
    await does('smoke', id, world.tester, 'https://tests.example/20');
    expect(await world.step('releaseAccept', id, {}, world.owner)).toBe('ACCEPTED');
  });

  test('requires evidence and a back-out plan when the template asks for neither and skips testing', async () => {
    const lax = await world.template(`Lax ${++n}`, {
      ...patchPlan,
      phases: patchPlan.phases.slice(0, 1),
      skipRules: [{ states: ['BUILDING', 'TESTING'], when: {} }],
      requires: { backOutPlan: false, testEvidence: false },
    });
    const target = await world.ci(`server-${n}`, { criticality: 'CRITICAL' });
    const { id } = await world.release(`release ${n}`, { templateVersionId: lax.versionId, backOutPlan: '' });
    await world.addTargets(id, target);
    await world.addContent(id, media.old);
    await world.step('releaseStartPlanning', id);
    await does('scope', id, world.manager);
    expect((await accept(id)).map(({ code }) => code).sort()).toEqual([
      'BACKOUT_PLAN_MISSING',
      'TEST_EVIDENCE_MISSING',
    ]);
  });

  test('that was less critical when the release was accepted holds it at scheduling, moving and start', async () => {
    const becomes = async (ci: string, criticality: string) => {
      const { version } = await world.read(ci, 'version');
      await world.configurationManager.run(
        'configurationItemUpdate',
        { id: ci, expectedVersion: version, criticality },
        'configurationItem',
      );
    };
    const { id, target } = await plain('MEDIUM');
    await world.step('releaseAccept', id, {}, world.owner);
    const times = { startsAt: on(7, 8), endsAt: on(7, 10) };
    await becomes(target, 'CRITICAL');
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id, ...times })).toContain('TEST_EVIDENCE_MISSING');
    await becomes(target, 'MEDIUM');
    await world.step('releaseSchedule', id, times);
    await world.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Payroll will be down.' });
    const distribution = await world.plan({ id, cis: {} }, { scheduledStart: on(7, 8), scheduledEnd: on(7, 9) });
    await world.act('Schedule', distribution);
    await becomes(target, 'CRITICAL');
    expect(
      await refusalCodes(world.manager, 'releaseMoveSchedule', { id, ...times, reason: 'another night' }),
    ).toContain('TEST_EVIDENCE_MISSING');
    expect(await refusalCodes(world.operator, 'distributionStart', { id: distribution })).toContain(
      'TEST_EVIDENCE_MISSING',
    );
    // A release that is being distributed already is asked as well.
    await app.readDatabase.pool.query(`update release set state = 'DISTRIBUTING' where id = $1`, [uuid('Release', id)]);
    expect(await refusalCodes(world.operator, 'distributionStart', { id: distribution })).toContain(
      'TEST_EVIDENCE_MISSING',
    );
  });
});
