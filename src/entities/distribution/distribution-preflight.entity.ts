import { defineEntity, p } from '@mikro-orm/core';
import { PREFLIGHT_KINDS, PREFLIGHT_VERDICTS } from '../../domain/distribution/preflight.js';
import { id } from '../columns.js';
import { Distribution } from './distribution.entity.js';

const DistributionPreflightSchema = defineEntity({
  name: 'DistributionPreflight',
  tableName: 'distribution_preflight',
  properties: {
    id: id(),
    distributionId: () =>
      p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').deleteRule('restrict').unique(),
    askedAt: p.datetime(),
    answeredAt: p.datetime().nullable(),
    nextAskAt: p.datetime().nullable(),
    kind: p.enum(PREFLIGHT_KINDS),
    verdict: p.enum(PREFLIGHT_VERDICTS).nullable(),
    messages: p.text().array().default([]),
    toolVersion: p.text().nullable(),
    failures: p.integer().default(0),
    error: p.text().nullable(),
  },
  indexes: [{ properties: ['nextAskAt'] }],
});

/**
 * The latest preflight of a distribution. What the tool said of each target stands at the target. `answeredAt` is null
 * while the answer is awaited, `verdict` as long as there is none. `failures` counts failed calls since `askedAt`.
 * `nextAskAt` is when a process asks the tool, or asks again: while one does, when it is taken for dead.
 */
export class DistributionPreflight extends DistributionPreflightSchema.class {}
DistributionPreflightSchema.setClass(DistributionPreflight);
