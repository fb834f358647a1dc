import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestError, type RequestErrorCode } from '../../domain/errors.js';
import { mayRead } from '../../reads/access.js';
import type { ReadDatabase } from '../../database/read-database.js';
import { entriesBetween, scheduleEntryRead } from '../../reads/schedule/schedule-entry.reads.js';
import { DateTime } from '../../schema/scalars.js';
import { MAX_OCCURRENCES_DAYS, spanOf } from '../../facts/schedule/schedule-window.facts.js';
import { inTurns } from '../../facts/turns.js';
import { sendError } from '../http/error-answers.js';
import type { Entrance } from '../sign-in/entrance.js';
import { calendarSteps } from './calendar-object.js';
import { defaultSpan, MAX_EVENTS } from './calendar-span.js';

/** What the calendar route needs. */
export interface CalendarRouteOptions {
  readonly entrance: Entrance;
  readonly readDatabase: ReadDatabase;
  readonly clock: () => Date;
}

const STATUS: Readonly<Partial<Record<RequestErrorCode, number>>> = {
  BAD_USER_INPUT: 400,
  FORBIDDEN: 403,
  LIMIT_EXCEEDED: 400,
  TIMEOUT: 503,
  UNAUTHENTICATED: 401,
  UNAVAILABLE: 503,
};

function instantFrom(query: unknown, field: 'from' | 'to', fallback: Date): string {
  const value = (query as Record<string, unknown>)[field];
  if (value === undefined) return fallback.toISOString();
  try {
    return DateTime.parseValue(value);
  } catch {
    throw new RequestError('BAD_USER_INPUT', `"${field}" must be an RFC 3339 instant such as 2027-01-01T00:00:00Z.`, {
      field,
    });
  }
}

/**
 * `GET /calendar.ics?from&to`: the live entries of the schedule as an iCalendar feed. The token comes in the
 * Authorization header; in the address it would end up in logs and browser histories.
 */
export async function calendarRoute(
  app: FastifyInstance,
  { entrance, readDatabase, clock }: CalendarRouteOptions,
): Promise<void> {
  app.setErrorHandler((error, _request, reply) => {
    const status = error instanceof RequestError ? STATUS[error.code] : undefined;
    if (!(error instanceof RequestError) || status === undefined) throw error; // the server's own handler masks it
    return sendError(reply, error, status);
  });
  app.get('/calendar.ics', async (request: FastifyRequest, reply) => {
    const actor = await entrance.enterSignedIn(request.raw);
    if (!mayRead(actor, scheduleEntryRead)) throw new RequestError('FORBIDDEN', 'None of your roles has read access.');
    const { startsAt, endsAt } = defaultSpan(clock());
    const span = spanOf(
      instantFrom(request.query, 'from', startsAt),
      instantFrom(request.query, 'to', endsAt),
      MAX_OCCURRENCES_DAYS,
    );
    const entries = await entriesBetween(readDatabase, span, MAX_EVENTS + 1);
    if (entries.length > MAX_EVENTS)
      throw new RequestError(
        'LIMIT_EXCEEDED',
        `This period has more than ${MAX_EVENTS} entries. Request a shorter one.`,
        { max: MAX_EVENTS },
      );
    return await reply
      .type('text/calendar; charset=utf-8')
      .headers({ 'cache-control': 'private, no-cache', vary: 'authorization' })
      .send(await inTurns(calendarSteps({ name: 'Change Implementation Schedule', entries, windows: [], span })));
  });
}
