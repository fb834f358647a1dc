import { Field, ID, Int, ObjectType } from 'type-graphql';
import { connectionType } from './connection.js';
import { DateTime, JSONObject } from './scalars.js';

/** The object of an event as it was then. */
@ObjectType('EventSubject', {
  description: 'The object an event is about, as it was right after the event.',
  simpleResolvers: true,
})
export class EventSubjectType {
  @Field(() => ID, { description: 'Its id; `node` fetches its present state.' })
  id!: string;

  @Field(() => String, { description: 'Its GraphQL type.' })
  type!: string;

  @Field(() => Int, { description: 'Its version right after the event.' })
  version!: number;

  @Field(() => String, { nullable: true, description: 'Its number, such as REL-1042, if it has one.' })
  number!: string | null;

  @Field(() => String, { nullable: true, description: 'Its name or title, if it has one.' })
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'Its state, if it has one.' })
  state!: string | null;
}

/** Who caused an event. */
@ObjectType('EventActor', { description: 'Who caused an event.', simpleResolvers: true })
export class EventActorType {
  @Field(() => ID, { nullable: true, description: 'Id of the person; null for the server itself.' })
  id!: string | null;

  @Field(() => String, { description: 'The name as it was then.' })
  name!: string;
}

/** Something that happened. */
@ObjectType('Event', {
  description:
    'Something that happened, complete in itself: showing it needs no further look-up. The events are the audit trail.',
  simpleResolvers: true,
})
export class EventType {
  @Field(() => ID, { description: 'Id of the event.' })
  id!: string;

  @Field(() => String, { description: 'Place in the log; subscriptions resume `after` it.' })
  cursor!: string;

  @Field(() => String, { description: 'What happened, `<noun>.<past participle>`, e.g. `release.accepted`.' })
  type!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: string;

  @Field(() => EventActorType, { description: 'Who caused it.' })
  actor!: EventActorType;

  @Field(() => EventSubjectType, { description: 'The object it is about, as it was then.' })
  subject!: EventSubjectType;

  @Field(() => String, { nullable: true, description: 'The reason that was given.' })
  reason!: string | null;

  @Field(() => String, {
    description: 'Id of the request that caused it; the logs and the response header carry the same.',
  })
  requestId!: string;

  @Field(() => JSONObject, { description: 'Further facts, by type of event; state changes have `from` and `to`.' })
  data!: Record<string, unknown>;
}

/** A page of the event log, or of the history of one object. */
export const EventConnection = connectionType('Event', () => EventType);

/** One message of an event subscription. */
@ObjectType('EventBatch', { description: 'One message of an event stream.', simpleResolvers: true })
export class EventBatchType {
  @Field(() => [EventType], { description: 'The events, oldest first. May be empty in the first message.' })
  events!: EventType[];

  @Field(() => String, { description: 'Resume `after` this: everything up to here has been delivered.' })
  endCursor!: string;

  @Field(() => Boolean, { description: 'Whether nothing newer was in the log at that moment.' })
  caughtUp!: boolean;
}
