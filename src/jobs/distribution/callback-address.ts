import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { DistributionRequest } from '../../adapters/adapter.js';
import { callbackHash } from '../../services/distribution/callback-token.js';
import type { SweepDefinition } from '../jobs.js';
import type { AppServices } from '../../app-services.js';

/** The address at which a tool can report that something changed. */
export interface Callback {
  readonly address: NonNullable<DistributionRequest['callback']>;
  /** The only trace of the token that is stored. */
  readonly hash: string;
}

const folderOf = ({ config }: AppServices) => join(config.dataDir, 'callback');

/**
 * A new callback address for a run, for tools that call back; undefined for others. The token is in the address and in
 * a file for adapters that sign with it, and nowhere else: the database only has its hash.
 */
export async function callbackFor(services: AppServices, tool: string, key: string): Promise<Callback | undefined> {
  if (services.adapters.entry(tool)?.capabilities?.observe.includes('callback') !== true) return undefined;
  const token = randomBytes(32).toString('base64url');
  const folder = folderOf(services);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, key);
  await writeFile(file, token, { mode: 0o600 });
  return {
    address: {
      url: `${services.baseUrl()}/integrations/${tool}/callback/${token}`,
      token: { $secret: `file:${file as `/${string}`}` },
    },
    hash: callbackHash(token),
  };
}

/** Removes the tokens of runs that are no longer observed: their callbacks would be ignored. */
export const callbackTokens: SweepDefinition<AppServices> = {
  name: 'callback.tokens',
  everyMs: 3_600_000,
  run: async (services) => {
    const folder = folderOf(services);
    const keys = await readdir(folder).catch(() => []); // no tool here calls back
    if (keys.length === 0) return;
    const rows = await services.readDatabase.query<{ key: string }>(sql`
      select key from distribution_run where key = any(${keys}) and next_observe_at is not null`);
    const needed = new Set(rows.map(({ key }) => key));
    for (const key of keys.filter((name) => !needed.has(name))) await rm(join(folder, key), { force: true });
  },
};
