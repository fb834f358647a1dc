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

/** The content type of one JSON value per line. */
export const NDJSON = 'application/x-ndjson';
