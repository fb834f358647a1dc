import { sql } from 'kysely';
import { blocker, type Blocker } from '../../domain/blocker.js';
import type { KeptFilter } from '../../domain/distribution/target-choice.js';
import type { TargetGroupState } from '../../domain/distribution/target-group.machine.js';
import type { TargetGroupMembers } from '../../domain/distribution/wave-plan.js';
import { notFound, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { membersAmong } from '../../facts/distribution/target-choice.facts.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { expectFewConditions } from './target-filter.service.js';

/** Maximum number of target groups that a distribution is planned for. */
export const MAX_TARGET_GROUPS = 100;

/** What target groups consist of now, and what is wrong with the groups. */
export interface ChosenGroups {
  /** Ids of the groups, each once. */
  readonly groupIds: readonly string[];
  /** Members of those with a list, each once. */
  readonly ids: readonly string[];
  /** The filters of the others. */
  readonly filters: readonly KeptFilter[];
  readonly blockers: readonly Blocker[];
  /** Names of the groups by id. */
  readonly names: ReadonlyMap<string, string>;
}

interface GroupRow {
  readonly id: string;
  readonly name: string;
  readonly state: TargetGroupState;
  readonly filter: KeptFilter | null;
}

/**
 * The members of target groups, in two statements. The groups are locked against changes until the end of the
 * transaction.
 * @throws RequestError NOT_FOUND | LIMIT_EXCEEDED
 */
export async function membersOfGroups(uow: UnitOfWork, nodeIds: readonly string[]): Promise<ChosenGroups> {
  const wanted = [...new Set(nodeIds.map((id) => fromNodeId('TargetGroup', id, 'targetGroupIds')))].sort();
  if (wanted.length === 0) return { groupIds: [], ids: [], filters: [], blockers: [], names: new Map() };
  if (wanted.length > MAX_TARGET_GROUPS)
    throw new RequestError('LIMIT_EXCEEDED', `A distribution is planned for at most ${MAX_TARGET_GROUPS} groups.`, {
      field: 'targetGroupIds',
      max: MAX_TARGET_GROUPS,
    });
  const groups = await uow.query<GroupRow>(
    sql`select id, name, state, filter from target_group where id = any(${wanted}::uuid[]) order by id for share`,
  );
  if (groups.length < wanted.length) throw notFound('TargetGroup', 'targetGroupIds');
  // Only now: what was added while the lock was waited for is there, too.
  const members = await uow.query<{ id: string }>(
    sql`select distinct ci_id as id from target_group_ci where target_group_id = any(${wanted}::uuid[])`,
  );
  return {
    groupIds: wanted,
    filters: groups.flatMap(({ filter }) => (filter === null ? [] : [filter])),
    ids: members.map(({ id }) => id),
    names: new Map(groups.map(({ id, name }) => [id, name])),
    blockers: groups
      .filter(({ state }) => state === 'RETIRED')
      .map(({ id, name }) =>
        blocker(
          'PLAN_INVALID',
          `Target group ${name} is retired. Choose another one, or name the targets.`,
          ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
          { subject: { type: 'TargetGroup', id }, path: ['targetGroupIds'] },
        ),
      ),
  };
}

/** Target groups with their members among some configuration items. */
export interface GroupsOfTargets {
  /** In the order of the ids. */
  readonly groups: readonly TargetGroupMembers[];
  readonly blockers: readonly Blocker[];
}

/**
 * Who of some targets belongs to which target group. The groups are locked against changes.
 * @throws RequestError NOT_FOUND | LIMIT_EXCEEDED
 */
export async function groupsOfTargets(
  uow: UnitOfWork,
  nodeIds: readonly string[],
  ciIds: readonly string[],
): Promise<GroupsOfTargets> {
  const { groupIds, filters, blockers, names } = await membersOfGroups(uow, nodeIds);
  expectFewConditions(filters);
  const members = await membersAmong(uow, groupIds, ciIds);
  const groups = nodeIds.map((nodeId) => {
    const id = fromNodeId('TargetGroup', nodeId, 'targetGroupIds');
    return { name: names.get(id) ?? '', memberIds: members.get(id) ?? new Set<string>() };
  });
  return { groups, blockers };
}
