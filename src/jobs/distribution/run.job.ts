import { sql } from 'kysely';
import {
  dueRuns,
  LeaseLost,
  RUN_JOB,
  writeRun,
  type HeldRun,
} from '../../services/distribution/distribution-run.service.js';
import { dispatch, dispatchFailed } from './dispatch.job.js';
import type { JobDefinition, SweepDefinition } from '../jobs.js';
import { observationFailed, observe } from './observe.job.js';
import { withLease, type Lease } from './run-lease.js';
import { AdapterError } from '../../adapters/adapter.js';
import type { UnitOfWork } from '../../services/unit-of-work.js';
import type { AppServices } from '../../app-services.js';

/** How often each process looks for runs that are due, in milliseconds. */
export const RUN_SWEEP_MS = 500;
const RUN_SWEEP = 'distribution.runs';
/** Number of runs per pass. */
const AT_ONCE = 16;
/**
 * How long a pass waits for its runs before the next may begin, in milliseconds: a hanging tool must not block the
 * others.
 */
const PATIENCE_MS = 2_000;
/** Maximum number of rounds of a pass while runs are due at once. */
const ROUNDS = 50;

async function step(services: AppServices, lease: Lease): Promise<void> {
  const { run } = lease;
  const [row] = await services.readDatabase.query<{ name: string }>(sql`
    select name from deployment_tool where id = ${run.deploymentToolId}`);
  const tool = row?.name ?? '';
  if (run.state === 'INTENT' || run.state === 'UNKNOWN') await dispatch(services, lease, tool);
  else if (run.state === 'REFUSED')
    await lease.write(async (uow, held) => await writeRun(uow, held.run, { nextObserveAt: null }));
  else await observe(services, lease, tool);
}

const RECORD_FAILED = 'The answer of the tool could not be recorded; see the server log.';

/**
 * A fault of the server, for example in applying a report. It is recorded, the run goes on at growing intervals, and
 * nothing that a tool says keeps the deadline from ending it.
 */
async function stepFailed(uow: UnitOfWork, held: HeldRun): Promise<void> {
  if (held.run.state === 'INTENT' || held.run.state === 'UNKNOWN')
    return await dispatchFailed(uow, held, RECORD_FAILED);
  const error = new AdapterError('INTERNAL', RECORD_FAILED);
  await observationFailed(uow, held, { ok: false, retry: 'reconcile', error });
}

/**
 * Does what is due on a run: sends it to its tool or observes it. Any number of processes may call it at any time.
 * @returns whether there was something to do.
 */
export async function driveRun(services: AppServices, runId: string, signal: AbortSignal): Promise<boolean> {
  const { worked, dueAgain } = await withLease(services, runId, signal, async (lease) => {
    try {
      await step(services, lease);
    } catch (error) {
      if (error instanceof LeaseLost || signal.aborted) throw error;
      await lease.write(async (uow, held) => await stepFailed(uow, held));
      throw error;
    }
  });
  if (dueAgain !== undefined) services.soon(RUN_SWEEP, dueAgain.getTime() - services.clock().getTime());
  return worked;
}

/** Drives a run immediately; enqueued when a run becomes due, so that it does not wait for the sweep. */
export const runJob: JobDefinition<AppServices> = {
  name: RUN_JOB,
  retries: 0,
  expireInSeconds: 600,
  run: async (services, data, signal) => {
    await driveRun(services, String(data['runId']), signal);
  },
};

/** Finds runs that are due and that no process drives, for example because their job was lost. */
export const runSweep: SweepDefinition<AppServices> = {
  name: RUN_SWEEP,
  everyMs: RUN_SWEEP_MS,
  due: ({ clock }) => dueRuns(clock(), AT_ONCE),
  run: async (services, signal) => {
    for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
      const due = await services.readDatabase.query<{ id: string }>(dueRuns(services.clock(), AT_ONCE));
      if (due.length === 0) return;
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<'late'>(
        (resolve) => (timer = setTimeout(() => resolve('late'), PATIENCE_MS).unref()),
      );
      const driven = Promise.allSettled(due.map(({ id }) => driveRun(services, id, signal)));
      const results = await Promise.race([driven, patience]);
      clearTimeout(timer);
      if (results === 'late') return;
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      if (results.every((result) => result.status === 'fulfilled' && !result.value)) return;
    }
  },
};
