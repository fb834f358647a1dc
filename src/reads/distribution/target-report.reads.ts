import { TargetReportType } from '../../schema/distribution/target-report.type.js';
import { sql } from 'kysely';
import { defineEdge, defineRead } from '../model.js';

/** How reports are read. */
export const targetReportRead = defineRead<TargetReportType>({
  type: 'TargetReport',
  table: 'target_report',
  of: TargetReportType,
  keys: ['targetExecutionId', 'runId', 'reportedById'],
});

/** Reports on a target, in the order in which they were recorded. */
export const targetReports = defineEdge({
  name: 'TargetExecution.reports',
  model: targetReportRead,
  on: sql`t.target_execution_id = p.id`,
});
