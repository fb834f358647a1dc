import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Refusal } from '../../../src/domain/errors.js';
import { fromNodeId } from '../../../src/domain/node-id.js';
import type { ReleaseLifeCommand } from '../../../src/domain/release/release.state.js';
import { releaseCommand } from '../../../src/services/release/release-command.service.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { on } from '../../support/plans.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

/** What the server does when distributions move. */
const system = async (releaseId: string, command: ReleaseLifeCommand) =>
  await app.transact(async (uow) => await releaseCommand(uow, fromNodeId('Release', releaseId, 'id'), command));
const tell = { audience: 'payroll users', message: 'Payroll is away on Sunday.' };

describe('acceptance', () => {
  test('is given by the owner of this very release, who took no part in planning', async () => {
    const { id } = await world.release('four eyes');
    await world.addTargets(id, await world.ci('four-eyes-1'));
    await world.addContent(id);
    await world.startTesting(id);
    expect(await refusalCodes(world.otherOwner, 'releaseAccept', { id })).toEqual(['NOT_RELEASE_OWNER']);
    expect(await rejectionCode(world.manager, 'releaseAccept', { id })).toBe('FORBIDDEN');
    const both = await app.as('mona', 'RELEASE_MANAGER', 'RELEASE_OWNER');
    expect(await refusalCodes(both, 'releaseAccept', { id })).toEqual(['NOT_RELEASE_OWNER', 'SELF_APPROVAL']);
    const accepted = await world.owner.run(
      'releaseAccept',
      { id },
      'release',
      'state acceptedAt acceptedBy { name } contents { nodes { baselineDigest baselinedAt } }',
    );
    expect(accepted).toMatchObject({
      state: 'ACCEPTED',
      acceptedBy: { name: 'olga' },
      contents: {
        nodes: [{ baselineDigest: expect.stringMatching(/^[0-9a-f]{64}$/), baselinedAt: accepted.acceptedAt }],
      },
    });
  });

  test('is refused to an owner who edited the plan', async () => {
    const { id, version } = await world.release('owner planned');
    await world.owner.run('releaseUpdate', { id, expectedVersion: version, backOutPlan: 'Restore it.' }, 'release');
    await world.addTargets(id, await world.ci('owner-planned-1'));
    await world.addContent(id);
    await world.startTesting(id);
    expect(await refusalCodes(world.owner, 'releaseAccept', { id })).toEqual(['SELF_APPROVAL']);
  });

  test('falls when scope changes, and is given again', async () => {
    const id = await world.accepted('stale', [await world.ci('stale-1')]);
    expect((await world.read(id, 'acceptanceIsStale')).acceptanceIsStale).toBe(false);
    await world.addTargets(id, await world.ci('stale-2'));
    expect((await world.read(id, 'acceptanceIsStale')).acceptanceIsStale).toBe(true);
    const times = { startsAt: on(10, 20), endsAt: on(10, 22) };
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id, ...times })).toEqual(['APPROVAL_STALE']);
    expect(await world.step('releaseAccept', id, {}, world.owner)).toBe('ACCEPTED');
    expect(await world.step('releaseSchedule', id, times)).toBe('SCHEDULED');
    expect(await refusalCodes(world.owner, 'releaseAccept', { id })).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('falls when a task is added, mandatory or not', async () => {
    const id = await world.accepted('mandatory', [await world.ci('mandatory-1')]);
    const phase = await world.manager.run(
      'phaseAdd',
      { releaseId: id, name: 'Install', releaseState: 'DISTRIBUTING' },
      'phase',
    );
    await world.manager.run('taskAdd', { phaseId: phase.id, name: 'watch' }, 'task');
    expect((await world.read(id, 'acceptanceIsStale')).acceptanceIsStale).toBe(true);
    await world.step('releaseAccept', id, {}, world.owner);
    await world.manager.run('taskAdd', { phaseId: phase.id, name: 'verify', mandatory: true }, 'task');
    expect((await world.read(id, 'acceptanceIsStale')).acceptanceIsStale).toBe(true);
  });
});

