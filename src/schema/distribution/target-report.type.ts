import { Field, Int, ObjectType } from 'type-graphql';
import {
  OBSERVATION_EFFECT_DESCRIPTIONS,
  OBSERVATION_EFFECTS,
  type ObservationEffect,
  type TargetState,
} from '../../domain/distribution/observation.js';
import { connectionType } from '../connection.js';
import { TargetStateEnum } from './distribution.type.js';
import { enumFrom } from '../enums.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

export const ObservationEffectEnum = enumFrom(
  'ObservationEffect',
  OBSERVATION_EFFECTS,
  'Effect of a report on the state of its target. The report itself is always kept.',
  OBSERVATION_EFFECT_DESCRIPTIONS,
);

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

  @Field(() => DateTime, { description: 'Time of the observation, according to the clock of the reporter.' })
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

export const TargetReportConnection = connectionType('TargetReport', () => TargetReportType);

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
