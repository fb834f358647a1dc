import { defineEntity, p } from '@mikro-orm/core';
import type { ApprovalBasis } from '../../domain/approval-basis.js';
import { DECISION_CHOICES } from '../../domain/distribution/decision-point.machine.js';
import type { WavePlan } from '../../domain/distribution/wave.js';
import type { TargetChoice } from '../../domain/distribution/target-choice.js';
import { DISTRIBUTION_OPERATIONS, DISTRIBUTION_STATES } from '../../domain/distribution/distribution.state.js';
import { OUTCOME_POLICIES } from '../../domain/distribution/outcome-policy.js';
import { byInstant, id, jsonObject, mutable, number, whereGiven } from '../columns.js';
import { DeploymentTool } from './deployment-tool.entity.js';
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
    // Tools that single waves have in place of that one.
    furtherToolIds: p.uuid().array().default([]),
    name: p.text(),
    operation: p.enum(DISTRIBUTION_OPERATIONS).default('INSTALL'),
    state: p.enum(DISTRIBUTION_STATES).default('PLANNED'),
    stateReason: p.text().nullable(),
    pausedByHold: p.boolean().default(false),
    scheduledStart: p.datetime().nullable(),
    scheduledEnd: p.datetime().nullable(),
    deadlineMinutes: p.integer().default(60),
    maxParallel: p.integer().nullable(),
    stopAfterFailures: p.integer().nullable(),
    parameters: jsonObject(),
    outcomePolicy: p.enum(OUTCOME_POLICIES).default('ALL'),
    outcomePercent: p.integer().nullable(),
    wavePlan: p.json<WavePlan>().nullable(),
    decisionDefault: p.enum(DECISION_CHOICES).default('STOP'),
    decisionMinutes: p.integer().nullable(),
    retryLimit: p.integer().default(0),
    retryAfterMinutes: p.integer().default(5),
    retryReasons: p.text().array().nullable(),
    retriesDone: p.integer().default(0),
    retryAt: p.datetime().nullable(),
    plannedById: () => p.manyToOne(Person).mapToPk().fieldName('planned_by_id').deleteRule('restrict'),
    allTargets: p.boolean().default(false),
    targetChoice: p.json<TargetChoice>().nullable(),
    allContents: p.boolean().default(false),
    approvalRequired: p.boolean().default(false),
    approvedById: () => p.manyToOne(Person).mapToPk().fieldName('approved_by_id').nullable().deleteRule('restrict'),
    approvedAt: p.datetime().nullable(),
    // Without what was judged of the targets, see `ApprovedTarget`. It is only loaded where it is replaced.
    approvedBasis: p.json<ApprovalBasis>().nullable().lazy(),
    driftCheck: p.boolean().default(false),
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
    byInstant('distribution', 'scheduled_start'),
    { properties: ['retryAt'] },
    { properties: ['plannedById'] },
    whereGiven('distribution', 'approved_by_id'),
  ],
});

/**
 * The planned or running delivery of a release package to an explicit list of target CIs through one deployment tool.
 */
export class Distribution extends DistributionSchema.class {}
DistributionSchema.setClass(Distribution);
