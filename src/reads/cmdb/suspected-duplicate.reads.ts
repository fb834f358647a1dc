import { sql } from 'kysely';
import { suspectedDuplicateList, SuspectedDuplicateType } from '../../schema/cmdb/suspected-duplicate.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How suspected duplicates are read. */
export const suspectedDuplicateRead = defineRead<SuspectedDuplicateType>({
  list: suspectedDuplicateList,
  type: 'SuspectedDuplicate',
  table: 'suspected_duplicate',
  of: SuspectedDuplicateType,
  keys: ['ciId', 'otherId', 'decidedById'],
});

/** Suspicions that a configuration item is another one. */
export const duplicatesOfCi = defineEdge({
  name: 'ConfigurationItem.suspectedDuplicates',
  model: suspectedDuplicateRead,
  on: sql`(t.ci_id = p.id or t.other_id = p.id)`,
});
