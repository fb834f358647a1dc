import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { DistributionState } from '../../domain/distribution/distribution.state.js';
import type { TargetState } from '../../domain/distribution/observation.js';
import { DistributionStateEnum, TargetStateCountType, TargetStateEnum } from './distribution.type.js';
import { DateTime } from '../scalars.js';

/** How a distribution stood right after an event. */
@ObjectType('DistributionSnapshot', {
  description: 'How a distribution stood right after an event.',
  simpleResolvers: true,
})
export class DistributionSnapshotType {
  @Field(() => DistributionStateEnum, { description: 'Its state.' })
  state!: DistributionState;

  @Field(() => Int, { description: '0 to 100; 100 only when every target has a final state.' })
  percent!: number;

  @Field(() => Int, { description: 'The attempt it was at.' })
  attempt!: number;

  @Field(() => [TargetStateCountType], { description: 'Targets by state; states without a target are left out.' })
  counts!: TargetStateCountType[];
}

/** The reason of a target's state. */
@ObjectType('TargetSnapshotReason', {
  description: 'Why a target came into a state that is not plain success.',
  simpleResolvers: true,
})
export class TargetSnapshotReasonType {
  @Field(() => String, { description: 'Code, by the tool or by the server.' })
  code!: string;

  @Field(() => String, { description: 'In words.' })
  message!: string;

  @Field(() => Boolean, { nullable: true, description: 'Whether trying again may help; null when nobody said.' })
  retryable!: boolean | null;
}

/** A target's configuration item as an event names it. */
@ObjectType('TargetSnapshotCi', {
  description: 'The configuration item of a target, as it was called then.',
  simpleResolvers: true,
})
export class TargetSnapshotCiType {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;

  @Field(() => String, { description: 'Its name.' })
  name!: string;
}

/** How a target stood right after an event. */
@ObjectType('TargetSnapshot', { description: 'How a target stood right after an event.', simpleResolvers: true })
export class TargetSnapshotType {
  @Field(() => ID, { description: 'Id of the target execution.' })
  id!: string;

  @Field(() => TargetSnapshotCiType, { description: 'The configuration item.' })
  ci!: TargetSnapshotCiType;

  @Field(() => TargetStateEnum, { description: 'Its state.' })
  state!: TargetState;

  @Field(() => TargetStateEnum, { description: 'The state it came from.' })
  from!: TargetState;

  @Field(() => Int, { description: 'The attempt.' })
  attempt!: number;

  @Field(() => Int, { description: '0 to 100, as far as the tool says.' })
  percent!: number;

  @Field(() => String, { nullable: true, description: 'The step under way, or the last one done.' })
  step!: string | null;

  @Field(() => String, { nullable: true, description: "The tool's own word." })
  nativeStatus!: string | null;

  @Field(() => TargetSnapshotReasonType, { nullable: true, description: 'Why, for anything but plain success.' })
  reason!: TargetSnapshotReasonType | null;
}

/** Something that happened to a distribution. */
@ObjectType('DistributionEvent', {
  description:
    'Something that happened to a distribution, with how it and the target concerned stood right after. Complete ' +
    'in itself: nothing has to be looked up.',
  simpleResolvers: true,
})
export class DistributionEventType {
  @Field(() => ID, { description: 'Id of the event; the same as in the event log.' })
  id!: string;

  @Field(() => String, { description: 'Place in the log; subscriptions resume `after` it.' })
  cursor!: string;

  @Field(() => String, { description: 'What happened, e.g. `distribution.target-succeeded`.' })
  type!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: string;

  @Field(() => String, { description: 'Who caused it, by name.' })
  actorName!: string;

  @Field(() => String, { nullable: true, description: 'The reason that was given.' })
  reason!: string | null;

  @Field(() => DistributionSnapshotType, {
    nullable: true,
    description: 'The distribution; null for events from before its first start.',
  })
  distribution!: DistributionSnapshotType | null;

  @Field(() => TargetSnapshotType, { nullable: true, description: 'The target, for events about one.' })
  target!: TargetSnapshotType | null;
}

/** One message of a distribution stream. */
@ObjectType('DistributionEventBatch', { description: 'One message of a distribution stream.', simpleResolvers: true })
export class DistributionEventBatchType {
  @Field(() => [DistributionEventType], { description: 'The events, oldest first. May be empty in the first message.' })
  events!: DistributionEventType[];

  @Field(() => String, { description: 'Resume `after` this: everything up to here has been delivered.' })
  endCursor!: string;

  @Field(() => Boolean, { description: 'Whether nothing newer was in the log at that moment.' })
  caughtUp!: boolean;
}
