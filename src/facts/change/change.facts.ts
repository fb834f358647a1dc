import { sql } from 'kysely';
import type { NamedRef } from '../../domain/blocker.js';
import { PROTECTED_LIFECYCLE_STATES } from '../../domain/cmdb/configuration-item.machine.js';
import type { ChangeFacts } from '../../domain/change/change.machine.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { intervalOf } from '../../domain/schedule/interval.js';
import { epochMs } from '../../database/expressions.js';
import type { Actor } from '../../domain/actor.js';
import { authorIdsOf } from '../contribution.facts.js';
import type { Queryable } from '../../database/queryable.js';

const present = ({
  starts,
  ends,
  ...release
}: NamedRef & {
  readonly state: ReleaseState;
  readonly starts: number | null;
  readonly ends: number | null;
}): ChangeFacts['release'] => ({ ...release, slot: intervalOf(starts, ends) });

/** Facts of any number of changes, in one statement. */
export async function changeFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, ChangeFacts>> {
  const rows = await db.query<{
    id: string;
    number: string;
    type: ChangeFacts['type'];
    requested_by_id: string;
    author_ids: string[];
    risk: ChangeFacts['risk'];
    assessed: boolean;
    planned: boolean;
    outcome: ChangeFacts['outcome'];
    targets: number;
    protected_targets: NamedRef[];
    release: (NamedRef & { state: ReleaseState; starts: number | null; ends: number | null }) | null;
  }>(sql`
    select t.id, t.number, t.type, t.requested_by_id, ${authorIdsOf(sql`t.id`)} as author_ids, t.risk, t.outcome,
      coalesce(t.assessment, '') <> '' as assessed, t.back_out_plan <> '' as planned,
      (select count(*)::int from change_ci x where x.change_id = t.id and x.role = 'TARGET') as targets,
      coalesce((
        select json_agg(json_build_object('id', ci.id, 'name', ci.name) order by ci.id)
        from change_ci x join configuration_item ci on ci.id = x.ci_id
        where x.change_id = t.id and x.role = 'TARGET'
          and ci.lifecycle_state = any(${[...PROTECTED_LIFECYCLE_STATES]}::text[])), '[]') as protected_targets,
      (
        select json_build_object('id', r.id, 'name', r.number, 'state', r.state,
          'starts', ${epochMs('e.starts_at')}, 'ends', ${epochMs('e.ends_at')})
        from release_change m
        join release r on r.id = m.release_id
        left join schedule_entry e on e.release_id = r.id and e.kind = 'RELEASE' and e.live
        where m.change_id = t.id and m.live
      ) as release
    from change t
    where t.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        actorId: actor.id ?? '',
        actorRoles: actor.roles,
        name: row.number,
        type: row.type,
        requesterId: row.requested_by_id,
        authorIds: row.author_ids,
        risk: row.risk,
        isAssessed: row.assessed,
        hasBackOutPlan: row.planned,
        targetCount: row.targets,
        protectedTargets: row.protected_targets,
        release: row.release && present(row.release),
        outcome: row.outcome,
      },
    ]),
  );
}
