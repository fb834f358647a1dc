import type { Config } from '../../config.js';
import type { MediaServices } from '../../services/library/media.service.js';
import type { Entrance } from '../sign-in/entrance.js';

/** What the media routes need. */
export interface MediaRouteOptions {
  readonly config: Config;
  readonly entrance: Entrance;
  readonly services: MediaServices;
}