describe('scheduling', () => {
  test('books the release and takes its changes along; rescheduling gives both back', async () => {
    const ci = await world.ci('booked-1');
    const change = await world.authorised('New tax table', [ci]);
    const { id } = await world.release('booked');
    await world.join(change.id, id);
    await world.addContent(id);
    await world.startTesting(id);
    await world.step('releaseAccept', id, {}, world.owner);
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id })).toEqual(['SCHEDULE_MISSING']);
    await world.step('releaseSchedule', id, { startsAt: on(11, 20), endsAt: on(11, 22) });
    const selection =
      'state plannedStart plannedEnd changes { nodes { state } } ' +
      'scheduleEntries { nodes { kind startsAt endsAt live } }';
    expect(await world.read(id, selection)).toEqual({
      state: 'SCHEDULED',
      plannedStart: on(11, 20),
      plannedEnd: on(11, 22),
      changes: { nodes: [{ state: 'SCHEDULED' }] },
      scheduleEntries: {
        nodes: ['CHANGE', 'RELEASE'].map((kind) => ({ kind, startsAt: on(11, 20), endsAt: on(11, 22), live: true })),
      },
    });
    const { version } = await world.read(id, 'version');
    expect(
      await refusalCodes(world.manager, 'releaseUpdate', { id, expectedVersion: version, plannedStart: on(12) }),
    ).toEqual(['ILLEGAL_TRANSITION']);
    expect(await world.step('releaseUnschedule', id, { reason: 'no window' })).toBe('ACCEPTED');
    expect(await world.read(id, 'stateReason changes { nodes { state } } scheduleEntries { nodes { live } }')).toEqual({
      stateReason: 'no window',
      changes: { nodes: [{ state: 'AUTHORISED' }] },
      scheduleEntries: { nodes: [] },
    });
    expect(await world.step('releaseSchedule', id, { startsAt: on(12, 20), endsAt: on(12, 22) })).toBe('SCHEDULED');
  });

  test('names every conflict; a waiver of somebody who did not plan sets one aside until it ends', async () => {
    const ci = await world.ci('contested');
    const first = await world.accepted('first', [ci]);
    const second = await world.accepted('second', [ci]);
    const times = { startsAt: on(13, 20), endsAt: on(13, 22) };
    await world.step('releaseSchedule', first, times);
    const errors = await expectRefused(world.manager, 'releaseSchedule', { id: second, ...times });
    expect(errors).toMatchObject([
      { code: 'CI_CONFLICT', waivable: true, message: expect.stringContaining('contested') },
    ]);
    // Touching is not overlapping.
    await world.step('releaseSchedule', second, { startsAt: on(13, 22), endsAt: on(13, 23) });
    await world.step('releaseUnschedule', second, { reason: 'earlier is better' });

    const waiver = {
      releaseId: second,
      code: 'CI_CONFLICT',
      reason: 'Both teams work side by side.',
      expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
    };
    const planner = await app.as('mona', 'RELEASE_MANAGER', 'CHANGE_AUTHORITY');
    expect(await refusalCodes(planner, 'waiverGrant', waiver)).toEqual(['SELF_APPROVAL']);
    expect(await rejectionCode(world.manager, 'waiverGrant', waiver)).toBe('FORBIDDEN');
    expect(await rejectionCode(world.authority, 'waiverGrant', { ...waiver, code: 'SELF_APPROVAL' })).toBe(
      'BAD_USER_INPUT',
    );
    expect(
      await rejectionCode(world.authority, 'waiverGrant', { ...waiver, expiresAt: on(1).replace('2027', '2020') }),
    ).toBe('BAD_USER_INPUT');
    // A waiver for another subject does not help.
    await world.authority.run('waiverGrant', { ...waiver, subjectId: ci }, 'waiver');
    expect(await refusalCodes(world.manager, 'releaseSchedule', { id: second, ...times })).toEqual(['CI_CONFLICT']);
    const granted = await world.authority.run(
      'waiverGrant',
      { ...waiver, subjectId: errors[0]?.subject?.id },
      'waiver',
      'code reason grantedBy { name } subject { __typename } release { id }',
    );
    expect(granted).toMatchObject({ code: 'CI_CONFLICT', grantedBy: { name: 'anna' }, release: { id: second } });
    expect(await world.step('releaseSchedule', second, times)).toBe('SCHEDULED');
    expect((await world.read(second, 'waivers { totalCount }')).waivers.totalCount).toBe(2);
  });

  test('of two releases for the same item at the same moment gives the place to one', async () => {
    const ci = await world.ci('race');
    const ids = [await world.accepted('race a', [ci]), await world.accepted('race b', [ci])];
    const answers = await Promise.all(
      ids.map(
        async (id) =>
          await world.manager.attempt(
            'releaseSchedule',
            { id, startsAt: on(14, 20), endsAt: on(14, 22) },
            'release',
            'state',
          ),
      ),
    );
    expect(answers.map(({ userErrors }) => userErrors.map(({ code }: { code: string }) => code).join()).sort()).toEqual(
      ['', 'CI_CONFLICT'],
    );
  });
});

