import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import {
  CALENDAR_FEED_SCOPE_DESCRIPTIONS,
  CALENDAR_FEED_SCOPES,
  MAX_CALENDAR_FEEDS,
  type CalendarFeedScope,
} from '../../domain/schedule/calendar-feed.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { id, instant, listType, oneOf, text } from '../list.js';
import { NodeType } from '../node.type.js';
import { payloadType } from '../payload.js';
import { DateTime } from '../scalars.js';

export const CalendarFeedScopeEnum = enumFrom(
  'CalendarFeedScope',
  CALENDAR_FEED_SCOPES,
  'What a calendar feed shows.',
  CALENDAR_FEED_SCOPE_DESCRIPTIONS,
);

/** A calendar feed in the API, and the row it is read as. Its secret is not part of it: only a hash is stored. */
@ObjectType('CalendarFeed', {
  implements: NodeType,
  description:
    'Secret address under which calendar programs such as Google Calendar, Outlook or Apple Calendar read part of ' +
    'the schedule. It is shown once; only a hash is stored. Each request has the rights that its person has at that ' +
    'moment.',
  simpleResolvers: true,
})
export class CalendarFeedType extends NodeType {
  @Field(() => String, { description: 'Name that calendar programs show, e.g. `Payroll`.' })
  name!: string;

  @Field(() => CalendarFeedScopeEnum, { description: 'What the feed shows.' })
  scope!: CalendarFeedScope;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time at which the feed got its present address. Null if it has its first one.',
  })
  rotatedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which the feed was revoked. Null if it was not.' })
  revokedAt!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time of the last request, accurate to about a minute. Null if there was none.',
  })
  lastUsedAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the feed was created.' })
  createdAt!: string;

  personId!: string;
  ciId!: string | null;
  involvedId!: string | null;
  releaseId!: string | null;
}

export const CalendarFeedScopeFilter = enumFilter('CalendarFeedScope', CalendarFeedScopeEnum);

/** Lists of calendar feeds, with their filters and sort fields. */
export const calendarFeedList = listType('CalendarFeed', () => CalendarFeedType, {
  of: 'calendar feeds',
  filter: {
    name: text('Name of the feed.'),
    scope: oneOf(CalendarFeedScopeFilter, 'What the feed shows.'),
    person: id('Person', 'Person that the feed belongs to.'),
    ci: id('ConfigurationItem', 'Configuration item that the feed is about.'),
    involved: id('Person', 'Person that the feed is about.'),
    release: id('Release', 'Release that the feed is about.'),
    revokedAt: instant('Time at which the feed was revoked. `isNull: true` matches feeds that were not revoked.'),
    lastUsedAt: instant('Time of the last request. `isNull: true` matches feeds that were never used.'),
  },
  order: { NAME: text('Name of the feed.') },
});

/** Input of `calendarFeedCreate`. */
@InputType('CalendarFeedCreateInput', { description: 'Calendar feed to create.' })
export class CalendarFeedCreateInput {
  @Field(() => String, { description: 'Name that calendar programs show, 1 to 200 characters.' })
  name!: string;
  @Field(() => CalendarFeedScopeEnum, {
    description: `What the feed shows. A person can have ${MAX_CALENDAR_FEEDS} feeds that are not revoked.`,
  })
  scope!: CalendarFeedScope;
  @Field(() => ID, {
    nullable: true,
    description:
      'Id of the configuration item, person or release that the feed is about, as its scope says. Absent for ' +
      'EVERYTHING.',
  })
  aboutId?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Makes retries safe. The first result, without `url`, is kept for at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

/** Input of `calendarFeedRotate`. */
@InputType('CalendarFeedRotateInput', { description: 'Feed that gets a new address.' })
export class CalendarFeedRotateInput {
  @Field(() => ID, { description: 'Id of the feed.' })
  id!: string;
  @Field(() => Int, {
    nullable: true,
    description: 'Version you last read. If given, a stale one fails with CONFLICT.',
  })
  expectedVersion?: number | null;
  @Field(() => String, { nullable: true, description: 'Reason for the command. Recorded in the event.' })
  reason?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Makes retries safe. The first result, without `url`, is kept for at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

function withUrl(payload: ReturnType<typeof payloadType>): ReturnType<typeof payloadType> {
  Field(() => String, {
    nullable: true,
    description:
      'Address of the feed, to enter in a calendar program. Everybody who knows it can read the feed. It is ' +
      'returned only once: the server does not store it, so it is null in a replay. If you lose it, rotate the feed.',
  })(payload.prototype, 'url');
  return payload;
}

export const CalendarFeedCreatePayload = withUrl(
  payloadType('calendarFeedCreate', 'calendarFeed', () => CalendarFeedType),
);
export const CalendarFeedRotatePayload = withUrl(
  payloadType('calendarFeedRotate', 'calendarFeed', () => CalendarFeedType),
);
