import { sql } from 'kysely';
import { explainingChange, explainingDistribution } from '../../facts/cmdb/drift.facts.js';
import { driftList, DriftType } from '../../schema/cmdb/drift.type.js';
import { defineEdge, defineRead } from '../model.js';

const change = explainingChange(sql`t.ci_id`);
const distribution = explainingDistribution(sql`t.ci_id`);
const explanation = sql`case when ${change} is not null then 'CHANGE' when ${distribution} is not null
  then 'DISTRIBUTION' else 'UNEXPLAINED' end`;

/** How drift is read. What explains it is looked up as it is now. */
export const driftRead = defineRead<DriftType>({
  list: driftList,
  type: 'Drift',
  table: 'drift',
  of: DriftType,
  keys: ['ciId', 'observationId', 'targetId', 'dmlItemId', 'changeId', 'decidedById'],
  computed: { explanation, explainingChangeId: change, explainingDistributionId: distribution },
  filters: { explanation: { kind: 'enum', column: explanation } },
});

/** Differences between the record of a configuration item and what sources observe. */
export const driftOfCi = defineEdge({
  name: 'ConfigurationItem.drift',
  model: driftRead,
  on: sql`t.ci_id = p.id`,
});
