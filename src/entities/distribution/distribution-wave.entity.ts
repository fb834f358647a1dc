import { defineEntity, p } from '@mikro-orm/core';
import { WAVE_STATES } from '../../domain/distribution/distribution-wave.machine.js';
import { WAVE_ADVANCES } from '../../domain/distribution/wave.js';
import { id, mutable } from '../columns.js';
import { DeploymentTool } from './deployment-tool.entity.js';
import { Distribution } from './distribution.entity.js';

const DistributionWaveSchema = defineEntity({
  name: 'DistributionWave',
  tableName: 'distribution_wave',
  properties: {
    id: id(),
    distributionId: () => p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').deleteRule('restrict'),
    deploymentToolId: () =>
      p.manyToOne(DeploymentTool).mapToPk().fieldName('deployment_tool_id').nullable().deleteRule('restrict'),
    position: p.integer(),
    name: p.text(),
    state: p.enum(WAVE_STATES).default('PLANNED'),
    advance: p.enum(WAVE_ADVANCES).default('AUTOMATIC'),
    soakMinutes: p.integer().default(0),
    deadlineMinutes: p.integer().nullable(),
    maxFailures: p.integer().nullable(),
    maxFailurePercent: p.integer().nullable(),
    minSuccessPercent: p.integer().nullable(),
    opensAt: p.datetime().nullable(),
    closesAt: p.datetime().nullable(),
    parameters: p.json<Record<string, unknown>>().nullable(),
    explanation: p.text().array().default([]),
    acceptedFailures: p.integer().default(0),
    attempt: p.integer().default(0),
    startedAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
    soakUntil: p.datetime().nullable(),
    ...mutable(),
  },
  uniques: [{ properties: ['distributionId', 'position'] }],
});

/**
 * A part of the targets of a distribution that one run delivers to. The next wave starts when this one has passed.
 * `attempt` is the attempt of its latest run, `acceptedFailures` how many failures a decision has accepted. Without a
 * tool of its own, that of the distribution delivers to it.
 */
export class DistributionWave extends DistributionWaveSchema.class {}
DistributionWaveSchema.setClass(DistributionWave);
