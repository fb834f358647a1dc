import type { DecisionChoice } from '../../domain/distribution/decision-point.machine.js';
import { DecisionChoiceEnum } from './decision-point.type.js';
import { Field, Int, ObjectType } from 'type-graphql';
import {
  DISTRIBUTION_STATE_DESCRIPTIONS,
  DISTRIBUTION_STATES,
  type DistributionOperation,
  type DistributionState,
} from '../../domain/distribution/distribution.state.js';
import { TARGET_STATE_DESCRIPTIONS, TARGET_STATES, type TargetState } from '../../domain/distribution/observation.js';
import type { OutcomePolicyKind } from '../../domain/distribution/outcome-policy.js';
import { OutcomePolicyEnum } from './distribution.inputs.js';
import { DistributionOperationEnum } from './deployment-tool.type.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONObject } from '../scalars.js';
import { id, instant, int, listType, oneOf, text } from '../list.js';

export const DistributionStateEnum = enumFrom(
  'DistributionState',
  DISTRIBUTION_STATES,
  'State of a distribution.',
  DISTRIBUTION_STATE_DESCRIPTIONS,
);

export const TargetStateEnum = enumFrom(
  'TargetState',
  TARGET_STATES,
  'State of the delivery to one target.',
  TARGET_STATE_DESCRIPTIONS,
);

/** A distribution in the API, and the row it is read as. */
@ObjectType('Distribution', {
  implements: NodeType,
  description:
    'Delivery of a release package to an explicit list of target configuration items through one deployment tool.',
  simpleResolvers: true,
})
export class DistributionType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. DST-1042.' })
  number!: string;

  @Field(() => String, { description: 'Name of the distribution.' })
  name!: string;

  @Field(() => DistributionOperationEnum, { description: 'Operation on the targets, e.g. INSTALL.' })
  operation!: DistributionOperation;

  @Field(() => DistributionStateEnum, { description: 'State of the distribution.' })
  state!: DistributionState;

  @Field(() => String, {
    nullable: true,
    description: 'Reason for the state, e.g. what blocks the start or why the tool refused it. Null if there is none.',
  })
  stateReason!: string | null;

  @Field(() => Boolean, {
    description:
      'Whether the hold of the release paused the distribution. If so, the end of the hold resumes it. If a ' +
      'person paused it, a person must resume it.',
  })
  pausedByHold!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'Time of the automatic start, once scheduled.' })
  scheduledStart!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'End of the scheduled time. A distribution that has not started by then becomes MISSED.',
  })
  scheduledEnd!: string | null;

  @Field(() => Int, {
    description: 'Minutes after the start at which targets without a result become UNKNOWN or EXPIRED.',
  })
  deadlineMinutes!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Maximum number of simultaneous targets. Null leaves it to the tool.',
  })
  maxParallel!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Number of failed targets after which no further target starts. Null for no limit.',
  })
  stopAfterFailures!: number | null;

  @Field(() => OutcomePolicyEnum, {
    description: 'What the distribution needs to be SUCCEEDED. Targets that failed stay FAILED all the same.',
  })
  outcomePolicy!: OutcomePolicyKind;

  @Field(() => Int, {
    nullable: true,
    description: 'Share of the targets that must succeed, in percent. Null unless the policy is AT_LEAST_PERCENT.',
  })
  outcomePercent!: number | null;

  @Field(() => Int, {
    description: 'Maximum number of retries that the server makes by itself, for each wave or for the distribution.',
  })
  retryLimit!: number;

  @Field(() => Int, {
    description: 'Minutes before the first retry by itself. The wait doubles with each further one.',
  })
  retryAfterMinutes!: number;

  @Field(() => [String], {
    nullable: true,
    description: 'Reason codes after which the server retries. Null for failures that the tool calls retryable.',
  })
  retryReasons!: string[] | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Time of the next retry by itself, for a distribution without waves. Null if there is none. A wave has a ' +
      'decision point whose default is RETRY.',
  })
  retryAt!: string | null;

  @Field(() => JSONObject, { description: 'Parameters for the tool, besides package and targets.' })
  parameters!: Record<string, unknown>;

  @Field(() => Int, {
    nullable: true,
    description:
      'Minutes after a wave tripped at which `decisionDefault` takes effect. Null if the rollout waits for a person.',
  })
  decisionMinutes!: number | null;

  @Field(() => DecisionChoiceEnum, { description: 'Choice that takes effect if nobody decides about a tripped wave.' })
  decisionDefault!: DecisionChoice;

  @Field(() => Boolean, {
    description:
      'Whether the distribution was planned for all targets of the release. A target that is added later ' +
      'blocks it until it is planned again.',
  })
  allTargets!: boolean;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'Filter by which targets of the release were chosen, as it was given. Null if there is none.',
  })
  targetFilter!: Record<string, unknown> | null;

  @Field(() => Boolean, {
    description:
      'Whether the distribution was planned for all contents of the release. Content that is added later ' +
      'blocks it until it is planned again.',
  })
  allContents!: boolean;

  @Field(() => Boolean, {
    description: 'Whether a person other than the planner must approve. Always true if a target is CRITICAL.',
  })
  approvalRequired!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'Time of the approval. Null if it is not approved.' })
  approvedAt!: string | null;

  @Field(() => Boolean, {
    description:
      'Whether it checked a release that already had its outcome. What it found is drift: targets can fail, and ' +
      'neither the release nor its changes get another outcome.',
  })
  driftCheck!: boolean;

  @Field(() => Int, { description: 'Number of starts: each wave, retry and back-out counts.' })
  attempt!: number;

  @Field(() => Int, { description: 'Progress, 0 to 100. It is 100 only if every target has a final state.' })
  percent!: number;

  @Field(() => DateTime, { nullable: true, description: 'Time of the first start. Null until then.' })
  startedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'End of the latest attempt. Null until then.' })
  endedAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the distribution was planned.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the distribution.' })
  updatedAt!: string;

  releaseId!: string;
  deploymentToolId!: string;
  plannedById!: string;
  approvedById!: string | null;
}

