// Real hosts for tools that work over SSH: sshd processes on loopback addresses, each host with a folder of its own.
//
//   const hosts = await startSshHosts({ count: 5 });
//   hosts.user, hosts.port, hosts.keyFile, hosts.knownHostsFile   // how to log in
//   hosts.all[0].address, hosts.all[0].folder                     // where one host is, and what is on it
//   await hosts.all[0].cut();                                     // the cable is pulled
//   await hosts.end();
//
// What costs time, and what does not:
// - One sshd takes at most 16 ListenAddress lines; the 17th ends it ("Too many listen sockets"). Hosts that share an
//   sshd are started together. Only a host that is alone (`alone`, the first 8 by default) can be stopped, cut off,
//   hung or given another key. A process takes 20 ms to start and 5 MB; 1,000 hosts that share need 63 processes.
// - Every address in 127.0.0.0/8 answers on Linux without configuration.
// - As root the hosts have a user of their own with /bin/sh. Debian's bash reads ~/.bashrc under sshd, which can double
//   the time of each command. Its password is "*": without PAM, sshd takes "!" for a locked account.
// - A login costs about 0.25 s of CPU on both sides together, most of it for the exchange of keys. Over a shared
//   connection (ControlMaster) it costs 0.1 s.
// - `MaxStartups` lets 200 logins begin at once; sshd's default of 10 would drop some at random.
// - `-E` needs an absolute path, else every login dies. Here the log comes over a pipe, which says when it listens.
import { execFileSync, spawn } from 'node:child_process';
import {
  accessSync,
  appendFileSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './server.mjs';

const SSHD = process.env.SSHD_BIN ?? '/usr/sbin/sshd';
const USER = 'interlock-hosts';
const PER_PROCESS = 16;
const isRoot = process.getuid?.() === 0;

const onPath = (program) =>
  (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, program)));

/** Why the hosts cannot run here, with what to install; false when they can. Fits the `skip` of node:test. */
export function whyNoSshHosts(programs = []) {
  if (process.platform !== 'linux') return 'the hosts need Linux: every 127.x.y.z is an address there, and /proc';
  try {
    accessSync(SSHD, constants.X_OK);
  } catch {
    return `${SSHD} is missing (apt-get install openssh-server, or set SSHD_BIN)`;
  }
  const missing = ['ssh', 'ssh-keygen', ...programs].filter((program) => !onPath(program));
  return missing.length > 0 && `not installed: ${missing.join(', ')}`;
}

const keygen = (file) => execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);

const idsOf = (user) => {
  const number = (flag) => Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }));
  return { uid: number('-u'), gid: number('-g') };
};

/** The user to log in as: a dedicated one where this is root, else the present one. */
function login() {
  if (!isRoot) return userInfo({ encoding: 'utf8' }).username;
  try {
    idsOf(USER);
  } catch {
    try {
      execFileSync('useradd', ['--create-home', '--shell', '/bin/sh', '--password', '*', USER], { stdio: 'ignore' });
    } catch {
      idsOf(USER); // another run was quicker, or this throws what is wrong
    }
  }
  return USER;
}

/** What /proc says of one process, or undefined when it is gone. */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')), state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

const processes = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => stat(Number(name)) ?? []);

