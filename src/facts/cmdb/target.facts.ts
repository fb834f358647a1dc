import { sql, type RawBuilder } from 'kysely';
import { DELIVERY_CHANGE_STATES, UNDECIDED_CHANGE_STATES } from '../../domain/change/change.machine.js';
import { PROTECTED_LIFECYCLE_STATES } from '../../domain/cmdb/configuration-item.machine.js';

// The change that comes closest to covering a target `x`: one of the release that waits to be authorised, else one that
// is authorised and free to join.
const nearest = (releaseId: RawBuilder<unknown>) => sql`(
  select json_build_object('id', c.id, 'name', c.number, 'state', c.state, 'inRelease', m.id is not null)
  from change_ci n
  join change c on c.id = n.change_id
  left join release_change m on m.change_id = c.id and m.live
  where n.ci_id = x.id and n.role = 'TARGET'
    and coalesce(m.release_id = ${releaseId}, c.state = 'AUTHORISED')
    and c.state = any(${[...UNDECIDED_CHANGE_STATES, 'AUTHORISED']}::text[])
  order by m.id is null, c.id
  limit 1)`;

const covered = (releaseId: RawBuilder<unknown>) => sql`exists (
  select from change_ci n
  join change c on c.id = n.change_id
  join release_change m on m.change_id = c.id and m.live
  where n.ci_id = x.id and n.role = 'TARGET' and m.release_id = ${releaseId}
    and c.state = any(${[...DELIVERY_CHANGE_STATES]}::text[]))`;

/**
 * SQL aggregates over configuration items `x` that are targets of a release: what the rules of targets have against
 * them. @param releaseId an SQL expression for the id of the release. @param still an SQL condition on those that work
 * remains to be done on; the others are history.
 */
export const targetColumns = (
  releaseId: RawBuilder<unknown>,
  still: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> => sql`
  coalesce(json_agg(json_build_object(
      'id', x.id, 'name', x.name, 'lifecycleState', x.lifecycle_state, 'nearest', ${nearest(releaseId)}) order by x.id)
    filter (where x.lifecycle_state = any(${[...PROTECTED_LIFECYCLE_STATES]}::text[]) and ${still}
      and not ${covered(releaseId)}), '[]') as uncovered,
  coalesce(json_agg(json_build_object('id', x.id, 'name', x.name) order by x.id)
    filter (where x.lifecycle_state = 'DECOMMISSIONED' and ${still}), '[]') as decommissioned`;
