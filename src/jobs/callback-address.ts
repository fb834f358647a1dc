import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DistributionRequest } from '../adapters/adapter.js';
import type { AppServices } from '../resolvers/context.js';
import { callbackHash } from '../services/callback-token.js';

/** Where a tool can say that something changed. */
export interface Callback {
  readonly address: NonNullable<DistributionRequest['callback']>;
  /** What is kept of the token. */
  readonly hash: string;
}

/**
 * A fresh callback address for a run, for tools that call back; undefined for others. The token is in the address, as a file for
 * adapters that sign with it, and nowhere else: the database has only its hash.
 */
export async function callbackFor(services: AppServices, tool: string, key: string): Promise<Callback | undefined> {
  if (services.adapters.entry(tool)?.capabilities?.observe.includes('callback') !== true) return undefined;
  const token = randomBytes(32).toString('base64url');
  const folder = join(services.config.dataDir, 'callback');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, key);
  await writeFile(file, token, { mode: 0o600 });
  return {
    address: { url: `${services.baseUrl()}/integrations/${tool}/callback/${token}`, token: { $secret: `file:${file as `/${string}`}` } },
    hash: callbackHash(token),
  };
}
