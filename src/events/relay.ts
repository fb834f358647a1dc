import type pg from 'pg';
import { Pipeline, type TextRow } from '../database/pipeline.js';

/** The notification channel for "there are new events"; it never carries data. */
export const EVENTS_CHANNEL = 'interlock_events';

// One relay at a time in the whole database; the number only has to be unlike other advisory locks.
const RELAY_LOCK = 7_301_942_001;
const BATCH = 1_000;
/** How many positions one row of `event_zone` covers. */
const ZONE = 1_000;
/** Maximum time that an event waits for a relay when its process died right after the commit, in milliseconds. */
export const RELAY_SWEEP_MS = 500;

/** Gives committed events their place in the log. */
export interface Relay {
  /** Call it after a commit with events. Returns at once; one pass serves all calls that come together. */
  wake(): void;
  /** Runs one pass now and waits for it. @returns number of events that got their position */
  runOnce(): Promise<number>;
  /** Ends after the running pass. */
  stop(): Promise<void>;
}

// Each statement has a snapshot of its own: the stamps are made by what is there once the lock is held. Nobody is
// notified of a pass without events.
const PASS = [
  { name: 'relay-lock', text: `select pg_advisory_xact_lock(${RELAY_LOCK})` },
  {
    name: 'relay-stamp',
    text: `
  with fresh as (select id, row_number() over (order by sequence) as n from
    (select id, sequence from domain_event where position is null order by sequence limit ${BATCH}) waiting),
  head as (select coalesce(max(position), 0) as position from domain_event),
  stamped as (update domain_event e set position = head.position + fresh.n from fresh, head
    where e.id = fresh.id returning e.position, e.at),
  zones as (insert into event_zone as z (zone, first_at, last_at)
    select position / ${ZONE}, min(at), max(at) from stamped group by 1
    on conflict (zone) do update set first_at = least(z.first_at, excluded.first_at),
      last_at = greatest(z.last_at, excluded.last_at)),
  counted as (select count(*)::int as n from stamped)
  select n as stamped, case when n > 0 then pg_notify('${EVENTS_CHANNEL}', '') end from counted`,
  },
];

/**
 * Ids and sequence values become visible out of commit order, so a reader that asks for "greater than the last one I
 * saw" loses events. The relay therefore stamps `position` on committed events only, under one lock: positions become
 * visible in order and without gaps. NOTIFY is sent only here, by one process at a time, so that writers never queue on
 * its commit lock.
 */
async function pass(pool: pg.Pool): Promise<number> {
  const client = await pool.connect();
  try {
    const rows = await new Promise<readonly TextRow[]>((found, failed) => {
      client.query(new Pipeline(PASS, (error, all = []) => (error == null ? found(all) : failed(error as Error))));
    });
    client.release();
    return Number(rows.at(-1)?.[0] ?? 0);
  } catch (error) {
    client.release(error as Error);
    throw error;
  }
}

/**
 * Starts the relay of this process. Every process has one; the lock makes them take turns.
 * @param onError receives errors of failed passes; the next wake or sweep tries again.
 */
export function startRelay(pool: pg.Pool, onError: (error: unknown) => void): Relay {
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  const loop = async () => {
    do {
      again = false;
      try {
        while ((await pass(pool)) === BATCH);
      } catch (error) {
        onError(error);
      }
    } while (again && !stopped);
    running = undefined;
  };
  const wake = () => {
    if (stopped) return;
    if (running) again = true;
    else running = loop();
  };
  // One at a time: while the log is locked, each would take another connection.
  let looking = false;
  const sweep = setInterval(() => {
    if (looking) return;
    looking = true;
    void pool
      .query({ name: 'relay-sweep', text: 'select 1 from domain_event where position is null limit 1' })
      .then(({ rowCount }) => rowCount && wake())
      .catch(onError)
      .finally(() => (looking = false));
  }, RELAY_SWEEP_MS);
  sweep.unref();
  return {
    wake,
    runOnce: async () => await pass(pool),
    stop: async () => {
      stopped = true;
      clearInterval(sweep);
      await running;
    },
  };
}
