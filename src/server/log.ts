import { pino, type Logger as PinoLogger } from 'pino';
import type { Config } from '../config.js';

/** Structured log: one JSON object a line on standard output. */
export type Log = PinoLogger;

/** The log of a process. */
export interface Logs {
  /** For everything. Anything that looks like a credential is cut out before it is written. */
  readonly log: Log;
  /**
   * For the line that every request leaves: its fields are known and none of them is secret, so nothing is searched for
   * one.
   */
  readonly requests: Log;
}

const SECRETS = [
  'authorization',
  '*.authorization',
  'req.headers.authorization',
  'password',
  '*.password',
  'token',
  '*.token',
  'secret',
  '*.secret',
  'connectionParams',
];

/**
 * How long a line may wait to be written with others, in milliseconds; a process that is killed with -9 takes so much
 * of its log along.
 */
const WAIT_MS = 200;
/** How much may wait before it is written at once, in bytes. */
const WRITE_BYTES = 8_192;
/**
 * How much may wait for a reader that has stopped reading, in bytes; beyond it lines are dropped. A log must not stop a
 * server.
 */
const MOST_BYTES = 8_388_608;
const ERROR = 50;

// At thousands of lines a second most of them fall into the same millisecond.
let millisecond = 0;
let instant = '';
function timestamp(): string {
  const now = Date.now();
  if (now !== millisecond) {
    millisecond = now;
    instant = `,"time":"${new Date(now).toISOString()}"`;
  }
  return instant;
}

/**
 * Makes the log of a process. Lines are written together, off the main thread; errors, and whatever waits when the
 * process ends, at once.
 */
export function createLogs(config: Pick<Config, 'logLevel'>): Logs {
  const destination = pino.destination({
    fd: 1,
    sync: false,
    minLength: WRITE_BYTES,
    maxLength: MOST_BYTES,
    periodicFlush: WAIT_MS,
  });
  const requests = pino(
    {
      level: config.logLevel,
      base: { pid: process.pid },
      timestamp,
      formatters: { level: (label) => ({ level: label }) },
      hooks: {
        logMethod(args, method, level) {
          method.apply(this, args);
          if (level >= ERROR) destination.flushSync();
        },
      },
    },
    destination,
  );
  return { requests, log: requests.child({}, { redact: { paths: SECRETS, censor: '[redacted]' } }) };
}
