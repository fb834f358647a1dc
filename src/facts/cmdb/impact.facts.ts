import { sql, type RawBuilder } from 'kysely';
import {
  IMPACT_TO_SOURCE_KINDS,
  IMPACT_TO_TARGET_KINDS,
  type CiClass,
  type Criticality,
} from '../../domain/cmdb/configuration-item.machine.js';
import { impactGraph, MAX_IMPACT_DEPTH, type ImpactGraph, type RatedImpactNode } from '../../domain/cmdb/impact.js';
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
function walk(
  ids: RawBuilder<unknown>,
  depth: number,
  direction: 'impacted' | 'impacting',
  name = sql.ref('walk'),
): RawBuilder<unknown> {
  const steps = FLOWS.map(({ from, to, kinds }) => {
    const [here, there] = direction === 'impacted' ? [from, to] : [to, from];
    return sql`
        select ${there} as id
        from unnest(w.frontier) f(id)
        join ci_relation x on ${here} = f.id ${BOTH_IN_USE}
        where x.kind = any(${kinds}::text[])`;
  });
  return sql`
    ${name}(frontier, seen, depth) as (
      select ${ids}, ${ids}, 0
      union all
      select n.frontier, w.seen || n.frontier, w.depth + 1
      from ${name} w cross join lateral (
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
): Promise<ImpactGraph<RatedImpactNode>> {
  if (ciIds.length === 0) return impactGraph<RatedImpactNode>([], []);
  const steps = FLOWS.map(
    ({ from, to, kinds }) => sql`
      select x.id, ${from} as a, ${to} as b, x.kind = 'MEMBER_OF' as m
      from reached r
      join ci_relation x on ${from} = r.id ${BOTH_IN_USE}
      where x.kind = any(${kinds}::text[]) and r.depth < ${depth}::int`,
  );
  const [row] = await db.query<{
    nodes: [string, string, CiClass, Criticality][];
    steps: [string, string, string, boolean][];
  }>(sql`
    with recursive ${walk(sql`${[...new Set(ciIds)]}::uuid[]`, depth, 'impacted')},
    reached as (select unnest(frontier) as id, depth from walk)
    select
      coalesce((
        select json_agg(json_build_array(c.id, c.name, c.ci_class, c.criticality))
        from reached r
        join configuration_item c on c.id = r.id
      ), '[]') as nodes,
      coalesce((
        select json_agg(json_build_array(s.id, s.a, s.b, s.m) order by s.id)
        from (${sql.join(steps, sql` union all `)}) s
      ), '[]') as steps`);
  return impactGraph(
    (row?.nodes ?? []).map(([id, name, ciClass, criticality]) => ({ id, name, ciClass, criticality })),
    (row?.steps ?? []).map(([relationId, from, to, isMembership]) => ({ relationId, from, to, isMembership })),
  );
}

/**
 * A subquery for the ids of those items on which work can harm something CRITICAL: they are critical themselves, or
 * impact something that is. @param ciIds an SQL array of ids.
 */
export const criticalAmong = (ciIds: RawBuilder<unknown>): RawBuilder<unknown> => {
  const critical = sql`array(
    select c.id
    from walk w cross join lateral unnest(w.frontier) f(id) join configuration_item c on c.id = f.id
    where c.criticality = 'CRITICAL')`;
  return sql`(
    with recursive ${walk(ciIds, MAX_IMPACT_DEPTH, 'impacted')},
    ${walk(critical, MAX_IMPACT_DEPTH, 'impacting', sql.ref('harmful'))}
    select f.id from harmful h cross join lateral unnest(h.frontier) f(id) where f.id = any(${ciIds}))`;
};

/** A subquery for the ids of some items and of everything that impacts one. @param ciIds an SQL array of ids. */
export const impactingIdsOf = (ciIds: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(with recursive ${walk(ciIds, MAX_IMPACT_DEPTH, 'impacting')} select unnest(frontier) from walk)`;

/** A subquery for the ids of an item and of everything that impacts it. @param ciId an SQL expression for one id. */
export const impactingIds = (ciId: RawBuilder<unknown>): RawBuilder<unknown> => impactingIdsOf(sql`array[${ciId}]`);
