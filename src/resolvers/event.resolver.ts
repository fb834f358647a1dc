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
import { parseNodeId, toNodeId, type NodeType as NodeTypeName } from '../domain/node-id.js';
import { EventStream, type EventBatch } from '../events/stream.js';
import { toCursor } from '../events/log.js';
import { mayRead } from '../reads/access.js';
import { eventRead, presentEvent, type EventRow } from '../reads/event.reads.js';
import { readModels } from '../reads/models.js';
import {
  type EventActorType,
  EventBatchType,
  EventConnection,
  type EventSubjectType,
  EventType,
} from '../schema/event.type.js';
import { listArgs } from '../schema/list.js';
import { Combinable, DateTimeFilter, IdFilter, StringFilter } from '../schema/filters.js';
import { signedIn } from './authorise.js';
import type { Context } from './context.js';
import type { Actor } from '../domain/actor.js';

/** What the list of events can be narrowed by. */
@Combinable()
@InputType('EventFilter', { description: 'Narrows the list of events.' })
class EventFilter {
  @Field(() => StringFilter, {
    nullable: true,
    description: 'By type, e.g. `release.accepted`; `startsWith: "release."` gives all about releases.',
  })
  type?: StringFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By instant.' })
  at?: DateTimeFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By the person who caused it.' })
  actor?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By the request that caused it.' })
  requestId?: StringFilter;
}

const EventListArgs = listArgs(EventFilter, undefined, 'newest first');

/** Most objects that one subscription follows. */
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

// What happened to an object is reserved for the same roles as the object itself.
function visibleEvents(actor: Actor): RawBuilder<unknown> | undefined {
  const hidden = Object.values(readModels)
    .filter((model) => !mayRead(actor, model))
    .map((model) => model.type);
  return hidden.length === 0 ? undefined : sql`t.aggregate_type <> all(${hidden}::text[])`;
}

/** The event log: as a list, and live. */
@Resolver(() => EventType)
export class EventResolver {
  @Authorized()
  @Query(() => EventConnection, {
    description: 'The event log, newest first: who did what, when and why. It is the audit trail.',
  })
  events(@Args(() => EventListArgs) list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(eventRead, list, [{ field: 'POSITION', direction: 'DESC' }], visibleEvents(reads.actor));
  }

  @Authorized()
  @Subscription(() => EventBatchType, {
    description:
      'Events as they happen, in the order of the log, each exactly once. With `after` it first delivers everything since then, on any server process and after any restart. ' +
      'A subscriber that reads too slowly is ended with SUBSCRIPTION_LAGGED and the cursor to resume from.',
    subscribe: ({ args, context }) => {
      const { after, of, types, batchSize } = args as {
        after?: string | null;
        of?: string[] | null;
        types?: string[] | null;
        batchSize: number;
      };
      const { services } = context as Context;
      const actor = signedIn(context as Context);
      if (batchSize < 1 || batchSize > MAX_BATCH)
        throw new RequestError('LIMIT_EXCEEDED', `"batchSize" is 1 to ${MAX_BATCH}.`, { field: 'batchSize' });
      return new EventStream({
        pool: services.readDatabase.pool,
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
      description:
        'Cursor of the last event you have: `endCursor` of the last message. Without it the stream starts now.',
    })
    _after: string | null,
    @Arg('of', () => [ID], {
      nullable: true,
      description:
        'Follow these objects only: a release with its tasks and distributions, a distribution with its targets, a CI, a change.',
    })
    _of: string[] | null,
    @Arg('types', () => [String], {
      nullable: true,
      description: 'Only events of these types; `release` stands for all `release.…`.',
    })
    _types: string[] | null,
    @Arg('batchSize', () => Int, { defaultValue: 100, description: `Most events in one message, 1 to ${MAX_BATCH}.` })
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
    return { id: event.actorId && toNodeId('Person', event.actorId), name: event.actorName };
  }

  @FieldResolver()
  subject(@Root() event: EventRow): EventSubjectType {
    return presentEvent(event).subject;
  }

  @FieldResolver()
  data(@Root() event: EventRow): Record<string, unknown> {
    return presentEvent(event).data;
  }
}
