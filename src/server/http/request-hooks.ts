import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../log.js';
import type { Metrics } from '../metrics.js';
import { LateBodies } from './late-bodies.js';

/** Header under which a client may give a request its id, and under which every answer carries it. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** The id of a request: the client's, if it is well-formed, or a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

/**
 * Adds what happens at every request: headers of the answer, the time limit of the body, one line in the log, metrics.
 */
// They call back instead of being async: one more promise for each of them is a tenth of the smallest request.
export function addRequestHooks(app: FastifyInstance, { log, metrics }: { log: Log; metrics: Metrics }): void {
  const bodies = new LateBodies();
  app.addHook('onClose', async () => bodies.stop());
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.streamsBody !== true) bodies.expect(request.raw);
    void reply
      .header(REQUEST_ID_HEADER, request.id)
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer');
    done();
  });
  let closing = false;
  app.addHook('preClose', async () => void (closing = true));
  // A client that keeps its connection after the answer would keep a stopping server waiting.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) void reply.header('connection', 'close');
    // RFC 9110, 11.6.1: an answer 401 names the way to sign in.
    if (reply.statusCode === 401) void reply.header('www-authenticate', 'Bearer');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const { method, id } = request;
    const { statusCode: status, elapsedTime } = reply;
    bodies.forget(request.raw);
    metrics.request(route, status, elapsedTime / 1000);
    log.info({ requestId: id, method, route, status, ms: Math.round(elapsedTime) }, 'request');
    done();
  });
}
