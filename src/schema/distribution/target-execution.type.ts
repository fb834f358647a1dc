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
  'What a report did to the state of its target. The report is kept in any case.',
  OBSERVATION_EFFECT_DESCRIPTIONS,
);

export const DistributionRunStateEnum = enumFrom(
  'DistributionRunState',
  RUN_STATES,
  'How one call of a deployment tool stands.',
  {
    INTENT: 'The order is stored; the tool has not confirmed it.',
    SUBMITTED: 'The tool has it.',
    FINISHED: 'Nothing more is expected. Late truth is still recorded.',
    REFUSED: 'The tool refused it, or it never reached the tool.',
    UNKNOWN: 'It was sent and nobody can say whether it runs: `distributionReconcile` settles it.',
  },
);

/** A run as the API shows it, and the row it is read as. The order itself and the handle stay on the server. */
@ObjectType('DistributionRun', {
  implements: NodeType,
  description:
    'One attempt of a distribution at its deployment tool. Its key was stored before the tool was called, so ' +
    'that no attempt is ever started twice.',
  simpleResolvers: true,
})
export class DistributionRunType extends NodeType {
  @Field(() => Int, { description: 'Number of the attempt, from 1.' })
  attempt!: number;

  @Field(() => String, { description: 'The key under which the tool knows it.' })
  key!: string;

  @Field(() => String, {
    description: 'SHA-256 of what was asked: the same key never stands for two different orders.',
  })
  fingerprint!: string;

  @Field(() => Boolean, { description: 'Whether this attempt undoes an earlier one.' })
  backOut!: boolean;

  @Field(() => DistributionRunStateEnum, { description: 'How it stands.' })
  state!: (typeof RUN_STATES)[number];

  @Field(() => String, { nullable: true, description: "The tool's own word for its state." })
  nativeStatus!: string | null;

  @Field(() => String, { nullable: true, description: 'What the tool said last, or why it could not be asked.' })
  message!: string | null;

  @Field(() => String, { nullable: true, description: 'Where a person can look at the run in the tool.' })
  url!: string | null;

  @Field(() => Int, {
    description:
      'How often the order was sent under this key. More than one only where the tool makes that safe, or ' +
      'certainly did nothing before.',
  })
  submitCalls!: number;

  @Field(() => Int, { description: 'How many calls of the tool failed in a row.' })
  failures!: number;

  @Field(() => DateTime, { description: 'When the server gives up on targets without a result.' })
  deadline!: string;

  @Field(() => DateTime, { nullable: true, description: 'When a stop was asked for, by a person or by the deadline.' })
  cancelRequestedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the tool confirmed that it has the order.' })
  submittedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was over.' })
  finishedAt!: string | null;

  @Field(() => DateTime, { description: 'When the order was stored.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the record last changed.' })
  updatedAt!: string;

  distributionId!: string;
}

/** A target execution as the API shows it, and the row it is read as. */
@ObjectType('TargetExecution', {
  implements: NodeType,
  description: 'One target of a distribution and how far the delivery to it has come.',
  simpleResolvers: true,
})
export class TargetExecutionType extends NodeType {
  @Field(() => TargetStateEnum, { description: 'What is believed now. It never goes back within an attempt.' })
  state!: TargetState;

  @Field(() => Int, {
    description: 'The attempt of the distribution that last concerned this target; 0 before the first.',
  })
  attempt!: number;

  @Field(() => String, { nullable: true, description: "The tool's own word." })
  nativeStatus!: string | null;

  @Field(() => Int, { description: '0 to 100, as far as the tool says.' })
  percent!: number;

  @Field(() => String, { nullable: true, description: 'The step under way, or the last one done.' })
  step!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Code of the reason for anything but plain success, e.g. MEDIA_DIGEST_MISMATCH.',
  })
  reasonCode!: string | null;

  @Field(() => String, { nullable: true, description: 'The reason in words.' })
  reasonMessage!: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the tool thinks that trying again may help; null when it said nothing.',
  })
  retryable!: boolean | null;

  @Field(() => String, { nullable: true, description: 'SHA-256 that the tool read back on the target.' })
  verifiedDigest!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When work on the target began, in the present attempt.' })
  startedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it reached its final state.' })
  endedAt!: string | null;

  @Field(() => Int, { description: 'Grows with every change.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the record was made.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the record last changed.' })
  updatedAt!: string;

  distributionId!: string;
  ciId!: string;
}

/** A report as the API shows it, and the row it is read as. */
@ObjectType('TargetReport', {
  implements: NodeType,
  description: 'What a tool, a person or the server itself said about a target, kept as it came.',
  simpleResolvers: true,
})
export class TargetReportType extends NodeType {
  @Field(() => Int, { description: 'The attempt it is about.' })
  attempt!: number;

  @Field(() => TargetStateEnum, { description: 'The state it stands for.' })
  state!: TargetState;

  @Field(() => String, { description: 'The word of whoever reported.' })
  nativeStatus!: string;

  @Field(() => DateTime, { description: 'When it was so, by the clock of whoever reported.' })
  reportedAt!: string;

  @Field(() => ObservationEffectEnum, { description: 'What it did to the state of the target.' })
  effect!: ObservationEffect;

  @Field(() => String, { nullable: true, description: 'Code of the reason.' })
  reasonCode!: string | null;

  @Field(() => String, { nullable: true, description: 'The reason in words.' })
  message!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Evidence that a person gave, e.g. a serial number or the address of a photograph.',
  })
  evidence!: string | null;

  @Field(() => DateTime, { description: 'When the server recorded it.' })
  createdAt!: string;

  targetExecutionId!: string;
  runId!: string;
  reportedById!: string | null;
}

export const DistributionRunConnection = connectionType('DistributionRun', () => DistributionRunType);

export const TargetReportConnection = connectionType('TargetReport', () => TargetReportType);

/** Lists of target executions: what they can be filtered and ordered by. */
export const targetExecutionList = listType('TargetExecution', () => TargetExecutionType, {
  of: 'target executions',
  filter: {
    state: oneOf(TargetStateFilter, 'By state.'),
    ci: id('ConfigurationItem', 'By configuration item.'),
    distribution: id('Distribution', 'By distribution.'),
    attempt: int('By attempt.'),
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
  'What a person can report about a target.',
  {
    INSTALLING: 'Work on it is under way.',
    SUCCEEDED: 'Done and good.',
    FAILED: 'Tried and failed.',
    SKIPPED: 'Nothing had to be done, or it was left out.',
    REJECTED: 'The target or its owner refused.',
    UNKNOWN: 'Nobody can say what happened. A later report can replace this.',
  },
);
