import type { AppServices } from '../app-services.js';
import type { Actor } from '../domain/actor.js';
import type { Reads } from '../reads/reads.js';

/** Context of one operation. HTTP and WebSocket build it with the same function. */
export interface Context {
  /** Null without a sign-in; then only `__typename` can be queried. */
  readonly actor: Actor | null;
  readonly requestId: string;
  readonly reads: Reads;
  readonly services: AppServices;
}
