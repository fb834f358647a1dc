import type { AppServices } from '../app-services.js';
import type { Actor } from '../domain/actor.js';
import type { Reads } from '../reads/reads.js';

/** What one operation carries along. Both doors, HTTP and WebSocket, build it by the same function. */
export interface Context {
  /** Null for somebody who is not signed in; then only `__typename` is answered. */
  readonly actor: Actor | null;
  readonly requestId: string;
  readonly reads: Reads;
  readonly services: AppServices;
}