describe('moving a booked release', () => {
  const times = (day: number) => ({ startsAt: on(day, 20), endsAt: on(day, 22), reason: 'another night' });
  const moveCommand = async (id: string) =>
    (await world.read(id, 'availableCommands { command allowed blockers { code } }')).availableCommands.find(
      ({ command }: { command: string }) => command === 'releaseMoveSchedule',
    );

  test('takes the booking along in one step; a communicated one has to be communicated again', async () => {
    const id = await world.accepted('movable', [await world.ci('movable-1')]);
    expect(await moveCommand(id)).toBeUndefined();
    expect(await refusalCodes(world.manager, 'releaseMoveSchedule', { id, ...times(16) })).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
    await world.step('releaseSchedule', id, { startsAt: on(16, 20), endsAt: on(16, 22) });
    expect(await moveCommand(id)).toEqual({ command: 'releaseMoveSchedule', allowed: true, blockers: [] });
    expect(await world.step('releaseCommunicate', id, tell)).toBe('COMMUNICATED');
    expect(await world.step('releaseMoveSchedule', id, times(17))).toBe('SCHEDULED');
    expect(await world.read(id, 'plannedStart plannedEnd scheduleEntries { nodes { startsAt endsAt } }')).toEqual({
      plannedStart: on(17, 20),
      plannedEnd: on(17, 22),
      scheduleEntries: { nodes: [{ startsAt: on(17, 20), endsAt: on(17, 22) }] },
    });
    const { events } = await world.read(id, 'events(first: 20) { nodes { type reason data } }');
    expect(events.nodes).toContainEqual({
      type: 'release.rescheduled',
      reason: 'another night',
      data: expect.objectContaining({ startsAt: on(17, 20), was: { startsAt: on(16, 20), endsAt: on(16, 22) } }),
    });
  });

  test('finds the conflicts of the new time, whatever the old time had', async () => {
    const ci = await world.ci('movable-2');
    const [taken, moved] = [await world.accepted('holds the night', [ci]), await world.accepted('moves in', [ci])];
    await world.step('releaseSchedule', taken, { startsAt: on(18, 20), endsAt: on(18, 22) });
    await world.step('releaseSchedule', moved, { startsAt: on(19, 20), endsAt: on(19, 22) });
    expect(await refusalCodes(world.manager, 'releaseMoveSchedule', { id: moved, ...times(18) })).toEqual([
      'CI_CONFLICT',
    ]);
    expect(await world.step('releaseMoveSchedule', moved, times(20))).toBe('SCHEDULED');
    // The old place is free again.
    expect(await world.step('releaseMoveSchedule', taken, times(19))).toBe('SCHEDULED');
  });

  test('of two releases to the same time at the same moment leaves one where it was', async () => {
    const ci = await world.ci('movable-race');
    const ids = [await world.accepted('mover a', [ci]), await world.accepted('mover b', [ci])];
    for (const [i, id] of ids.entries())
      await world.step('releaseSchedule', id, { startsAt: on(21 + i, 20), endsAt: on(21 + i, 22) });
    const answers = await Promise.all(
      ids.map(
        async (id) => await world.manager.attempt('releaseMoveSchedule', { id, ...times(23) }, 'release', 'state'),
      ),
    );
    expect(answers.map(({ userErrors }) => userErrors.map(({ code }: { code: string }) => code).join()).sort()).toEqual(
      ['', 'CI_CONFLICT'],
    );
  });

  test('is for release managers, for the version they read, for times in order, and takes effect once', async () => {
    const id = await world.accepted('guarded', [await world.ci('movable-3')]);
    await world.step('releaseSchedule', id, { startsAt: on(24, 20), endsAt: on(24, 22) });
    const input = { id, ...times(25) };
    expect(await rejectionCode(world.requester, 'releaseMoveSchedule', input)).toBe('FORBIDDEN');
    expect(await rejectionCode(world.operator, 'releaseMoveSchedule', input)).toBe('FORBIDDEN');
    expect(await rejectionCode(world.manager, 'releaseMoveSchedule', { ...input, expectedVersion: 1 })).toBe(
      'CONFLICT',
    );
    expect(await rejectionCode(world.manager, 'releaseMoveSchedule', { ...input, endsAt: on(25, 20) })).toBe(
      'BAD_USER_INPUT',
    );
    const move = async () =>
      await world.manager.attempt(
        'releaseMoveSchedule',
        { ...input, idempotencyKey: 'move-once' },
        'release',
        'version',
      );
    const first = await move();
    expect(first).toMatchObject({ replayed: false, userErrors: [] });
    expect(await move()).toMatchObject({ replayed: true, release: { version: first.release.version } });
  });
});

