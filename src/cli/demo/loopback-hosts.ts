import { execFile, spawn, type ChildProcess } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endChild } from './child.js';

const run = promisify(execFile);

const SSHD = '/usr/sbin/sshd';
/** Debian's packages of the programs that a host, or the way to it, needs. */
const PACKAGES: Readonly<Record<string, string>> = {
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  rsync: 'rsync',
  flock: 'util-linux',
  'ansible-playbook': 'ansible-core',
};
/** sshd takes at most 16 addresses; see MAX_LISTEN_SOCKS in its sshd.c. */
const PER_PROCESS = 16;
/** The user on the hosts where root plays the demo: nobody logs in as root. */
const USER = 'interlock-demo';

/** Real hosts of the demo: sshd on loopback addresses, each with a folder of its own. */
export interface LoopbackHosts {
  readonly user: string;
  readonly port: number;
  readonly keyFile: string;
  readonly knownHostsFile: string;
  /** Of all of them. It belongs to the user of this process. */
  readonly folder: string;
  addressOf(name: string): string;
  folderOf(name: string): string;
  end(): Promise<void>;
}

async function isThere(program: string): Promise<boolean> {
  try {
    if (program === 'sshd') accessSync(SSHD, constants.X_OK);
    else await run('which', [program]);
    return true;
  } catch {
    return false;
  }
}

/** @throws Error that says what to install */
async function assertPrograms(programs: readonly string[]): Promise<void> {
  if (process.platform !== 'linux') throw new Error('The hosts of this demo need Linux.');
  const missing = [];
  for (const program of programs) if (!(await isThere(program))) missing.push(program);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => PACKAGES[program] ?? program))].join(' ');
  throw new Error(`Not installed: ${missing.join(', ')}. On Debian or Ubuntu: sudo apt-get install ${packages}`);
}

async function freePort(address: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, address, () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

const newKey = async (file: string): Promise<string> => {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'demo', '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').trim();
};

/** The present user, or for root one who exists as long as the demo. One who was there before stays. */
async function login(): Promise<{ user: string; uid: number; gid: number; leave: () => Promise<void> }> {
  const { uid, gid, username } = userInfo();
  if (uid !== 0) return { user: username, uid, gid, leave: async () => {} };
  const number = async (flag: string): Promise<number> => Number((await run('id', [flag, USER])).stdout);
  const exists = await number('-u').then(
    () => true,
    () => false,
  );
  // "*" is no password; "!" would lock the account for sshd.
  if (!exists) await run('useradd', ['--create-home', '--shell', '/bin/sh', '--password', '*', USER]);
  const leave = async (): Promise<void> => {
    if (!exists) await run('userdel', ['--remove', USER]).catch(() => undefined);
  };
  return { user: USER, uid: await number('-u'), gid: await number('-g'), leave };
}

async function listen(config: string, addresses: number): Promise<ChildProcess> {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', SSHD, '-D', '-e', '-f', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-16_384);
      if (said.split('Server listening on').length > addresses) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`sshd did not start:\n${said}`)));
  });
  return child;
}

/**
 * Starts hosts of these names and waits until they listen.
 * @param programs that the way to them needs, beside OpenSSH
 * @throws Error when one is missing; the message says what to install
 */
export async function startHosts(names: readonly string[], programs: readonly string[]): Promise<LoopbackHosts> {
  await assertPrograms(['sshd', 'ssh', 'ssh-keygen', ...programs]);
  const { user, uid, gid, leave } = await login();
  const folder = mkdtempSync(join(tmpdir(), 'interlock-demo-hosts-'));
  chmodSync(folder, 0o755);
  const addresses = new Map(names.map((name, n) => [name, `127.0.8.${n + 1}`]));
  const addressOf = (name: string): string => addresses.get(name) ?? '';
  const folderOf = (name: string): string => join(folder, 'hosts', name);
  for (const name of names) {
    mkdirSync(folderOf(name), { recursive: true });
    chownSync(folderOf(name), uid, gid);
  }
  const keyFile = join(folder, 'id');
  writeFileSync(join(folder, 'authorized_keys'), `${await newKey(keyFile)}\n`, { mode: 0o644 });
  const hostKey = await newKey(join(folder, 'host_key'));
  const port = await freePort(addressOf(names[0] ?? ''));
  const knownHostsFile = join(folder, 'known_hosts');
  writeFileSync(knownHostsFile, names.map((name) => `[${addressOf(name)}]:${port} ${hostKey}\n`).join(''));
  if (uid === 0 || user === USER) mkdirSync('/run/sshd', { recursive: true });

  const children: ChildProcess[] = [];
  const end = async (): Promise<void> => {
    for (const child of children) await endChild(child);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    await leave();
  };
  try {
    for (let from = 0; from < names.length; from += PER_PROCESS) {
      const some = names.slice(from, from + PER_PROCESS).map(addressOf);
      const config = join(folder, `sshd_config_${from}`);
      const lines = [
        `Port ${port}`,
        ...some.map((address) => `ListenAddress ${address}`),
        `HostKey ${join(folder, 'host_key')}`,
        'PidFile none',
        `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        'PermitRootLogin no',
        'UsePAM no',
        'StrictModes no',
        'UseDNS no',
        'MaxStartups 200:30:400',
        'Subsystem sftp internal-sftp',
      ];
      writeFileSync(config, `${lines.join('\n')}\n`);
      children.push(await listen(config, some.length));
    }
  } catch (error) {
    await end();
    throw error;
  }
  return { user, port, keyFile, knownHostsFile, folder, addressOf, folderOf, end };
}
