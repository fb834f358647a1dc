import { RequestError } from '../domain/errors.js';
import type { EventHub } from './hub.js';
import { fromCursor, toCursor, type LoggedEvent } from './log.js';

/** What one message of a subscription carries. */
export interface EventBatch {
  readonly events: readonly LoggedEvent[];
  /** Where to resume: everything up to here has been delivered. */
  readonly endCursor: string;
  /** True when nothing newer was in the log at this moment. */
  readonly caughtUp: boolean;
}

/** What {@link EventStream} follows. */
export interface StreamOptions {
  /** A page of the log after a position, oldest first; with topics, only events of at least one of these objects. */
  readonly read: (after: number, limit: number, topics?: readonly string[]) => Promise<readonly LoggedEvent[]>;
  readonly hub: EventHub;
  /** Cursor of the last event the client has; without it the stream starts now. */
  readonly after?: string | null | undefined;
  /** Database ids of the followed objects; undefined follows everything. */
  readonly topics?: readonly string[] | undefined;
  /** Whether the subscriber wants, and has access to, an event; called for every event. */
  readonly accept?: (event: LoggedEvent) => boolean;
  /** Maximum number of events in one message. */
  readonly batchSize: number;
  /** Maximum number of events that wait for a subscriber who reads slowly. */
  readonly queueLimit: number;
}

/**
 * How far ahead of the log a cursor may be, in positions: another process may have read what this one has not seen yet.
 */
const MAX_AHEAD = 1_000_000;

/** What a live message carries: new events, in order. @param caughtUp whether no event waits behind them */
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

interface LogPage {
  readonly page: readonly LoggedEvent[];
  /** The newest position when the page was asked for. */
  readonly until: number;
}

const lastPosition = (events: readonly LoggedEvent[], otherwise: number) => events.at(-1)?.position ?? otherwise;

/**
 * Events in log order, each exactly once: first from the log, then live, with no gap between. The reader pulls every
 * step, so a slow one holds at most `queueLimit` events; past that the stream ends with SUBSCRIPTION_LAGGED and the
 * cursor to resume from. `return()` ends it at once, also while it waits. The first message comes immediately (it may
 * be empty), so that a client has a cursor before anything happens.
 */
export class EventStream implements AsyncIterableIterator<EventBatch> {
  readonly options: StreamOptions;
  /** Everything up to here has been delivered or filtered out. */
  #position: number;
  /** Whether the log has been read to its end and events come from the hub. */
  #live = false;
  #first = true;
  #ended = false;
  #lagged = false;
  #queue: LoggedEvent[] = [];
  #unfollow: (() => void) | undefined;
  /** The next page of the log: it is read while the reader takes the one before. */
  #ahead: Promise<LogPage> | undefined;
  /** Continues a `next()` that waits for an event. */
  #wake: (() => void) | undefined;
  /** The last call of `next()`: calls are served one after the other, as the protocol of async iterators requires. */
  #tail: Promise<unknown> = Promise.resolve();

  /** @throws RequestError BAD_USER_INPUT for a malformed cursor, CURSOR_EXPIRED for one that is ahead of the log. */
  constructor(options: StreamOptions) {
    const { hub, after } = options;
    this.options = options;
    this.#position = after == null ? hub.head : fromCursor(after);
    if (after != null && this.#position > hub.head + MAX_AHEAD)
      throw new RequestError(
        'CURSOR_EXPIRED',
        "This cursor is ahead of this server's event log. Read the objects again and subscribe without a cursor.",
      );
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<EventBatch>> {
    const pull = () => this.#pull();
    const mine = this.#tail.then(pull, pull);
    this.#tail = mine.catch(() => {});
    return await mine;
  }

  async return(): Promise<IteratorResult<EventBatch>> {
    this.#end();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<EventBatch>> {
    this.#end();
    throw error;
  }

  /**
   * Ends the pulling of a stream that has caught up, so that a fan-out can push to its reader from here on.
   * @returns the position up to which everything has been delivered, or undefined when events still wait: keep pulling.
   */
  detach(): number | undefined {
    if (!this.#live || this.#lagged || this.#ended || this.#queue.length > 0) return undefined;
    const upTo = Math.max(this.#position, this.options.hub.head);
    this.#end();
    return upTo;
  }

  #end(): void {
    this.#ended = true;
    this.#unfollow?.();
    this.#queue = [];
    this.#ahead = undefined;
    this.#wake?.();
  }

  #accepts(event: LoggedEvent): boolean {
    return this.options.accept?.(event) ?? true;
  }

  #onEvent(event: LoggedEvent): void {
    if (event.position <= this.#position || this.#lagged || !this.#accepts(event)) return;
    if (this.#queue.length >= this.options.queueLimit) {
      this.#lagged = true;
      this.#unfollow?.();
    } else this.#queue.push(event);
    this.#wake?.();
  }

  #batch(events: readonly LoggedEvent[], caughtUp: boolean): IteratorResult<EventBatch> {
    return { done: false, value: { events, endCursor: toCursor(this.#position), caughtUp } };
  }

  async #pull(): Promise<IteratorResult<EventBatch>> {
    if (this.#ended) return { done: true, value: undefined };
    if (!this.#live) {
      const page = await this.#catchUp();
      this.#first = false;
      if (page && !this.#ended) return page;
    }
    while (!this.#ended && this.#queue.length === 0 && !this.#lagged) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
    if (this.#ended) return { done: true, value: undefined };
    if (this.#queue.length > 0) {
      const events = this.#queue.splice(0, this.options.batchSize);
      this.#position = lastPosition(events, this.#position);
      return this.#batch(events, this.#queue.length === 0 && !this.#lagged);
    }
    this.#end();
    throw laggedAt(this.#position);
  }

  #read(after: number): Promise<LogPage> {
    const { read, hub, topics, batchSize } = this.options;
    const until = hub.head;
    const reading = read(after, batchSize, topics).then((page) => ({ until, page }));
    reading.catch(() => {}); // the next pull gets the error, unless the stream ends before
    return reading;
  }

  /** The next page of the log, or undefined once the log is exhausted and the stream has gone live. */
  async #catchUp(): Promise<IteratorResult<EventBatch> | undefined> {
    const { hub, topics, batchSize } = this.options;
    while (!this.#ended) {
      const reading = this.#ahead ?? this.#read(this.#position);
      this.#ahead = undefined;
      const { until, page } = await reading;
      if (this.#ended) return undefined; // the reader left meanwhile: nothing may be followed from now on
      const full = page.length === batchSize;
      if (full) this.#ahead = this.#read(lastPosition(page, this.#position));
      // Go live only when the log held nothing beyond what the hub has passed on: later events will come through the
      // hub.
      if (!full && lastPosition(page, 0) <= until && hub.head === until) {
        this.#live = true;
        this.#position = Math.max(this.#position, lastPosition(page, 0), until);
        this.#unfollow = hub.follow(topics, (event) => this.#onEvent(event));
      } else this.#position = lastPosition(page, this.#position);
      const events = page.filter((event) => this.#accepts(event));
      if (events.length > 0 || (this.#live && this.#first)) return this.#batch(events, this.#live);
      if (this.#live) return undefined;
    }
    return undefined;
  }
}
