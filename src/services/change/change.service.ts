import { sql } from 'kysely';
import { refusedChangeEdits, type ChangeEditField } from '../../domain/change/change-edit.js';
import type { ChangeRisk, ChangeType } from '../../domain/change/change.machine.js';
import { Refusal, RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import { actorHolds } from '../../domain/roles.js';
import type { CiRole } from '../../domain/release/release-scope.js';
import { Change } from '../../entities/change/change.entity.js';
import { addCis, changeCis, removeCis, type ChangeCiRow } from './change-ci.service.js';
import { changeFacts, type KnownChangeFacts } from '../../facts/change/change.facts.js';
import { lock, lockForCommand } from '../load.js';
import { externalRef, text } from '../text.js';
import { touch } from '../touch.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Fields of a change that a client may set. Absent means: stays as it is. */
export interface ChangeFieldsInput {
  readonly title?: string | null;
  readonly description?: string | null;
  readonly type?: ChangeType | null;
  readonly risk?: ChangeRisk | null;
  readonly backOutPlan?: string | null;
  readonly assessment?: string | null;
  /** ISO instant; null takes it away. */
  readonly plannedStart?: string | null;
  readonly plannedEnd?: string | null;
}

/** Configuration items of a change, as ids from a client. */
export interface ChangeCisInput {
  readonly sourceCiIds?: readonly string[] | null;
  readonly targetCiIds?: readonly string[] | null;
}

const TYPE = 'Change' as const;

/** What the rules know about one change. @throws RequestError NOT_FOUND */
export async function factsOfChange(uow: UnitOfWork, change: { readonly id: string }): Promise<KnownChangeFacts> {
  const found = (await changeFacts(uow, uow.actor, [change.id])).get(change.id);
  if (!found) throw new RequestError('NOT_FOUND', 'There is no Change with this id.', { type: TYPE });
  return found;
}

/**
 * A requester edits and cancels what they asked for themselves; the change manager every change.
 * @throws RequestError FORBIDDEN
 */
export function mustBeRequesterOrManager(uow: UnitOfWork, change: Change): void {
  if (change.requestedById === uow.actor.id || uow.actor.roles.includes('CHANGE_MANAGER')) return;
  throw new RequestError('FORBIDDEN', 'Only who asked for the change, or a change manager, may do this.');
}

type Values = Partial<
  Pick<Change, 'title' | 'description' | 'type' | 'risk' | 'backOutPlan' | 'assessment' | 'plannedStart' | 'plannedEnd'>
>;

const instant = (value: string | null) => (value === null ? null : new Date(value));

function valuesOf(input: ChangeFieldsInput): Values {
  return {
    ...(input.title != null && { title: text(input.title, 'title', { min: 1, max: 200 }) }),
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

/** What of an edit differs from what is there already. */
function differences(change: Change, values: Values): (keyof Values)[] {
  return (Object.keys(values) as (keyof Values)[]).filter(
    (field) => !same(change[field] ?? null, values[field] ?? null),
  );
}

function mustBeInOrder(start: Date | null | undefined, end: Date | null | undefined): void {
  if (start && end && end <= start)
    throw new RequestError('BAD_USER_INPUT', '"plannedEnd" must be after "plannedStart".', { field: 'plannedEnd' });
}

/** Raises a change. Who calls is the requester. */
export async function changeCreate(
  uow: UnitOfWork,
  input: ChangeFieldsInput &
    ChangeCisInput & { readonly title: string; readonly externalRef?: { source: string; key: string } | null },
): Promise<Change> {
  const { assessment, ...values } = valuesOf(input);
  mustBeInOrder(values.plannedStart, values.plannedEnd);
  const change = uow.em.create(Change, {
    ...values,
    ...(assessment != null && { assessment: assessedBy(uow, assessment) }),
    title: values.title ?? '',
    requestedById: uow.actorId,
    ...externalRef(input.externalRef),
  });
  await uow.em.flush();
  const added = [
    ...(await addCis(uow, change, 'SOURCE', ciIds(input.sourceCiIds, 'sourceCiIds'), [])),
    ...(await addCis(uow, change, 'TARGET', ciIds(input.targetCiIds, 'targetCiIds'), [])),
  ];
  uow.record({
    type: 'change.created',
    subjectType: TYPE,
    subject: change,
    topics: added.map(({ ciId }) => ciId),
    data: {
      changeType: change.type,
      risk: change.risk,
      sources: countOf(added, 'SOURCE'),
      targets: countOf(added, 'TARGET'),
    },
  });
  return change;
}

const countOf = (rows: readonly ChangeCiRow[], role: CiRole) => rows.filter((row) => row.role === role).length;

const ciIds = (ids: readonly string[] | null | undefined, field: string) =>
  (ids ?? []).map((id) => fromNodeId('ConfigurationItem', id, field));

// An assessment is the change manager's word, whoever writes the rest of the record.
function assessedBy(uow: UnitOfWork, assessment: string): string {
  if (!actorHolds({ actorId: uow.actorId, actorRoles: uow.actor.roles }, 'CHANGE_MANAGER')) {
    throw new RequestError('FORBIDDEN', 'Only a change manager records the assessment of a change.', {
      field: 'assessment',
    });
  }
  return assessment;
}

/** Edits a change. @throws Refusal CHANGE_CONTENT_FIXED, RequestError FORBIDDEN | CONFLICT */
export async function changeUpdate(
  uow: UnitOfWork,
  input: ChangeFieldsInput & { readonly id: string; readonly expectedVersion: number },
): Promise<Change> {
  const change = await lockForCommand(uow, Change, TYPE, input);
  await edit(uow, change, input, {});
  return change;
}

/**
 * Applies an edit as a whole or not at all. An edit that changes nothing leaves no trace, so that another system may send the same
 * again and again.
 */
async function edit(uow: UnitOfWork, change: Change, input: ChangeFieldsInput, cis: ChangeCisInput): Promise<void> {
  mustBeRequesterOrManager(uow, change);
  const values = valuesOf(input);
  const fields = differences(change, values);
  if (fields.includes('assessment')) assessedBy(uow, values.assessment ?? '');
  mustBeInOrder(
    'plannedStart' in values ? values.plannedStart : change.plannedStart,
    'plannedEnd' in values ? values.plannedEnd : change.plannedEnd,
  );
  const now = await changeCis(uow, change.id);
  const wanted = new Map<CiRole, readonly string[]>();
  if (cis.sourceCiIds != null) wanted.set('SOURCE', ciIds(cis.sourceCiIds, 'sourceCiIds'));
  if (cis.targetCiIds != null) wanted.set('TARGET', ciIds(cis.targetCiIds, 'targetCiIds'));
  const present = (role: CiRole) => now.filter((row) => row.role === role).map((row) => row.ciId);
  const plan = [...wanted].map(([role, ids]) => ({
    role,
    add: ids.filter((id) => !present(role).includes(id)),
    remove: present(role).filter((id) => !ids.includes(id)),
  }));
  const cisChange = plan.some(({ add, remove }) => add.length + remove.length > 0);
  const edited: ChangeEditField[] = [...fields, ...(cisChange ? (['cis'] as const) : [])];
  if (edited.length === 0) return;
  const blockers = refusedChangeEdits(await factsOfChange(uow, change), edited);
  if (blockers.length > 0) throw new Refusal(blockers);
  const moved: string[] = [];
  for (const { role, add, remove } of plan) {
    await removeCis(uow, change, role, remove);
    moved.push(...remove, ...(await addCis(uow, change, role, add, now)).map((row) => row.ciId));
  }
  Object.assign(change, values);
  touch(change);
  uow.record({ type: 'change.updated', subjectType: TYPE, subject: change, topics: moved, data: { fields: edited } });
}

/** Raises or edits the change that another system knows by a reference. CIs that are given replace those of the same role. */
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

/** Which configuration items of a change to add or remove. */
export interface ChangeCiInput {
  readonly id: string;
  readonly role: CiRole;
  readonly ciIds: readonly string[];
  readonly expectedVersion?: number | null;
}

async function editCis(uow: UnitOfWork, input: ChangeCiInput, verb: 'added' | 'removed'): Promise<Change> {
  const change = await lockForCommand(uow, Change, TYPE, input);
  mustBeRequesterOrManager(uow, change);
  const wanted = [...new Set(ciIds(input.ciIds, 'ciIds'))];
  const now = await changeCis(uow, change.id);
  const present = new Set(now.filter((row) => row.role === input.role).map((row) => row.ciId));
  const moving = wanted.filter((id) => present.has(id) === (verb === 'removed'));
  if (verb === 'removed' && moving.length < wanted.length)
    throw new RequestError('NOT_FOUND', `A configuration item is not a ${input.role} of the change.`, {
      field: 'ciIds',
    });
  if (moving.length === 0) return change;
  const blockers = refusedChangeEdits(await factsOfChange(uow, change), ['cis']);
  if (blockers.length > 0) throw new Refusal(blockers);
  if (verb === 'added') await addCis(uow, change, input.role, moving, now);
  else await removeCis(uow, change, input.role, moving);
  touch(change);
  const ids = moving.map((id) => toNodeId('ConfigurationItem', id));
  uow.record({
    type: `change.ci-${verb}`,
    subjectType: TYPE,
    subject: change,
    topics: moving,
    data: { role: input.role, ciIds: ids },
  });
  return change;
}

/** Names configuration items as sources or targets of a change. Those it names already stay. */
export const changeAddCi = async (uow: UnitOfWork, input: ChangeCiInput) => await editCis(uow, input, 'added');

/** Takes sources or targets out of a change. @throws RequestError NOT_FOUND when one is not in it */
export const changeRemoveCi = async (uow: UnitOfWork, input: ChangeCiInput) => await editCis(uow, input, 'removed');