/** How the targets of a distribution would change, in the API. */
@ObjectType('TargetChanges', {
  description:
    'What would change if the targets of a distribution were chosen again now, by the same groups and filter or for ' +
    'all targets of the release. Nothing changes by itself: repeat the choice in `distributionUpdate` to follow it. ' +
    'Both lists are empty where the targets were named, and while the release is backed out.',
  simpleResolvers: true,
})
export class TargetChangesType {
  distributionId!: string;
}

/** One DML item version of a distribution in the API. */
@ObjectType('DistributionContent', {
  description: 'DML item version that a distribution delivers.',
  simpleResolvers: true,
})
export class DistributionContentType {
  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 of the media when the distribution was planned. Null for items without media. A start compares it ' +
      'with the DML and with the baseline of the release.',
  })
  digest!: string | null;

  dmlItemVersionId!: string;
}

/** The number of targets in one state. */
@ObjectType('TargetStateCount', { description: 'Number of targets in one state.', simpleResolvers: true })
export class TargetStateCountType {
  @Field(() => TargetStateEnum, { description: 'State of the targets.' })
  state!: TargetState;

  @Field(() => Int, { description: 'Number of targets in the state.' })
  count!: number;
}

/** Progress of a distribution, counted by targets. */
@ObjectType('DistributionProgress', {
  description: 'Progress of a distribution, counted by targets.',
  simpleResolvers: true,
})
export class DistributionProgressType {
  @Field(() => Int, { description: 'Number of targets of the distribution.' })
  total!: number;

  @Field(() => Int, { description: 'Number of targets with a final state.' })
  ended!: number;

  @Field(() => Int, { description: 'Progress, 0 to 100. It is 100 only if every target has a final state.' })
  percent!: number;

  @Field(() => [TargetStateCountType], {
    description: 'Number of targets by state. States without targets are omitted.',
  })
  counts!: TargetStateCountType[];
}

export const DistributionStateFilter = enumFilter('DistributionState', DistributionStateEnum);
export const DistributionOperationFilter = enumFilter('DistributionOperation', DistributionOperationEnum);
export const TargetStateFilter = enumFilter('TargetState', TargetStateEnum);

/** Lists of distributions, with their filters and sort fields. */
export const distributionList = listType('Distribution', () => DistributionType, {
  of: 'distributions',
  filter: {
    number: text('Number of the distribution, e.g. DST-1042.'),
    name: text('Name of the distribution.'),
    state: oneOf(DistributionStateFilter, 'State of the distribution.'),
    operation: oneOf(DistributionOperationFilter, 'Operation on the targets.'),
    release: id('Release', 'Release that is delivered.'),
    deploymentTool: id('DeploymentTool', 'Deployment tool of the distribution.'),
    target: id('ConfigurationItem', 'Configuration item that is a target.'),
    content: id('DmlItemVersion', 'DML item version that is delivered.'),
    scheduledStart: instant('Time of the scheduled start.'),
    startedAt: instant('Time of the first start.'),
    endedAt: instant('End of the latest attempt.'),
    attempt: int('Number of starts, including retries and back-outs.'),
  },
  order: {
    NUMBER: text('Number of the distribution, compared as text.'),
    SCHEDULED_START: instant('Time of the scheduled start. Ascending, distributions without one come last.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});
