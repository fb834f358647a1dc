import { sql, type RawBuilder } from 'kysely';
import { idList } from '../../database/expressions.js';
import {
  CI_RELATION_KINDS,
  IMPACT_TO_SOURCE_KINDS,
  IMPACT_TO_TARGET_KINDS,
  type CiClass,
  type CiRelationKind,
  type Criticality,
} from '../../domain/cmdb/configuration-item.machine.js';
import {
  impactGraph,
  ImpactGraphBuilder,
  MAX_IMPACT_DEPTH,
  type ImpactGraph,
  type RatedImpactNode,
} from '../../domain/cmdb/impact.js';
import { forceOf } from '../../domain/cmdb/impact-effect.js';
import type { Steps } from '../../domain/steps.js';
import { inTurns } from '../turns.js';
import type { Queryable } from '../../database/queryable.js';

/** The two directions of impact: columns of ci_relation to walk from and to, and the kinds of relation. */
const FLOWS = [
  { from: sql.ref('x.target_id'), to: sql.ref('x.source_id'), kinds: IMPACT_TO_SOURCE_KINDS },
  { from: sql.ref('x.source_id'), to: sql.ref('x.target_id'), kinds: IMPACT_TO_TARGET_KINDS },
] as const;

/** Which way a walk goes: to what the given items impact, or to what impacts them. */
export type ImpactDirection = 'impacted' | 'impacting';

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
  direction: ImpactDirection,
  name = sql.ref('walk'),
): RawBuilder<unknown> {
  const steps = FLOWS.map(({ from, to, kinds }) => {
    const [here, there] = direction === 'impacted' ? [from, to] : [to, from];
    return sql`
          select ${there} as id
          from unnest(w.frontier) f(id)
          join ci_relation x on ${here} = f.id
          where x.kind = any(${kinds}::text[]) and (w.depth > 0 or exists (
            select from configuration_item g where g.id = f.id and g.state <> 'RETIRED'))`;
  });
  // Whether an item is in use is asked once, when it is new, and not at each relation to it. Those that are given are
  // found whatever their state. "offset 0" has them found once, not once for each column.
  return sql`
    ${name}(frontier, seen, depth) as (
      select given.ids, given.ids, 0 from (select ${ids} as ids offset 0) given
      union all
      select n.frontier, w.seen || n.frontier, w.depth + 1
      from ${name} w cross join lateral (
        select array_agg(c.id) as frontier
        from ((${sql.join(steps, sql` union `)}) except select unnest(w.seen)) s
        join configuration_item c on c.id = s.id and c.state <> 'RETIRED'
      ) n
      where w.depth < ${depth}::int and n.frontier is not null
    )`;
}

/** How many items come in one row. A row is read at once, and others have their turn after it. */
const PER_ROW = 500;

/** How many steps are put into the graph before others have their turn. */
const PER_STEP = 10_000;

interface GraphRow {
  readonly part: 'groups' | 'items' | 'steps';
  readonly n: number;
  /** JSON text: driver and pool would parse JSON values themselves, whatever their size. Ids of relations of steps. */
  readonly rows: string;
  /** Of steps: number of the item that each leads from and to, and of its kind, in base 64. */
  readonly ends: string | null;
}

type ItemRow = readonly [id: string, name: string, ciClass: CiClass, criticality: Criticality];

/** Bytes of the ends of a step: two numbers of 32 bits, one of 16. */
const STEP_BYTES = 10;
const ID_LETTERS = 36;

/** More than the steps that one row of half a gigabyte has; a number holds it beside an item and a kind. */
const STEPS = 2 ** 22;
const KINDS = 2 ** 4;

/** Steps of a row by the number of the item that they lead to, so that their order is that of the names. */
const byTarget = (ends: Buffer): Float64Array =>
  Float64Array.from({ length: ends.length / STEP_BYTES }, (_, step) => {
    const at = step * STEP_BYTES;
    return (ends.readInt32BE(at + 4) * KINDS + ends.readInt16BE(at + 8)) * STEPS + step;
  }).sort();