describe('the rest of the life', () => {
  test('leads from communication over distribution and review to the end', async () => {
    const id = await world.accepted('whole life', [await world.ci('whole-1')]);
    await world.step('releaseSchedule', id, { startsAt: on(15, 20), endsAt: on(15, 22) });
    await expect(system(id, 'releaseStartDistribution')).rejects.toThrow(Refusal);
    expect(await world.step('releaseCommunicate', id, tell)).toBe('COMMUNICATED');
    expect(
      (await world.read(id, 'communications { nodes { audience message sentBy { name } } }')).communications.nodes,
    ).toEqual([{ ...tell, sentBy: { name: 'mona' } }]);
    await system(id, 'releaseStartDistribution');
    expect(await refusalCodes(world.manager, 'releaseCancel', { id, reason: 'too late' })).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
    await system(id, 'releaseRecordPartiallyDeployed');
    expect(await world.step('releaseStartReview', id)).toBe('IN_REVIEW');
    expect(await refusalCodes(world.manager, 'releaseClose', { id })).toEqual(['REVIEW_MISSING']);
    const review = { objectivesMet: false, summary: 'Half of it arrived.', lessons: 'Check the disks first.' };
    expect(
      (
        await world.owner.run(
          'releaseRecordReview',
          { id, ...review },
          'release',
          'review { objectivesMet summary lessons }',
        )
      ).review,
    ).toEqual(review);
    expect(await world.step('releaseClose', id)).toBe('CLOSED');
    const { version } = await world.read(id, 'version itupStatus');
    expect(await refusalCodes(world.manager, 'releaseUpdate', { id, expectedVersion: version, name: 'x' })).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
    expect(await refusalCodes(world.manager, 'releaseRecordReview', { id, ...review })).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('can lead to a back-out, whose tasks begin only then', async () => {
    const id = await world.accepted('backed out', [await world.ci('backed-1')]);
    const phase = await world.manager.run(
      'phaseAdd',
      { releaseId: id, name: 'Back out', releaseState: 'BACKING_OUT' },
      'phase',
    );
    await world.manager.run('taskAdd', { phaseId: phase.id, name: 'restore' }, 'task');
    await world.step('releaseAccept', id, {}, world.owner);
    await world.step('releaseSchedule', id, { startsAt: on(16, 20), endsAt: on(16, 22) });
    await world.step('releaseCommunicate', id, tell);
    await system(id, 'releaseStartDistribution');
    await system(id, 'releaseRecordFailed');
    expect((await world.tasks(id))['restore'].state).toBe('PLANNED');
    expect(await world.step('releaseStartBackOut', id, { reason: 'nothing works' })).toBe('BACKING_OUT');
    const { restore } = await world.tasks(id);
    expect(restore.state).toBe('READY');
    expect(await refusalCodes(world.manager, 'releaseCompleteBackOut', { id })).toEqual(['TASK_OPEN']);
    await world.manager.run('taskStart', { id: restore.id }, 'task');
    await world.manager.run('taskComplete', { id: restore.id }, 'task');
    expect(await world.step('releaseCompleteBackOut', id)).toBe('BACKED_OUT');
    expect((await world.read(id, 'itupStatus')).itupStatus).toBe('DEPLOYED');
  });

  test('can end by cancellation: it frees changes, answers requests, drops tasks and its booking', async () => {
    const ci = await world.ci('cancelled-1');
    const [joined, asking] = [await world.authorised('joined', [ci]), await world.authorised('asking', [ci])];
    const { id } = await world.release('cancelled');
    await world.join(joined.id, id);
    const request = await world.requester.run(
      'changeReleaseRequestSubmit',
      { changeId: asking.id, releaseId: id, mode: 'SPECIFIC_RELEASE' },
      'changeReleaseRequest',
    );
    const phase = await world.manager.run(
      'phaseAdd',
      { releaseId: id, name: 'Plan', releaseState: 'PLANNING' },
      'phase',
    );
    await world.manager.run('taskAdd', { phaseId: phase.id, name: 'scope' }, 'task');
    await world.step('releaseStartPlanning', id);
    expect(await rejectionCode(world.manager, 'releaseCancel', { id, reason: ' ' })).toBe('BAD_USER_INPUT');
    expect(await world.step('releaseCancel', id, { reason: 'no budget' })).toBe('CANCELLED');
    expect(await world.read(id, 'stateReason changes { totalCount } tasks { nodes { state stateReason } }')).toEqual({
      stateReason: 'no budget',
      changes: { totalCount: 0 },
      tasks: { nodes: [{ state: 'CANCELLED', stateReason: 'The release was cancelled: no budget' }] },
    });
    const { node } = await world.manager.ok(
      `query($id: ID!) { node(id: $id) { ... on ChangeReleaseRequest { state decisionReason } } }`,
      { id: request.id },
    );
    expect(node).toEqual({ state: 'REJECTED', decisionReason: expect.stringContaining('no budget') });
  });
});
