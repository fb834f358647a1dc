import { Field, ID, Int, ObjectType } from 'type-graphql';
import { connectionType } from './connection.js';
import { DateTime, JSONObject, JSONValue } from './scalars.js';

/** The object of an event, as it was right after the event. */
@ObjectType('EventSubject', {
  description: 'Object of an event, as it was right after the event.',
  simpleResolvers: true,
})
export class EventSubjectType {
  @Field(() => ID, { description: 'Id of the object. `node` fetches its current state.' })
  id!: string;

  @Field(() => String, { description: 'GraphQL type of the object, e.g. `Release`.' })
  type!: string;

  @Field(() => Int, { description: 'Version of the object right after the event.' })
  version!: number;

  @Field(() => String, { nullable: true, description: 'Number of the object, e.g. REL-1042. Null if it has none.' })
  number!: string | null;

  @Field(() => String, { nullable: true, description: 'Name or title of the object. Null if it has none.' })
  name!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'State of the object right after the event. Null if it has none.',
  })
  state!: string | null;
}

/** The actor that caused an event. */
@ObjectType('EventActor', {
  description: 'Person, service account or server process that caused an event.',
  simpleResolvers: true,
})
export class EventActorType {
  @Field(() => ID, { nullable: true, description: 'Id of the person or service account. Null for the server itself.' })
  id!: string | null;

  @Field(() => String, { description: 'Name of the actor at the time of the event.' })
  name!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'Id of the access token that the actor used. Null for people who signed in at the identity provider, ' +
      'and for the server itself. Administrators and auditors can fetch it with `node`.',
  })
  accessToken!: string | null;
}

/** One field that an event changed. */
@ObjectType('FieldChange', {
  description:
    'One field before and after an event. Each change is in exactly one event, so the changes of an ' +
    'object, in order, add up to its current state.',
  simpleResolvers: true,
})
export class FieldChangeType {
  @Field(() => ID, {
    description:
      'Id of the changed object: the subject of the event, or one that changed along with it and has no event of its ' +
      'own, such as a task that moved down.',
  })
  object!: string;

  @Field(() => String, { description: 'Name of the field. A reference is named without `Id`, e.g. `assignee`.' })
  field!: string;

  @Field(() => JSONValue, {
    nullable: true,
    description:
      'Value before the event: ids of objects, instants as RFC 3339 text. Null if there was none, e.g. in a ' +
      'new object. For a list of objects, only those that were removed.',
  })
  before!: unknown;

  @Field(() => JSONValue, {
    nullable: true,
    description:
      'Value after the event. Null if there is none, e.g. in a removed object. For a list of objects, only ' +
      'those that were added.',
  })
  after!: unknown;
}

/** An entry of the event log. */
@ObjectType('Event', {
  description:
    'Entry of the event log, which is the audit trail. It is self-contained: a client can show it without further ' +
    'queries.',
  simpleResolvers: true,
})
export class EventType {
  @Field(() => ID, { description: 'Id of the event.' })
  id!: string;

  @Field(() => String, { description: 'Position in the event log. Subscriptions resume `after` it.' })
  cursor!: string;

  @Field(() => String, { description: 'Event type as `<noun>.<past participle>`, e.g. `release.accepted`.' })
  type!: string;

  @Field(() => DateTime, { description: 'Time of the event.' })
  at!: string;

  @Field(() => EventActorType, { description: 'Actor that caused the event.' })
  actor!: EventActorType;

  @Field(() => EventSubjectType, { description: 'Object of the event, as it was right after it.' })
  subject!: EventSubjectType;

  @Field(() => String, { nullable: true, description: 'Reason given with the command. Null if none was given.' })
  reason!: string | null;

  @Field(() => String, {
    description:
      'Id of the request that caused the event. The same id is in the server log and in the response header.',
  })
  requestId!: string;

  @Field(() => [FieldChangeType], {
    description:
      'What the event changed, field by field, before and after. At most 1,000 fields and list elements. ' +
      'The rest is in events of type `<noun>.continued`, with the id of this event in `data.continues`. ' +
      'Empty for an event that reports something else, e.g. a conflict in the schedule.',
  })
  changes!: FieldChangeType[];

  @Field(() => JSONObject, {
    description: 'Further facts, depending on the event type. State changes have `from` and `to`.',
  })
  data!: Record<string, unknown>;
}

/** A page of the event log or of the history of one object. */
export const EventConnection = connectionType('Event', () => EventType);

/** One message of an event subscription. */
@ObjectType('EventBatch', {
  description: 'One message of an event stream, with its events and the cursor to resume from.',
  simpleResolvers: true,
})
export class EventBatchType {
  @Field(() => [EventType], { description: 'Events, oldest first. Can be empty in the first message.' })
  events!: EventType[];

  @Field(() => String, { description: 'Cursor to resume `after`. Everything up to it is delivered.' })
  endCursor!: string;

  @Field(() => Boolean, { description: 'Whether the log had no newer event when the message was sent.' })
  caughtUp!: boolean;
}