function* graphOf(rows: readonly GraphRow[]): Steps<ImpactGraph<RatedImpactNode>> {
  const builder = new ImpactGraphBuilder<RatedImpactNode>();
  const items: RatedImpactNode[] = [];
  for (const { part, rows: text, ends } of rows) {
    yield;
    if (part === 'items')
      for (const [id, name, ciClass, criticality] of JSON.parse(text) as ItemRow[]) {
        const item = { id, name, ciClass, criticality };
        items.push(item);
        builder.node(item);
      }
    else if (part === 'groups')
      for (const [id, size] of JSON.parse(text) as [string, number][]) builder.group(id, size);
    else {
      const bytes = Buffer.from(ends ?? '', 'base64');
      const order = byTarget(bytes);
      for (let nth = 0; nth < order.length; nth++) {
        if (nth % PER_STEP === PER_STEP - 1) yield;
        const step = (order[nth] as number) % STEPS;
        const [from, to] = [bytes.readInt32BE(step * STEP_BYTES), bytes.readInt32BE(step * STEP_BYTES + 4)];
        const [one, two] = [items[from] as RatedImpactNode, items[to] as RatedImpactNode];
        const kind = CI_RELATION_KINDS[bytes.readInt16BE(step * STEP_BYTES + 8)] as CiRelationKind;
        const relationId = text.slice(step * ID_LETTERS, (step + 1) * ID_LETTERS);
        builder.numberedStep(relationId, from, to, forceOf(kind, one.ciClass, two.ciClass));
        if (kind === 'MEMBER_OF') builder.member(one.id, two.id);
      }
    }
  }
  yield;
  return builder.build();
}

/**
 * The part of the configuration that work on some items impacts, or that impacts them, in one recursive statement for
 * any number of items. The items of the graph are in the order of their names, and impact flows along its steps.
 * @param depth maximum number of relations of a path, up to {@link MAX_IMPACT_DEPTH}.
 */
export async function readImpactGraph(
  db: Queryable,
  ciIds: readonly string[],
  depth: number = MAX_IMPACT_DEPTH,
  direction: ImpactDirection = 'impacted',
): Promise<ImpactGraph<RatedImpactNode>> {
  if (ciIds.length === 0) return impactGraph<RatedImpactNode>([], []);
  // The items that the walk passes are joined with those it knows: what a step leads to beyond the depth is not there.
  const steps = FLOWS.map(({ from, to, kinds }) => {
    const [here, there] = direction === 'impacted' ? [from, to] : [to, from];
    const [a, b] = direction === 'impacted' ? ['one.place', 'two.place'] : ['two.place', 'one.place'];
    return sql`
      select x.id, ${sql.ref(a)} as a, ${sql.ref(b)} as b, array_position(${CI_RELATION_KINDS}::text[], x.kind) - 1 as k
      from item one
      join ci_relation x on ${here} = one.id
      join item two on two.id = ${there} and two.in_use
      where one.in_use and x.kind = any(${kinds}::text[]) and one.depth < ${depth}::int`;
  });
  const rows = await db.query<GraphRow>(sql`
    with recursive ${walk(sql`${idList(new Set(ciIds))}::uuid[]`, depth, direction)},
    item as materialized (
      select c.id, c.name, c.ci_class, c.criticality, c.state <> 'RETIRED' as in_use, r.depth,
        (row_number() over (order by c.name collate "C", c.id))::int - 1 as place
      from (select unnest(frontier) as id, depth from walk) r
      join configuration_item c on c.id = r.id)
    select 'items' as part, place / ${sql.lit(PER_ROW)} as n,
      json_agg(json_build_array(id, name, ci_class, criticality) order by place)::text as rows, null as ends
    from item group by 2
    union all
    select 'steps', a / ${sql.lit(PER_ROW)}, string_agg(id::text, ''),
      encode(string_agg(int4send(a) || int4send(b) || int2send(k::int2), ''), 'base64')
    from (${sql.join(steps, sql` union all `)}) s group by 2
    union all
    select 'groups', place / ${sql.lit(PER_ROW)}, json_agg(json_build_array(id, size))::text, null
    from (
      select x.target_id as id, count(*) as size, row_number() over () - 1 as place
      from item
      join ci_relation x on x.target_id = item.id and x.kind = 'MEMBER_OF' ${BOTH_IN_USE}
      group by x.target_id
    ) g
    group by 2`);
  // Sorted here: the database would carry all the text to its sort, and write it to disk.
  return await inTurns(graphOf(rows.sort((a, b) => (a.part < b.part ? -1 : a.part > b.part ? 1 : a.n - b.n))));
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
