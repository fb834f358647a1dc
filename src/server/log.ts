import { pino, type Logger as PinoLogger } from 'pino';
import type { Config } from '../config.js';

/** Structured log: one JSON object per line on standard output. */
export type Log = PinoLogger;

/** The log of a process. */
export interface Logs {
  /** For everything. Fields that look like credentials are redacted. */
  readonly log: Log;
  /**
   * For the line of each request. Its fields are known and none is secret, so this log spares the search for
   * credentials.
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
 * How long a line may wait to be written together with others, in milliseconds. A process killed with -9 loses that
 * much.
 */
const WAIT_MS = 200;
/** Number of waiting bytes that are written immediately. */
const WRITE_BYTES = 8_192;
/**
 * Maximum bytes that wait for a reader that has stopped reading; further lines are dropped. A log must not stop a
 * server.
 */
const MAX_WAITING_BYTES = 8_388_608;
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
 * Creates the log of a process. Lines are written in batches, off the main thread. Errors, and lines that wait when the
 * process ends, are written immediately.
 */
export function createLogs(config: Pick<Config, 'logLevel'>): Logs {
  const destination = pino.destination({
    fd: 1,
    sync: false,
    minLength: WRITE_BYTES,
    maxLength: MAX_WAITING_BYTES,
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
