import { sql } from 'kysely';

/** An SQL condition on a target execution `e`: something was put on the target that a back-out could take away. */
export const delivered = sql<boolean>`(
  e.state = 'SUCCEEDED'
  or (e.state <> 'BACKED_OUT' and exists (
    select 1 from installation i
    where i.distribution_id = e.distribution_id and i.ci_id = e.ci_id and i.valid_to is null)))`;
