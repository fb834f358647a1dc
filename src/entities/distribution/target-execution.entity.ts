import { defineEntity, p } from '@mikro-orm/core';
import { PREFLIGHT_VERDICTS } from '../../domain/distribution/preflight.js';
import { TARGET_STATES } from '../../domain/distribution/observation.js';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { id, mutable } from '../columns.js';
import { DistributionWave } from './distribution-wave.entity.js';
import { Distribution } from './distribution.entity.js';

const TargetExecutionSchema = defineEntity({
  name: 'TargetExecution',
  tableName: 'target_execution',
  properties: {
    id: id(),
    distributionId: () => p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').deleteRule('restrict'),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
    waveId: () => p.manyToOne(DistributionWave).mapToPk().fieldName('wave_id').nullable().deleteRule('set null'),
    excluded: p.boolean().default(false),
    state: p.enum(TARGET_STATES).default('PENDING'),
    attempt: p.integer().default(0),
    nativeStatus: p.text().nullable(),
    percent: p.integer().default(0),
    step: p.text().nullable(),
    reasonCode: p.text().nullable(),
    reasonMessage: p.text().nullable(),
    retryable: p.boolean().nullable(),
    verificationRequired: p.boolean().default(false),
    verifiedDigest: p.text().nullable(),
    preflightVerdict: p.enum(PREFLIGHT_VERDICTS).nullable(),
    preflightMessage: p.text().nullable(),
    observedAt: p.datetime().nullable(),
    startedAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
    ...mutable(),
  },
  uniques: [{ properties: ['distributionId', 'ciId'] }],
  indexes: [
    { properties: ['ciId', 'id'] },
    { properties: ['distributionId', 'id'] },
    { properties: ['distributionId', 'attempt', 'state'] },
    { properties: ['waveId', 'state'] },
    // Deliveries that may have reached their item, in order. `src/reads/cmdb/ci-touch.parts.ts` has the same condition.
    {
      name: 'target_execution_touched',
      expression:
        'create index "target_execution_touched" on "target_execution" ((coalesce("ended_at", "started_at")), "id") ' +
        `where "started_at" is not null or "state" in ('UNKNOWN', 'EXPIRED')`,
    },
    // Those of which an attempt before the latest may have reached the item.
    {
      name: 'target_execution_tried_again',
      expression:
        'create index "target_execution_tried_again" on "target_execution" ("id") ' +
        `where "attempt" > 1 and "started_at" is null and "state" not in ('UNKNOWN', 'EXPIRED')`,
    },
  ],
});

/** One target CI of a distribution, with the progress of the delivery to it. */
export class TargetExecution extends TargetExecutionSchema.class {}

TargetExecutionSchema.setClass(TargetExecution);
