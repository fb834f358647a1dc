import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../../config.js';
import { REQUEST_ID_HEADER } from './request-hooks.js';

/** Origins that may use the API from a browser: the server's own and the configured ones. Both doors ask it. */
export function originAllowed(config: Config, origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true; // not a browser
  if (config.allowedOrigins.includes(origin)) return true;
  if (config.publicUrl !== undefined && new URL(config.publicUrl).origin === origin) return true;
  try {
    return host !== undefined && new URL(origin).host === host;
  } catch {
    return false;
  }
}

/** Lets browsers read answers on pages of the configured origins. */
export async function allowOrigins(app: FastifyInstance, config: Config): Promise<void> {
  await app.register(cors, {
    origin: [...config.allowedOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT'],
    // No list of request headers: what a page of an allowed origin asks for is allowed. Clients add headers of their
    // own, such as `traceparent` or the names of Apollo's client awareness.
    exposedHeaders: [
      REQUEST_ID_HEADER,
      'accept-ranges',
      'content-disposition',
      'content-range',
      'etag',
      'repr-digest',
      'retry-after',
      'www-authenticate',
    ],
    maxAge: 600,
    strictPreflight: false,
  });
}
