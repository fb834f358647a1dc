import type { AppServices } from '../../app-services.js';
import type { Config } from '../../config.js';
import type { Log } from '../log.js';
import type { Entrance } from '../sign-in/entrance.js';

/** What the routes for files need. */
export interface BulkRouteOptions {
  readonly config: Config;
  readonly entrance: Entrance;
  readonly services: AppServices;
  readonly log: Log;
}

/**
 * A value as a line of NDJSON. Characters that some readers take for the end of a line are escaped, such as that of
 * Node and that of Python.
 */
export const jsonLine = (value: unknown): string => {
  const escaped = (end: string) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value).replace(/[\u0085\u2028\u2029]/g, escaped)}\n`;
};

/** The content type of one JSON value per line. */
export const NDJSON = 'application/x-ndjson';
