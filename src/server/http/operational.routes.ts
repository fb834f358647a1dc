import type { FastifyInstance } from 'fastify';
import { addMetricsRoute, type MetricsOptions } from './metrics.route.js';

/** What the operational routes show. */
export interface OperationalOptions {
  /** What /metrics shows; absent when it has an address of its own. */
  readonly shownMetrics: MetricsOptions | undefined;
  /** Why the server cannot work now, or undefined when it can. */
  readonly unready: () => Promise<string | undefined>;
}

/**
 * `GET /healthz`, `/livez` (the same by the name that Kubernetes uses), `/readyz` and `/metrics`, for the operator of
 * the server. Only the last one needs credentials. `GET /` leads a browser to the explorer.
 */
export function addOperationalRoutes(app: FastifyInstance, { shownMetrics, unready }: OperationalOptions): void {
  for (const path of ['/healthz', '/livez']) app.get(path, (_request, reply) => reply.send({ status: 'alive' }));
  app.get('/', (request, reply) =>
    request.headers.accept?.includes('text/html') ? reply.redirect('/graphql') : reply.callNotFound(),
  );
  app.get('/readyz', async (_request, reply) => {
    const reason = await unready();
    return await (reason === undefined
      ? reply.send({ status: 'ready' })
      : reply.code(503).send({ status: 'unready', reason }));
  });
  if (shownMetrics) addMetricsRoute(app, shownMetrics);
}
