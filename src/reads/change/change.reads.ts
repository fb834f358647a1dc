import { changeList, ChangeType } from '../../schema/change/change.type.js';
import { sql, type RawBuilder } from 'kysely';
import { configurationItemRead } from '../cmdb/configuration-item.reads.js';
import { externalRefColumn } from '../external-ref.js';
import { defineEdge, defineRead } from '../model.js';

const liveRelease = sql`(select rc.release_id from release_change rc where rc.change_id = t.id and rc.live)`;

const hasCi = (role: 'SOURCE' | 'TARGET') => (condition: RawBuilder<unknown>) =>
  sql`exists (select 1 from change_ci x where x.change_id = t.id and x.role = ${sql.lit(role)} and ${condition})`;

/** How changes are read. */
export const changeRead = defineRead<ChangeType>({
  list: changeList,
  type: 'Change',
  table: 'change',
  of: ChangeType,
  keys: ['requestedById', 'authorisedById'],
  computed: { externalRef: externalRefColumn, liveReleaseId: liveRelease },
  order: { PLANNED_START: { column: sql`coalesce(t.planned_start, 'infinity')`, type: 'timestamptz' } },
  filters: {
    targetCi: { kind: 'related', of: 'id', type: 'ConfigurationItem', column: sql`x.ci_id`, exists: hasCi('TARGET') },
    sourceCi: { kind: 'related', of: 'id', type: 'ConfigurationItem', column: sql`x.ci_id`, exists: hasCi('SOURCE') },
    release: { kind: 'id', type: 'Release', column: liveRelease },
  },
});

/** Configuration items that a change acts on. */
export const targetCisOfChange = defineEdge({
  name: 'Change.targetCis',
  model: configurationItemRead,
  join: sql`join change_ci x on x.ci_id = t.id and x.role = 'TARGET'`,
  on: sql`x.change_id = p.id`,
});

/** Configuration items that supply the content of a change. */
export const sourceCisOfChange = defineEdge({
  name: 'Change.sourceCis',
  model: configurationItemRead,
  join: sql`join change_ci x on x.ci_id = t.id and x.role = 'SOURCE'`,
  on: sql`x.change_id = p.id`,
});

/** Changes that name a configuration item as source or target. */
export const changesOfCi = defineEdge({
  name: 'ConfigurationItem.changes',
  model: changeRead,
  on: sql`exists (select 1 from change_ci x where x.change_id = t.id and x.ci_id = p.id)`,
  defaultOrder: [{ field: 'ID', direction: 'DESC' }],
});
