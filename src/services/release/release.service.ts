import { factsOf } from '../facts-of.js';
import { releaseFacts } from '../../facts/release/release.facts.js';
import { releaseMachine } from '../../domain/release/release.machine.js';
import { namedPeopleFitTheirParts, type GuardedReleaseField } from '../../domain/release/release-edit.guards.js';
import type { ReleaseCommand } from '../../domain/release/release.state.js';
import { refuse, Refusal, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { demand } from '../transition.js';
import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { blocker, collectBlockers, type Blocker } from '../../domain/blocker.js';
import type { Packaging, ReleaseKind } from '../../domain/release/template.js';
import { cannotWork } from '../../domain/people/person.js';
import { Person } from '../../entities/people/person.entity.js';
import { ReleaseTemplateVersion } from '../../entities/release/release-template-version.entity.js';
import { Release } from '../../entities/release/release.entity.js';
import { Task } from '../../entities/release/task.entity.js';
import { pastTimes } from '../../domain/schedule/past.js';
import { expectInterval, shifted } from '../../domain/schedule/interval.js';
import { lock, lockForCommand, refer } from '../load.js';
import { settleRelease } from '../schedule/schedule-conflict.service.js';
import { whole } from '../whole.js';
import { recordAuthor } from '../contribution.service.js';
import { planFromTemplate } from './release-added-steps.service.js';
import { followScope } from './release-skips.service.js';
import { externalRef, name, requiredReason, text } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Fields of a release that a client may set. */
export interface ReleaseFieldsInput {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly kind?: ReleaseKind | null;
  readonly packaging?: Packaging | null;
  readonly backOutPlan?: string | null;
  readonly backOutMinutes?: number | null;
  readonly ownerId?: string | null;
  readonly managerId?: string | null;
  readonly planStart?: string | null;
  readonly plannedStart?: string | null;
  readonly plannedEnd?: string | null;
}

/** A new release. */
export interface ReleaseCreateInput extends ReleaseFieldsInput {
  readonly name: string;
  readonly ownerId: string;
  readonly templateVersionId?: string | null;
  readonly externalRef?: { readonly source: string; readonly key: string } | null;
}

const TYPE = 'Release' as const;

/** Longest back-out, in minutes: a week. */
const MAX_BACK_OUT_MINUTES = 10_080;

/**
 * Somebody who can take part: known and active.
 * @throws RequestError NOT_FOUND, BAD_USER_INPUT for a deactivated person.
 */
export async function activePerson(uow: UnitOfWork, nodeId: string, field: string): Promise<Person> {
  const person = await refer(uow, Person, 'Person', nodeId, field);
  if (!person.active)
    throw new RequestError('BAD_USER_INPUT', `${person.name} has been deactivated and cannot take this on.`, { field });
  return person;
}

/**
 * Somebody who can be given a task.
 * @throws RequestError as {@link activePerson}, Refusal PERSON_LACKS_ROLE.
 */
export async function activeWorker(uow: UnitOfWork, nodeId: string, field: string): Promise<Person> {
  const person = await activePerson(uow, nodeId, field);
  refuse(collectBlockers([cannotWork(person, field)]));
  return person;
}

const date = (value: string | null): Date | null => (value === null ? null : new Date(value));

/**
 * Records a release as DRAFT: from a published version of a template, with dated tasks, or from scratch with an empty
 * plan.
 */
export async function releaseCreate(uow: UnitOfWork, input: ReleaseCreateInput): Promise<Release> {
  const version = input.templateVersionId == null ? undefined : await publishedVersion(uow, input.templateVersionId);
  const owner = await activePerson(uow, input.ownerId, 'ownerId');
  const manager = input.managerId == null ? undefined : await activePerson(uow, input.managerId, 'managerId');
  const managerId = manager?.id ?? uow.actorId;
  refuse(
    collectBlockers([
      namedPeopleFitTheirParts({
        named: { owner, ...(manager && { manager }) },
        ownerId: owner.id,
        plannerIds: [uow.actorId],
      }),
    ]),
  );
  refuse(pastDates(uow, input));
  const release = uow.em.create(Release, {
    id: newId(),
    name: name(input.name),
    ownerId: owner.id,
    managerId,
    templateVersionId: version?.id ?? null,
    planStart: date(input.planStart ?? null) ?? (version === undefined ? null : uow.now),
    ...externalRef(input.externalRef),
  });
  applyTexts(release, input);
  applySchedule(release, input);
  await uow.em.flush();
  if (version !== undefined) await planFromTemplate(uow, release, version.plan);
  await recordAuthor(uow, 'Release', release.id);
  uow.record({
    type: 'release.created',
    subjectType: TYPE,
    subject: release,
    topics: [version?.id, version?.templateId],
    data: {
      kind: release.kind,
      packaging: release.packaging,
      templateRevision: version?.revision ?? null,
      skippedStates: release.skippedStates,
    },
  });
  return release;
}

async function publishedVersion(uow: UnitOfWork, nodeId: string): Promise<ReleaseTemplateVersion> {
  const version = await refer(uow, ReleaseTemplateVersion, 'ReleaseTemplateVersion', nodeId, 'templateVersionId');
  if (version.state !== 'PUBLISHED') {
    const message = `Revision ${version.revision} of the template is ${version.state}. Use a published revision.`;
    throw new Refusal([
      blocker('ILLEGAL_TRANSITION', message, [], {
        subject: { type: 'ReleaseTemplateVersion', id: version.id },
        path: ['templateVersionId'],
      }),
    ]);
  }
  return version;
}

function applyTexts(release: Release, input: ReleaseFieldsInput): void {
  if (input.name != null) release.name = name(input.name);
  if (input.description != null) release.description = text(input.description, 'description');
  if (input.kind != null) release.kind = input.kind;
  if (input.packaging != null) release.packaging = input.packaging;
  if (input.backOutPlan != null) release.backOutPlan = text(input.backOutPlan, 'backOutPlan');
  whole(input.backOutMinutes, 'backOutMinutes', 1, MAX_BACK_OUT_MINUTES);
  if (input.backOutMinutes !== undefined) release.backOutMinutes = input.backOutMinutes;
}

function applySchedule(release: Release, { plannedStart, plannedEnd }: ReleaseFieldsInput): void {
  if (plannedStart !== undefined) release.plannedStart = date(plannedStart);
  if (plannedEnd !== undefined) release.plannedEnd = date(plannedEnd);
  if (release.plannedStart != null && release.plannedEnd != null)
    expectInterval(release.plannedStart, release.plannedEnd, 'plannedEnd');
}

/** What stands against the times that an input sets; those that stay may be past by now. */
function pastDates(uow: UnitOfWork, input: ReleaseFieldsInput, was?: Release): Blocker[] {
  const time = (field: 'planStart' | 'plannedStart' | 'plannedEnd') => {
    const given = input[field];
    return { field, given: given == null ? given : new Date(given), was: was?.[field] };
  };
  const nothing = { field: 'planStart', given: undefined };
  const by = ['RELEASE_MANAGER'] as const;
  return [
    ...pastTimes(time('planStart'), nothing, uow.now, by),
    ...pastTimes(time('plannedStart'), time('plannedEnd'), uow.now, by),
  ];
}

const PLANNING_FIELDS = [
  'kind',
  'packaging',
  'backOutPlan',
  'backOutMinutes',
  'planStart',
  'plannedStart',
  'plannedEnd',
] as const;

/** Asks whether a command that keeps the state of the release is allowed. @throws Refusal */
export async function demandOf(uow: UnitOfWork, release: Release, command: ReleaseCommand): Promise<void> {
  demand(releaseMachine, release, command, await factsOf(uow, releaseFacts, TYPE, release));
}

const editedFields = (input: ReleaseFieldsInput, release: Release): GuardedReleaseField[] => [
  ...(['ownerId', 'managerId'] as const).filter(
    (field) => input[field] != null && fromNodeId('Person', input[field], field) !== release[field],
  ),
  ...(['plannedStart', 'plannedEnd', 'backOutMinutes'] as const).filter((field) => input[field] !== undefined),
  ...(['kind', 'packaging', 'backOutPlan'] as const).filter((field) => input[field] != null),
];

/**
 * Edits the given fields of a release. Another kind or packaging evaluates the skip rules of the template afresh;
 * another start of the
 * plan moves the dates of the tasks that have not been started.
 * @throws Refusal for fields that are no longer open in the present state.
 */
export async function releaseUpdate(
  uow: UnitOfWork,
  input: ReleaseFieldsInput & { readonly id: string; readonly expectedVersion: number },
): Promise<Release> {
  return await edit(uow, await lockForCommand(uow, Release, TYPE, input), input);
}

/** The person that a command names, if that is somebody else than now. */
async function another(
  uow: UnitOfWork,
  nodeId: string | null | undefined,
  field: 'ownerId' | 'managerId',
  present: string,
): Promise<Person | undefined> {
  if (nodeId == null || fromNodeId('Person', nodeId, field) === present) return undefined;
  return await activePerson(uow, nodeId, field);
}

async function edit(uow: UnitOfWork, release: Release, input: ReleaseFieldsInput): Promise<Release> {
  const plans = PLANNING_FIELDS.some((field) => input[field] !== undefined);
  demand(releaseMachine, release, 'releaseUpdate', {
    ...(await factsOf(uow, releaseFacts, TYPE, release)),
    edited: editedFields(input, release),
    timeProblems: pastDates(uow, input, release),
  });
  const before = release.backOutMinutes ?? null;
  applyTexts(release, input);
  applySchedule(release, input);
  if (input.planStart != null) await movePlan(uow, release, new Date(input.planStart));
  if (!uow.isChanged(release)) return release;
  if (plans) await recordAuthor(uow, 'Release', release.id);
  uow.record({ type: 'release.updated', subjectType: TYPE, subject: release });
  if (input.kind != null || input.packaging != null) await followScope(uow, release);
  if (before !== (release.backOutMinutes ?? null)) {
    await uow.em.flush();
    await settleRelease(uow, release.id, { type: TYPE, subject: release });
  }
  return release;
}

/** Who gets which part in a release, and why. */
export interface ReleaseHandOverInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly ownerId?: string | null;
  readonly managerId?: string | null;
  readonly reason: string;
}

