import type { FastifyInstance } from 'fastify';
import { addMetricsRoute, type MetricsOptions } from './metrics.route.js';

/** What the operational routes show. */
export interface OperationalOptions {
  /** What /metrics shows; absent when it has an address of its own. */
  readonly shownMetrics: MetricsOptions | undefined;
  /** Why the server cannot work now, or undefined when it can. */
  readonly unready: () => Promise<string | undefined>;
}

/** `GET /healthz`, `/readyz` and `/metrics`, for the operator of the server. The first two need no credentials. */
export function addOperationalRoutes(app: FastifyInstance, { shownMetrics, unready }: OperationalOptions): void {
  app.get('/healthz', (_request, reply) => reply.send({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const reason = await unready();
    return await (reason === undefined
      ? reply.send({ status: 'ready' })
      : reply.code(503).send({ status: 'unready', reason }));
  });
  if (shownMetrics) addMetricsRoute(app, shownMetrics);
}
