import { sql, type RawBuilder } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import type { NamedRef } from '../../domain/blocker.js';
import { COVERING_CHANGE_STATES, ENDED_CHANGE_STATES } from '../../domain/change/change.machine.js';
import type { DriftAspect, DriftKind } from '../../domain/cmdb/drift.js';
import type { DriftFacts } from '../../domain/cmdb/drift.machine.js';
import { DISTRIBUTION_STATES_AT_TOOL } from '../../domain/distribution/distribution.state.js';
import { configurationItemFacts } from './configuration-item.facts.js';

// They stand in expressions of lists, which have no parameters.
const literals = (states: readonly string[]) => sql.join(states.map((state) => sql.lit(state)));

/**
 * A subquery for the id of the change that explains drift of an item: authorised and not ended, and it names the item.
 * @param ciId an SQL expression for the id of the item.
 */
export const explainingChange = (ciId: RawBuilder<unknown>): RawBuilder<string | null> => sql`(
  select c.id from change_ci x join change c on c.id = x.change_id
  where x.ci_id = ${ciId} and x.role = 'TARGET' and c.state in (${literals(COVERING_CHANGE_STATES)})
  order by c.id limit 1)`;

/**
 * A subquery for the id of the distribution that explains drift of an item: its tool is at work, also on the item.
 * @param ciId an SQL expression for the id of the item.
 */
export const explainingDistribution = (ciId: RawBuilder<unknown>): RawBuilder<string | null> => sql`(
  select d.id from target_execution e join distribution d on d.id = e.distribution_id
  where e.ci_id = ${ciId} and e.attempt > 0 and not e.excluded
    and d.state in (${literals(DISTRIBUTION_STATES_AT_TOOL)})
  order by d.id limit 1)`;

interface DriftRow {
  readonly id: string;
  readonly ci: string;
  readonly target: string | null;
  readonly aspect: DriftAspect;
  readonly kind: DriftKind;
  readonly observer: string | null;
  readonly version_is_known: boolean;
  readonly change: NamedRef | null;
  readonly ci_was: boolean;
  readonly target_was: boolean;
}

/** What the rules need to know about drift, for any number of them in two statements. */
export async function driftFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, DriftFacts>> {
  const rows = await db.query<DriftRow>(sql`
    select t.id, t.ci_id as ci, t.target_id as target, t.aspect, t.kind, o.observed_by_id as observer,
      not (t.aspect = 'INSTALLATION' and t.observed is not null and t.observed->>'dmlItemVersion' is null)
        as version_is_known,
      (select json_build_object('id', c.id, 'name', c.number) from change c
        where c.id = t.change_id and c.state <> all(${[...ENDED_CHANGE_STATES]}::text[])) as change,
      ci_protected_was(t.ci_id, t.since) as ci_was,
      coalesce(ci_protected_was(t.target_id, t.since), false) as target_was
    from drift t join ci_observation o on o.id = t.observation_id
    where t.id = any(${ids}::uuid[])`);
  const items = [...new Set(rows.flatMap(({ ci, target }) => [ci, ...(target === null ? [] : [target])]))];
  const known = await configurationItemFacts(db, actor, items);
  return new Map(
    rows.flatMap((row) => {
      const item = known.get(row.ci);
      if (item === undefined) return [];
      const target = row.target === null ? undefined : known.get(row.target);
      const facts: DriftFacts = {
        actorId: actor.id ?? '',
        actorRoles: actor.roles,
        aspect: row.aspect,
        kind: row.kind,
        item: { ...item, wasProtected: row.ci_was },
        target: target === undefined ? null : { ...target, wasProtected: row.target_was },
        versionIsKnown: row.version_is_known,
        observedById: row.observer,
        change: row.change,
      };
      return [[row.id, facts] as const];
    }),
  );
}