/**
 * Passes the ownership or the management of a release on to somebody else. Naming the present people changes nothing.
 * @throws Refusal NOT_RELEASE_OWNER, PERSON_LACKS_ROLE, SELF_APPROVAL
 */
export async function releaseHandOver(uow: UnitOfWork, input: ReleaseHandOverInput): Promise<Release> {
  const release = await lockForCommand(uow, Release, TYPE, input);
  const reason = requiredReason(input.reason);
  const owner = await another(uow, input.ownerId, 'ownerId', release.ownerId);
  const manager = await another(uow, input.managerId, 'managerId', release.managerId);
  const facts = await factsOf(uow, releaseFacts, TYPE, release);
  // The owner accepts the release and waives its tasks. Nobody can make themselves the owner and then do that.
  const isTaken = owner !== undefined && uow.actorId !== release.ownerId;
  demand(releaseMachine, release, 'releaseHandOver', {
    ...facts,
    plannerIds: [...facts.plannerIds, ...(isTaken ? [uow.actorId] : [])],
    handedOver: [...(owner ? (['ownerId'] as const) : []), ...(manager ? (['managerId'] as const) : [])],
    named: { ...(owner && { owner }), ...(manager && { manager }) },
  });
  if (owner) release.ownerId = owner.id;
  if (manager) release.managerId = manager.id;
  if (!uow.isChanged(release)) return release;
  if (isTaken) await recordAuthor(uow, TYPE, release.id);
  uow.record({ type: 'release.handed-over', subjectType: TYPE, subject: release, reason });
  return release;
}

