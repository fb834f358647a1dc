import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ReadDatabase } from '../../database/read-database.js';
import { RequestError } from '../../domain/errors.js';
import { mayRead } from '../../reads/access.js';
import { entriesOfFeed, windowsOfFeed } from '../../reads/schedule/feed-content.reads.js';
import { scheduleEntryRead } from '../../reads/schedule/schedule-entry.reads.js';
import { inTurns } from '../../facts/turns.js';
import { sendError } from '../http/error-answers.js';
import { calendarSteps } from './calendar-object.js';
import { defaultSpan, MAX_EVENTS, MAX_WINDOWS } from './calendar-span.js';
import type { FeedEntrance } from './feed-entrance.js';

/** What the route of feeds needs. */
export interface FeedRouteOptions {
  readonly feeds: FeedEntrance;
  readonly readDatabase: ReadDatabase;
  readonly clock: () => Date;
}

/**
 * `GET /calendar/<secret>.ics`: a calendar feed. The address holds a secret because calendar programs can send nothing
 * else. The log knows only the route. The period is fixed, so that nothing in the address adds to the work.
 */
export async function feedRoute(app: FastifyInstance, { feeds, readDatabase, clock }: FeedRouteOptions): Promise<void> {
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof RequestError) || error.code !== 'NOT_FOUND') throw error;
    return sendError(reply, error, 404);
  });
  app.get('/calendar/:file', async (request: FastifyRequest<{ Params: { file: string } }>, reply) => {
    const { name, subject, actor } = await feeds.enter(request.raw, request.params.file.replace(/\.ics$/, ''));
    if (!mayRead(actor, scheduleEntryRead))
      throw new RequestError('FORBIDDEN', 'None of the roles of the person behind this feed has read access.');
    const span = defaultSpan(clock());
    const entries = await entriesOfFeed(readDatabase, subject, span, MAX_EVENTS + 1);
    const windows = await windowsOfFeed(readDatabase, subject, span, MAX_WINDOWS);
    const steps = calendarSteps({
      name,
      // A program that gets an error keeps what it had. Better the nearer part, and a word about it.
      description: entries.length > MAX_EVENTS ? `Only the first ${MAX_EVENTS} entries are shown.` : undefined,
      entries: entries.slice(0, MAX_EVENTS),
      windows,
      span,
    });
    const text = await inTurns(steps);
    const etag = `"${createHash('sha256').update(text).digest('base64url')}"`;
    void reply.headers({ 'cache-control': 'private, no-cache', etag });
    if (request.headers['if-none-match'] === etag) return await reply.code(304).send();
    return await reply.type('text/calendar; charset=utf-8').send(text);
  });
}
