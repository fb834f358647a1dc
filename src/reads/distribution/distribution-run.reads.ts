import { DistributionRunType } from '../../schema/distribution/distribution-run.type.js';
import { sql } from 'kysely';
import { defineEdge, defineRead } from '../model.js';

/** How runs are read. The stored order and the tool's handle are not for clients. */
export const distributionRunRead = defineRead<DistributionRunType>({
  type: 'DistributionRun',
  table: 'distribution_run',
  of: DistributionRunType,
  keys: ['distributionId', 'deploymentToolId'],
});

/** Attempts of a distribution, first to last. */
export const distributionRuns = defineEdge({
  name: 'Distribution.runs',
  model: distributionRunRead,
  on: sql`t.distribution_id = p.id`,
});
