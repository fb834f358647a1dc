import { sql, type RawBuilder } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import { DISTRIBUTION_STATES_AT_TOOL } from '../../domain/distribution/distribution.state.js';
import { OPEN_TARGET_STATES } from '../../domain/distribution/observation.js';
import type { TargetLimitUse } from '../../domain/distribution/target-limit.js';
import { groupConditions, ofParent } from './target-choice.facts.js';
import { nextWave, toolOfTarget } from './wave.facts.js';

/** A limit of a tool or a target group. */
export type TargetLimit = Pick<TargetLimitUse, 'type' | 'id' | 'name' | 'limit'>;

/** Limits that may apply to a distribution `d`, as JSON: those of its tools, and those of all groups. */
export const targetLimitsOf: RawBuilder<TargetLimit[]> = sql`coalesce((
  select json_agg(x) from (
    (select 'DeploymentTool' as type, t.id, t.name, t.max_targets_at_once as "limit" from deployment_tool t
    where t.max_targets_at_once is not null
      and (t.id = d.deployment_tool_id or t.id = any(d.further_tool_ids)) order by t.name)
    union all
    (select 'TargetGroup', g.id, g.name, g.max_targets_at_once from target_group g
    where g.max_targets_at_once is not null and g.state = 'ACTIVE' order by g.name)
  ) x), '[]')`;

interface CountRow {
  readonly distribution: string;
  readonly limit: string;
  readonly at_work: number;
  readonly wanted: number;
  readonly largest: number;
}

/**
 * How far limits are used, for any number of distributions in two statements; none where there is no limit. Limits
 * that apply to no target are left out.
 */
export async function targetLimitUses(
  db: Queryable,
  rows: readonly { readonly id: string; readonly limits: readonly TargetLimit[] }[],
): Promise<Map<string, TargetLimitUse[]>> {
  const limits = new Map(rows.flatMap((row) => row.limits).map((limit) => [limit.id, limit]));
  const uses = new Map<string, TargetLimitUse[]>(rows.map(({ id }) => [id, []]));
  if (limits.size === 0) return uses;
  const ids = rows.map(({ id }) => id);
  const groups = [...limits.values()].filter(({ type }) => type === 'TargetGroup').map(({ id }) => id);
  const filters = await groupConditions(db, groups);
  const counts = await db.query<CountRow>(sql`
    with own as materialized (
      select d.id as distribution, ${toolOfTarget} as tool, e.wave_id, e.ci_id,
        next.wave_id is null or e.wave_id = next.wave_id as now
      from distribution d left join lateral (${nextWave(sql`w.id as wave_id`)}) next on true
      join target_execution e on e.distribution_id = d.id
      left join distribution_wave w on w.id = e.wave_id
      where d.id = any(${ids}::uuid[]) and not e.excluded and e.state not in ('SUCCEEDED', 'BACKED_OUT')
    ), busy as materialized (
      select o.id as distribution, b.deployment_tool_id as tool, e.ci_id
      from distribution o join target_execution e on e.distribution_id = o.id and e.attempt = o.attempt
      join distribution_run b on b.distribution_id = o.id and b.attempt = o.attempt
      where o.state = any(${[...DISTRIBUTION_STATES_AT_TOOL]}::text[]) and e.attempt > 0
        and e.state = any(${[...OPEN_TARGET_STATES]}::text[])
    ), concerned as materialized (select ci_id from own union select ci_id from busy),
    member as materialized (
      select m.target_group_id as "limit", m.ci_id from target_group_ci m
      where m.target_group_id = any(${groups}::uuid[]) and m.ci_id in (select ci_id from concerned)
      union
      select p.id, t.id from target_group p cross join configuration_item t
      where p.id = any(${[...filters.keys()]}::uuid[]) and t.id in (select ci_id from concerned)
        and ${ofParent(filters)}
    ), mine as (
      select o.distribution, o.tool as "limit", o.wave_id, o.ci_id, o.now from own o
      union all
      select o.distribution, m."limit", o.wave_id, o.ci_id, o.now from own o join member m on m.ci_id = o.ci_id
    ), wave as (
      select distribution, "limit", wave_id, count(*)::int as targets, count(*) filter (where now)::int as wanted
      from mine group by distribution, "limit", wave_id
    ), others as (
      select b.distribution, b.tool as "limit", count(*)::int as n from busy b group by b.distribution, b.tool
      union all
      select b.distribution, m."limit", count(*)::int from busy b join member m on m.ci_id = b.ci_id
      group by b.distribution, m."limit"
    )
    select w.distribution, w."limit", max(w.targets) as largest, sum(w.wanted)::int as wanted,
      coalesce((select sum(x.n)::int from others x
        where x."limit" = w."limit" and x.distribution <> w.distribution), 0) as at_work
    from wave w group by w.distribution, w."limit"`);
  for (const { distribution, limit, at_work, wanted, largest } of counts) {
    const known = limits.get(limit);
    if (known !== undefined) uses.get(distribution)?.push({ ...known, atWork: at_work, wanted, largestWave: largest });
  }
  return uses;
}
