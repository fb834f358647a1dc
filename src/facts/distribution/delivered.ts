import { sql } from 'kysely';
import { ASSURANCE_REQUIRED } from '../../domain/cmdb/assurance-policy.js';
import { KNOWN_TO_HAVE_FAILED } from '../../domain/distribution/observation.js';

/**
 * An SQL condition on a target execution `e`: something was done on the target that a back-out could take back. A check
 * changes nothing, and an undo is a return itself. A success that is held back until it is verified counts. Of a target
 * that no attempt began on, nothing has to be looked up.
 */
export const delivered = sql<boolean>`(e.attempt > 0 and exists (
    select 1 from distribution o where o.id = e.distribution_id and o.operation in ('INSTALL', 'REMOVE')
  ) and (e.state = 'SUCCEEDED' or (e.state = 'UNKNOWN' and e.reason_code = ${sql.lit(ASSURANCE_REQUIRED)})
  or (e.state <> 'BACKED_OUT' and exists (
    select 1 from installation i
    where i.distribution_id = e.distribution_id and i.ci_id = e.ci_id and i.valid_to is null))))`;

/**
 * An SQL condition on a target execution `e`: nobody knows how an attempt before the latest ended, or it has succeeded
 * late. A retry forgets the state of the attempt before, so its reports are asked. What they say after the retry began
 * can only make matters worse: a failure that arrives then is history. Asked only where no attempt has settled it.
 */
export const unsettled = sql<boolean>`(e.attempt > 1 and e.state not in ('SUCCEEDED', 'BACKED_OUT') and exists (
    select 1 from target_report t
    where t.target_execution_id = e.id and t.attempt < e.attempt
      and (t.state = 'SUCCEEDED' or (t.state = 'UNKNOWN' and not exists (
        select 1 from target_report f
        where f.target_execution_id = e.id and f.attempt = t.attempt and f.effect = 'APPLIED'
          and f.state = any(${[...KNOWN_TO_HAVE_FAILED]}::text[]))))))`;
