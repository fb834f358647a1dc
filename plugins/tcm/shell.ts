/**
 * The only texts that a shell ever reads. They are constant: every value is an argument, so nothing is interpolated.
 */

/**
 * Runs a command in the Tivoli environment: the environment script is read by the shell that becomes the command. Sure:
 * commands need the environment of `setup_env.sh` (public source of enterprise-Q, `deansleonard/EQServer`).
 */
const IN_ENVIRONMENT = '. "$1" && shift && exec "$@"';

/**
 * Gives an order once. The directory is the claim: of two processes that try, one makes it and gives the order, the
 * other ends with {@link CLAIMED}. Output and exit code go to files in it, so the answer is kept even when the server
 * that asked is gone.
 */
const ONCE =
  'umask 077; mkdir "$1" 2>/dev/null || { [ -d "$1" ] && exit 75; exit 74; }; d=$1; shift; ' +
  'cat "/proc/$$/stat" /proc/sys/kernel/random/boot_id >"$d/sender" 2>/dev/null; ' +
  '"$@" >"$d/out" 2>"$d/err"; echo "$?" >"$d/rc.part" && mv "$d/rc.part" "$d/rc"';

/** Exit code of an order that another process gives already. */
export const CLAIMED = 75;

/** Stores standard input in a file that only its owner can read, and that is whole from the beginning. */
const STORE = 'umask 077 && cat >"$1.$$" && mv "$1.$$" "$1"';

type Argv = readonly [string, ...string[]];

/** The command in the environment that a script sets up. @param script absolute path */
export function inEnvironment(script: string, argv: readonly string[]): Argv {
  return ['sh', '-c', IN_ENVIRONMENT, 'sh', script, ...argv];
}

/** The command, at most once for the directory, which must not exist yet. */
export function once(directory: string, argv: readonly string[]): Argv {
  return ['sh', '-c', ONCE, 'sh', directory, ...argv];
}

/** A command that stores its standard input. @param path absolute */
export function storing(path: string): Argv {
  return ['sh', '-c', STORE, 'sh', path];
}

/**
 * A word as a POSIX shell reads it back, whatever it holds. sshd joins the words of a command with spaces and passes
 * them to a shell, so every remote word goes through here.
 */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
