import { sql, type RawBuilder } from 'kysely';
import type { ImpactReader } from './impact-reader.js';
import { criticalAmong } from './impact.facts.js';

/**
 * The items among some on which work can harm something critical, as the common table expression `critical(id)` of a
 * statement about many objects: the configuration is walked once for all of them.
 * @param ciIds an SQL array of the targets of all these objects.
 */
export const withCritical = (ciIds: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`with critical as materialized (select * from ${criticalAmong(ciIds)} c(id))`;

/** {@link withCritical} where it is known already which items these are, see {@link criticalOnes}. */
export const withKnownCritical = (ids: readonly string[]): RawBuilder<unknown> =>
  sql`with critical as materialized (select id from unnest(${ids}::uuid[]) c(id))`;

/**
 * The items among some on which work can harm something critical, from what has been read of what they impact. It is
 * the same answer as that of {@link withCritical}, without another walk.
 */
export async function criticalOnes(impact: ImpactReader, ciIds: readonly string[]): Promise<string[]> {
  if (ciIds.length === 0) return [];
  const rated = await impact.criticalities(ciIds);
  return ciIds.filter((id) => rated.get(id)?.criticality === 'CRITICAL');
}

/**
 * An SQL array of the targets of some releases. @param releaseIds an SQL array of ids. @param only an SQL condition on
 * a target `x` of a release.
 */
export const targetsOfReleases = (
  releaseIds: RawBuilder<unknown>,
  only: RawBuilder<boolean> = sql`true`,
): RawBuilder<unknown> =>
  sql`array(select distinct x.ci_id from release_ci x
    where x.release_id = any(${releaseIds}) and x.role = 'TARGET' and ${only})`;

/**
 * The targets of a release on which work can harm something critical, as a subquery with `id` and `name`. What is
 * required of such a target asks here, and nowhere else, which ones they are. The statement begins with
 * {@link withCritical}.
 * @param releaseId an SQL expression for one id.
 */
export const criticalTargetsOf = (releaseId: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
  select c.id, c.name from configuration_item c
  where c.id in (select x.ci_id from release_ci x where x.release_id = ${releaseId} and x.role = 'TARGET')
    and c.id in (select k.id from critical k))`;
