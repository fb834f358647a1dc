import { Field, Int, ObjectType } from 'type-graphql';
import {
  OBSERVATION_EFFECT_DESCRIPTIONS,
  OBSERVATION_EFFECTS,
  type ObservationEffect,
  type TargetState,
} from '../../domain/distribution/observation.js';
import { connectionType } from '../connection.js';
import { TargetStateEnum, TargetStateFilter } from './distribution.type.js';
import { enumFrom } from '../enums.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { RUN_STATES } from '../../domain/distribution/distribution-run.js';
import { id, instant, int, listType, oneOf, text } from '../list.js';

export const ObservationEffectEnum = enumFrom(
  'ObservationEffect',
  OBSERVATION_EFFECTS,
  'Effect of a report on the state of its target. The report itself is always kept.',
  OBSERVATION_EFFECT_DESCRIPTIONS,
);

export const DistributionRunStateEnum = enumFrom(
  'DistributionRunState',
  RUN_STATES,
  'State of one run of a deployment tool.',
  {
    INTENT: 'The order is stored; the tool has not confirmed it yet.',
    SUBMITTED: 'The tool has confirmed the order.',
    FINISHED: 'No further report is expected. Late reports are still recorded.',
    REFUSED: 'The tool refused the order, or the order did not reach it.',
    UNKNOWN: 'The order was sent, but it is unknown whether it runs. `distributionReconcile` resolves it.',
  },
);

/** A run in the API, and the row it is read as. The order and the handle stay on the server. */
@ObjectType('DistributionRun', {
  implements: NodeType,
  description:
    'Attempt of a distribution at its deployment tool. Its key is stored before the tool is called, so that no ' +
    'attempt starts twice.',
  simpleResolvers: true,
})
export class DistributionRunType extends NodeType {
  @Field(() => Int, { description: 'Number of the attempt, from 1.' })
  attempt!: number;

  @Field(() => String, { description: 'Key of the run at the tool.' })
  key!: string;

  @Field(() => String, {
    description: 'SHA-256 of the order. Two different orders never share a key.',
  })
  fingerprint!: string;

  @Field(() => Boolean, { description: 'Whether the attempt backs out an earlier one.' })
  backOut!: boolean;

  @Field(() => DistributionRunStateEnum, { description: 'State of the run.' })
  state!: (typeof RUN_STATES)[number];