async function movePlan(uow: UnitOfWork, release: Release, start: Date): Promise<void> {
  const before = release.planStart;
  release.planStart = start;
  if (before == null || before.getTime() === start.getTime()) return;
  const shift = start.getTime() - before.getTime();
  for (const task of await uow.em.find(Task, {
    releaseId: release.id,
    state: { $in: ['PLANNED', 'BLOCKED', 'READY'] },
  })) {
    task.plannedStart = shifted(task.plannedStart, shift);
    task.plannedEnd = shifted(task.plannedEnd, shift);
  }
}

/** Records or edits the release that another system knows by a reference. An edit leaves its template as it is. */
export async function releaseUpsert(
  uow: UnitOfWork,
  input: ReleaseCreateInput & { readonly externalRef: { readonly source: string; readonly key: string } },
): Promise<Release> {
  const ref = externalRef(input.externalRef);
  const [known] = await uow.query<{ id: string }>(
    sql`select id from release where external_source = ${ref.externalSource} and external_key = ${ref.externalKey}`,
  );
  return known ? await edit(uow, await lock(uow, Release, TYPE, known.id), input) : await releaseCreate(uow, input);
}

/** What the post implementation review found. */
export interface ReleaseReviewInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly objectivesMet: boolean;
  readonly summary: string;
  readonly lessons?: string | null;
}

/** Records the post implementation review of a release that is IN_REVIEW; recording it again replaces it. */
export async function releaseRecordReview(uow: UnitOfWork, input: ReleaseReviewInput): Promise<Release> {
  const release = await lockForCommand(uow, Release, TYPE, input);
  await demandOf(uow, release, 'releaseRecordReview');
  release.objectivesMet = input.objectivesMet;
  release.reviewSummary = text(input.summary, 'summary', { min: 1 });
  release.lessons = text(input.lessons ?? '', 'lessons');
  uow.record({
    type: 'release.reviewed',
    subjectType: TYPE,
    subject: release,
    data: { objectivesMet: input.objectivesMet, summary: release.reviewSummary },
  });
  return release;
}
