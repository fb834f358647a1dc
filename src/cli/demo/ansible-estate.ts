import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Estate } from './estate.js';
import { startHosts } from './loopback-hosts.js';

// JSON is YAML. The play fails when a file says so, and takes the file away. Then it delivers, and proves its end with
// the digests that it read on the host.
const PLAYBOOK = [
  {
    name: 'Demo',
    hosts: 'all',
    gather_facts: false,
    tasks: [
      {
        name: 'find room',
        shell: 'if [ -e .fail-once ]; then rm -f .fail-once; echo No space.; exit 1; fi',
        args: { chdir: '{{ home }}' },
      },
      {
        name: 'copy the package',
        copy: { src: '{{ interlock.media }}/{{ item.sha256 }}', dest: '{{ home }}/{{ item.name }}' },
        loop: '{{ interlock.package.artifacts }}',
      },
      {
        include_tasks: '{{ interlock.end_tasks }}',
        vars: {
          files: "{{ interlock.package.artifacts | map(attribute='name') | list }}",
          paths: "{{ [home + '/'] | product(files) | map('join') | list }}",
          interlock_installed: '{{ paths }}',
        },
      },
    ],
  },
];

/**
 * Real hosts on loopback addresses, reached by Ansible.
 * @throws Error when a program is missing
 */
export async function ansibleEstate(targets: readonly string[]): Promise<Estate> {
  const hosts = await startHosts(targets, ['ansible-playbook']);
  const { folderOf, addressOf, end } = hosts;
  const playbookDir = join(hosts.folder, 'playbooks');
  mkdirSync(playbookDir);
  writeFileSync(join(playbookDir, 'deliver.yml'), JSON.stringify(PLAYBOOK, null, 2));
  return {
    tool: 'playbooks',
    tools: {
      tools: [
        {
          name: 'playbooks',
          adapter: 'ansible',
          config: {
            knownHostsFile: hosts.knownHostsFile,
            privateKey: { $secret: `file:${hosts.keyFile}` },
            user: hosts.user,
            playbookDir,
            forks: 10,
            // A rehearsal of four waves would double the time of the demo.
            rehearse: false,
          },
        },
      ],
    },
    bindingOf: (target) => ({
      host: addressOf(target),
      port: hosts.port,
      pythonInterpreter: '/usr/bin/python3',
      remoteTmp: join(folderOf(target), 'tmp'),
      variables: { home: folderOf(target) },
    }),
    packageBinding: { playbook: 'deliver.yml' },
    failOnce: (target) => {
      if (existsSync(folderOf(target))) writeFileSync(join(folderOf(target), '.fail-once'), '');
    },
    fileOn: (target, _digest, fileName) => join(folderOf(target), fileName),
    end,
  };
}
