import { sql } from 'kysely';
import { CONTENT_FIELDS, type ChangeEditField } from '../../domain/change/change-edit.js';
import {
  changeMachine,
  type ChangeFacts,
  type ChangeRisk,
  type ChangeType,
} from '../../domain/change/change.machine.js';
import type { Blocker } from '../../domain/blocker.js';
import { refuse, RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import { actorHolds } from '../../domain/roles.js';
import { pastTimes } from '../../domain/schedule/past.js';
import type { CiRole } from '../../domain/release/release-scope.js';
import { Change } from '../../entities/change/change.entity.js';
import { type ChangeCi } from '../../entities/change/change-ci.entity.js';
import { addCis, asAdded, changeCis, loadCis, removeCis, usableCis } from './change-ci.service.js';
import { changeFacts } from '../../facts/change/change.facts.js';
import { factsOf } from '../facts-of.js';
import { lock, lockForCommand } from '../load.js';
import { externalRef, line, text } from '../text.js';
import { touch } from '../touch.js';
import { demand } from '../transition.js';
import { recordAuthor } from '../contribution.service.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Fields of a change that a client can set. Absent fields stay unchanged. */
export interface ChangeFieldsInput {
  readonly title?: string | null;
  readonly description?: string | null;
  readonly type?: ChangeType | null;
  readonly risk?: ChangeRisk | null;
  readonly backOutPlan?: string | null;
  readonly assessment?: string | null;
  /** ISO instant; null removes it. */
  readonly plannedStart?: string | null;
  readonly plannedEnd?: string | null;
}

/** Configuration items of a change, as node ids. */
export interface ChangeCisInput {
  readonly sourceCiIds?: readonly string[] | null;
  readonly targetCiIds?: readonly string[] | null;
}

const TYPE = 'Change' as const;

// Who judges the risk of a change does not write the change by that.
const AUTHORED_FIELDS: readonly ChangeEditField[] = CONTENT_FIELDS.filter((field) => field !== 'risk');

/** What the rules know about one change. @throws RequestError NOT_FOUND */
export const factsOfChange = async (uow: UnitOfWork, change: { readonly id: string }): Promise<ChangeFacts> =>
  await factsOf(uow, changeFacts, TYPE, change);

type Values = Partial<
  Pick<Change, 'title' | 'description' | 'type' | 'risk' | 'backOutPlan' | 'assessment' | 'plannedStart' | 'plannedEnd'>
>;

const instant = (value: string | null) => (value === null ? null : new Date(value));

function valuesOf(input: ChangeFieldsInput): Values {
  return {
    ...(input.title != null && { title: line(input.title, 'title', { min: 1, max: 200 }) }),
    ...(input.description != null && { description: text(input.description, 'description') }),
    ...(input.type != null && { type: input.type }),
    ...(input.risk != null && { risk: input.risk }),
    ...(input.backOutPlan != null && { backOutPlan: text(input.backOutPlan, 'backOutPlan') }),
    ...(input.assessment != null && { assessment: text(input.assessment, 'assessment', { min: 1 }) }),
    ...(input.plannedStart !== undefined && { plannedStart: instant(input.plannedStart) }),
    ...(input.plannedEnd !== undefined && { plannedEnd: instant(input.plannedEnd) }),
  };
}

const same = (a: unknown, b: unknown) =>
  a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;

const datesOf = ({ plannedStart, plannedEnd }: Change) => ({
  plannedStart: plannedStart ?? null,
  plannedEnd: plannedEnd ?? null,
});

/** The fields whose values an edit changes. */
function differences(change: Change, values: Values): (keyof Values)[] {
  return (Object.keys(values) as (keyof Values)[]).filter(
    (field) => !same(change[field] ?? null, values[field] ?? null),
  );
}

const pastDates = (uow: UnitOfWork, given: Values, was?: Change): Blocker[] =>
  pastTimes(
    { field: 'plannedStart', given: given.plannedStart, was: was?.plannedStart },
    { field: 'plannedEnd', given: given.plannedEnd, was: was?.plannedEnd },
    uow.now,
    ['REQUESTER', 'CHANGE_MANAGER'],
  );

function mustBeInOrder(start: Date | null | undefined, end: Date | null | undefined): void {
  if (start && end && end <= start)
    throw new RequestError('BAD_USER_INPUT', '"plannedEnd" must be after "plannedStart".', { field: 'plannedEnd' });
}

/**
 * Raises a change. The caller becomes its requester.
 * @throws Refusal CI_NOT_AUTHORISED for retired items, CI_DECOMMISSIONED, SCHEDULE_PAST
 */
export async function changeCreate(
  uow: UnitOfWork,
  input: ChangeFieldsInput &
    ChangeCisInput & { readonly title: string; readonly externalRef?: { source: string; key: string } | null },
): Promise<Change> {
  const { assessment, ...values } = valuesOf(input);
  mustBeInOrder(values.plannedStart, values.plannedEnd);
  refuse(pastDates(uow, values));
  const change = uow.em.create(Change, {
    ...values,
    ...(assessment != null && { assessment: assessedBy(uow, assessment) }),
    title: values.title ?? '',
    requestedById: uow.actorId,
    ...externalRef(input.externalRef),
  });
  await uow.em.flush();
  const sources = await usableCis(uow, ciIds(input.sourceCiIds, 'sourceCiIds'), 'SOURCE', 'sourceCiIds');
  const targets = await usableCis(uow, ciIds(input.targetCiIds, 'targetCiIds'), 'TARGET', 'targetCiIds');
  const added = [...addCis(uow, change, 'SOURCE', sources), ...addCis(uow, change, 'TARGET', targets)];
  await recordAuthor(uow, TYPE, change.id);
  uow.record({
    type: 'change.created',
    subjectType: TYPE,
    subject: change,
    topics: added.map(({ ciId }) => ciId),
    data: { changeType: change.type, risk: change.risk, sources: sources.length, targets: targets.length },
  });
  return change;
}

const ciIds = (ids: readonly string[] | null | undefined, field: string) => [
  ...new Set((ids ?? []).map((id) => fromNodeId('ConfigurationItem', id, field))),
];

// A role rule on one field, for new changes too: like the roles of a mutation it fails with FORBIDDEN.
function assessedBy(uow: UnitOfWork, assessment: string): string {
  if (!actorHolds({ actorId: uow.actorId, actorRoles: uow.actor.roles }, 'CHANGE_MANAGER')) {
    throw new RequestError('FORBIDDEN', 'Only a change manager can record the assessment of a change.', {
      field: 'assessment',
    });
  }
  return assessment;
}

/**
 * Edits a change.
 * @throws Refusal NOT_REQUESTER | CHANGE_CONTENT_FIXED | CHANGE_OUTSIDE_RELEASE | SCHEDULE_PAST; RequestError
 *   FORBIDDEN | CONFLICT
 */
export async function changeUpdate(
  uow: UnitOfWork,
  input: ChangeFieldsInput & { readonly id: string; readonly expectedVersion: number },
): Promise<Change> {
  const change = await lockForCommand(uow, Change, TYPE, input);
  await edit(uow, change, input, {});
  return change;
}

/** The configuration items of one role to add and to remove so that exactly the given ones remain. */
async function replacement(
  uow: UnitOfWork,
  rows: readonly ChangeCi[],
  role: CiRole,
  field: 'sourceCiIds' | 'targetCiIds',
  ids: readonly string[] | null | undefined,
) {
  const present = rows.filter((row) => row.role === role).map((row) => row.ciId);
  const wanted = ids == null ? present : ciIds(ids, field);
  const add = wanted.filter((id) => !present.includes(id));
  const remove = present.filter((id) => !wanted.includes(id));
  const cis = await loadCis(uow, add, present.length);
  return { role, field, add: cis, remove, changes: add.length + remove.length > 0 };
}

/**
 * Applies an edit as a whole or not at all. An edit that changes nothing is not refused and leaves no trace, so that
 * another system may send the same again and again.
 */
async function edit(uow: UnitOfWork, change: Change, input: ChangeFieldsInput, cis: ChangeCisInput): Promise<void> {
  const values = valuesOf(input);
  const fields = differences(change, values);
  const { plannedStart = null, plannedEnd = null } = { ...datesOf(change), ...values };
  mustBeInOrder(plannedStart, plannedEnd);
  const rows = await changeCis(uow, change.id);
  const replacements = [
    await replacement(uow, rows, 'SOURCE', 'sourceCiIds', cis.sourceCiIds),
    await replacement(uow, rows, 'TARGET', 'targetCiIds', cis.targetCiIds),
  ].filter(({ changes }) => changes);
  const edited: ChangeEditField[] = [...fields, ...replacements.map(({ field }) => field)];
  if (edited.length === 0) return;
  if (fields.includes('assessment')) assessedBy(uow, values.assessment ?? '');
  demand(changeMachine, change, 'changeUpdate', {
    ...(await factsOfChange(uow, change)),
    edited,
    dates: { plannedStart, plannedEnd },
    dateProblems: pastDates(uow, values, change),
    addedCis: replacements.flatMap(({ add, role, field }) => asAdded(add, role, field)),
  });
  const moved: string[] = [];
  for (const { role, add, remove } of replacements) {
    await removeCis(uow, change, role, remove);
    moved.push(...remove, ...addCis(uow, change, role, add).map((row) => row.ciId));
  }
  Object.assign(change, values);
  touch(change);
  if (edited.some((field) => AUTHORED_FIELDS.includes(field))) await recordAuthor(uow, TYPE, change.id);
  uow.record({
    type: 'change.updated',
    subjectType: TYPE,
    subject: change,
    topics: moved,
  });
}

/** Raises or edits the change with an external reference. Given CIs replace those of the same role. */
export async function changeUpsert(
  uow: UnitOfWork,
  input: ChangeFieldsInput &
    ChangeCisInput & { readonly title: string; readonly externalRef: { source: string; key: string } },
): Promise<Change> {
  const ref = externalRef(input.externalRef);
  const [known] = await uow.query<{ id: string }>(
    sql`select id from change where external_source = ${ref.externalSource} and external_key = ${ref.externalKey}`,
  );
  if (!known) return await changeCreate(uow, input);
  const change = await lock(uow, Change, TYPE, known.id);
  await edit(uow, change, input, input);
  return change;
}

/** Configuration items to add to a change or remove from it. */
export interface ChangeCiInput {
  readonly id: string;
  readonly role: CiRole;
  readonly ciIds: readonly string[];
  readonly expectedVersion?: number | null;
}

async function editCis(
  uow: UnitOfWork,
  input: ChangeCiInput,
  command: 'changeAddCi' | 'changeRemoveCi',
): Promise<Change> {
  const change = await lockForCommand(uow, Change, TYPE, input);
  const wanted = ciIds(input.ciIds, 'ciIds');
  const rows = await changeCis(uow, change.id);
  const present = new Set(rows.filter((row) => row.role === input.role).map((row) => row.ciId));
  const adding = command === 'changeAddCi';
  const moving = wanted.filter((id) => present.has(id) !== adding);
  if (!adding && moving.length < wanted.length)
    throw new RequestError('NOT_FOUND', `A configuration item is not a ${input.role} of the change.`, {
      field: 'ciIds',
    });
  if (moving.length === 0) return change;
  const cis = adding ? await loadCis(uow, moving, present.size) : [];
  const facts = { ...(await factsOfChange(uow, change)), addedCis: asAdded(cis, input.role, 'ciIds') };
  demand(changeMachine, change, command, facts);
  if (adding) addCis(uow, change, input.role, cis);
  else await removeCis(uow, change, input.role, moving);
  touch(change);
  await recordAuthor(uow, TYPE, change.id);
  uow.record({
    type: adding ? 'change.ci-added' : 'change.ci-removed',
    subjectType: TYPE,
    subject: change,
    topics: moving,
    data: { role: input.role, ciIds: moving.map((id) => toNodeId('ConfigurationItem', id)) },
  });
  return change;
}

/** Adds configuration items as sources or targets of a change. Items it names already stay. */
export const changeAddCi = async (uow: UnitOfWork, input: ChangeCiInput) => await editCis(uow, input, 'changeAddCi');

/** Removes sources or targets from a change. @throws RequestError NOT_FOUND when the change does not name an item */
export const changeRemoveCi = async (uow: UnitOfWork, input: ChangeCiInput) =>
  await editCis(uow, input, 'changeRemoveCi');
