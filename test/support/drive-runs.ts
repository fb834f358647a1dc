import { runSweep } from '../../src/jobs/distribution/run.job.js';
import type { TestApp } from './app.js';
import type { TestClock } from './clock.js';
import { until } from './until.js';

/** Longest that a run may take to be recorded, in milliseconds of the machine. */
const SLOWEST_MS = 60_000;

/**
 * Waits until everything that a tool has told is recorded. A pass of the server does not wait for slow runs, and a busy
 * machine makes them slow: a test would take what is on its way for what the server knows.
 */
export async function runsAreRecorded(app: TestApp, clock: TestClock): Promise<void> {
  const held = 'select 1 from distribution_run where lease_until > $1 limit 1';
  const isIdle = async () => (await app.readDatabase.pool.query(held, [clock.now()])).rowCount === 0;
  await until(isIdle, 'the runs to be recorded', SLOWEST_MS);
}

/** Does what is due on runs now, however long that takes. */
export async function driveRuns(app: TestApp, clock: TestClock): Promise<void> {
  const due = 'select 1 from distribution_run where next_observe_at <= $1 limit 1';
  do {
    await runSweep.run(app.services, new AbortController().signal);
    await runsAreRecorded(app, clock);
  } while (((await app.readDatabase.pool.query(due, [clock.now()])).rowCount ?? 0) > 0);
}
