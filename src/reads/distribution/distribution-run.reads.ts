import { type DistributionRunType } from '../../schema/distribution/target-execution.type.js';
import { sql } from 'kysely';
import { defineEdge, defineRead } from '../model.js';

export const distributionRunRead = defineRead<DistributionRunType>({
  type: 'DistributionRun',
  table: 'distribution_run',
  fields: [
    'attempt',
    'key',
    'fingerprint',
    'backOut',
    'state',
    'nativeStatus',
    'message',
    'url',
    'submitCalls',
    'failures',
    'deadline',
    'cancelRequestedAt',
    'submittedAt',
    'finishedAt',
    'createdAt',
    'updatedAt',
    'distributionId',
  ],
});

export const distributionRuns = defineEdge({
  name: 'Distribution.runs',
  model: distributionRunRead,
  on: sql`t.distribution_id = p.id`,
});
