import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Estate } from './estate.js';
import { startHosts } from './loopback-hosts.js';

/** Fails when a file says so, and takes the file away. */
const INSTALL = 'f=${RELEASE_CURRENT%/current}/.fail-once; if [ -e "$f" ]; then rm -f "$f"; echo No space.; exit 1; fi';

/**
 * Real hosts on loopback addresses, reached by the adapter `ssh`.
 * @throws Error when a program is missing
 */
export async function sshEstate(targets: readonly string[]): Promise<Estate> {
  const hosts = await startHosts(targets, ['rsync', 'flock']);
  const { folderOf, addressOf, end } = hosts;
  return {
    tool: 'hosts',
    tools: {
      tools: [
        {
          name: 'hosts',
          adapter: 'ssh',
          config: {
            knownHostsFile: hosts.knownHostsFile,
            identityFile: hosts.keyFile,
            user: hosts.user,
            port: hosts.port,
            minPollMs: 500,
          },
        },
      ],
    },
    bindingOf: (target) => ({ host: addressOf(target), base: folderOf(target) }),
    packageBinding: { install: ['sh', '-c', INSTALL] },
    failOnce: (target) => {
      if (existsSync(folderOf(target))) writeFileSync(join(folderOf(target), '.fail-once'), '');
    },
    fileOn: (target, _digest, fileName) => join(folderOf(target), 'current', fileName),
    end,
  };
}
