// Hosts, playbooks and settings for the tests of the `ansible` plugin: real Ansible over real sshd.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSshHosts, whyNoSshHosts } from './ssh-hosts.mjs';

/** Why the tests cannot run here; false when they can. */
export const whyNoAnsible = () => whyNoSshHosts(['ansible-playbook', 'python3']);

const play = (tasks, more = {}) =>
  JSON.stringify([{ name: 'Test', hosts: 'all', gather_facts: false, ...more, tasks }], null, 2);
/** The last tasks of a playbook that proves its end. */
export const END = { include_tasks: '{{ interlock.end_tasks }}' };

/** The playbooks by name. JSON is YAML. */
export const PLAYBOOKS = {
  'slow.yml': play([{ name: 'take time', command: 'sleep 2' }, END]),
  // Notes that it has begun, waits until it may go on, fails where it shall, and delivers like the built-in playbook.
  'gated.yml': play([
    {
      name: 'wait at the gate',
      shell: 'echo x >> starts-{{ gate }}; until [ -e gate-{{ gate }} ]; do sleep 0.05; done; [ ! -e broken ]',
      args: { chdir: '{{ home }}' },
      vars: { gate: '{{ interlock.package.artifacts[0].name }}' },
      when: "interlock.operation == 'install'",
    },
    {
      name: 'copy',
      copy: { src: '{{ interlock.media }}/{{ item.sha256 }}', dest: '{{ home }}/incoming/' },
      loop: "{{ interlock.package.artifacts if interlock.operation == 'install' and not ansible_check_mode else [] }}",
    },
    {
      name: 'switch',
      interlock_package: {
        operation: '{{ interlock.operation }}',
        directory: '{{ interlock_directory }}',
        package: '{{ interlock.package.digest }}',
        artifacts: '{{ interlock.package.artifacts }}',
        source: '{{ home }}/incoming',
      },
    },
    {
      ...END,
      vars: {
        files: "{{ interlock.package.artifacts | map(attribute='name') | list }}",
        current: '{{ interlock_directory }}/current/',
        installed: "{{ [current] | product(files) | map('join') | list }}",
        interlock_installed: "{{ installed if interlock.operation == 'install' and not ansible_check_mode else [] }}",
      },
    },
  ]),
};

/** Hosts, and the settings with which the adapter reaches them. */
export async function startEstate({ count }) {
  const hosts = await startSshHosts({ count });
  const playbookDir = join(hosts.folder, 'playbooks');
  mkdirSync(playbookDir);
  const write = (name, content) => writeFileSync(join(playbookDir, name), content);
  for (const [name, content] of Object.entries(PLAYBOOKS)) write(name, content);
  return {
    ...hosts,
    playbookDir,
    /** Adds a playbook that does these tasks on all requested hosts. */
    playbook: (name, tasks, more) => write(name, play(tasks, more)),
    /** Adds a file as it is. */
    write,
    config: {
      knownHostsFile: hosts.knownHostsFile,
      privateKey: { $secret: `file:${hosts.keyFile}` },
      user: hosts.user,
      playbookDir,
      connectTimeoutSeconds: 5,
    },
    /** The binding of a host, with a directory of its own: the hosts of the rig share one file system. */
    binding: (host) => ({
      host: host.address,
      port: hosts.port,
      pythonInterpreter: '/usr/bin/python3',
      remoteTmp: join(host.folder, 'tmp'),
      directory: join(host.folder, 'app'),
      variables: { home: host.folder },
    }),
  };
}
