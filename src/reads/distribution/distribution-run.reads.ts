import { DistributionRunType } from '../../schema/distribution/target-execution.type.js';
import { sql } from 'kysely';
import { defineEdge, defineRead } from '../model.js';

export const distributionRunRead = defineRead<DistributionRunType>({
  type: 'DistributionRun',
  table: 'distribution_run',
  of: DistributionRunType,
  keys: ['distributionId'],
});

export const distributionRuns = defineEdge({
  name: 'Distribution.runs',
  model: distributionRunRead,
  on: sql`t.distribution_id = p.id`,
});
