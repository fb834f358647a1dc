import type { ListInput } from '../domain/list.js';
import { sql, type RawBuilder } from 'kysely';
import {
  Arg,
  Authorized,
  Ctx,
  FieldResolver,
  ID,
  InputType,
  Field,
  Int,
  Query,
  Resolver,
  Root,
  Subscription,
  Args,
} from 'type-graphql';
import { RequestError } from '../domain/errors.js';
import { parseNodeId, type NodeType as NodeTypeName } from '../domain/node-id.js';
import { EventStream, type EventBatch } from '../events/stream.js';
import { toCursor } from '../events/log.js';
import { mayRead } from '../reads/access.js';
import { eventRead, presentActor, presentEvent, type EventRow } from '../reads/event.reads.js';
import { readModels } from '../reads/models.js';
import {
  type EventActorType,
  EventBatchType,
  EventConnection,
  type EventSubjectType,
  EventType,
  type FieldChangeType,
} from '../schema/event.type.js';
import { listArgs } from '../schema/list.js';
import { Combinable, DateTimeFilter, IdFilter, StringFilter } from '../schema/filters.js';
import { signedIn } from './authorise.js';
import type { Context } from './context.js';
import type { Actor } from '../domain/actor.js';

/** Filter of the event log. */
@Combinable()
@InputType('EventFilter', { description: 'Filter for events. Every given condition must hold.' })
class EventFilter {
  @Field(() => StringFilter, {
    nullable: true,
    description: 'Event type, e.g. `release.accepted`. `startsWith: "release."` matches every event about releases.',
  })
  type?: StringFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'Time of the event.' })
  at?: DateTimeFilter;
  @Field(() => IdFilter, { nullable: true, description: 'Person or service account that caused the event.' })
  actor?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'Id of the request that caused the event.' })
  requestId?: StringFilter;
}

const EventListArgs = listArgs(EventFilter, undefined, 'newest first');

/** Maximum number of objects that one subscription follows. */
const MAX_FOLLOWED = 100;
const MAX_BATCH = 500;

function topicsOf(ids: readonly string[] | null | undefined): string[] | undefined {
  if (ids == null) return undefined;
  if (ids.length === 0 || ids.length > MAX_FOLLOWED)
    throw new RequestError(
      'LIMIT_EXCEEDED',
      `Follow 1 to ${MAX_FOLLOWED} objects, or leave "of" out to follow everything.`,
      { field: 'of' },
    );
  return ids.map((id) => {
    const parsed = parseNodeId(id);
    if (!parsed)
      throw new RequestError('BAD_USER_INPUT', `"${id.slice(0, 80)}" is not an id of this server.`, { field: 'of' });
    return parsed.uuid;
  });
}

// Events about an object are readable for the same roles as the object.
function visibleEvents(actor: Actor): RawBuilder<unknown> | undefined {
  const hidden = Object.values(readModels)
    .filter((model) => !mayRead(actor, model))
    .map((model) => model.type);
  return hidden.length === 0 ? undefined : sql`t.aggregate_type <> all(${hidden}::text[])`;
}

/** The event log: as a list and as a live stream. */
@Resolver(() => EventType)
export class EventResolver {
  @Authorized()
  @Query(() => EventConnection, {
    description: 'Lists the event log, newest first. It is the audit trail: who did what, when and why.',
  })
  events(@Args(() => EventListArgs) list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(eventRead, list, [{ field: 'POSITION', direction: 'DESC' }], visibleEvents(reads.actor));
  }

  @Authorized()
  @Subscription(() => EventBatchType, {
    description:
      'Streams events as they happen, in log order, each exactly once. With `after`, the stream first delivers ' +
      'every event since that cursor, on any server process and after any restart. ' +
      'A subscription that reads too slowly ends with SUBSCRIPTION_LAGGED and the cursor to resume from.',
    subscribe: ({ args, context }) => {
      const { after, of, types, batchSize } = args as {
        after?: string | null;
        of?: string[] | null;
        types?: string[] | null;
        batchSize: number;
      };
      const { reads, services } = context as Context;
      const actor = signedIn(context as Context);
      if (batchSize < 1 || batchSize > MAX_BATCH)
        throw new RequestError('LIMIT_EXCEEDED', `"batchSize" is 1 to ${MAX_BATCH}.`, { field: 'batchSize' });
      return new EventStream({
        read: async (...page) => await reads.log(...page),
        hub: services.hub,
        after,
        topics: topicsOf(of),
        batchSize,
        queueLimit: services.config.subscriberQueue,
        accept: (event) => {
          if (types != null && !types.some((type) => event.type === type || event.type.startsWith(`${type}.`)))
            return false;
          const model = readModels[event.aggregateType as NodeTypeName];
          return model !== undefined && mayRead(actor, model);
        },
      });
    },
  })
  eventStream(
    @Root() batch: EventBatch,
    @Arg('after', () => String, {
      nullable: true,
      description: 'Cursor of the last event you have, i.e. `endCursor` of the last message. Default: only new events.',
    })
    _after: string | null,
    @Arg('of', () => [ID], {
      nullable: true,
      description:
        `Ids of 1 to ${MAX_FOLLOWED} objects to follow. A release includes its tasks and distributions; a ` +
        `distribution, its ` +
        'targets. Default: all objects.',
    })
    _of: string[] | null,
    @Arg('types', () => [String], {
      nullable: true,
      description:
        'Event types to deliver. A prefix such as `release` covers every `release.…` type. Default: all types.',
    })
    _types: string[] | null,
    @Arg('batchSize', () => Int, {
      defaultValue: 100,
      description: `Maximum number of events per message, 1 to ${MAX_BATCH}.`,
    })
    _batchSize: number,
  ): EventBatchType {
    return { events: batch.events as unknown as EventType[], endCursor: batch.endCursor, caughtUp: batch.caughtUp };
  }

  @FieldResolver()
  cursor(@Root() event: EventRow): string {
    return toCursor(event.position ?? 0);
  }

  @FieldResolver()
  actor(@Root() event: EventRow): EventActorType {
    return presentActor(event);
  }

  @FieldResolver()
  subject(@Root() event: EventRow): EventSubjectType {
    return presentEvent(event).subject;
  }

  @FieldResolver()
  changes(@Root() event: EventRow): FieldChangeType[] {
    return presentEvent(event).changes;
  }

  @FieldResolver()
  data(@Root() event: EventRow): Record<string, unknown> {
    return presentEvent(event).data;
  }
}
