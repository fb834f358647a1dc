import { sql, type RawBuilder } from 'kysely';
import { criticalAmong } from './impact.facts.js';

/**
 * The targets of a release on which work can harm something critical, as a subquery with `id` and `name`. What is
 * required of such a target asks here, and nowhere else, which ones they are.
 * @param releaseId an SQL expression for one id.
 */
export const criticalTargetsOf = (releaseId: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
  select c.id, c.name from configuration_item c
  where c.id in ${criticalAmong(sql`array(
    select x.ci_id from release_ci x where x.release_id = ${releaseId} and x.role = 'TARGET')`)})`;
