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

/** A release in PLANNING with a chain of tasks: `first`, then `second`, and `later` in a phase that has not begun. */
async function plan(): Promise<{ releaseId: string; tasks: Record<string, string> }> {
  const { id: releaseId } = await world.release('Payroll 4');
  const phase = async (name: string, releaseState: string) =>
    (await world.manager.run('phaseAdd', { releaseId, name, releaseState }, 'phase')).id as string;
  const planning = await phase('Plan', 'PLANNING');
  const testing = await phase('Test', 'TESTING');
  const add = async (phaseId: string, name: string, predecessorIds: readonly string[] = []) =>
    (await world.manager.run('taskAdd', { phaseId, name, predecessorIds }, 'task')).id as string;
  const first = await add(planning, 'first');
  const second = await add(planning, 'second', [first]);
  const later = await add(testing, 'later');
  await world.step('releaseStartPlanning', releaseId);
  return { releaseId, tasks: { first, second, later } };
}

const offered = async (id: string, command: string) =>
  (
    await world.read(id, 'availableCommands { command allowed blockers { code subject { id } resolvableBy } }')
  ).availableCommands.find((one: { command: string }) => one.command === command);

describe('a computed state never swallows its reason', () => {
  test('a blocked task says which task it waits for, to whoever asks and to whoever tries', async () => {
    const { releaseId, tasks } = await plan();
    const [first = '', second = ''] = [tasks['first'], tasks['second']];
    expect((await world.tasks(releaseId))['second'].state).toBe('BLOCKED');
    const why = { code: 'TASK_PREDECESSOR', subject: { id: first } };
    expect(await expectRefused(world.manager, 'taskStart', { id: second })).toMatchObject([
      { ...why, message: expect.stringContaining('"first"') },
    ]);
    expect(await offered(second, 'taskStart')).toMatchObject({ allowed: false, blockers: [why] });
    // A command that a blocked task does not have at all is refused with the reason of its state, too.
    expect(await expectRefused(world.manager, 'taskComplete', { id: second })).toMatchObject([
      { code: 'ILLEGAL_TRANSITION', message: expect.stringContaining('Blocked now: taskStart.') },
      why,
    ]);
    await world.manager.run('taskSkip', { id: first, reason: 'known' }, 'task');
    expect(await offered(second, 'taskStart')).toMatchObject({ allowed: true, blockers: [] });
    await world.manager.run('taskStart', { id: second }, 'task');
  });

  test('a planned task says that the release has not come to its phase', async () => {
    const { releaseId, tasks } = await plan();
    const { later = '' } = tasks;
    expect((await world.tasks(releaseId))['later'].state).toBe('PLANNED');
    expect(await refusalCodes(world.manager, 'taskStart', { id: later })).toEqual(['TASK_PHASE_NOT_REACHED']);
    expect(await refusalCodes(world.manager, 'taskFail', { id: later, reason: 'No time.' })).toEqual([
      'ILLEGAL_TRANSITION',
      'TASK_PHASE_NOT_REACHED',
    ]);
  });

  test('a task with all its faults names all of them, also for somebody it is not assigned to', async () => {
    const { releaseId, tasks } = await plan();
    const { first = '', later = '' } = tasks;
    const { version: expectedVersion } = await world.read(later, 'version');
    await world.manager.run('taskSetPredecessors', { id: later, predecessorIds: [first], expectedVersion }, 'task');
    await world.manager.run('releaseHold', { id: releaseId, reason: 'Waiting for the vendor' }, 'release');
    expect(await refusalCodes(world.tester, 'taskStart', { id: later })).toEqual([
      'RELEASE_ON_HOLD',
      'TASK_NOT_ASSIGNED',
      'TASK_PHASE_NOT_REACHED',
      'TASK_PREDECESSOR',
    ]);
  });

  test('a media version in quarantine says that its checks have not passed', async () => {
    const id = await world.media(await world.item('Quarantined'), '1.0');
    await world.librarian.run('dmlItemVersionQuarantine', { id, reason: 'Doubts' }, 'dmlItemVersion');
    expect(await expectRefused(world.secondLibrarian, 'dmlItemVersionAuthorise', { id })).toMatchObject([
      { code: 'ILLEGAL_TRANSITION' },
      { code: 'MEDIA_NOT_VERIFIED', message: expect.stringContaining('have not all passed') },
    ]);
  });

  test('a change that its release takes along says which release it waits for', async () => {
    const ci = await world.ci('waiting');
    const change = await world.authorised('Patch', [ci]);
    const releaseId = await world.accepted('Patch day', [ci]);
    await world.join(change.id, releaseId);
    await world.step('releaseAccept', releaseId, {}, world.owner);
    await world.step('releaseSchedule', releaseId, {
      startsAt: '2031-01-01T10:00:00Z',
      endsAt: '2031-01-01T12:00:00Z',
    });
    expect(await world.state(change.id)).toBe('SCHEDULED');
    expect(await expectRefused(world.changeManager, 'changeStartReview', { id: change.id })).toMatchObject([
      { code: 'ILLEGAL_TRANSITION' },
      { code: 'RELEASE_OUTCOME_PENDING', subject: { id: releaseId } },
    ]);
  });
});
