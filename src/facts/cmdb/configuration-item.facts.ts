import { sql } from 'kysely';
import { DELIVERY_CHANGE_STATES } from '../../domain/change/change.machine.js';
import type { ConfigurationItemFacts } from '../../domain/cmdb/configuration-item.machine.js';
import { DISTRIBUTION_STATES_AT_TOOL } from '../../domain/distribution/distribution.state.js';
import { isWorkedOn } from '../distribution/target-end.facts.js';
import type { Actor } from '../../domain/actor.js';
import type { Queryable } from '../../database/queryable.js';

/** Facts of any number of configuration items, in one statement. */
export async function configurationItemFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, ConfigurationItemFacts>> {
  const rows = await db.query<{
    id: string;
    name: string;
    retired: boolean;
    lifecycle_state: ConfigurationItemFacts['lifecycleState'];
    changes: ConfigurationItemFacts['changes'];
    distributions: ConfigurationItemFacts['liveDistributions'];
    work: ConfigurationItemFacts['workOnIt'];
  }>(sql`
    select t.id, t.name, t.state = 'RETIRED' as retired, t.lifecycle_state,
      coalesce(changes.found, '[]') as changes, coalesce(distributions.found, '[]') as distributions,
      coalesce(work.found, '[]') as work
    from configuration_item t
    left join (
      select x.ci_id, json_agg(json_build_object('id', c.id, 'name', c.number, 'state', c.state) order by c.id) as found
      from change_ci x
      join change c on c.id = x.change_id
      where x.ci_id = any(${ids}::uuid[]) and x.role = 'TARGET'
      group by x.ci_id
    ) changes on changes.ci_id = t.id
    left join (
      select e.ci_id, json_agg(json_build_object('id', d.id, 'name', d.number) order by d.id) as found
      from target_execution e
      join distribution d on d.id = e.distribution_id
      where e.ci_id = any(${ids}::uuid[])
        and d.ended_at is null
        and d.state not in ('STOPPED', 'MISSED', 'BACKED_OUT', 'CANCELLED')
      group by e.ci_id
    ) distributions on distributions.ci_id = t.id
    left join (
      select e.ci_id, json_agg(json_build_object('id', d.id, 'name', d.number, 'covered', exists (
        select from change_ci n
        join change c on c.id = n.change_id
        join release_change m on m.change_id = c.id and m.live
        where n.ci_id = e.ci_id and n.role = 'TARGET' and m.release_id = d.release_id
          and c.state = any(${[...DELIVERY_CHANGE_STATES]}::text[]))) order by d.id) as found
      from target_execution e
      join distribution d on d.id = e.distribution_id
      where e.ci_id = any(${ids}::uuid[]) and e.attempt > 0 and e.attempt >= d.attempt
        and ${isWorkedOn('e')}
        and d.state = any(${[...DISTRIBUTION_STATES_AT_TOOL]}::text[])
      group by e.ci_id
    ) work on work.ci_id = t.id
    where t.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        actorId: actor.id ?? '',
        actorRoles: actor.roles,
        id: row.id,
        name: row.name,
        isRetired: row.retired,
        lifecycleState: row.lifecycle_state,
        changes: row.changes,
        liveDistributions: row.distributions,
        workOnIt: row.work,
      },
    ]),
  );
}

/**
 * Those of some items that were in a protected lifecycle state at some time since an instant, as is known now. The
 * database asks the same question; see docs/history.md.
 */
export async function protectedSince(
  db: Queryable,
  ids: readonly string[],
  since: string | null | undefined,
): Promise<ReadonlySet<string>> {
  if (since == null) return new Set();
  const rows = await db.query<{ id: string }>(sql`
    select id from unnest(${ids}::uuid[]) id where ci_protected_was(id, ${since}::timestamptz)`);
  return new Set(rows.map(({ id }) => id));
}
