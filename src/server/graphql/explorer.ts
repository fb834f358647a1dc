import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ttf': 'font/ttf',
};

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

interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly zipped: Buffer;
}

// The bundle that explorer/build.mjs makes: dist/explorer, seen from dist/src/server/graphql and src/server/graphql.
function folder(): string | undefined {
  return ['../../../explorer', '../../../dist/explorer']
    .map((up) => fileURLToPath(new URL(up, import.meta.url)))
    .find((dir) => existsSync(join(dir, 'main.js')));
}

async function load(dir: string, name: string): Promise<Asset> {
  const plain = await readFile(join(dir, name));
  return {
    type: TYPES[extname(name)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    plain,
    zipped: await promisify(gzip)(plain),
  };
}

/**
 * The explorer: a page to sign in with a token, run operations and watch subscriptions. It talks only to this server.
 */
export interface Explorer {
  /** Whether a browser opens the address of the API without an operation. */
  readonly asked: (request: FastifyRequest) => boolean;
  /** Sends the page. */
  readonly page: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
}

/** Serves the files of the explorer below `/explorer/` and returns the handler of the page itself. */
export function registerExplorer(app: FastifyInstance): Explorer {
  const dir = folder();
  const assets = new Map<string, Promise<Asset>>();
  // Only names that exist in the folder are opened, so no address can lead out of it.
  const names = dir === undefined ? Promise.resolve(new Set<string>()) : readdir(dir).then((list) => new Set(list));

  const send = async (request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> => {
    if (dir === undefined || !(await names).has(name)) {
      const why = dir === undefined ? 'The explorer is not built: run `npm run build`.' : 'This file does not exist.';
      return await reply.code(404).type('text/plain; charset=utf-8').send(why);
    }
    let asset = assets.get(name);
    if (!asset) assets.set(name, (asset = load(dir, name)));
    const { type, etag, plain, zipped } = await asset;
    void reply
      .header('content-security-policy', POLICY)
      .header('cache-control', 'no-cache')
      .header('etag', etag)
      .header('vary', 'accept, accept-encoding')
      .type(type);
    if (request.headers['if-none-match'] === etag) return await reply.code(304).send();
    if (!String(request.headers['accept-encoding'] ?? '').includes('gzip')) return await reply.send(plain);
    return await reply.header('content-encoding', 'gzip').send(zipped);
  };

  app.get<{ Params: { file: string } }>(
    '/explorer/:file',
    async (request, reply) => await send(request, reply, request.params.file),
  );
  return {
    asked: ({ method, headers, query }) =>
      method === 'GET' && String(headers.accept ?? '').includes('text/html') && !(query as { query?: unknown }).query,
    page: async (request, reply) => await send(request, reply, 'page.html'),
  };
}
