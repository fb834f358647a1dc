import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { Logger } from '../../adapters/adapter.js';
import { AdapterRegistry } from '../../adapters/registry.js';
import { BUILT_IN } from '../../built-in-adapters.js';
import type { Config } from '../../config.js';
import type { AssurancePolicy } from '../../domain/cmdb/assurance-policy.js';
import type { ToolDirectory } from '../../services/distribution/tool-directory.js';
import type { Log } from '../log.js';
import { MediaDamage, type MediaStore } from '../../services/library/media-store.port.js';
import type { ToolsFile } from './tools-file.js';

const adapterLog = (log: Log): Logger => {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
      log[level](fields, message);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

/** What {@link openTools} needs. */
export interface ToolsOptions {
  readonly config: Config;
  readonly file: ToolsFile;
  /** Opens recorded media by their digest; null when there are none. @throws MediaDamage */
  readonly openMedia: (digest: string) => Promise<Readable | null>;
  readonly log: Log;
  readonly clock: () => Date;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Connects the deployment tools. A tool that cannot be connected is marked as broken; the server starts without it. */
export async function openTools({ config, file, openMedia, log, clock, env }: ToolsOptions): Promise<AdapterRegistry> {
  return await AdapterRegistry.open(file.tools, {
    builtIns: BUILT_IN,
    configFile: file.path,
    workRoot: config.workDir,
    env,
    log: adapterLog(log),
    now: clock,
    artifacts: async (digest) => {
      try {
        return await openMedia(digest);
      } catch (error) {
        if (error instanceof MediaDamage && error.problem === 'MISSING') return null;
        throw error;
      }
    },
  });
}

/** The tools as planning sees them. @param baseUrl address at which tools reach this server. */
export function toolDirectory(
  registry: AdapterRegistry,
  file: ToolsFile,
  media: MediaStore,
  baseUrl: () => string,
  assurance: AssurancePolicy,
): ToolDirectory {
  const access = new Map(file.tools.map((tool) => [tool.instance, tool.media ?? 'file']));
  return {
    assurance,
    connected: (name) => {
      if (registry.entry(name)?.status !== 'connected') return undefined;
      const adapter = registry.get(name);
      return {
        capabilities: adapter.capabilities,
        targetProblems: (binding) => adapter.targetProblems(binding),
        packageProblems: (binding) => adapter.packageProblems(binding),
        parametersProblems: (parameters) => adapter.parametersProblems(parameters),
        mediaUri: (digest) =>
          access.get(name) === 'http' ? `${baseUrl()}/media/${digest}` : pathToFileURL(media.path(digest)).href,
      };
    },
  };
}