/** The processes of sshd below one of them, itself first; not the commands that it runs for users. */
function family(root) {
  const all = processes();
  const found = [root];
  for (const pid of found)
    found.push(
      ...all.filter(({ parent, name }) => parent === pid && name.startsWith('sshd')).map((child) => child.pid),
    );
  return found;
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** One sshd with some hosts. */
class Listener {
  child;
  log = '';

  constructor(folder, hosts, common) {
    this.folder = folder;
    this.hosts = hosts;
    this.common = common;
    mkdirSync(folder);
    this.newKey();
  }

  newKey() {
    const key = join(this.folder, 'host_key');
    for (const file of [key, `${key}.pub`]) rmSync(file, { force: true });
    keygen(key);
    this.publicKey = readFileSync(`${key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  }

  async start() {
    const { port, authorizedKeys, mark } = this.common;
    const config = join(this.folder, 'sshd_config');
    const lines = [
      `Port ${port}`,
      ...this.hosts.map(({ address }) => `ListenAddress ${address}`),
      `HostKey ${join(this.folder, 'host_key')}`,
      'PidFile none',
      `AuthorizedKeysFile ${authorizedKeys}`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin no',
      'UsePAM no',
      'StrictModes no',
      'UseDNS no',
      'PrintMotd no',
      'MaxStartups 200:30:400',
      'MaxSessions 100',
      'Subsystem sftp internal-sftp',
      ...this.hosts.flatMap(({ address, name, bin }) => [
        `Match LocalAddress ${address}`,
        `  SetEnv ${mark} TEST_HOST=${name} PATH=${bin}:/usr/local/bin:/usr/bin:/bin`,
      ]),
    ];
    writeFileSync(config, `${lines.join('\n')}\n`);
    // The kernel ends it together with this process, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', SSHD, '-D', '-e', '-f', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    await new Promise((ready, fail) => {
      let seen = '';
      child.stderr.on('data', (chunk) => {
        seen += chunk;
        this.log += chunk;
        if (seen.split('Server listening on').length > this.hosts.length) ready();
      });
      child.once('error', fail);
      child.once('exit', (code) => fail(new Error(`sshd ended with ${code}:\n${seen}`)));
    });
    for (const host of this.hosts) host.isUp = true;
  }

  /** Ends it as if the host vanished: no further word to anybody. What users run goes on. */
  async cut() {
    const { child } = this;
    if (child === undefined) return;
    this.child = undefined;
    for (const host of this.hosts) host.isUp = false;
    const gone = new Promise((done) => child.once('exit', done));
    const pids = family(child.pid);
    for (const pid of pids) signal(pid, 'SIGSTOP'); // so that none accepts another login meanwhile
    for (const pid of new Set([...pids, ...family(child.pid)])) signal(pid, 'SIGKILL');
    await gone;
  }

  signalAll(name) {
    if (this.child !== undefined) for (const pid of family(this.child.pid)) signal(pid, name);
  }
}

/** One host. What takes it away works only where it is alone in its process. */
class Host {
  isUp = false;

  constructor(index, folder, isAlone) {
    this.isAlone = isAlone;
    this.name = `host-${index + 1}`;
    this.address = `127.0.${9 + Math.floor(index / 250)}.${1 + (index % 250)}`;
    /** Whatever a test likes to keep on this host; it belongs to the user. */
    this.folder = join(folder, 'hosts', this.name);
    /** Programs in here come before the system's on this host: a place for broken ones. */
    this.bin = join(folder, 'bin', this.name);
    mkdirSync(this.folder, { recursive: true });
    mkdirSync(this.bin, { recursive: true });
  }

  get own() {
    if (!this.isAlone) throw new Error(`${this.name} shares its sshd; ask for more hosts that are alone`);
    return this.listener;
  }

  /** The words of this host's sshd, and of all that share it. */
  get log() {
    return this.listener.log;
  }

  /** Takes it off the net in the middle of what it does: connections die without a word, commands go on. */
  async cut() {
    await this.own.cut();
  }

  /** Takes it off the net. The same as `cut`; nobody is connected when a test plans a host to be down. */
  async stop() {
    await this.own.cut();
  }

  /** Brings it back, with its files and its key. */
  async start() {
    if (!this.isUp) await this.own.start();
  }

  /** It accepts connections and says nothing any more, on old ones either. */
  hang() {
    this.own.signalAll('SIGSTOP');
  }

  /** Ends a `hang`. */
  wake() {
    this.own.signalAll('SIGCONT');
  }

  /** Another key, as after a new installation, or with an impostor. The file of known hosts keeps the old one. */
  async changeKey() {
    const { own } = this;
    await own.cut();
    own.newKey();
    await own.start();
  }

  /** Puts a program of this name before the system's, on this host only. */
  program(name, script) {
    writeFileSync(join(this.bin, name), script, { mode: 0o755 });
  }
}

/**
 * Starts hosts and waits until all of them listen.
 * @param count how many.
 * @param alone how many of them, the first ones, have an sshd of their own; the rest share.
 */
export async function startSshHosts({ count, alone = Math.min(count, 8) }) {
  const problem = whyNoSshHosts();
  if (problem) throw new Error(`No hosts: ${problem}`);
  const user = login();
  if (isRoot) mkdirSync('/run/sshd', { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'interlock-hosts-'));
  chmodSync(folder, 0o755);
  const all = Array.from({ length: count }, (_, index) => new Host(index, folder, index < alone));
  const { uid, gid } = isRoot ? idsOf(user) : userInfo();
  for (const host of all) chownSync(host.folder, uid, gid);
  const keyFile = join(folder, 'id');
  keygen(keyFile);
  const authorizedKeys = join(folder, 'authorized_keys');
  writeFileSync(authorizedKeys, readFileSync(`${keyFile}.pub`), { mode: 0o644 });
  const mark = `TEST_HOSTS=${folder}`;
  const common = { port: await freePort(all[0].address), authorizedKeys, mark };
  const groups = all.slice(0, alone).map((host) => [host]);
  for (let from = alone; from < count; from += PER_PROCESS) groups.push(all.slice(from, from + PER_PROCESS));
  const listeners = groups.map((hosts, index) => new Listener(join(folder, `sshd-${index + 1}`), hosts, common));
  for (const listener of listeners) for (const host of listener.hosts) host.listener = listener;
  const knownHostsFile = join(folder, 'known_hosts');
  /** Writes down the keys that the hosts have now. */
  const learn = () =>
    writeFileSync(
      knownHostsFile,
      all.map(({ address, listener }) => `[${address}]:${common.port} ${listener.publicKey}\n`).join(''),
    );
  learn();

  /** The commands that users of these hosts still run, detached ones too. */
  const commands = () =>
    processes().filter(({ pid, name, state }) => {
      if (name.startsWith('sshd') || state === 'Z') return false;
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
      } catch {
        return false;
      }
    });
  /** Kills them, whatever they are doing. */
  const killCommands = () => {
    for (const { pid } of commands()) signal(pid, 'SIGKILL');
  };
  const end = async () => {
    for (const listener of listeners) await listener.cut();
    killCommands();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await Promise.all(listeners.map((listener) => listener.start()));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    all,
    user,
    port: common.port,
    keyFile,
    knownHostsFile,
    /** Of the rig itself; it belongs to whoever runs the test. */
    folder,
    learn,
    commands,
    killCommands,
    /** Allows a further public key to log in. */
    allow: (publicKey) => appendFileSync(authorizedKeys, `${publicKey.trim()}\n`),
    end,
  };
}
