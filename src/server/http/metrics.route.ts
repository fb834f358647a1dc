import { hash, timingSafeEqual } from 'node:crypto';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { RequestError } from '../../domain/errors.js';
import type { Log } from '../log.js';
import type { Metrics } from '../metrics.js';
import { addErrorAnswers } from './error-answers.js';

/** What /metrics shows, and the token that it takes. */
export interface MetricsOptions {
  readonly metrics: Metrics;
  /** The only bearer token that is let in; without one, everybody is. */
  readonly token: string | undefined;
}

const digest = (text: string) => hash('sha256', text, 'buffer');

/** `GET /metrics`, for Prometheus. */
export function addMetricsRoute(app: FastifyInstance, { metrics: { registry }, token }: MetricsOptions): void {
  const expected = token === undefined ? undefined : digest(token);
  app.get('/metrics', async (request, reply) => {
    const [, given = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization?.trim() ?? '') ?? [];
    if (expected && !timingSafeEqual(digest(given), expected)) {
      throw new RequestError('UNAUTHENTICATED', 'Send "Authorization: Bearer <INTERLOCK_METRICS_TOKEN>".');
    }
    return await reply.type(registry.contentType).send(await registry.metrics());
  });
}

/** A server for nothing but /metrics, at an address that only the monitoring reaches. It does not listen yet. */
export function createMetricsServer(options: MetricsOptions & { readonly log: Log }): FastifyInstance {
  const app = Fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1_024,
    requestTimeout: 10_000,
    forceCloseConnections: true,
  });
  addErrorAnswers(app, options.log);
  addMetricsRoute(app, options);
  return app;
}
