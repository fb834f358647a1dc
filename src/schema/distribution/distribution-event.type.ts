import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { DistributionState } from '../../domain/distribution/distribution.state.js';
import type { TargetState } from '../../domain/distribution/observation.js';
import { DistributionStateEnum, TargetStateCountType, TargetStateEnum } from './distribution.type.js';
import type { WaveState } from '../../domain/distribution/distribution-wave.machine.js';
import { WaveStateEnum } from './distribution-wave.type.js';
import { DateTime } from '../scalars.js';

/** A distribution right after an event. */
@ObjectType('DistributionSnapshot', {
  description: 'State and progress of a distribution right after an event.',
  simpleResolvers: true,
})
export class DistributionSnapshotType {
  @Field(() => DistributionStateEnum, { description: 'State of the distribution.' })
  state!: DistributionState;

  @Field(() => Int, { description: 'Progress, 0 to 100. It is 100 only if every target has a final state.' })
  percent!: number;

  @Field(() => Int, { description: 'Number of the attempt, from 1.' })
  attempt!: number;

  @Field(() => [TargetStateCountType], {
    description: 'Number of targets by state. States without targets are omitted.',
  })
  counts!: TargetStateCountType[];
}

/** The reason for the state of a target. */
@ObjectType('TargetSnapshotReason', {
  description: 'Reason for a state of a target other than plain success.',
  simpleResolvers: true,
})
export class TargetSnapshotReasonType {
  @Field(() => String, { description: 'Reason code from the tool or from the server.' })
  code!: string;

  @Field(() => String, { description: 'Reason in words.' })
  message!: string;

  @Field(() => Boolean, { nullable: true, description: 'Whether a retry can help. Null if unknown.' })
  retryable!: boolean | null;
}

/** The configuration item of a target, as the event names it. */
@ObjectType('TargetSnapshotCi', {
  description: 'Configuration item of a target, with its name at the time of the event.',
  simpleResolvers: true,
})
export class TargetSnapshotCiType {
  @Field(() => ID, { description: 'Id of the configuration item.' })
  id!: string;

  @Field(() => String, { description: 'Name of the configuration item at the time of the event.' })
  name!: string;
}

/** A target right after an event. */
@ObjectType('TargetSnapshot', {
  description: 'State and progress of a target right after an event.',
  simpleResolvers: true,
})
export class TargetSnapshotType {
  @Field(() => ID, { description: 'Id of the target execution.' })
  id!: string;

  @Field(() => TargetSnapshotCiType, { description: 'Configuration item of the target.' })
  ci!: TargetSnapshotCiType;

  @Field(() => TargetStateEnum, { description: 'State of the target after the event.' })
  state!: TargetState;

  @Field(() => TargetStateEnum, { description: 'State of the target before the event.' })
  from!: TargetState;

  @Field(() => Int, { description: 'Number of the attempt, from 1.' })
  attempt!: number;

  @Field(() => Int, { description: 'Progress that the tool reports, 0 to 100.' })
  percent!: number;

  @Field(() => String, { nullable: true, description: 'Step in progress, or last completed step.' })
  step!: string | null;

  @Field(() => String, { nullable: true, description: 'Status in the terms of the tool.' })
  nativeStatus!: string | null;

  @Field(() => TargetSnapshotReasonType, {
    nullable: true,
    description: 'Reason for the state. Null for plain success.',
  })
  reason!: TargetSnapshotReasonType | null;
}

/** A wave right after an event. */
@ObjectType('WaveSnapshot', { description: 'State of a wave right after an event.', simpleResolvers: true })
export class WaveSnapshotType {
  @Field(() => ID, { description: 'Id of the wave.' })
  id!: string;

  @Field(() => String, { description: 'Name of the wave.' })
  name!: string;

  @Field(() => Int, { description: 'Position of the wave in its rollout, from 1.' })
  position!: number;

  @Field(() => WaveStateEnum, { description: 'State of the wave after the event.' })
  state!: WaveState;
}

/** An event of a distribution. */
@ObjectType('DistributionEvent', {
  description:
    'Event of a distribution, its waves or their decisions, with the distribution and the affected target as they ' +
    'were right after it. It is ' +
    'self-contained: a client can show it without further queries.',
  simpleResolvers: true,
})
export class DistributionEventType {
  @Field(() => ID, { description: 'Id of the event, as in the event log.' })
  id!: string;

  @Field(() => String, { description: 'Position in the event log. Subscriptions resume `after` it.' })
  cursor!: string;

  @Field(() => String, { description: 'Event type, e.g. `distribution.target-succeeded`.' })
  type!: string;

  @Field(() => DateTime, { description: 'Time of the event.' })
  at!: string;

  @Field(() => String, { description: 'Name of the actor that caused the event.' })
  actorName!: string;

  @Field(() => String, { nullable: true, description: 'Reason given with the command. Null if none was given.' })
  reason!: string | null;

  @Field(() => DistributionSnapshotType, {
    nullable: true,
    description: 'Distribution after the event. Null for events before its first start.',
  })
  distribution!: DistributionSnapshotType | null;

  @Field(() => WaveSnapshotType, {
    nullable: true,
    description: 'Wave after the event. Null if the event is not about a wave.',
  })
  wave!: WaveSnapshotType | null;

  @Field(() => TargetSnapshotType, {
    nullable: true,
    description: 'Target after the event. Null if the event is not about a target.',
  })
  target!: TargetSnapshotType | null;
}

/** One message of a distribution stream. */
@ObjectType('DistributionEventBatch', {
  description: 'One message of a distribution stream, with its events and the cursor to resume from.',
  simpleResolvers: true,
})
export class DistributionEventBatchType {
  @Field(() => [DistributionEventType], { description: 'Events, oldest first. Can be empty in the first message.' })
  events!: DistributionEventType[];

  @Field(() => String, { description: 'Cursor to resume `after`. Everything up to it is delivered.' })
  endCursor!: string;

  @Field(() => Boolean, { description: 'Whether the log had no newer event when the message was sent.' })
  caughtUp!: boolean;
}
