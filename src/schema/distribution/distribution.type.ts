import { Field, Int, ObjectType } from 'type-graphql';
import {
  DISTRIBUTION_STATE_DESCRIPTIONS,
  DISTRIBUTION_STATES,
  type DistributionOperation,
  type DistributionState,
} from '../../domain/distribution/distribution.state.js';
import { TARGET_STATE_DESCRIPTIONS, TARGET_STATES, type TargetState } from '../../domain/distribution/observation.js';
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
  'How far the delivery to one target has come.',
  TARGET_STATE_DESCRIPTIONS,
);

/** A distribution as the API shows it, and the row it is read as. */
@ObjectType('Distribution', {
  implements: NodeType,
  description:
    'The delivery of a release package to an explicit list of target configuration items through one deployment tool.',
  simpleResolvers: true,
})
export class DistributionType extends NodeType {
  @Field(() => String, { description: 'Number for people, e.g. DST-1042.' })
  number!: string;

  @Field(() => String, { description: 'Name.' })
  name!: string;

  @Field(() => DistributionOperationEnum, { description: 'What it does on its targets.' })
  operation!: DistributionOperation;

  @Field(() => DistributionStateEnum, { description: 'How far it has come.' })
  state!: DistributionState;

  @Field(() => String, {
    nullable: true,
    description:
      'Why it is in this state, where that needs saying: what blocks its start, why the tool refused it, why it ' +
      'was stopped.',
  })
  stateReason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it starts by itself, once scheduled.' })
  scheduledStart!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When its time is over: if it has not started by then it is MISSED.',
  })
  scheduledEnd!: string | null;

  @Field(() => Int, { description: 'Minutes after its start at which targets without a result count as unknown.' })
  deadlineMinutes!: number;

  @Field(() => Int, { nullable: true, description: 'Most targets under way at a time; null leaves it to the tool.' })
  maxParallel!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'After so many failed targets no further one is begun; null never stops.',
  })
  stopAfterFailures!: number | null;

  @Field(() => JSONObject, { description: 'What the tool is told beyond package and targets.' })
  parameters!: Record<string, unknown>;

  @Field(() => Boolean, {
    description: 'Whether somebody other than the planner has to approve it. Always so when a target is CRITICAL.',
  })
  approvalRequired!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'When it was approved.' })
  approvedAt!: string | null;

  @Field(() => Int, { description: 'How often it has been started; each retry and each back-out is one more.' })
  attempt!: number;

  @Field(() => Int, { description: '0 to 100; 100 only when every target has a final state.' })
  percent!: number;

  @Field(() => DateTime, { nullable: true, description: 'When it first started.' })
  startedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When its latest attempt ended.' })
  endedAt!: string | null;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was planned.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string;

  releaseId!: string;
  deploymentToolId!: string;
  plannedById!: string;
  approvedById!: string | null;
}

/** One DML item version of a distribution, as the API shows it. */
@ObjectType('DistributionContent', {
  description: 'One DML item version that a distribution delivers.',
  simpleResolvers: true,
})
export class DistributionContentType {
  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 of its media when the distribution was planned; null for items without media. A start compares it ' +
      'with the DML and with the baseline of the release.',
  })
  digest!: string | null;

  dmlItemVersionId!: string;
}

/** How many targets are in one state. */
@ObjectType('TargetStateCount', { description: 'How many targets are in one state.', simpleResolvers: true })
export class TargetStateCountType {
  @Field(() => TargetStateEnum, { description: 'The state.' })
  state!: TargetState;

  @Field(() => Int, { description: 'How many targets.' })
  count!: number;
}

/** How far a distribution has come, by its targets. */
@ObjectType('DistributionProgress', {
  description: 'How far a distribution has come, by its targets.',
  simpleResolvers: true,
})
export class DistributionProgressType {
  @Field(() => Int, { description: 'Number of targets.' })
  total!: number;

  @Field(() => Int, { description: 'How many have a final state.' })
  ended!: number;

  @Field(() => Int, { description: '0 to 100; 100 only when every target has a final state.' })
  percent!: number;

  @Field(() => [TargetStateCountType], { description: 'Targets by state; states without a target are left out.' })
  counts!: TargetStateCountType[];
}

export const DistributionStateFilter = enumFilter('DistributionState', DistributionStateEnum);
export const DistributionOperationFilter = enumFilter('DistributionOperation', DistributionOperationEnum);
export const TargetStateFilter = enumFilter('TargetState', TargetStateEnum);

/** Lists of distributions: what they can be filtered and ordered by. */
export const distributionList = listType('Distribution', () => DistributionType, {
  of: 'distributions',
  filter: {
    number: text('By number.'),
    name: text('By name.'),
    state: oneOf(DistributionStateFilter, 'By state.'),
    operation: oneOf(DistributionOperationFilter, 'By operation.'),
    release: id('Release', 'By release.'),
    deploymentTool: id('DeploymentTool', 'By deployment tool.'),
    target: id('ConfigurationItem', 'By target configuration item: distributions that name it.'),
    content: id('DmlItemVersion', 'By DML item version: distributions that deliver it.'),
    scheduledStart: instant('By scheduled start.'),
    startedAt: instant('By first start.'),
    endedAt: instant('By end.'),
    attempt: int('By number of attempts.'),
  },
  order: {
    NUMBER: text('Number, as text.'),
    SCHEDULED_START: instant('Scheduled start; distributions without one come last when ascending.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});
