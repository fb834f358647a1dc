import { describe, expect, test } from '@jest/globals';
import type { EventHub } from '../../../src/events/hub.js';
import { toCursor, type LoggedEvent } from '../../../src/events/log.js';
import { EventStream } from '../../../src/events/stream.js';

const PAGE = 10;
const eventAt = (position: number) => ({ position }) as LoggedEvent;

/** A log in memory with a stream that catches up with it from its begin. */
function following(length: number) {
  const asked: number[] = [];
  const followers: ((event: LoggedEvent) => void)[] = [];
  const log = Array.from({ length }, (_, n) => eventAt(n + 1));
  const state = { head: length, fails: false };
  const hub = {
    get head() {
      return state.head;
    },
    follow: (_topics: unknown, follower: (event: LoggedEvent) => void) => {
      followers.push(follower);
      return () => {};
    },
  } as unknown as EventHub;
  const stream = new EventStream({
    hub,
    after: toCursor(0),
    batchSize: PAGE,
    queueLimit: 100,
    read: async (after, limit) => {
      asked.push(after);
      if (state.fails) throw new Error('The database has gone.');
      return log.slice(after, after + limit);
    },
  });
  /** Writes events, and passes them on to whoever follows. */
  const write = (count: number) => {
    for (let n = 0; n < count; n++) {
      log.push(eventAt(log.length + 1));
      state.head = log.length;
      for (const follower of followers) follower(log.at(-1) as LoggedEvent);
    }
  };
  const next = async () => (await stream.next()).value?.events.map(({ position }: LoggedEvent) => position) as number[];
  return { asked, state, stream, write, next };
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

describe('a stream that catches up', () => {
  test('reads one page while its reader takes the one before, and no more', async () => {
    const { asked, next } = following(100);
    expect(await next()).toEqual(range(1, 10));
    expect(asked).toEqual([0, 10]);
    expect(await next()).toEqual(range(11, 20));
    expect(asked).toEqual([0, 10, 20]);
  });

  test('misses nothing that is written after a page was read ahead, and repeats nothing', async () => {
    const { write, next } = following(PAGE);
    const got = await next();
    write(3); // the page that was read ahead is empty
    got.push(...(await next()));
    write(2);
    got.push(...(await next()));
    expect(got).toEqual(range(1, PAGE + 5));
  });

  test('tells of a page that could not be read when it is asked for it', async () => {
    const { state, next } = following(100);
    await next();
    expect(await next()).toEqual(range(11, 20));
    state.fails = true;
    expect(await next()).toEqual(range(21, 30)); // was read before
    await expect(next()).rejects.toThrow('The database has gone.');
  });

  test('asks for nothing after its end', async () => {
    const { asked, stream, next } = following(100);
    await next();
    await stream.return();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(asked).toEqual([0, 10]);
  });
});