  @Field(() => String, { nullable: true, description: 'Status of the run in the terms of the tool.' })
  nativeStatus!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Last message of the tool, or the error of the last call to it.',
  })
  message!: string | null;

  @Field(() => String, { nullable: true, description: 'Address of the run in the web interface of the tool.' })
  url!: string | null;

  @Field(() => Int, {
    description:
      'Number of times the order was sent. More than 1 only if the tool makes that safe or certainly did nothing ' +
      'before.',
  })
  submitCalls!: number;

  @Field(() => Int, { description: 'Number of consecutive failed calls to the tool.' })
  failures!: number;

  @Field(() => DateTime, { description: 'Time after which targets without a result become UNKNOWN or EXPIRED.' })
  deadline!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time at which a person or the deadline requested a stop. Null if none did.',
  })
  cancelRequestedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which the tool confirmed the order.' })
  submittedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which the run finished. Null before it.' })
  finishedAt!: string | null;

  @Field(() => DateTime, { description: 'Time at which the order was stored.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  distributionId!: string;
}

/** A target execution in the API, and the row it is read as. */
@ObjectType('TargetExecution', {
  implements: NodeType,
  description: 'Target of a distribution, with the state and progress of the delivery to it.',
  simpleResolvers: true,
})
export class TargetExecutionType extends NodeType {
  @Field(() => TargetStateEnum, {
    description: 'State of the delivery, as far as known. It never moves back within an attempt.',
  })
  state!: TargetState;

  @Field(() => Int, {
    description: 'Latest attempt of the distribution for this target. 0 before the first.',
  })
  attempt!: number;

  @Field(() => String, { nullable: true, description: 'Status in the terms of the tool.' })
  nativeStatus!: string | null;

  @Field(() => Int, { description: 'Progress that the tool reports, 0 to 100.' })
  percent!: number;

  @Field(() => String, { nullable: true, description: 'Step in progress, or last completed step.' })
  step!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Reason code of the state, e.g. MEDIA_DIGEST_MISMATCH. Null for plain success.',
  })
  reasonCode!: string | null;

  @Field(() => String, { nullable: true, description: 'Reason in words. Null if there is none.' })
  reasonMessage!: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the tool expects a retry to help. Null if it reported nothing.',
  })
  retryable!: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 that the tool read back on the target. Null if it did not.',
  })
  verifiedDigest!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Start of the work on the target in the latest attempt.' })
  startedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which the target reached a final state.' })
  endedAt!: string | null;

  @Field(() => Int, { description: 'Grows with every change.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the record was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  distributionId!: string;
  ciId!: string;
}

/** A report in the API, and the row it is read as. */
@ObjectType('TargetReport', {
  implements: NodeType,
  description: 'Report of a tool, a person or the server about a target, stored unchanged.',
  simpleResolvers: true,
})
export class TargetReportType extends NodeType {
  @Field(() => Int, { description: 'Number of the attempt, from 1.' })
  attempt!: number;

  @Field(() => TargetStateEnum, { description: 'State of the target according to the report.' })
  state!: TargetState;

  @Field(() => String, { description: 'Status in the terms of the reporter.' })
  nativeStatus!: string;

  @Field(() => DateTime, { description: 'Time of the observation by the clock of the reporter.' })
  reportedAt!: string;

  @Field(() => ObservationEffectEnum, { description: 'Effect of the report on the state of the target.' })
  effect!: ObservationEffect;

  @Field(() => String, { nullable: true, description: 'Reason code. Null if there is none.' })
  reasonCode!: string | null;

  @Field(() => String, { nullable: true, description: 'Reason in words. Null if there is none.' })
  message!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Evidence from a person, e.g. a serial number or the address of a photograph.',
  })
  evidence!: string | null;

  @Field(() => DateTime, { description: 'Time at which the server recorded the report.' })
  createdAt!: string;

  targetExecutionId!: string;
  runId!: string;
  reportedById!: string | null;
}

export const DistributionRunConnection = connectionType('DistributionRun', () => DistributionRunType);

export const TargetReportConnection = connectionType('TargetReport', () => TargetReportType);

/** Lists of target executions, with their filters and sort fields. */
export const targetExecutionList = listType('TargetExecution', () => TargetExecutionType, {
  of: 'target executions',
  filter: {
    state: oneOf(TargetStateFilter, 'State of the delivery to the target.'),
    ci: id('ConfigurationItem', 'Configuration item that is the target.'),
    distribution: id('Distribution', 'Distribution of the target.'),
    attempt: int('Latest attempt for the target. 0 before the first.'),
  },
  order: { CI_NAME: text('Name of the configuration item.'), UPDATED_AT: instant('Time of the last change.') },
});

/** States in which a person can report a target. */
export const REPORTABLE_STATES = [
  'INSTALLING',
  'SUCCEEDED',
  'FAILED',
  'SKIPPED',
  'REJECTED',
  'UNKNOWN',
] as const satisfies readonly TargetState[];

export const ReportedTargetStateEnum = enumFrom(
  'ReportedTargetState',
  REPORTABLE_STATES,
  'State that a person can report for a target.',
  {
    INSTALLING: 'Work on the target is in progress.',
    SUCCEEDED: 'The delivery succeeded.',
    FAILED: 'The delivery failed.',
    SKIPPED: 'The target needed no work or was left out.',
    REJECTED: 'The target or its owner refused the delivery.',
    UNKNOWN: 'The outcome is unknown. A later report can replace it.',
  },
);
