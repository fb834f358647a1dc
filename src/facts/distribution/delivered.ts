import { sql } from 'kysely';
import { ASSURANCE_REQUIRED } from '../../domain/cmdb/assurance-policy.js';

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
