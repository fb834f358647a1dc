import { Arg, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../../domain/list.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { calendarFeedRead, feedsOf, ownCalendarFeedRead } from '../../reads/schedule/calendar-feed.reads.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { ListArgs } from '../../schema/list.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ViewerType } from '../../schema/people/viewer.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import {
  CalendarFeedCreateInput,
  CalendarFeedCreatePayload,
  calendarFeedList,
  CalendarFeedRotateInput,
  CalendarFeedRotatePayload,
  CalendarFeedType,
} from '../../schema/schedule/calendar-feed.type.js';
import type { CommandInput } from '../../services/command.js';
import {
  calendarFeedCreate,
  calendarFeedRotate,
  type FeedWithPath,
} from '../../services/schedule/calendar-feed.service.js';
import type { UnitOfWork } from '../../services/unit-of-work.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

/** Runs a use case that gives a feed a secret, and shows its address once. */
async function withUrl(
  context: Context,
  mutation: string,
  input: CommandInput,
  useCase: (uow: UnitOfWork) => Promise<FeedWithPath>,
) {
  let path: string | null = null;
  // The use cases check that the feed belongs to the actor, so the payload can return it.
  const shows = { mutation, field: 'calendarFeed', model: ownCalendarFeedRead };
  const payload = await command(context, shows, input, async (uow) => {
    const made = await useCase(uow);
    path = made.path;
    return made.calendarFeed;
  });
  // An attempt that lost a race for the same key produced a path that leads nowhere.
  return { ...payload, url: payload.replayed || path === null ? null : `${context.services.baseUrl()}${path}` };
}

/** Queries and commands on calendar feeds. */
@Resolver(() => CalendarFeedType)
export class CalendarFeedResolver {
  @Authorized('ADMINISTRATOR', 'AUDITOR')
  @Query(() => calendarFeedList.Connection, {
    description: 'Lists all calendar feeds, without their addresses. Your own feeds are under `viewer`.',
  })
  calendarFeeds(@ListArgs(calendarFeedList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(calendarFeedRead, list);
  }

  @FieldResolver(() => PersonType, { description: 'Person that the feed belongs to and whose rights it has.' })
  person(@Root() feed: CalendarFeedType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, feed.personId);
  }

  @FieldResolver(() => ConfigurationItemType, {
    nullable: true,
    description: 'Configuration item that the feed is about, as item or service. Null for other scopes.',
  })
  ci(@Root() feed: CalendarFeedType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, feed.ciId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person that the feed is about. Null for other scopes.',
  })
  involved(@Root() feed: CalendarFeedType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, feed.involvedId);
  }

  @FieldResolver(() => ReleaseType, {
    nullable: true,
    description: 'Release that the feed is about. Null for other scopes.',
  })
  release(@Root() feed: CalendarFeedType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, feed.releaseId);
  }

  @Authorized()
  @Mutation(() => CalendarFeedCreatePayload, {
    description:
      'Creates a calendar feed for yourself: a secret address that calendar programs subscribe to. It shows what you ' +
      'can read at the time of each request, stops when you are deactivated, and is revoked with the token that you ' +
      'created it with. `url` returns the address once; a replay with the same idempotency key does not return it.',
  })
  calendarFeedCreate(
    @Arg('input', () => CalendarFeedCreateInput, { description: 'Feed to create.' }) input: CalendarFeedCreateInput,
    @Ctx() context: Context,
  ) {
    return withUrl(context, 'calendarFeedCreate', input, (uow) => calendarFeedCreate(uow, input));
  }

  @Authorized()
  @Mutation(() => CalendarFeedRotatePayload, {
    description:
      'Gives one of your calendar feeds a new address, for example because somebody else learned the old one, which ' +
      'stops working at once. `url` returns the new address once.',
  })
  calendarFeedRotate(
    @Arg('input', () => CalendarFeedRotateInput, { description: 'Feed that gets a new address.' })
    input: CalendarFeedRotateInput,
    @Ctx() context: Context,
  ) {
    return withUrl(context, 'calendarFeedRotate', input, (uow) => calendarFeedRotate(uow, input));
  }
}

/** The feeds of the person who is signed in. */
@Resolver(() => ViewerType)
export class ViewerCalendarResolver {
  @FieldResolver(() => calendarFeedList.Connection, {
    description: 'Your own calendar feeds, newest first, without their addresses.',
  })
  calendarFeeds(@ListArgs(calendarFeedList) list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(ownCalendarFeedRead, list, [{ field: 'ID', direction: 'DESC' }], feedsOf(reads.actor.id));
  }
}
