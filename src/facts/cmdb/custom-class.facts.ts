import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import type { CustomClassFacts } from '../../domain/cmdb/custom-class.machine.js';

/** Facts of any number of classes, in one statement. */
export async function customClassFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, CustomClassFacts>> {
  const rows = await db.query<{
    id: string;
    below: CustomClassFacts['activeBelow'];
    above: CustomClassFacts['retiredAbove'];
  }>(sql`
    select t.id, coalesce((
        select json_agg(json_build_object('id', b.id, 'name', b.key) order by b.key)
        from custom_class b where b.parent_id = t.id and b.state = 'ACTIVE'), '[]') as below,
      (select json_build_object('id', a.id, 'name', a.key)
        from custom_class a where a.id = t.parent_id and a.state = 'RETIRED') as above
    from custom_class t where t.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map(({ id, below, above }) => [
      id,
      { actorId: actor.id ?? '', actorRoles: actor.roles, activeBelow: below, retiredAbove: above },
    ]),
  );
}
