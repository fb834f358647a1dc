import { RUN_STATES } from '../../domain/distribution/distribution-run.js';
import { defineEntity, p } from '@mikro-orm/core';
import { DISTRIBUTION_OPERATIONS, DISTRIBUTION_STATES } from '../../domain/distribution/distribution.state.js';
import { TARGET_STATES } from '../../domain/distribution/observation.js';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { createdAt, id, jsonObject, mutable, number } from '../columns.js';
import { DeploymentTool } from './deployment-tool.entity.js';
import { DmlItemVersion } from '../library/dml.entity.js';
import { Person } from '../people/person.entity.js';
import { Release } from '../release/release.entity.js';

const DistributionSchema = defineEntity({
  name: 'Distribution',
  tableName: 'distribution',
  properties: {
    id: id(),
    number: number('DST', 'distribution'),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').deleteRule('restrict'),
    deploymentToolId: () =>
      p.manyToOne(DeploymentTool).mapToPk().fieldName('deployment_tool_id').deleteRule('restrict'),
    name: p.text(),
    operation: p.enum(DISTRIBUTION_OPERATIONS).default('INSTALL'),
    state: p.enum(DISTRIBUTION_STATES).default('PLANNED'),
    stateReason: p.text().nullable(),
    scheduledStart: p.datetime().nullable(),
    scheduledEnd: p.datetime().nullable(),
    deadlineMinutes: p.integer().default(60),
    maxParallel: p.integer().nullable(),
    stopAfterFailures: p.integer().nullable(),
    parameters: jsonObject(),
    plannedById: () => p.manyToOne(Person).mapToPk().fieldName('planned_by_id').deleteRule('restrict'),
    approvalRequired: p.boolean().default(false),
    approvedById: () => p.manyToOne(Person).mapToPk().fieldName('approved_by_id').nullable().deleteRule('restrict'),
    approvedAt: p.datetime().nullable(),
    attempt: p.integer().default(0),
    percent: p.integer().default(0),
    startedAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
    ...mutable(),
  },
  indexes: [
    { properties: ['releaseId', 'id'] },
    { properties: ['deploymentToolId'] },
    { properties: ['state', 'scheduledStart'] },
  ],
});

/**
 * The planned or running delivery of a release package to an explicit list of target CIs through one deployment tool.
 */
export class Distribution extends DistributionSchema.class {}
DistributionSchema.setClass(Distribution);

const DistributionContentSchema = defineEntity({
  name: 'DistributionContent',
  tableName: 'distribution_content',
  properties: {
    id: id(),
    distributionId: () => p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').deleteRule('cascade'),
    dmlItemVersionId: () =>
      p.manyToOne(DmlItemVersion).mapToPk().fieldName('dml_item_version_id').deleteRule('restrict'),
    digest: p.text().nullable(),
  },
  uniques: [{ properties: ['distributionId', 'dmlItemVersionId'] }],
  indexes: [{ properties: ['dmlItemVersionId'] }],
});

/** One DML item version that a distribution delivers, with its digest at the time of planning. */
export class DistributionContent extends DistributionContentSchema.class {}
DistributionContentSchema.setClass(DistributionContent);

const DistributionRunSchema = defineEntity({
  name: 'DistributionRun',
  tableName: 'distribution_run',
  properties: {
    id: id(),
    distributionId: () => p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').deleteRule('restrict'),
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
    leaseOwner: p.text().nullable(),
    leaseUntil: p.datetime().nullable(),
    fence: p.integer().default(0),
    submittedAt: p.datetime().nullable(),
    finishedAt: p.datetime().nullable(),
    ...mutable(),
  },
  uniques: [{ properties: ['distributionId', 'attempt'] }],
  indexes: [{ properties: ['nextObserveAt'] }, { properties: ['callbackHash'] }],
});

/**
 * One attempt of a distribution at its tool. The row is written before the tool is called (`key`, `fingerprint`, the
 * whole request), so that after a crash the same run is found again and never started twice. `fence` is incremented by
 * every lease. `submitUnclear` is true while a call of `submit` is running or has ended without a clear answer.
 * `control` is a pause or resume still to be sent to the tool. `backOut` marks the run that undoes an earlier one.
 */
export class DistributionRun extends DistributionRunSchema.class {}
DistributionRunSchema.setClass(DistributionRun);

const TargetExecutionSchema = defineEntity({
  name: 'TargetExecution',
  tableName: 'target_execution',
  properties: {
    id: id(),
    distributionId: () => p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').deleteRule('restrict'),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
    state: p.enum(TARGET_STATES).default('PENDING'),
    attempt: p.integer().default(0),
    nativeStatus: p.text().nullable(),
    percent: p.integer().default(0),
    step: p.text().nullable(),
    reasonCode: p.text().nullable(),
    reasonMessage: p.text().nullable(),
    retryable: p.boolean().nullable(),
    verifiedDigest: p.text().nullable(),
    observedAt: p.datetime().nullable(),
    startedAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
    ...mutable(),
  },
  uniques: [{ properties: ['distributionId', 'ciId'] }],
  indexes: [
    { properties: ['ciId', 'id'] },
    { properties: ['distributionId', 'id'] },
    { properties: ['distributionId', 'state'] },
  ],
});

/** One target CI of a distribution, with the progress of the delivery to it. */
export class TargetExecution extends TargetExecutionSchema.class {}
TargetExecutionSchema.setClass(TargetExecution);

const TargetReportSchema = defineEntity({
  name: 'TargetReport',
  tableName: 'target_report',
  properties: {
    id: id(),
    targetExecutionId: () =>
      p.manyToOne(TargetExecution).mapToPk().fieldName('target_execution_id').deleteRule('restrict'),
    runId: () => p.manyToOne(DistributionRun).mapToPk().fieldName('run_id').deleteRule('restrict'),
    attempt: p.integer(),
    state: p.enum(TARGET_STATES),
    nativeStatus: p.text(),
    reportedAt: p.datetime(),
    dedupeKey: p.text(),
    effect: p.text(),
    reasonCode: p.text().nullable(),
    message: p.text().nullable(),
    evidence: p.text().nullable(),
    reportedById: () => p.manyToOne(Person).mapToPk().fieldName('reported_by_id').nullable().deleteRule('restrict'),
    payload: p.json<Record<string, unknown>>(),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['runId', 'targetExecutionId', 'dedupeKey'] }],
  indexes: [{ properties: ['targetExecutionId', 'id'] }],
});

/** A report of a tool or person about a target, stored as received. `effect` tells whether it changed the state. */
export class TargetReport extends TargetReportSchema.class {}
TargetReportSchema.setClass(TargetReport);
