import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics.js';

/** What the operational routes show. */
export interface OperationalOptions {
  readonly metrics: Metrics;
  /** Why the server cannot work now, or undefined when it can. */
  readonly unready: () => Promise<string | undefined>;
}

/** `GET /healthz`, `/readyz` and `/metrics`, for the operator of the server. None of them needs credentials. */
export function addOperationalRoutes(
  app: FastifyInstance,
  { metrics: { registry }, unready }: OperationalOptions,
): void {
  app.get('/healthz', (_request, reply) => reply.send({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const reason = await unready();
    return await (reason === undefined
      ? reply.send({ status: 'ready' })
      : reply.code(503).send({ status: 'unready', reason }));
  });
  app.get('/metrics', async (_request, reply) => await reply.type(registry.contentType).send(await registry.metrics()));
}
