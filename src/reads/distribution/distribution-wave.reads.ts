import { sql } from 'kysely';
import { DistributionWaveType } from '../../schema/distribution/distribution-wave.type.js';
import { defineEdge, defineRead } from '../model.js';
import { targetExecutionRead } from './target-execution.reads.js';

/** How waves are read. */
export const distributionWaveRead = defineRead<DistributionWaveType>({
  type: 'DistributionWave',
  table: 'distribution_wave',
  of: DistributionWaveType,
  keys: ['distributionId', 'deploymentToolId'],
});

/** Waves of a distribution, in the order in which they were planned. */
export const distributionWaves = defineEdge({
  name: 'Distribution.waves',
  model: distributionWaveRead,
  on: sql`t.distribution_id = p.id`,
});

/** Targets of a wave. */
export const waveTargets = defineEdge({
  name: 'DistributionWave.targets',
  model: targetExecutionRead,
  on: sql`t.wave_id = p.id`,
});
