import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Temporal } from 'temporal-polyfill';
import { RequestError } from '../../domain/errors.js';
import { isTimeZone } from '../../domain/schedule/recurrence-rule.js';
import { mayRead } from '../../reads/access.js';
import { entriesBetween, entryCounts, scheduleEntryRead } from '../../reads/schedule/schedule-entry.reads.js';
import type { CalendarRouteOptions } from './calendar.route.js';
import { MAX_EVENTS } from './calendar-span.js';
import { daysOfMonth, intervalOfMonth, monthPicture } from './month-picture.js';

const asked = (query: unknown, field: string, fallback: string): string => {
  const value = (query as Record<string, unknown>)[field] ?? fallback;
  return typeof value === 'string' ? value : '';
};

function refused(field: string, message: string): RequestError {
  return new RequestError('BAD_USER_INPUT', message, { field });
}

/** `GET /calendar/month.svg?month=2027-02&timeZone=Europe/Berlin`: a month of the schedule as a picture. */
export async function monthRoute(
  app: FastifyInstance,
  { entrance, readDatabase, clock }: CalendarRouteOptions,
): Promise<void> {
  app.get('/calendar/month.svg', async (request: FastifyRequest, reply) => {
    const actor = await entrance.enterSignedIn(request.raw);
    if (!mayRead(actor, scheduleEntryRead)) throw new RequestError('FORBIDDEN', 'None of your roles has read access.');
    const text = asked(request.query, 'month', clock().toISOString().slice(0, 7));
    if (!/^(?:19|20|21)\d\d-(?:0[1-9]|1[0-2])$/.test(text)) throw refused('month', '"month" must be like 2027-02.');
    const timeZone = asked(request.query, 'timeZone', 'UTC');
    if (!isTimeZone(timeZone)) throw refused('timeZone', '"timeZone" must be an IANA time zone such as Europe/Berlin.');
    const month = Temporal.PlainYearMonth.from(text);
    const span = intervalOfMonth(month, timeZone);
    const entries = await entriesBetween(readDatabase, span, MAX_EVENTS + 1);
    const content =
      entries.length > MAX_EVENTS
        ? { counts: await entryCounts(readDatabase, daysOfMonth(month, timeZone)) }
        : { entries: entries.filter(({ startsAt }) => new Date(startsAt) >= span.startsAt) };
    return await reply
      .type('image/svg+xml; charset=utf-8')
      .headers({
        'cache-control': 'private, no-cache',
        vary: 'authorization',
        'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'`,
      })
      .send(monthPicture(month, timeZone, content));
  });
}
