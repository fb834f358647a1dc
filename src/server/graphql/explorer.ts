import serveStatic from '@fastify/static';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * What the page may do: run the scripts of this server and talk to this server. Its editors create style attributes and
 * elements at run time, hence `unsafe-inline` for styles only.
 */
const POLICY = [
  `default-src 'none'`,
  `script-src 'self'`,
  `worker-src 'self'`,
  `style-src 'self' 'unsafe-inline'`,
  `font-src 'self' data:`,
  `img-src 'self' data:`,
  `connect-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');

// The bundle that explorer/build.mjs makes: dist/explorer, seen from dist/src/server/graphql and src/server/graphql.
function folder(): string | undefined {
  return ['../../../explorer', '../../../dist/explorer']
    .map((up) => fileURLToPath(new URL(up, import.meta.url)))
    .find((dir) => existsSync(join(dir, 'main.js')));
}

/**
 * The explorer: a page to sign in with a token, run operations and watch subscriptions. It talks only to this server.
 */
export interface Explorer {
  /** Whether a browser opens the address of the API without an operation. */
  readonly asked: (request: FastifyRequest) => boolean;
  /** Sends the page. */
  readonly page: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
}

/**
 * Serves the files of the explorer below `/explorer/` and returns the handler of the page itself. The build has
 * compressed them; a browser that has them asks only whether they changed.
 */
export async function registerExplorer(app: FastifyInstance): Promise<Explorer> {
  const dir = folder();
  const notBuilt = (reply: FastifyReply) =>
    reply.code(404).type('text/plain; charset=utf-8').send('The explorer is not built: run `npm run build`.');
  if (dir === undefined) app.get('/explorer/*', (_request, reply) => notBuilt(reply));
  else
    await app.register(serveStatic, {
      root: dir,
      prefix: '/explorer/',
      wildcard: false,
      index: false,
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply) => {
        void reply
          .header('content-security-policy', POLICY)
          .header('cache-control', 'no-cache')
          .header('vary', 'accept, accept-encoding');
      },
    });
  return {
    asked: ({ method, headers, query }) =>
      method === 'GET' && String(headers.accept ?? '').includes('text/html') && !(query as { query?: unknown }).query,
    page: (_request, reply) => (dir === undefined ? notBuilt(reply) : reply.sendFile('page.html')),
  };
}
