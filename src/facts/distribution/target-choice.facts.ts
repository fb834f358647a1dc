import { sql, type RawBuilder } from 'kysely';
import { partsOf } from '../../database/filter.js';
import type { Queryable } from '../../database/queryable.js';
import type { KeptFilter, TargetChoice } from '../../domain/distribution/target-choice.js';
import { CONFIGURATION_ITEM_FILTERS } from '../cmdb/configuration-item.filters.js';

/**
 * The condition on `configuration_item t` for the items that a kept filter finds. It finds nothing if a class has
 * ceased to declare an attribute that it names, also where it asks for items without a value.
 * @throws RequestError for a filter that is malformed or too large
 */
export function matches(filter: object): RawBuilder<unknown> {
  const { condition = sql`true`, holds } = partsOf(CONFIGURATION_ITEM_FILTERS, filter, 'filter');
  return holds.length === 0 ? condition : sql`(${sql.join([...holds, condition], sql` and `)})`;
}

/**
 * What has to hold for a filter to be kept, such as that there are the attributes that it names.
 * @param name of the field with the filter, for errors.
 * @throws RequestError for a filter that is malformed or too large
 */
export const expectedOf = (filter: object, name: string): readonly RawBuilder<unknown>[] =>
  partsOf(CONFIGURATION_ITEM_FILTERS, filter, name).expected;

/** The condition on `configuration_item t` under which one of others holds. */
export const anyOf = (conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> =>
  conditions.length === 0
    ? sql`false`
    : sql`(${sql.join(
        conditions.map((condition) => sql`coalesce(${condition}, false)`),
        sql` or `,
      )})`;

/** A condition that differs between the parents `p`: false for those that have none. */
export const ofParent = (conditions: ReadonlyMap<string, RawBuilder<unknown>>): RawBuilder<unknown> =>
  conditions.size === 0
    ? sql`false`
    : sql`case p.id ${sql.join(
        [...conditions].map(([id, condition]) => sql`when ${id}::uuid then coalesce(${condition}, false)`),
        sql` `,
      )} else false end`;

interface ChoiceRow {
  readonly id: string;
  readonly all_targets: boolean;
  readonly target_choice: TargetChoice | null;
  /** Filters of the chosen groups that have one. */
  readonly filters: readonly KeptFilter[];
}

function conditionOf({ all_targets, target_choice: choice, filters }: ChoiceRow): RawBuilder<unknown> | undefined {
  if (choice === null) return all_targets ? sql`true` : undefined;
  return anyOf([
    sql`t.id = any(${choice.ciIds}::uuid[])`,
    sql`t.id in (select m.ci_id from target_group_ci m where m.target_group_id = any(${choice.groupIds}::uuid[]))`,
    ...[...filters, ...(choice.filter === null ? [] : [choice.filter])].map((filter) => matches(filter)),
  ]);
}

/**
 * For each distribution, the condition on `configuration_item t` under which its choice would take a target of the
 * release now. Missing are distributions whose targets were named, and those that return what a release delivered: what
 * they are for does not change by itself.
 */
export async function choiceConditions(
  db: Queryable,
  distributionIds: readonly string[],
): Promise<Map<string, RawBuilder<unknown>>> {
  const rows = await db.query<ChoiceRow>(sql`
    select d.id, d.all_targets, d.target_choice, coalesce((
      select json_agg(g.filter order by g.id)
      from jsonb_array_elements_text(d.target_choice->'groupIds') x
      join target_group g on g.id = x::uuid
      where g.filter is not null), '[]') as filters
    from distribution d
    join release r on r.id = d.release_id
    where d.id = any(${distributionIds}::uuid[]) and r.state not in ('BACKING_OUT', 'BACKED_OUT')`);
  return new Map(
    rows.flatMap((row) => {
      const condition = conditionOf(row);
      return condition === undefined ? [] : [[row.id, condition]];
    }),
  );
}

/** For each target group that has a filter, the condition on `configuration_item t` for its members. */
export async function groupConditions(
  db: Queryable,
  groupIds: readonly string[],
): Promise<Map<string, RawBuilder<unknown>>> {
  const rows = await db.query<{ id: string; filter: KeptFilter }>(
    sql`select id, filter from target_group where id = any(${groupIds}::uuid[]) and filter is not null`,
  );
  return new Map(rows.map(({ id, filter }) => [id, matches(filter)]));
}

/** The members of target groups among some configuration items, by group, in two statements. */
export async function membersAmong(
  db: Queryable,
  groupIds: readonly string[],
  ciIds: readonly string[],
): Promise<Map<string, Set<string>>> {
  const filters = await groupConditions(db, groupIds);
  const rows = await db.query<{ group: string; ci: string }>(sql`
    select m.target_group_id as "group", m.ci_id as ci from target_group_ci m
    where m.target_group_id = any(${groupIds}::uuid[]) and m.ci_id = any(${ciIds}::uuid[])
    union all
    select p.id, t.id from target_group p cross join configuration_item t
    where p.id = any(${[...filters.keys()]}::uuid[]) and t.id = any(${ciIds}::uuid[]) and ${ofParent(filters)}`);
  const members = new Map(groupIds.map((id) => [id, new Set<string>()]));
  for (const { group, ci } of rows) members.get(group)?.add(ci);
  return members;
}
