import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import { CRITICALITIES, type LifecycleState } from '../../domain/cmdb/configuration-item.machine.js';
import type { ImpactGraph } from '../../domain/cmdb/impact.js';
import { takersOf } from '../../domain/cmdb/impact-takers.js';
import { DISTRIBUTION_STATES_AT_TOOL } from '../../domain/distribution/distribution.state.js';
import { membersDown } from '../../domain/distribution/member-standing.js';
import { isWorkedOn } from './target-end.facts.js';
import { membersToKeep, type RedundancyGroup } from '../../domain/distribution/wave-plan.js';
import type { Steps } from '../../domain/steps.js';
import { ImpactReader } from '../cmdb/impact-reader.js';
import { inTurns } from '../turns.js';

interface MemberRow {
  readonly group_id: string;
  readonly group_name: string;
  readonly id: string;
  readonly name: string;
  readonly relation_id: string;
  readonly lifecycle_state: LifecycleState;
  readonly failed: boolean;
  readonly at_work: boolean;
}

/** The members of groups, also those that nothing impacts, in one statement. They are in the order of the names. */
async function readMembers(db: Queryable, groupIds: readonly string[]): Promise<MemberRow[]> {
  return await db.query<MemberRow>(sql`
    select g.id as group_id, g.name as group_name, m.id, m.name, x.id as relation_id, m.lifecycle_state,
      coalesce((
        select e.state in ('FAILED', 'UNKNOWN') from target_execution e
        where e.ci_id = m.id and e.state in ('FAILED', 'UNKNOWN', 'SUCCEEDED', 'BACKED_OUT')
        order by coalesce(e.ended_at, e.observed_at, e.updated_at) desc, e.id desc limit 1), false) as failed,
      exists (
        select from target_execution e join distribution o on o.id = e.distribution_id and o.attempt = e.attempt
        where e.ci_id = m.id and ${isWorkedOn('e')}
          and o.state = any(${[...DISTRIBUTION_STATES_AT_TOOL]}::text[])) as at_work
    from ci_relation x
    join configuration_item g on g.id = x.target_id
    join configuration_item m on m.id = x.source_id and m.state <> 'RETIRED'
    where x.kind = 'MEMBER_OF' and x.target_id = any(${[...groupIds]}::uuid[])
    order by g.name collate "C", g.id, m.name collate "C", m.id`);
}

const NOBODY: readonly string[] = [];

function* groupsFrom(
  graph: ImpactGraph,
  targetIds: readonly string[],
  rows: readonly MemberRow[],
  atWork: boolean,
): Steps<RedundancyGroup[]> {
  const takers = yield* takersOf(graph, targetIds, {
    stops: new Set(rows.map((row) => row.relation_id)),
    wanted: new Set(rows.map(({ id }) => id)),
  });
  const byGroup = new Map<string, MemberRow[]>();
  for (const row of rows) {
    const known = byGroup.get(row.group_id);
    if (known === undefined) byGroup.set(row.group_id, [row]);
    else known.push(row);
  }
  const groups: RedundancyGroup[] = [];
  for (const [id, members] of byGroup) {
    yield;
    if (!members.some((member) => takers.has(member.id))) continue;
    const down = membersDown(
      members.map((row) => ({
        lifecycleState: row.lifecycle_state,
        failed: row.failed,
        atWork: atWork && row.at_work,
      })),
    );
    groups.push({
      id,
      name: members[0]?.group_name ?? id,
      members: members.map((row, n) => ({
        id: row.id,
        name: row.name,
        takenBy: takers.get(row.id) ?? NOBODY,
        down: down[n] === true,
      })),
      keep: membersToKeep(members.length),
    });
  }
  return groups;
}

/**
 * The groups of which work on some targets takes members, in two statements for any number of targets. A group is an
 * item in use that at least two others in use are a MEMBER_OF. A target takes a member when its impact reaches it, for
 * example through RUNS_ON, see `reachFrom`. Impact does not pass from a member to its group here: the group stays in
 * service as long as nobody breaks it, so what depends on it is not taken.
 *
 * For what makes a member count as down see `membersDown`.
 * @param atWork whether members count as down that a distribution works on now. Pass false to plan for later.
 * @param impact what has been read already of what the targets impact.
 */
export async function redundancyGroups(
  db: Queryable,
  targetIds: readonly string[],
  { atWork = true, impact = new ImpactReader(db) }: { readonly atWork?: boolean; readonly impact?: ImpactReader } = {},
): Promise<RedundancyGroup[]> {
  const ids = [...new Set(targetIds)];
  const graph = await impact.graph(ids);
  const rows = await readMembers(
    db,
    [...graph.groupSizes].flatMap(([id, size]) => (size >= 2 ? [id] : [])),
  );
  return await inTurns(groupsFrom(graph, ids, rows, atWork));
}

/** The rank of targets in a plan of waves: how much work on each can harm, from 0 for LOW. One statement at most. */
export async function targetRanks(
  db: Queryable,
  ids: readonly string[],
  impact = new ImpactReader(db),
): Promise<Map<string, number>> {
  const found = await impact.criticalities(ids);
  return new Map([...found].map(([id, { criticality }]) => [id, CRITICALITIES.indexOf(criticality)]));
}
