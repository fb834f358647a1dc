import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { PubSub } from 'graphql-subscriptions';
import type pg from 'pg';
import { Doorbell } from './doorbell.js';
import { readHead, readLog, TopicTurns, type LoggedEvent } from './log.js';

/** How many events the hub reads from the log at once. */
const PAGE = 500;
/** How often the hub reads the log without being notified, in milliseconds. */
const POLL_MS = 1_000;
const ALL = 'events';

/** What {@link EventHub.start} needs. */
export interface HubOptions {
  readonly pool: pg.Pool;
  /** Address for the one connection that listens. It does not come from the pool, because it is never returned. */
  readonly listenUrl: string;
  /** More settings of node-postgres for that connection. */
  readonly connection?: pg.ClientConfig;
  readonly onError: (error: unknown) => void;
}

/**
 * The hub of one process: receives every event in log order, each exactly once, and passes it to the followers of its
 * topics. It has one LISTEN connection, one reader of the log and one PubSub for all subscribers. When the connection
 * breaks, the hub reconnects and reads the log from where it was: nothing is missed.
 */
export class EventHub {
  readonly #pool: pg.Pool;
  readonly #onError: (error: unknown) => void;
  // Node's default of ten listeners per topic is a warning about leaks; `followers` counts ours.
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  readonly #pubSub = new PubSub({ eventEmitter: this.#emitter });
  readonly #held: Promise<void>[] = [];
  #head: number;
  #followers = 0;
  #reading: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #doorbell: Doorbell | undefined;
  #poll: NodeJS.Timeout | undefined;

  private constructor({ pool, onError }: HubOptions, head: number) {
    this.#pool = pool;
    this.#onError = onError;
    this.#head = head;
  }

  /** Starts at the present end of the log. @throws Error of node-postgres when the database cannot be reached. */
  static async start(options: HubOptions): Promise<EventHub> {
    const { pool, listenUrl: url, connection, onError } = options;
    const hub = new EventHub(options, await readHead(pool));
    hub.#doorbell = await Doorbell.connect({ url, connection, onRing: () => void hub.look(), onError });
    hub.#poll = setInterval(() => void hub.look(), POLL_MS).unref();
    return hub;
  }

  /** Position of the last event passed to followers; new followers receive all later ones. */
  get head(): number {
    return this.#head;
  }

  /** Number of callbacks that follow now. */
  get followers(): number {
    return this.#followers;
  }

  /**
   * Follows events from now on. The callback runs at once, in log order, and must not block.
   * @param topics ids of objects; undefined follows everything.
   * @returns a function that stops following.
   */
  follow(topics: readonly string[] | undefined, onEvent: (event: LoggedEvent) => void): () => void {
    // An event of two followed topics must arrive once: positions only grow.
    let last = 0;
    const subscriptions = (topics ?? [ALL]).map((topic) =>
      this.#pubSub.subscribe(topic, (event: LoggedEvent) => {
        if (event.position <= last) return;
        last = event.position;
        onEvent(event);
      }),
    );
    this.#followers++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#followers--;
      for (const subscription of subscriptions) void subscription.then((id) => this.#pubSub.unsubscribe(id));
    };
  }

  /**
   * Makes the hub wait for a follower that cannot pass on its events at once: no further page is read from the log
   * before `work` is done, so that memory holds one page and not the log. `work` must not wait for any client.
   */
  holdFor(work: Promise<void>): void {
    this.#held.push(work);
  }

  /** Reads the log now; resolves when all events in it have been passed on. */
  async look(): Promise<void> {
    if (this.#stopped) return;
    if (this.#reading) this.#again = true;
    else {
      this.#reading = this.#read().catch((error: unknown) => {
        this.#reading = undefined;
        this.#onError(error);
      });
    }
    await this.#reading;
  }

  /** Ends after the running read. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#poll);
    await this.#reading;
    await this.#doorbell?.stop();
  }

  async #read(): Promise<void> {
    const turns = new TopicTurns();
    do {
      this.#again = false;
      for (;;) {
        const page = await readLog(this.#pool, this.#head, PAGE);
        for (const event of page) {
          this.#publish(event);
          if (turns.isOver(event.topics.length)) await setImmediate();
        }
        await Promise.all(this.#held.splice(0));
        if (page.length < PAGE) break;
      }
    } while (this.#again && !this.#stopped);
    this.#reading = undefined; // in the same tick as the last look at `#again`, so that no call falls between
  }

  #publish(event: LoggedEvent): void {
    this.#head = event.position;
    void this.#pubSub.publish(ALL, event);
    // To publish is a promise, and most of the topics of a large event have nobody who follows them.
    for (const topic of event.topics)
      if (this.#emitter.listenerCount(topic) > 0) void this.#pubSub.publish(topic, event);
  }
}
