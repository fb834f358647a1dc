import { ownCalendarFeedRead } from '../../reads/schedule/calendar-feed.reads.js';
import { CalendarFeedType } from '../../schema/schedule/calendar-feed.type.js';
import * as useCases from '../../services/schedule/calendar-feed.service.js';
import { commandsOn } from '../commands-on.js';

const subject = { field: 'calendarFeed', noun: 'feed', type: () => CalendarFeedType, model: ownCalendarFeedRead };

/** Commands on calendar feeds that show no secret. */
export const CalendarFeedCommands = commandsOn(subject, useCases, {
  calendarFeedRevoke: {
    roles: [],
    description:
      'Revokes one of your calendar feeds; an administrator can revoke any feed. Its address stops working at once. ' +
      'Revoking a feed again changes nothing.',
    about: 'Feed to revoke.',
  },
});
