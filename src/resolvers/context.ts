import type { Reads } from '../reads/reads.js';
import type { ReadDatabase } from '../reads/read-database.js';
import type { EventHub } from '../events/hub.js';
import type { Config } from '../config.js';
import type { Actor, TransactionServices } from '../services/unit-of-work.js';

/** What the resolvers of all requests share. */
export interface AppServices extends TransactionServices {
  readonly config: Config;
  readonly readDatabase: ReadDatabase;
  readonly hub: EventHub;
}

/** What one operation carries along. Both doors, HTTP and WebSocket, build it by the same function. */
export interface Context {
  /** Null for somebody who is not signed in; then only `__typename` is answered. */
  readonly actor: Actor | null;
  readonly requestId: string;
  readonly reads: Reads;
  readonly services: AppServices;
}
