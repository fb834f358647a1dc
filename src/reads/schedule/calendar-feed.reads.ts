import { sql } from 'kysely';
import { calendarFeedList, CalendarFeedType } from '../../schema/schedule/calendar-feed.type.js';
import { defineRead, type ReadDefinition } from '../model.js';

const definition: ReadDefinition<CalendarFeedType> = {
  list: calendarFeedList,
  type: 'CalendarFeed',
  table: 'calendar_feed',
  of: CalendarFeedType,
  keys: ['personId', 'ciId', 'involvedId', 'releaseId'],
};

/** How feeds are read in general: who administers or audits the server sees them. */
export const calendarFeedRead = defineRead<CalendarFeedType>({
  ...definition,
  readableBy: ['ADMINISTRATOR', 'AUDITOR'],
});

/**
 * How people read their own feeds. The caller makes sure that they are: by a condition, or because a use case checked
 * it.
 */
export const ownCalendarFeedRead = defineRead<CalendarFeedType>(definition);

/** The feeds of the person who asks. @param personId database id */
export const feedsOf = (personId: string | undefined) => sql`t.person_id = ${personId ?? null}::uuid`;
