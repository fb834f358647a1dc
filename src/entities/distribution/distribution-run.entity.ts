import { RUN_STATES } from '../../domain/distribution/distribution-run.js';
import { defineEntity, p } from '@mikro-orm/core';
import { id, mutable } from '../columns.js';
import { DeploymentTool } from './deployment-tool.entity.js';
import { Distribution } from './distribution.entity.js';

const DistributionRunSchema = defineEntity({
  name: 'DistributionRun',
  tableName: 'distribution_run',
  properties: {
    id: id(),
    distributionId: () => p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').deleteRule('restrict'),
    deploymentToolId: () =>
      p.manyToOne(DeploymentTool).mapToPk().fieldName('deployment_tool_id').deleteRule('restrict'),
    attempt: p.integer(),
    key: p.text().unique(),
    fingerprint: p.text(),
    request: p.json<Record<string, unknown>>(),
    state: p.enum(RUN_STATES).default('INTENT'),
    handle: p.json<Record<string, unknown>>().nullable(),
    cursor: p.text().nullable(),
    nativeStatus: p.text().nullable(),
    message: p.text().nullable(),
    url: p.text().nullable(),
    backOut: p.boolean().default(false),
    submitCalls: p.integer().default(0),
    submitUnclear: p.boolean().default(false),
    failures: p.integer().default(0),
    deadline: p.datetime(),
    nextObserveAt: p.datetime().nullable(),
    cancelRequestedAt: p.datetime().nullable(),
    cancelMode: p.text().nullable(),
    cancelAnswer: p.text().nullable(),
    control: p.text().nullable(),
    callbackHash: p.text().nullable(),
    lastCallbackId: p.text().nullable(),
    preflightedAt: p.datetime().nullable(),
    leaseOwner: p.text().nullable(),
    leaseUntil: p.datetime().nullable(),
    fence: p.integer().default(0),
    submittedAt: p.datetime().nullable(),
    finishedAt: p.datetime().nullable(),
    ...mutable(),
  },
  uniques: [{ properties: ['distributionId', 'attempt'] }],
  indexes: [
    { properties: ['nextObserveAt'] },
    { properties: ['callbackHash'] },
    { properties: ['deploymentToolId', 'finishedAt'] },
  ],
});

/**
 * One attempt of a distribution at its tool. The row is written before the tool is called (`key`, `fingerprint`, the
 * whole request), so that after a crash the same run is found again and never started twice. `fence` is incremented by
 * every lease. `submitUnclear` is true while a call of `submit` is running or has ended without a clear answer.
 * `control` is a pause or resume still to be sent to the tool. `backOut` marks the run that undoes an earlier one.
 */
export class DistributionRun extends DistributionRunSchema.class {}

DistributionRunSchema.setClass(DistributionRun);
