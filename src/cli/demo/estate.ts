import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config.js';
import { ansibleEstate } from './ansible-estate.js';
import { sshEstate } from './ssh-estate.js';

/** The servers of the demo and the deployment tool that reaches them. */
export interface Estate {
  /** Name of the deployment tool. */
  readonly tool: string;
  /** The tools file of a server that knows these servers. Absent: every development server does. */
  readonly tools?: object;
  /** How the tool addresses a server. */
  bindingOf(target: string): Record<string, unknown>;
  /** What the tool needs to know of the package. */
  readonly packageBinding: Record<string, unknown>;
  /** Lets the next delivery to a server fail. */
  failOnce(target: string): void;
  /** Where the package is on a server. */
  fileOn(target: string, digest: string, fileName: string): string;
  end(): Promise<void>;
}

/** Directories in the data directory, and the program that comes with a development server. */
export function directoryEstate({ dataDir }: Pick<Config, 'dataDir'>): Estate {
  const folderOf = (target: string): string => join(dataDir, 'targets', target);
  return {
    tool: 'directory',
    bindingOf: (target) => ({ directory: target }),
    packageBinding: { unpack: true, strip: 1 },
    failOnce: (target) => {
      if (!existsSync(folderOf(target))) mkdirSync(folderOf(target), { recursive: true });
      writeFileSync(join(folderOf(target), '.fail-once'), '');
    },
    fileOn: (target, digest) => join(folderOf(target), 'package', digest),
    end: async () => {},
  };
}

const ESTATES: Readonly<Record<string, (config: Config, targets: readonly string[]) => Estate | Promise<Estate>>> = {
  directory: directoryEstate,
  ansible: async (_config, targets) => await ansibleEstate(targets),
  ssh: async (_config, targets) => await sshEstate(targets),
};

/**
 * The servers for one of the tools that the demo knows.
 * @throws Error when it does not know the tool, or when programs are missing; the message says what to install
 */
export async function estateFor(tool: string, config: Config, targets: readonly string[]): Promise<Estate> {
  const make = Object.hasOwn(ESTATES, tool) ? ESTATES[tool] : undefined;
  if (make === undefined) throw new Error(`The demo knows the tools ${Object.keys(ESTATES).join(', ')}, not ${tool}.`);
  return await make(config, targets);
}
