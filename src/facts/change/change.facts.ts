import { sql } from 'kysely';
import type { ChangeFacts } from '../../domain/change/change.machine.js';
import type { Actor } from '../../domain/actor.js';
import type { Queryable } from '../../database/queryable.js';

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
    risk: ChangeFacts['risk'];
    assessed: boolean;
    planned: boolean;
    outcome: ChangeFacts['outcome'];
    targets: number;
    release: ChangeFacts['release'];
  }>(sql`
    select t.id, t.number, t.type, t.requested_by_id, t.risk, t.outcome,
      coalesce(t.assessment, '') <> '' as assessed, t.back_out_plan <> '' as planned,
      (select count(*)::int from change_ci x where x.change_id = t.id and x.role = 'TARGET') as targets,
      (
        select json_build_object('id', r.id, 'name', r.number, 'state', r.state)
        from release_change m
        join release r on r.id = m.release_id
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
        risk: row.risk,
        isAssessed: row.assessed,
        hasBackOutPlan: row.planned,
        targetCount: row.targets,
        release: row.release,
        outcome: row.outcome,
      },
    ]),
  );
}
