import { RequestError } from '../../domain/errors.js';
import type { CalendarReading } from '../../domain/schedule/calendar-event.js';
import { calendarWindows, type CalendarWindow } from '../../domain/schedule/calendar-windows.js';
import { isTimeZone } from '../../domain/schedule/recurrence-rule.js';
import { inTurns } from '../turns.js';

/**
 * Reads the windows of an iCalendar in short turns. It needs no database, so it is done before a transaction begins.
 * @throws RequestError BAD_USER_INPUT for an unknown zone, and for a text that is no calendar or too large
 */
export async function readCalendar(calendar: string, as: CalendarReading): Promise<CalendarWindow[]> {
  if (!isTimeZone(as.timeZone))
    throw new RequestError('BAD_USER_INPUT', `"${as.timeZone}" is not an IANA time zone such as Europe/Berlin.`, {
      field: 'timeZone',
      problem: 'UNKNOWN_TIME_ZONE',
    });
  try {
    return await inTurns(calendarWindows(calendar, as));
  } catch (error) {
    if (error instanceof RangeError) throw new RequestError('BAD_USER_INPUT', error.message, { field: 'calendar' });
    throw error;
  }
}
