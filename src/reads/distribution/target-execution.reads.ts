import { targetExecutionList, TargetExecutionType } from '../../schema/distribution/target-execution.type.js';
import { sql } from 'kysely';
import { defineEdge, defineRead } from '../model.js';

/** How target executions are read. */
export const targetExecutionRead = defineRead<TargetExecutionType>({
  list: targetExecutionList,
  type: 'TargetExecution',
  table: 'target_execution',
  of: TargetExecutionType,
  keys: ['distributionId', 'ciId', 'waveId'],
  order: { CI_NAME: { column: sql`(select n.name from configuration_item n where n.id = t.ci_id)`, type: 'text' } },
});

/** Targets of a distribution. */
export const distributionTargets = defineEdge({
  name: 'Distribution.targets',
  model: targetExecutionRead,
  on: sql`t.distribution_id = p.id`,
});

/** Deliveries to a configuration item, newest first. */
export const ciTargetExecutions = defineEdge({
  name: 'ConfigurationItem.targetExecutions',
  model: targetExecutionRead,
  on: sql`t.ci_id = p.id`,
  defaultOrder: [{ field: 'ID', direction: 'DESC' }],
});
