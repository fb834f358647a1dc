import { sql } from 'kysely';
import type { Actor } from '../../domain/actor.js';
import type { NamedRef } from '../../domain/blocker.js';
import type { DecisionPointFacts } from '../../domain/distribution/decision-point.machine.js';
import type { Queryable } from '../../database/queryable.js';

interface FactsRow {
  readonly id: string;
  readonly claimed_by: NamedRef | null;
  readonly release: DecisionPointFacts['release'];
}

/** What the rules need to know about decision points, for any number of them in one statement. */
export async function decisionPointFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, DecisionPointFacts>> {
  const rows = await db.query<FactsRow>(sql`
    select p.id,
      case when c.id is not null then json_build_object('id', c.id, 'name', c.name) end as claimed_by,
      json_build_object('id', r.id, 'name', r.number, 'ownerId', r.owner_id, 'managerId', r.manager_id) as release
    from decision_point p
    join distribution d on d.id = p.distribution_id
    join release r on r.id = d.release_id
    left join person c on c.id = p.claimed_by_id
    where p.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map(({ id, claimed_by, release }) => [
      id,
      { actorId: actor.id ?? '', actorRoles: actor.roles, claimedBy: claimed_by, release },
    ]),
  );
}
