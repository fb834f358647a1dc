import { pino, type Logger as PinoLogger } from 'pino';
import type { Config } from '../config.js';

/** Structured log: one JSON object a line on standard output. */
export type Log = PinoLogger;

/** Makes the log of a process. Anything that looks like a credential is cut out before it is written. */
export function createLog(config: Pick<Config, 'logLevel'>): Log {
  return pino({
    level: config.logLevel,
    base: { pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: [
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
      ],
      censor: '[redacted]',
    },
  });
}
