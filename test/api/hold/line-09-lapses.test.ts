import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GraphQLObjectType } from 'graphql';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;
/** The accepted release, its phases and tasks by name, with their ids. */
let id: string;
let phases: Record<string, string>;
let tasks: Record<string, string>;

const at = (hour: number) => `2031-06-01T${String(hour).padStart(2, '0')}:00:00Z`;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  ({ id } = await world.release('Lapses'));
  await world.addTargets(id, await world.ci('lapse-web'));
  await world.addContent(id);
  await world.startTesting(id);
  await world.tested(id);
  phases = {};
  for (const [name, releaseState] of [
    ['Install', 'DISTRIBUTING'],
    ['Second wave', 'DISTRIBUTING'],
    ['Look back', 'IN_REVIEW'],
  ] as const)
    phases[name] = (await world.manager.run('phaseAdd', { releaseId: id, name, releaseState }, 'phase')).id;
  tasks = {};
  for (const task of [
    { name: 'Watch', mandatory: true, plannedStart: at(10), plannedEnd: at(11) },
    { name: 'Tidy', plannedStart: at(12), plannedEnd: at(13), role: 'DEPLOYMENT_OPERATOR' },
    { name: 'Sign', kind: 'APPROVAL', role: 'CHANGE_AUTHORITY' },
    { name: 'Judge', kind: 'REVIEW', role: 'CHANGE_MANAGER' },
    { name: 'Wave' },
    { name: 'Must go', mandatory: true },
  ])
    tasks[task.name] = (await world.manager.run('taskAdd', { phaseId: phases['Install'], ...task }, 'task')).id;
  await world.step('releaseAccept', id, {}, world.owner);
}, 60_000);
afterAll(async () => await app.end());

const lapses = async (): Promise<string[]> =>
  (await world.read(id, 'acceptanceLapses { message }', world.auditor)).acceptanceLapses.map(
    ({ message }: { message: string }) =>
      message.replace(/^What was accepted has changed since: |^.*?: (?=the |a |name|kind)/, ''),
  );

interface Row {
  readonly mutation: string;
  readonly does: string;
  /** Parts of the lapses that follow; none where the acceptance holds. */
  readonly lapse: readonly string[];
  readonly input: () => Record<string, unknown>;
  /** Default: the manager of the release. */
  readonly by?: () => TestClient;
}

const onTask = (name: string, more: Record<string, unknown> = {}) => ({ id: tasks[name], ...more });
const row = (mutation: string, does: string, lapse: readonly string[], input: Row['input'], by?: Row['by']): Row => ({
  mutation,
  does,
  lapse,
  input,
  ...(by && { by }),
});
const task = (name: string, more: Record<string, unknown>) => () => onTask(name, more);
const release = (more: Record<string, unknown>) => () => ({ id, ...more });

/** What can be done to an accepted release and its plan, in this order. */
const ROWS: readonly Row[] = [
  row('taskAdd', 'an optional one', ['task New was added'], () => ({ phaseId: phases['Look back'], name: 'New' })),
  row('taskAdd', 'a mandatory one', ['mandatory task Newer was added'], () => ({
    phaseId: phases['Look back'],
    name: 'Newer',
    mandatory: true,
  })),
  row('taskUpdate', 'name', ['name of Mop was Tidy and is Mop'], task('Tidy', { name: 'Mop' })),
  row('taskUpdate', 'description', ['description of Mop was edited'], task('Tidy', { description: 'Also below.' })),
  row('taskUpdate', 'kind', ['kind of Wave was MANUAL and is HARDWARE'], task('Wave', { kind: 'HARDWARE' })),
  row('taskUpdate', 'a start', ['planned time of Mop was edited'], task('Tidy', { plannedStart: at(11) })),
  row('taskUpdate', 'an end', ['planned time of Watch was edited'], task('Watch', { plannedEnd: at(12) })),
  row('taskUpdate', 'dates where none were', ['planned time of Wave'], task('Wave', { plannedStart: at(14) })),
  row('taskUpdate', 'mandatory', ['mandatory task Mop', 'task Mop was removed'], task('Tidy', { mandatory: true })),
  row('taskSetPredecessors', 'an order', ['order of Wave was edited'], () =>
    onTask('Wave', { predecessorIds: [tasks['Watch']] }),
  ),
  row('taskSetPredecessors', 'no order', ['order of Wave was edited'], task('Wave', { predecessorIds: [] })),
  row('taskMove', 'its place in the list', [], task('Wave', { position: 0 })),
  row('taskMove', 'another phase', ['phase of Wave was Install and is Second wave'], () =>
    onTask('Wave', { phaseId: phases['Second wave'] }),
  ),
  row('taskMove', 'another step', ['step of Wave was DISTRIBUTING and is IN_REVIEW', 'phase of Wave'], () =>
    onTask('Wave', { phaseId: phases['Look back'] }),
  ),
  row('taskAssign', 'who works', [], () => onTask('Wave', { personId: world.operator.personId })),
  row('taskAssign', 'which role works', [], task('Wave', { role: 'DEPLOYMENT_OPERATOR' })),
  row('taskAssign', 'who approves', [], () => onTask('Sign', { personId: world.authority.personId })),
  row(
    'taskAssign',
    'whose approval it is',
    ['role of Sign was CHANGE_AUTHORITY'],
    task('Sign', { role: 'RELEASE_OWNER' }),
  ),
  row('taskAssign', 'whose review it is', ['role of Judge was CHANGE_MANAGER'], task('Judge', { role: 'AUDITOR' })),
  row('taskSkip', 'an optional one', [], task('Judge', { reason: 'No time.' })),
  row(
    'taskSkip',
    'a mandatory one',
    ['mandatory task Must go was removed'],
    task('Must go', { reason: 'No need.', waiverReason: 'The owner agrees.' }),
    () => world.owner,
  ),
  row('taskRemove', 'an optional one', ['task Wave was removed'], task('Wave', { reason: 'No need.' })),
  row('phaseAdd', 'without tasks', [], () => ({ releaseId: id, name: 'Empty', releaseState: 'IN_REVIEW' })),
  row('phaseUpdate', 'name', ['phase of New', 'phase of Newer'], () => ({ id: phases['Look back'], name: 'Review' })),
  row('phaseUpdate', 'its place in the list', [], () => ({ id: phases['Second wave'], position: 1 })),
  row('phaseRemove', 'without tasks', [], () => ({ id: phases['Second wave'] })),
  row('releaseUpdate', 'name', ['name of REL', 'is Replace all'], release({ name: 'Replace all' })),
  row('releaseUpdate', 'description', ['description of REL'], release({ description: 'Everything.' })),
  row('releaseUpdate', 'kind', ['kind of REL', 'is MAJOR'], release({ kind: 'MAJOR' })),
  row('releaseUpdate', 'packaging', ['packaging of REL'], release({ packaging: 'FULL' })),
  row('releaseUpdate', 'back-out plan', ['back-out plan was edited'], release({ backOutPlan: 'Pray.' })),
  row('releaseUpdate', 'times, which the calendar judges', [], release({ plannedStart: at(8), plannedEnd: at(9) })),
  row('releaseHandOver', 'the manager', [], () => ({
    id,
    managerId: world.secondManager.personId,
    reason: 'On leave.',
  })),
  row(
    'releaseHandOver',
    'the owner',
    ['the owner was'],
    () => ({ id, ownerId: world.otherOwner.personId, reason: 'On leave.' }),
    () => world.owner,
  ),
  row(
    'releaseSchedule',
    'a slot, which takes its tasks along',
    [],
    release({ startsAt: at(15), endsAt: at(20) }),
    () => world.secondManager,
  ),
  row(
    'releaseMoveSchedule',
    'another slot',
    [],
    release({ startsAt: at(13), endsAt: at(19), reason: 'Later.' }),
    () => world.secondManager,
  ),
];

