/** How OpenSSH and rsync are called: their settings as a file, their arguments as arrays. Pure. */
import type { Order } from './order.js';

/** The file with the settings of ssh, relative to the folder of the run, in which programs are started. */
export const CLIENT_SETTINGS = 'ssh_config';

/** The name of a target in the settings of ssh. Arguments hold these names only, never anything from a binding. */
export const aliasOf = (index: number): string => `t${index}`;

// Nothing is read from ~/.ssh or /etc/ssh, nothing is asked, and no key is learned. Every connection is its own: over a
// shared one (ControlMaster), a host that falls silent would hold up whatever comes next.
const FIXED = `
  BatchMode yes
  StrictHostKeyChecking yes
  GlobalKnownHostsFile /dev/null
  UpdateHostKeys no
  VerifyHostKeyDNS no
  CheckHostIP no
  PreferredAuthentications publickey
  PasswordAuthentication no
  KbdInteractiveAuthentication no
  ForwardAgent no
  ForwardX11 no
  ClearAllForwardings yes
  PermitLocalCommand no
  RequestTTY no
  EscapeChar none
  ControlMaster no
  ControlPath none
  ControlPersist no
  ConnectionAttempts 1
  ServerAliveCountMax 3
  TCPKeepAlive yes
  LogLevel ERROR
`;

function identity({ login }: Order): string {
  if (login.identityFile !== undefined)
    return `  IdentityFile "${login.identityFile}"\n  IdentitiesOnly yes\n  IdentityAgent none\n`;
  if (login.identityAgent !== undefined) return `  IdentityFile none\n  IdentityAgent "${login.identityAgent}"\n`;
  return '  IdentityFile none\n'; // the agent that the worker runs below
}

/** The settings of ssh for all targets of an order. */
export function clientSettings(order: Order): string {
  const hosts = order.targets.map(
    ({ host, port, user }, index) =>
      `Host ${aliasOf(index)}\n  HostName ${host}\n  Port ${port ?? 22}\n` +
      (user === undefined ? '' : `  User ${user}\n`),
  );
  const { knownHostsFile, connectSeconds } = order.login;
  return (
    `${hosts.join('')}Host *${FIXED}  UserKnownHostsFile "${knownHostsFile}"\n` +
    `  ConnectTimeout ${connectSeconds}\n  ServerAliveInterval ${Math.ceil(connectSeconds / 2)}\n${identity(order)}`
  );
}

/** Runs a script that comes over standard input. The command is the same for every shell that a user may have. */
export const sshCommand = (index: number): readonly [string, ...string[]] => [
  'ssh',
  '-F',
  CLIENT_SETTINGS,
  aliasOf(index),
  'exec sh -s',
];

/**
 * Copies the folder `package` of the run to a folder on a host. The remote rsync carries the mark of the run, so that a
 * cancel finds it.
 */
export const rsyncCommand = (
  index: number,
  order: Order,
  root: string,
  destination: string,
): readonly [string, ...string[]] => [
  'rsync',
  '--recursive',
  '--times',
  '--checksum',
  '--partial',
  '--delete',
  '--chmod=D755,F644',
  '--protect-args',
  '--timeout=60',
  `--rsh=ssh -F ${CLIENT_SETTINGS}`,
  `--rsync-path=env RELEASE_RUN=${order.key}:${root} rsync`,
  'package/',
  `${aliasOf(index)}:${destination}/`,
];

/** Why a program ended without an answer from the host. */
export interface Silence {
  readonly code: 'HOST_KEY' | 'AUTHENTICATION' | 'UNREACHABLE' | 'TIMEOUT' | 'NO_SPACE' | 'COPY_FAILED';
  readonly message: string;
}

const lastWords = (stderr: string): string =>
  stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^@+$/.test(line))
    .slice(-3)
    .join(' ')
    .slice(0, 500);

/**
 * What the words of ssh mean when no answer came. Its exit code says nothing: 255 is a refused connection, a wrong key,
 * a shell that was killed, and a command that itself ended with 255.
 */
export function silenceOf(stderr: string, timedOut: boolean): Silence {
  const said = lastWords(stderr);
  if (/Host key verification failed|HOST IDENTIFICATION HAS CHANGED|No \S+ host key is known/.test(stderr))
    return { code: 'HOST_KEY', message: `The host does not have the key that is known of it. ${said}` };
  if (/^\S*\s*Permission denied \(/m.test(stderr))
    return { code: 'AUTHENTICATION', message: `The host does not accept the key. ${said}` };
  if (timedOut) return { code: 'TIMEOUT', message: `The host gave no answer in time. ${said}`.trim() };
  return { code: 'UNREACHABLE', message: said === '' ? 'The connection ended without an answer.' : said };
}

/** What an exit of rsync means; undefined when the copy is complete. Codes as in rsync(1), "EXIT VALUES". */
export function copyFailure(exitCode: number | null, stderr: string, timedOut: boolean): Silence | undefined {
  if (exitCode === 0) return undefined;
  if (/No space left on device/.test(stderr)) return { code: 'NO_SPACE', message: lastWords(stderr) };
  if (/rsync.*(not found|No such file)/i.test(stderr))
    return { code: 'COPY_FAILED', message: 'There is no rsync on the host.' };
  // An answer that is not rsync's, a folder, a file, a copy in part: the host is there, and something on it is wrong.
  if (exitCode !== null && [2, 3, 11, 23].includes(exitCode))
    return { code: 'COPY_FAILED', message: lastWords(stderr) || `rsync ended with ${exitCode}.` };
  return silenceOf(stderr, timedOut);
}
