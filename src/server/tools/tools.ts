import { pathToFileURL } from 'node:url';
import type { Logger } from '../../adapters/adapter.js';
import { AdapterRegistry } from '../../adapters/registry.js';
import { BUILT_IN } from '../../built-in-adapters.js';
import type { Config } from '../../config.js';
import type { ToolDirectory } from '../../services/distribution/tool-directory.js';
import type { Log } from '../log.js';
import { MediaDamage, type MediaStore } from '../media/media-store.js';
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
  readonly media: MediaStore;
  readonly log: Log;
  readonly clock: () => Date;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Connects the deployment tools. One that cannot be connected is broken and the server comes up all the same. */
export async function openTools({ config, file, media, log, clock, env }: ToolsOptions): Promise<AdapterRegistry> {
  return await AdapterRegistry.open(file.tools, {
    builtIns: BUILT_IN,
    configFile: file.path,
    workRoot: config.workDir,
    env,
    log: adapterLog(log),
    now: clock,
    artifacts: async (digest) => {
      if (!(await media.has(digest))) return null;
      try {
        return await media.open(digest);
      } catch (error) {
        if (error instanceof MediaDamage && error.problem === 'MISSING') return null;
        throw error;
      }
    },
  });
}

/** The tools as planning sees them. @param baseUrl address under which tools reach this server. */
export function toolDirectory(
  registry: AdapterRegistry,
  file: ToolsFile,
  media: MediaStore,
  baseUrl: () => string,
): ToolDirectory {
  const access = new Map(file.tools.map((tool) => [tool.instance, tool.media ?? 'file']));
  return {
    connected: (name) => {
      if (registry.entry(name)?.status !== 'connected') return undefined;
      const adapter = registry.get(name);
      return {
        capabilities: adapter.capabilities,
        targetProblems: (binding) => adapter.targetProblems(binding),
        packageProblems: (binding) => adapter.packageProblems(binding),
        mediaUri: (digest) =>
          access.get(name) === 'http' ? `${baseUrl()}/media/${digest}` : pathToFileURL(media.path(digest)).href,
      };
    },
  };
}
