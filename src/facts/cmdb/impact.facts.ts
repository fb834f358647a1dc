import { sql, type RawBuilder } from 'kysely';
import {
  IMPACT_TO_SOURCE_KINDS,
  IMPACT_TO_TARGET_KINDS,
  type CiClass,
} from '../../domain/cmdb/configuration-item.machine.js';
import { impactGraph, MAX_IMPACT_DEPTH, type ImpactGraph } from '../../domain/cmdb/impact.js';
import type { Queryable } from '../../database/queryable.js';

/** The two directions of impact: columns of ci_relation to walk from and to, and the kinds of relation. */
const FLOWS = [
  { from: sql.ref('x.target_id'), to: sql.ref('x.source_id'), kinds: IMPACT_TO_SOURCE_KINDS },
  { from: sql.ref('x.source_id'), to: sql.ref('x.target_id'), kinds: IMPACT_TO_TARGET_KINDS },
] as const;

// A retired item is out of use: it neither is impacted nor passes impact on.
const BOTH_IN_USE = sql`
  join configuration_item one on one.id = x.source_id and one.state <> 'RETIRED'
  join configuration_item two on two.id = x.target_id and two.state <> 'RETIRED'`;

/**
 * Items reachable from some others, in breadth-first levels. A recursive CTE with one row per level: the frontier and
 * the items seen before. Each item is expanded once, and cycles end by themselves. One row per path would be
 * exponential in a configuration where many paths lead to the same service.
 * @param direction `impacted`: the items impacted by the given ones. `impacting`: the items that impact the given ones.
 */
function walk(ids: RawBuilder<unknown>, depth: number, direction: 'impacted' | 'impacting'): RawBuilder<unknown> {
  const steps = FLOWS.map(({ from, to, kinds }) => {
    const [here, there] = direction === 'impacted' ? [from, to] : [to, from];
    return sql`
        select ${there} as id
        from unnest(w.frontier) f(id)
        join ci_relation x on ${here} = f.id ${BOTH_IN_USE}
        where x.kind = any(${kinds}::text[])`;
  });
  return sql`
    walk(frontier, seen, depth) as (
      select ${ids}, ${ids}, 0
      union all
      select n.frontier, w.seen || n.frontier, w.depth + 1
      from walk w cross join lateral (
        select array_agg(s.id) as frontier
        from ((${sql.join(steps, sql` union `)}) except select unnest(w.seen)) s
      ) n
      where w.depth < ${depth}::int and n.frontier is not null
    )`;
}

/**
 * The part of the configuration that work on some items impacts, in one recursive statement for any number of items.
 * @param depth maximum number of relations of a path, up to {@link MAX_IMPACT_DEPTH}.
 */
export async function readImpactGraph(
  db: Queryable,
  ciIds: readonly string[],
  depth: number = MAX_IMPACT_DEPTH,
): Promise<ImpactGraph> {
  if (ciIds.length === 0) return impactGraph([], []);
  const steps = FLOWS.map(
    ({ from, to, kinds }) => sql`
      select x.id, ${from} as a, ${to} as b
      from reached r
      join ci_relation x on ${from} = r.id ${BOTH_IN_USE}
      where x.kind = any(${kinds}::text[]) and r.depth < ${depth}::int`,
  );
  const [row] = await db.query<{ nodes: [string, string, CiClass][]; steps: [string, string, string][] }>(sql`
    with recursive ${walk(sql`${[...new Set(ciIds)]}::uuid[]`, depth, 'impacted')},
    reached as (select unnest(frontier) as id, depth from walk)
    select
      coalesce((
        select json_agg(json_build_array(c.id, c.name, c.ci_class))
        from reached r
        join configuration_item c on c.id = r.id
      ), '[]') as nodes,
      coalesce((
        select json_agg(json_build_array(s.id, s.a, s.b) order by s.id)
        from (${sql.join(steps, sql` union all `)}) s
      ), '[]') as steps`);
  return impactGraph(
    (row?.nodes ?? []).map(([id, name, ciClass]) => ({ id, name, ciClass })),
    (row?.steps ?? []).map(([relationId, from, to]) => ({ relationId, from, to })),
  );
}

/** A subquery for the ids of an item and of everything that impacts it. @param ciId an SQL expression for one id. */
export const impactingIds = (ciId: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(with recursive ${walk(sql`array[${ciId}]`, MAX_IMPACT_DEPTH, 'impacting')} select unnest(frontier) from walk)`;
