import {
  claimRun,
  extendLease,
  LeaseLost,
  lockRun,
  returnLease,
  type HeldRun,
  type Run,
} from '../../services/distribution/distribution-run.service.js';
import { transact, type UnitOfWork } from '../../services/unit-of-work.js';
import { SYSTEM } from '../../domain/actor.js';
import type { AppServices } from '../../app-services.js';

/** A run that this process drives at present. */
export interface Lease {
  /** The run as it was when the lease was taken. */
  readonly run: Run;
  /** Aborted when the lease is lost or the process stops: all work on the run must end then. */
  readonly signal: AbortSignal;
  /**
   * Opens a unit of work with release, distribution and run locked. It writes nothing once another process has taken
   * over.
   * @throws LeaseLost
   */
  write<T>(useCase: (uow: UnitOfWork, held: HeldRun) => Promise<T>): Promise<T>;
}

/** What became of an attempt to work on a run. */
export interface Driven {
  /** False when there was nothing to do, or another process has the run. */
  readonly worked: boolean;
  /** When the run is due again, where it is. */
  readonly dueAgain?: Date | undefined;
}

const origin = (runId: string) => ({ actor: SYSTEM, requestId: `run:${runId}` });

/**
 * Claims a run that is due, renews the lease while the work goes on, and returns it. A process that dies stops
 * renewing: when the lease ends another process takes over, and its higher fence keeps the old process from writing.
 * @returns whether it was this process that had the run, and when the run is due again.
 */
export async function withLease(
  services: AppServices,
  runId: string,
  signal: AbortSignal,
  work: (lease: Lease) => Promise<void>,
): Promise<Driven> {
  const { leaseMs } = services.config;
  const run = await transact(
    services,
    origin(runId),
    async (uow) => await claimRun(uow, runId, services.instanceId, leaseMs),
  );
  if (!run) return { worked: false };
  let dueAgain: Date | undefined;
  const lost = new AbortController();
  let renewed = performance.now();
  const renew = async () => {
    try {
      await transact(services, origin(runId), async (uow) => await extendLease(uow, run, leaseMs));
      renewed = performance.now();
    } catch (error) {
      // The database may only be slow. The lease is certainly lost when it says so, or when it was not renewed in time.
      if (error instanceof LeaseLost || performance.now() - renewed > leaseMs) lost.abort(new LeaseLost(runId));
    }
  };
  const heartbeat = setInterval(() => void renew(), leaseMs / 3);
  try {
    await work({
      run,
      signal: AbortSignal.any([signal, lost.signal]),
      write: async (useCase) =>
        await transact(services, origin(runId), async (uow) => await useCase(uow, await lockRun(uow, run))),
    });
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
  } finally {
    clearInterval(heartbeat);
    if (!lost.signal.aborted)
      dueAgain = await transact(services, origin(runId), async (uow) => await returnLease(uow, run));
  }
  return { worked: true, dueAgain };
}
