import type pg from 'pg';
import { RequestError } from '../domain/errors.js';
import type { EventHub } from './hub.js';
import { fromCursor, readLog, toCursor, type LoggedEvent } from './log.js';

/** What one message of a subscription carries. */
export interface EventBatch {
  readonly events: readonly LoggedEvent[];
  /** Where to resume: everything up to here has been delivered. */
  readonly endCursor: string;
  /** True when nothing newer was in the log at this moment. */
  readonly caughtUp: boolean;
}

/** What {@link streamEvents} follows. */
export interface StreamOptions {
  readonly pool: pg.Pool;
  readonly hub: EventHub;
  /** Cursor of the last event the client has; without it the stream starts now. */
  readonly after?: string | null | undefined;
  /** Database ids of the followed objects; undefined follows everything. */
  readonly topics?: readonly string[] | undefined;
  /** Which of those events the subscriber wants and may see; asked for every single event. */
  readonly accept?: (event: LoggedEvent) => boolean;
  /** Most events in one message. */
  readonly batchSize: number;
  /** Most events that wait for a subscriber who reads slowly. */
  readonly queueLimit: number;
}

/** A stream that its reader pulls from, and that a fan-out can take over once it is live. */
export interface EventStream extends AsyncIterableIterator<EventBatch> {
  readonly options: StreamOptions;
  /**
   * Ends the pulling of a stream that has caught up, so that somebody else can push to its reader from here on.
   * @returns the position up to which everything has been delivered, or undefined when something still waits: pull on.
   */
  detach(): number | undefined;
}

/** What a live message carries: events that have just been handed on, in order. @param caughtUp whether none waits behind them */
export const liveBatch = (events: readonly LoggedEvent[], caughtUp: boolean): EventBatch => ({
  events,
  endCursor: toCursor(events.at(-1)?.position ?? 0),
  caughtUp,
});

/** The end of a stream whose reader was too slow. @param position of the last event it was sent */
export const laggedAt = (position: number): RequestError =>
  new RequestError('SUBSCRIPTION_LAGGED', 'You read too slowly; subscribe again from the cursor in `resumeAfter`.', {
    resumeAfter: toCursor(position),
  });

/**
 * Events in log order, each exactly once: first from the log, then live, with no gap between. Every step is pulled by the reader,
 * so a slow one holds at most `queueLimit` events; past that the stream ends with SUBSCRIPTION_LAGGED and the cursor to resume from.
 * `return()` ends it at once, also while it waits. The first message comes right away (it may be empty), so that a client has a
 * cursor before anything happens.
 */
export function streamEvents(options: StreamOptions): EventStream {
  const { pool, hub, topics, batchSize, queueLimit, accept = () => true } = options;
  let position = options.after == null ? hub.head : fromCursor(options.after);
  if (options.after != null && position > hub.head + 1_000_000)
    throw new RequestError(
      'CURSOR_EXPIRED',
      'This cursor is from another log; read a fresh snapshot and start without it.',
    );
  let live = false;
  let first = true;
  let ended = false;
  let lagged = false;
  let queue: LoggedEvent[] = [];
  let unfollow: (() => void) | undefined;
  let wake: (() => void) | undefined;

  const end = () => {
    ended = true;
    unfollow?.();
    queue = [];
    wake?.();
  };
  const onEvent = (event: LoggedEvent) => {
    if (event.position <= position || lagged || !accept(event)) return;
    if (queue.length >= queueLimit) {
      lagged = true;
      unfollow?.();
    } else queue.push(event);
    wake?.();
  };
  const batch = (events: readonly LoggedEvent[], caughtUp: boolean): IteratorResult<EventBatch> => ({
    done: false,
    value: { events, endCursor: toCursor(position), caughtUp },
  });

  /** The next page of the log, or undefined once the log is exhausted and the stream has gone live. */
  const catchUp = async (): Promise<IteratorResult<EventBatch> | undefined> => {
    while (!ended) {
      const until = hub.head;
      const page = await readLog(pool, position, batchSize, topics);
      if (ended) return undefined; // the reader left meanwhile: nothing may be followed any more
      const full = page.length === batchSize;
      // Go live only when the log held nothing beyond what the hub has handed on: later events will come through the hub.
      if (!full && (page.at(-1)?.position ?? 0) <= until && hub.head === until) {
        live = true;
        position = Math.max(position, page.at(-1)?.position ?? 0, until);
        unfollow = hub.follow(topics, onEvent);
      } else if (page.length > 0) position = page.at(-1)?.position ?? position;
      const events = page.filter(accept);
      if (events.length > 0 || (live && first)) return batch(events, live);
      if (live) return undefined;
    }
    return undefined;
  };

  const next = async (): Promise<IteratorResult<EventBatch>> => {
    if (ended) return { done: true, value: undefined };
    if (!live) {
      const page = await catchUp();
      first = false;
      if (page && !ended) return page;
    }
    while (!ended && queue.length === 0 && !lagged) {
      await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
    }
    if (ended) return { done: true, value: undefined };
    if (queue.length > 0) {
      const events = queue.splice(0, batchSize);
      position = events.at(-1)?.position ?? position;
      return batch(events, queue.length === 0 && !lagged);
    }
    end();
    throw laggedAt(position);
  };

  // Calls of next() are served one after the other, as the protocol of async iterators asks.
  let tail: Promise<unknown> = Promise.resolve();
  return {
    options,
    detach: () => {
      if (!live || lagged || ended || queue.length > 0) return undefined;
      const upTo = Math.max(position, hub.head);
      end();
      return upTo;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    next: async () => {
      const mine = tail.then(next, next);
      tail = mine.catch(() => {});
      return await mine;
    },
    return: async () => {
      end();
      return { done: true, value: undefined };
    },
    throw: async (error: unknown) => {
      end();
      throw error;
    },
  };
}
