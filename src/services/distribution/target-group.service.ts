import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { collectBlockers, type NamedRef } from '../../domain/blocker.js';
import {
  limitIsProtected,
  targetGroupMachine,
  type TargetGroupCommand,
  type TargetGroupFacts,
} from '../../domain/distribution/target-group.machine.js';
import { notFound, refuse, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { TargetGroup } from '../../entities/distribution/target-group.entity.js';
import { TargetGroupCi } from '../../entities/distribution/target-group-ci.entity.js';
import { targetGroupFacts } from '../../facts/distribution/target-group.facts.js';
import { factsOf } from '../facts-of.js';
import { lockForCommand } from '../load.js';
import { name, text } from '../text.js';
import type { KeptFilter } from '../../domain/distribution/target-choice.js';
import { keptFilter } from './target-filter.service.js';
import { touch } from '../touch.js';
import { demand, transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { whole } from '../whole.js';

/** Maximum number of members of a target group, and of items in one command. */
export const MAX_GROUP_CIS = 20_000;

const TYPE = 'TargetGroup' as const;

interface TargetGroupFields {
  readonly name?: string | null;
  readonly description?: string | null;
  /** Filter of configuration items: what it finds are the members. */
  readonly filter?: object | null;
  readonly maxTargetsAtOnce?: number | null;
}

interface TargetGroupInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

/** Configuration items that become members of a target group, or cease to be. */
export interface TargetGroupCisInput extends TargetGroupInput {
  /** Node ids of configuration items. */
  readonly ciIds: readonly string[];
}

const filterOf = async (uow: UnitOfWork, { filter }: TargetGroupFields) =>
  filter == null ? undefined : await keptFilter(uow, filter, 'filter');

function apply(group: TargetGroup, input: TargetGroupFields, filter: KeptFilter | undefined): void {
  if (input.name != null) group.name = name(input.name);
  if (input.description != null) group.description = text(input.description, 'description');
  if (filter !== undefined) group.filter = filter;
  whole(input.maxTargetsAtOnce, 'maxTargetsAtOnce', 1, MAX_GROUP_CIS);
  if (input.maxTargetsAtOnce !== undefined) group.maxTargetsAtOnce = input.maxTargetsAtOnce;
}

const actorOf = ({ actor }: UnitOfWork) => ({ actorId: actor.id ?? '', actorRoles: actor.roles });

async function ask(
  uow: UnitOfWork,
  group: TargetGroup,
  command: TargetGroupCommand,
  more: Pick<TargetGroupFacts, 'addedRetiredCis' | 'setsLimit'> = {},
): Promise<void> {
  demand(targetGroupMachine, group, command, { ...(await factsOf(uow, targetGroupFacts, TYPE, group)), ...more });
}

const tooMany = () =>
  new RequestError('LIMIT_EXCEEDED', `A target group has at most ${MAX_GROUP_CIS} members.`, {
    field: 'ciIds',
    max: MAX_GROUP_CIS,
  });

function ciIdsOf(nodeIds: readonly string[]): string[] {
  const ids = [...new Set(nodeIds.map((id) => fromNodeId('ConfigurationItem', id, 'ciIds')))].sort();
  if (ids.length > MAX_GROUP_CIS) throw tooMany();
  return ids;
}

/** The retired ones among configuration items that have to exist. @throws RequestError NOT_FOUND */
async function retiredAmong(uow: UnitOfWork, ids: readonly string[]): Promise<NamedRef[]> {
  const [found] = await uow.query<{ count: number; retired: NamedRef[] }>(sql`
    select count(*)::int as count, coalesce(
      json_agg(json_build_object('id', id, 'name', name) order by id) filter (where state = 'RETIRED'), '[]') as retired
    from configuration_item where id = any(${ids}::uuid[])`);
  if (found?.count !== ids.length) throw notFound('ConfigurationItem', 'ciIds');
  return found.retired;
}

async function insertMembers(uow: UnitOfWork, group: TargetGroup, ciIds: readonly string[]): Promise<number> {
  const known = await uow.query<{ id: string }>(
    sql`select ci_id as id from target_group_ci where target_group_id = ${group.id}`,
  );
  const present = new Set(known.map(({ id }) => id));
  const rows = ciIds.flatMap((ciId) => (present.has(ciId) ? [] : [{ id: newId(), targetGroupId: group.id, ciId }]));
  if (present.size + rows.length > MAX_GROUP_CIS) throw tooMany();
  await uow.em.insertMany(TargetGroupCi, rows);
  uow.wrote(
    TargetGroupCi,
    rows.map((row) => ({ id: row.id, before: null, after: row })),
  );
  return rows.length;
}

/**
 * Creates a target group.
 * @throws RequestError ALREADY_EXISTS when the name is taken, BAD_USER_INPUT for the filter, NOT_FOUND | LIMIT_EXCEEDED
 *   for its members; Refusal CI_NOT_AUTHORISED for every retired one, LIMIT_PROTECTED for a limit
 */
export async function targetGroupCreate(
  uow: UnitOfWork,
  input: TargetGroupFields & { readonly name: string; readonly ciIds?: readonly string[] | null },
): Promise<TargetGroup> {
  if (input.ciIds != null && input.filter != null)
    throw new RequestError('BAD_USER_INPUT', 'A target group has "ciIds" or a "filter", not both.', {
      field: 'filter',
    });
  refuse(collectBlockers([limitIsProtected({ ...actorOf(uow), setsLimit: input.maxTargetsAtOnce != null })]));
  const filter = await filterOf(uow, input);
  const group = uow.em.create(TargetGroup, { name: name(input.name) });
  apply(group, input, filter);
  await uow.em.flush();
  const ciIds = ciIdsOf(input.ciIds ?? []);
  if (input.filter == null)
    await ask(uow, group, 'targetGroupAddCis', { addedRetiredCis: await retiredAmong(uow, ciIds) });
  const members = await insertMembers(uow, group, ciIds);
  uow.record({ type: 'target-group.created', subjectType: TYPE, subject: group, data: { members } });
  return group;
}

/** Edits a target group. @throws RequestError ALREADY_EXISTS when the name is taken, BAD_USER_INPUT for the filter */
export async function targetGroupUpdate(
  uow: UnitOfWork,
  input: TargetGroupFields & { readonly id: string; readonly expectedVersion: number },
): Promise<TargetGroup> {
  const group = await lockForCommand(uow, TargetGroup, TYPE, input);
  await ask(uow, group, 'targetGroupUpdate', { setsLimit: input.maxTargetsAtOnce !== undefined });
  if (input.filter != null && group.filter == null)
    throw new RequestError('BAD_USER_INPUT', 'The members of this group are listed. Create another one by a filter.', {
      field: 'filter',
    });
  apply(group, input, await filterOf(uow, input));
  uow.record({ type: 'target-group.updated', subjectType: TYPE, subject: group });
  return group;
}

/**
 * Adds members to a target group. Those that it has stay.
 * @throws RequestError NOT_FOUND | LIMIT_EXCEEDED; Refusal CI_NOT_AUTHORISED for every retired item
 */
export async function targetGroupAddCis(uow: UnitOfWork, input: TargetGroupCisInput): Promise<TargetGroup> {
  const group = await lockForCommand(uow, TargetGroup, TYPE, input);
  const ciIds = ciIdsOf(input.ciIds);
  await ask(uow, group, 'targetGroupAddCis', { addedRetiredCis: await retiredAmong(uow, ciIds) });
  const added = await insertMembers(uow, group, ciIds);
  if (added > 0) membersChanged(uow, group, 'target-group.cis-added', input, { added });
  return group;
}

/** Takes members out of a target group. Items that are no members do not matter. */
export async function targetGroupRemoveCis(uow: UnitOfWork, input: TargetGroupCisInput): Promise<TargetGroup> {
  const group = await lockForCommand(uow, TargetGroup, TYPE, input);
  const ciIds = ciIdsOf(input.ciIds);
  await ask(uow, group, 'targetGroupRemoveCis');
  const rows = await uow.query<{ id: string; targetGroupId: string; ciId: string }>(sql`
    delete from target_group_ci where target_group_id = ${group.id} and ci_id = any(${ciIds}::uuid[])
    returning id, target_group_id as "targetGroupId", ci_id as "ciId"`);
  uow.wrote(
    TargetGroupCi,
    rows.map((row) => ({ id: row.id, before: row, after: null })),
  );
  if (rows.length > 0) membersChanged(uow, group, 'target-group.cis-removed', input, { removed: rows.length });
  return group;
}

function membersChanged(
  uow: UnitOfWork,
  group: TargetGroup,
  type: string,
  { reason }: TargetGroupInput,
  data: Readonly<Record<string, number>>,
): void {
  touch(group);
  uow.record({ type, subjectType: TYPE, subject: group, reason: reason ?? null, data });
}

/** Retires a target group: no further distribution can be planned for it. */
export async function targetGroupRetire(uow: UnitOfWork, input: TargetGroupInput): Promise<TargetGroup> {
  const group = await lockForCommand(uow, TargetGroup, TYPE, input);
  transition(uow, targetGroupMachine, group, 'targetGroupRetire', await factsOf(uow, targetGroupFacts, TYPE, group), {
    type: 'target-group.retired',
    subjectType: TYPE,
    reason: input.reason ?? null,
  });
  return group;
}
