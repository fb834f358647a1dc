import pg from 'pg';
import { EVENTS_CHANNEL } from './relay.js';

/** How often the listening connection is checked, in milliseconds. */
const PULSE_MS = 2_000;
/** How long to wait before a broken connection is made again, in milliseconds. */
const RECONNECT_MS = 250;

/** What {@link Doorbell.connect} needs. */
export interface DoorbellOptions {
  readonly url: string;
  /** More settings of node-postgres. */
  readonly connection?: pg.ClientConfig | undefined;
  /** Called for every notification, and once after each (re)connection. */
  readonly onRing: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * One LISTEN connection that tells when there may be new events in the log. It reconnects by itself. Notifications that
 * were lost meanwhile do not matter, because every connection rings once.
 */
export class Doorbell {
  readonly #options: DoorbellOptions;
  readonly #pulse: NodeJS.Timeout;
  #client: pg.Client | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #asked = false;
  #stopped = false;

  private constructor(options: DoorbellOptions) {
    this.#options = options;
    this.#pulse = setInterval(() => this.#ask(), PULSE_MS).unref();
  }

  /** Connects and listens. @throws Error of node-postgres when the first connection fails. */
  static async connect(options: DoorbellOptions): Promise<Doorbell> {
    const doorbell = new Doorbell(options);
    try {
      await doorbell.#listen();
    } catch (error) {
      await doorbell.stop();
      throw error;
    }
    return doorbell;
  }

  /** Closes the connection and does not reconnect. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#pulse);
    clearTimeout(this.#reconnect);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  async #listen(): Promise<void> {
    const { url, connection, onRing, onError } = this.#options;
    const client = new pg.Client({
      connectionString: url,
      application_name: 'interlock-listen',
      keepAlive: true,
      ...connection,
    });
    client.on('notification', onRing);
    client.on('error', (error) => {
      onError(error);
      if (this.#client === client) this.#retry();
    });
    client.on('end', () => {
      if (this.#client === client) this.#retry();
    });
    await client.connect();
    if (this.#stopped) return await client.end();
    this.#client = client;
    await client.query(`listen ${EVENTS_CHANNEL}`);
    onRing();
  }

  #retry(): void {
    this.#client = undefined;
    if (this.#stopped || this.#reconnect) return;
    this.#reconnect = setTimeout(() => {
      this.#reconnect = undefined;
      this.#listen().catch((error: unknown) => {
        this.#options.onError(error);
        this.#retry();
      });
    }, RECONNECT_MS);
  }

  // A dead connection is as quiet as one on which nothing happens, so it is asked something now and then.
  #ask(): void {
    if (this.#asked || !this.#client) return;
    this.#asked = true;
    this.#client
      .query('select 1')
      .catch(() => {}) // its 'error' or 'end' event follows
      .finally(() => (this.#asked = false));
  }
}
