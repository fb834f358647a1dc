import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import type { TargetGroupFacts } from '../../domain/distribution/target-group.machine.js';

/** What the rules need to know about target groups, for any number of them in one statement. */
export async function targetGroupFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, TargetGroupFacts>> {
  const rows = await db.query<{ id: string; filtered: boolean; limited: boolean }>(
    sql`select id, filter is not null as filtered, max_targets_at_once is not null as limited
      from target_group where id = any(${ids}::uuid[])`,
  );
  return new Map(
    rows.map(({ id, filtered, limited }) => [
      id,
      { actorId: actor.id ?? '', actorRoles: actor.roles, membersByFilter: filtered, isLimited: limited },
    ]),
  );
}
