import { sql, type RawBuilder } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { ImpactGraph } from '../../domain/cmdb/impact.js';
import { againstTheFlow, reachFrom } from '../../domain/cmdb/impact.js';
import type { KeptFilter } from '../../domain/distribution/target-choice.js';
import { impactedIds } from '../cmdb/impact.facts.js';
import { matches } from '../distribution/target-choice.facts.js';

/** The conditions on `configuration_item t` of windows that have a filter, by window. */
export type WindowConditions = ReadonlyMap<string, RawBuilder<unknown>>;

/** The conditions of some windows. */
export const conditionsOfWindows = (
  windows: readonly { readonly id: string; readonly filter?: KeptFilter | null }[],
): WindowConditions =>
  new Map(windows.flatMap(({ id, filter }) => (filter == null ? [] : [[id, matches(filter)] as const])));

/** The conditions of windows with these ids or, without ids, of all windows. One statement. */
export async function windowConditions(db: Queryable, ids?: readonly string[]): Promise<WindowConditions> {
  const some = ids === undefined ? sql`true` : sql`id = any(${[...ids]}::uuid[])`;
  return conditionsOfWindows(
    await db.query<{ id: string; filter: KeptFilter }>(
      sql`select id, filter from schedule_window where filter is not null and ${some}`,
    ),
  );
}

/** Whether a window holds for everything. @param w alias of `schedule_window` */
export const holdsForEverything = (w: 't' | 'w') => {
  const [classes, filter, id] = [sql.ref(`${w}.ci_classes`), sql.ref(`${w}.filter`), sql.ref(`${w}.id`)];
  return sql`(${classes} = '{}' and ${filter} is null
    and not exists (select from schedule_window_ci x where x.window_id = ${id}))`;
};

/** Whether the filter of a window finds an item. */
const finds = (w: 't' | 'w', ciId: RawBuilder<unknown>, conditions: WindowConditions) =>
  conditions.size === 0
    ? sql`false`
    : sql`case ${sql.ref(`${w}.id`)} ${sql.join(
        [...conditions].map(
          ([id, condition]) => sql`when ${id}::uuid then exists (
            select from configuration_item t where t.id = ${ciId} and ${condition})`,
        ),
        sql` `,
      )} else false end`;

/**
 * Whether a window holds for an item by name, also of a service, by class, by its filter, or because it holds for
 * everything. What services depend on is not among it; {@link holdsForTarget} has that.
 * @param w alias of `schedule_window`
 */
export const holdsFor = (w: 't' | 'w', ciId: RawBuilder<unknown>, conditions: WindowConditions) => {
  const [id, classes] = [sql.ref(`${w}.id`), sql.ref(`${w}.ci_classes`)];
  return sql`(
    ${holdsForEverything(w)}
    or exists (select from schedule_window_ci x where x.window_id = ${id} and x.ci_id = ${ciId})
    or ${classes} <> '{}' and exists (
      select from configuration_item c where c.id = ${ciId} and c.ci_class = any(${classes}))
    or ${finds(w, ciId, conditions)})`;
};

/** {@link holdsFor} work on an item: a window of a service holds for everything that the service depends on. */
export const holdsForTarget = (w: 't' | 'w', ciId: RawBuilder<unknown>, conditions: WindowConditions) => sql`(
  ${holdsFor(w, ciId, conditions)}
  or exists (select from schedule_window_ci x where x.window_id = ${sql.ref(`${w}.id`)} and x.as_service)
    and exists (
      select from schedule_window_ci x where x.window_id = ${sql.ref(`${w}.id`)} and x.as_service
        and x.ci_id in ${impactedIds(ciId)}))`;

/** Finds those of a graph's items on which work impacts one of some services, the services included. */
export function dependencies(graph: ImpactGraph): (serviceIds: readonly string[]) => string[] {
  let reversed: ImpactGraph | undefined;
  return (serviceIds) => {
    const present = serviceIds.filter((id) => graph.nodes.has(id));
    return present.length === 0 ? [] : [...reachFrom((reversed ??= againstTheFlow(graph)), present).ids()];
  };
}

/** Those of some items that the filter of each window finds, in one statement; in none if no window has one. */
export async function foundByWindows(
  db: Queryable,
  conditions: WindowConditions,
  ciIds: readonly string[],
): Promise<Map<string, string[]>> {
  if (conditions.size === 0) return new Map();
  const rows = await db.query<{ id: string; cis: string[] }>(sql`
    select w.id, json_agg(t.id) as cis
    from unnest(${[...conditions.keys()]}::uuid[]) w(id)
    join configuration_item t on t.id = any(${[...ciIds]}::uuid[])
      and case w.id ${sql.join(
        [...conditions].map(([id, condition]) => sql`when ${id}::uuid then ${condition}`),
        sql` `,
      )} else false end
    group by w.id`);
  return new Map(rows.map(({ id, cis }) => [id, cis]));
}