/**
 * Commands that do the work of the plan, move the release, are about templates, about what comes before it, or change
 * scope and content. Of these
 * `test/api/interlock/line-04*` and `line-10-lapses` tell.
 */
const ELSEWHERE = new Set([
  'releaseAccept',
  'releaseAddCi',
  'releaseAddContent',
  'releaseAddDependency',
  'releaseCancel',
  'releaseClose',
  'releaseCommunicate',
  'releaseCompleteBackOut',
  'releaseCreate',
  'releaseHold',
  'releaseRecordReview',
  'releaseRemoveChange',
  'releaseRemoveCi',
  'releaseRemoveContent',
  'releaseRemoveDependency',
  'releaseReschedule',
  'releaseResume',
  'releaseSaveAsTemplate',
  'releaseStartBackOut',
  'releaseStartBuilding',
  'releaseStartPlanning',
  'releaseStartReview',
  'releaseStartTesting',
  'releaseTemplateCreate',
  'releaseTemplateRevise',
  'releaseTemplateVersionPublish',
  'releaseTemplateVersionRetire',
  'releaseTemplateVersionUpdate',
  'releaseUnschedule',
  'releaseUpsert',
  'taskClaim',
  'taskComplete',
  'taskFail',
  'taskProvideInput',
  'taskRequestInput',
  'taskRetry',
  'taskStart',
]);

describe('every edit of what was accepted', () => {
  test('is in this table, or in none of its kind', () => {
    const all = Object.keys(app.schema.getMutationType()?.getFields() ?? {}).filter((name) =>
      /^(task|phase|release)[A-Z]/.test(name),
    );
    expect(all.filter((name) => !ROWS.some(({ mutation }) => mutation === name) && !ELSEWHERE.has(name))).toEqual([]);
  });

  test.each(ROWS)('$mutation: $does', async ({ mutation, input, lapse, by }) => {
    expect(await lapses()).toEqual([]);
    const given = input();
    const type = (name: string) => app.schema.getType(`${mutation[0]?.toUpperCase()}${mutation.slice(1)}${name}`);
    const fieldsOf = (name: string) => Object.keys((type(name) as GraphQLObjectType).getFields());
    const [subject = ''] = fieldsOf('Payload').filter((name) => /^(task|phase|release)$/.test(name));
    const version = fieldsOf('Input').includes('expectedVersion')
      ? { expectedVersion: (await world.read(given['id'] as string, 'version', world.auditor)).version }
      : {};
    await (by?.() ?? world.manager).run(mutation, { ...version, ...given }, subject);
    const found = await lapses();
    for (const part of lapse) expect(found).toContainEqual(expect.stringContaining(part));
    expect(found.length > 0).toBe(lapse.length > 0);
    const { owner } = await world.read(id, 'owner { id }', world.auditor);
    const acceptor = owner.id === world.owner.personId ? world.owner : world.otherOwner;
    if (found.length > 0) await world.step('releaseAccept', id, {}, acceptor);
  });
});
