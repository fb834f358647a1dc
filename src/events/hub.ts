import { EventEmitter } from 'node:events';
import { PubSub } from 'graphql-subscriptions';
import pg from 'pg';
import { EVENTS_CHANNEL } from './relay.js';
import { readHead, readLog, type LoggedEvent } from './log.js';

/** How many events the hub reads from the log at once. */
const PAGE = 500;
/** How long the hub trusts the doorbell before it looks by itself, in milliseconds. */
const POLL_MS = 1_000;
const ALL = 'events';
/** How often the listening connection is asked whether it still stands, in milliseconds. */
const PULSE_MS = 2_000;

/** Receives every event of this instance in log order, each exactly once, and passes it to the followers of its topics. */
export interface EventHub {
  /** Position of the last event handed to followers; all later ones will be handed to whoever follows now. */
  readonly head: number;
  /**
   * Follows events from now on. The callback runs at once, in order, and must not block.
   * @param topics ids of objects; undefined follows everything.
   * @returns a function that ends it.
   */
  follow(topics: readonly string[] | undefined, onEvent: (event: LoggedEvent) => void): () => void;
  /** Number of callbacks that follow now. */
  readonly followers: number;
  /**
   * Lets a follower that has more to hand on than it can at once finish first: no further page is read from the log before `work` is done,
   * so that what waits in memory is a page and not the log. It must not wait for any client.
   */
  holdFor(work: Promise<void>): void;
  /** Looks into the log now; resolves when all that was there has been handed on. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

/** What {@link startHub} needs. */
export interface HubOptions {
  readonly pool: pg.Pool;
  /** Address for the one connection that listens; it is not taken from the pool, for it is never given back. */
  readonly listenUrl: string;
  /** More settings of node-postgres for it. */
  readonly connection?: pg.ClientConfig;
  readonly onError: (error: unknown) => void;
}

/**
 * Starts the hub of this process: one LISTEN connection as a doorbell, one reader of the log, one PubSub for all subscribers.
 * If the connection breaks it is made again, and the log is read from where the hub was: nothing is missed.
 */
export async function startHub({ pool, listenUrl, connection, onError }: HubOptions): Promise<EventHub> {
  // The default of ten listeners a topic is a warning for leaks; ours are counted by `followers` instead.
  const eventEmitter = new EventEmitter().setMaxListeners(0);
  const pubSub = new PubSub({ eventEmitter });
  let head = await readHead(pool);
  let followers = 0;
  let reading: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  const held: Promise<void>[] = [];
  let client: pg.Client | undefined;
  let reconnect: NodeJS.Timeout | undefined;

  const hand = (event: LoggedEvent) => {
    head = event.position;
    void pubSub.publish(ALL, event);
    for (const topic of event.topics) void pubSub.publish(topic, event);
  };
  const read = async () => {
    do {
      again = false;
      for (;;) {
        const page = await readLog(pool, head, PAGE);
        for (const event of page) hand(event);
        await Promise.all(held.splice(0));
        if (page.length < PAGE) break;
      }
    } while (again && !stopped);
    reading = undefined; // in the same breath as the last look at `again`, so that no call falls between
  };
  const look = async () => {
    if (stopped) return;
    if (reading) again = true;
    else {
      reading = read().catch((error: unknown) => {
        reading = undefined;
        onError(error);
      });
    }
    await reading;
  };
  const listen = async () => {
    const mine = new pg.Client({
      connectionString: listenUrl,
      application_name: 'interlock-listen',
      keepAlive: true,
      ...connection,
    });
    mine.on('notification', () => void look());
    mine.on('error', (error) => {
      onError(error);
      if (client === mine) retry();
    });
    mine.on('end', () => {
      if (client === mine) retry();
    });
    await mine.connect();
    client = mine;
    await mine.query(`listen ${EVENTS_CHANNEL}`);
    void look();
  };
  const retry = () => {
    client = undefined;
    if (stopped || reconnect) return;
    reconnect = setTimeout(() => {
      reconnect = undefined;
      listen().catch((error: unknown) => {
        onError(error);
        retry();
      });
    }, 250);
  };
  await listen();
  const poll = setInterval(() => void look(), POLL_MS);
  poll.unref();
  // A doorbell that is out of order rings no differently from one that nobody presses.
  let asked = false;
  const pulse = setInterval(() => {
    if (asked || !client) return;
    asked = true;
    client
      .query('select 1')
      .catch(() => {}) // its end is told by its events
      .finally(() => (asked = false));
  }, PULSE_MS);
  pulse.unref();

  return {
    get head() {
      return head;
    },
    get followers() {
      return followers;
    },
    look,
    holdFor: (work) => void held.push(work),
    follow: (topics, onEvent) => {
      // An event of two followed topics must arrive once: positions only grow.
      let last = 0;
      const subscriptions = (topics ?? [ALL]).map((topic) =>
        pubSub.subscribe(topic, (event: LoggedEvent) => {
          if (event.position <= last) return;
          last = event.position;
          onEvent(event);
        }),
      );
      followers++;
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        followers--;
        for (const subscription of subscriptions) void subscription.then((id) => pubSub.unsubscribe(id));
      };
    },
    stop: async () => {
      stopped = true;
      clearInterval(poll);
      clearInterval(pulse);
      clearTimeout(reconnect);
      await reading;
      const mine = client;
      client = undefined;
      await mine?.end().catch(() => {});
    },
  };
}
