import { sql } from 'kysely';
import type { NamedRef } from '../../domain/blocker.js';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import type { DistributionState } from '../../domain/distribution/distribution.state.js';
import { commandToStart, type LinkedDistribution } from '../../domain/release/task-distribution.js';
import { decide } from '../../domain/state-machine.js';
import { distributionFacts } from '../distribution/distribution.facts.js';
import { phaseHasBegun } from '../../domain/release/release-plan.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import type { Role } from '../../domain/roles.js';
import type { TaskFacts } from '../../domain/release/task.guards.js';
import { UNSTARTED_TASK_STATES, type TaskKind, type TaskState } from '../../domain/release/task.machine.js';
import type { Actor } from '../../domain/actor.js';
import type { Queryable } from '../../database/queryable.js';
import { waiverInForce } from './waiver.facts.js';
import { contributorIds, plannerIds } from './contributors.facts.js';

interface FactsRow {
  readonly id: string;
  readonly state: TaskState;
  readonly kind: TaskKind;
  readonly mandatory: boolean;
  readonly assignee_id: string | null;
  readonly assignee_role: Role | null;
  readonly has_evidence: boolean;
  readonly release_state: ReleaseState;
  readonly on_hold_reason: string | null;
  readonly phase_state: ReleaseState;
  readonly distribution: (NamedRef & { readonly state: DistributionState }) | null;
  readonly open_predecessors: NamedRef[];
  readonly waivers: TaskFacts['waivers'];
  readonly owner_id: string;
  readonly manager_id: string;
  readonly release_id: string;
  readonly release_number: string;
  readonly planner_ids: string[];
  readonly contributor_ids: string[];
}

// Only a task that has not begun can start its distribution.
const mayStart = ({ state }: FactsRow) => (UNSTARTED_TASK_STATES as readonly TaskState[]).includes(state);

/** The distributions of tasks, each with what stands against its start. */
async function linkedDistributions(
  db: Queryable,
  actor: Actor,
  rows: readonly FactsRow[],
  now: Date,
): Promise<Map<string, LinkedDistribution>> {
  const known = new Map(
    rows.flatMap(({ distribution }) => (distribution ? [[distribution.id, distribution] as const] : [])),
  );
  if (known.size === 0) return new Map();
  const asked = new Set(rows.filter(mayStart).flatMap(({ distribution }) => distribution?.id ?? []));
  const facts = asked.size === 0 ? new Map<string, never>() : await distributionFacts(db, actor, [...asked], now);
  return new Map(
    [...known].map(([id, distribution]) => {
      const of = facts.get(id);
      const decision = of && decide(distributionMachine, distribution.state, commandToStart(distribution.state), of);
      return [id, { ...distribution, startBlockers: decision?.ok === false ? decision.blockers : [] }];
    }),
  );
}

/**
 * What the rules need to know about tasks, for any number of tasks in one statement, and in the statements of
 * `distributionFacts` if some are linked to distributions. Facts about the input of a command are absent.
 * @param now waivers in force at this instant count.
 */
export async function taskFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
  now: Date,
): Promise<Map<string, TaskFacts>> {
  const rows = await db.query<FactsRow>(sql`
    select t.id, t.state, t.kind, t.mandatory, t.assignee_id, t.assignee_role, t.evidence is not null as has_evidence,
      r.state as release_state, r.on_hold_reason, f.release_state as phase_state,
      coalesce((
        select json_agg(json_build_object('id', b.id, 'name', b.name) order by b.id)
        from task_dependency p join task b on b.id = p.predecessor_id
        where p.task_id = t.id and b.state not in ('COMPLETED', 'SKIPPED', 'CANCELLED')
      ), '[]') as open_predecessors,
      coalesce((
        select json_agg(json_build_object('reason', w.reason, 'grantedById', w.granted_by_id) order by w.id desc)
        from waiver w
        where w.release_id = r.id and w.code = 'WAIVER_REQUIRED' and w.subject_id = t.id
          and ${waiverInForce(now)}
      ), '[]') as waivers,
      case when d.id is not null then
        json_build_object('id', d.id, 'name', d.number || ' ' || d.name, 'state', d.state) end as distribution,
      r.owner_id, r.manager_id, r.id as release_id, r.number as release_number,
      ${plannerIds} as planner_ids, ${contributorIds} as contributor_ids
    from task t
    join release r on r.id = t.release_id
    join phase f on f.id = t.phase_id
    left join distribution d on d.id = t.distribution_id
    where t.id = any(${ids}::uuid[])`);
  const linked = await linkedDistributions(db, actor, rows, now);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        actorId: actor.id ?? '',
        actorRoles: actor.roles,
        release: {
          id: row.release_id,
          name: row.release_number,
          ownerId: row.owner_id,
          managerId: row.manager_id,
        },
        releaseState: row.release_state,
        onHold: row.on_hold_reason === null ? null : { reason: row.on_hold_reason },
        phaseHasBegun: phaseHasBegun(row.release_state, row.phase_state),
        openPredecessors: row.open_predecessors,
        distribution: linked.get(row.distribution?.id ?? '') ?? null,
        assigneeId: row.assignee_id,
        role: row.assignee_role,
        kind: row.kind,
        mandatory: row.mandatory,
        waivers: row.waivers,
        ownerId: row.owner_id,
        plannerIds: row.planner_ids,
        contributorIds: row.contributor_ids,
        hasEvidence: row.has_evidence,
      },
    ]),
  );
}
