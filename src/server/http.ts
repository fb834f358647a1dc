import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { AppServices } from '../app-services.js';
import { bulkRoutes } from './bulk/bulk-routes.js';
import { FeedEntrance } from './calendar/feed-entrance.js';
import { feedRoute } from './calendar/feed.route.js';
import { monthRoute } from './calendar/month.route.js';
import { calendarRoute } from './calendar/calendar.route.js';
import { addGraphqlRoute, type GraphqlRouteOptions } from './graphql/graphql.route.js';
import { compressAnswers } from './http/compression.js';
import { addErrorAnswers } from './http/error-answers.js';
import { readJsonExactly } from './http/json-body.js';
import { addOperationalRoutes, type OperationalOptions } from './http/operational.routes.js';
import { allowOrigins } from './http/origins.js';
import { addRequestHooks, requestId } from './http/request-hooks.js';
import type { Log } from './log.js';
import { mediaRoutes } from './media/media-routes.js';
import { callbackRoutes } from './tools/callback-routes.js';

/** What the HTTP door needs. */
export interface HttpOptions extends GraphqlRouteOptions, OperationalOptions {
  /** Where each request leaves its line. */
  readonly requestLog: Log;
  readonly services: AppServices;
}

/** Builds the HTTP server with the GraphQL endpoint and all other routes. It does not listen yet. */
export async function createHttpServer(options: HttpOptions): Promise<FastifyInstance> {
  const { config, log, requestLog, metrics, entrance, services } = options;
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger, // nothing here logs through the request
    bodyLimit: config.maxBodyBytes,
    requestTimeout: 0, // it would cut long uploads off; request-hooks.ts limits the time of other bodies
    forceCloseConnections: 'idle',
    genReqId: requestId,
  });
  addRequestHooks(app, { log: requestLog, metrics });
  addErrorAnswers(app, log);
  readJsonExactly(app);
  await allowOrigins(app, config);
  await compressAnswers(app);
  await addGraphqlRoute(app, options);
  await app.register(callbackRoutes, { services, entrance });
  await app.register(mediaRoutes, { config, entrance, services });
  await app.register(bulkRoutes, { config, entrance, services, log });
  await app.register(calendarRoute, { entrance, readDatabase: services.readDatabase, clock: services.clock });
  const { readDatabase, clock } = services;
  const onError = (err: unknown): void => log.error({ err }, 'use of a calendar feed not recorded');
  const feeds = new FeedEntrance({ entrance, pool: readDatabase.pool, clock, onError });
  await app.register(monthRoute, { entrance, readDatabase, clock });
  await app.register(feedRoute, { feeds, readDatabase, clock });
  addOperationalRoutes(app, options);
  return app;
}
