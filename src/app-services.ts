import type { AdapterRegistry } from './adapters/registry.js';
import type { Config } from './config.js';
import type { ReadDatabase } from './database/read-database.js';
import type { EventHub } from './events/hub.js';
import type { CircuitBreakers } from './services/distribution/circuit-breaker.js';
import type { ToolDirectory } from './services/distribution/tool-directory.js';
import type { MediaStore } from './services/library/media-store.port.js';
import type { TransactionServices } from './services/unit-of-work.js';

/** What requests and jobs of one process share. {@link createApp} builds it once. */
export interface AppServices extends TransactionServices {
  readonly config: Config;
  readonly readDatabase: ReadDatabase;
  readonly hub: EventHub;
  /** The bytes of the Definitive Media Library. */
  readonly media: MediaStore;
  /** The deployment tools that this process may drive. Only jobs call them. */
  readonly adapters: AdapterRegistry;
  /** The same tools as planning sees them. */
  readonly tools: ToolDirectory;
  /** Which tools are left alone for a while because they do not answer. */
  readonly breakers: CircuitBreakers;
  /** Tells this process from others that share the database. */
  readonly instanceId: string;
  /** Has a sweep of this process look sooner than at its interval. @param afterMs in how many milliseconds */
  readonly soon: (sweep: string, afterMs: number) => void;
  /** Address under which this server is reached. */
  readonly baseUrl: () => string;
}
