import { sql, type RawBuilder } from 'kysely';
import { idList } from '../../database/expressions.js';
import {
  IMPACT_TO_SOURCE_KINDS,
  IMPACT_TO_TARGET_KINDS,
  type CiClass,
  type Criticality,
} from '../../domain/cmdb/configuration-item.machine.js';
import {
  impactGraph,
  ImpactGraphBuilder,
  MAX_IMPACT_DEPTH,
  type ImpactGraph,
  type RatedImpactNode,
} from '../../domain/cmdb/impact.js';
import type { Steps } from '../../domain/steps.js';
import { inTurns } from '../turns.js';
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

/** How many items or steps come in one row. A row is read at once, and others have their turn after it. */
const PER_ROW = 500;

interface GraphRow {
  readonly part: 'groups' | 'items' | 'steps';
  /** JSON text: driver and pool would parse JSON values themselves, whatever their size. */
  readonly rows: string;
}

type ItemRow = readonly [id: string, name: string, ciClass: CiClass, criticality: Criticality];
/** A step between items by their place among the items. */
type StepRow = readonly [relationId: string, from: number, to: number, isMembership: boolean];

function* graphOf(rows: readonly GraphRow[]): Steps<ImpactGraph<RatedImpactNode>> {
  const builder = new ImpactGraphBuilder<RatedImpactNode>();
  const ids: string[] = [];
  for (const { part, rows: text } of rows) {
    yield;
    const parsed = JSON.parse(text) as unknown[];
    if (part === 'items')
      for (const [id, name, ciClass, criticality] of parsed as ItemRow[]) {
        ids.push(id);
        builder.node({ id, name, ciClass, criticality });
      }
    else if (part === 'groups') for (const [id, size] of parsed as [string, number][]) builder.group(id, size);
    else
      for (const [relationId, from, to, isMembership] of parsed as StepRow[])
        builder.step({ relationId, from: ids[from] as string, to: ids[to] as string, isMembership });
  }
  yield;
  return builder.build();
}

/**
 * The part of the configuration that work on some items impacts, in one recursive statement for any number of items.
 * The items of the graph are in the order of their names.
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
      select x.id, one.place as a, two.place as b, x.kind = 'MEMBER_OF' as m
      from item one
      join ci_relation x on ${from} = one.id
      join item two on two.id = ${to} and two.in_use
      where one.in_use and x.kind = any(${kinds}::text[]) and one.depth < ${depth}::int`,
  );
  const rows = await db.query<GraphRow>(sql`
    with recursive ${walk(sql`${idList(new Set(ciIds))}::uuid[]`, depth, 'impacted')},
    item as materialized (
      select c.id, c.name, c.ci_class, c.criticality, c.state <> 'RETIRED' as in_use, r.depth,
        row_number() over (order by c.name collate "C", c.id) - 1 as place
      from (select unnest(frontier) as id, depth from walk) r
      join configuration_item c on c.id = r.id),
    step as (
      select s.*, row_number() over (order by s.id) - 1 as place from (${sql.join(steps, sql` union all `)}) s)
    select 'items' as part, place / ${sql.lit(PER_ROW)} as n,
      json_agg(json_build_array(id, name, ci_class, criticality) order by place)::text as rows
    from item group by 2
    union all
    select 'steps', place / ${sql.lit(PER_ROW)},
      json_agg(json_build_array(id, a, b, m) order by place)::text
    from step group by 2
    union all
    select 'groups', place / ${sql.lit(PER_ROW)}, json_agg(json_build_array(id, size))::text
    from (
      select x.target_id as id, count(*) as size, row_number() over () - 1 as place
      from item
      join ci_relation x on x.target_id = item.id and x.kind = 'MEMBER_OF' ${BOTH_IN_USE}
      group by x.target_id
    ) g
    group by 2
    order by part, n`);
  return await inTurns(graphOf(rows));
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

/** A subquery for the ids of an item and of all that work on it impacts. @param ciId an SQL expression for one id. */
export const impactedIds = (ciId: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(with recursive ${walk(sql`array[${ciId}]`, MAX_IMPACT_DEPTH, 'impacted')} select unnest(frontier) from walk)`;

/** A subquery for the ids of some items and of everything that impacts one. @param ciIds an SQL array of ids. */
export const impactingIdsOf = (ciIds: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(with recursive ${walk(ciIds, MAX_IMPACT_DEPTH, 'impacting')} select unnest(frontier) from walk)`;

/** A subquery for the ids of an item and of everything that impacts it. @param ciId an SQL expression for one id. */
export const impactingIds = (ciId: RawBuilder<unknown>): RawBuilder<unknown> => impactingIdsOf(sql`array[${ciId}]`);
