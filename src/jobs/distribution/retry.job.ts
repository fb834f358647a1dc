import { sql } from 'kysely';
import type { AppServices } from '../../app-services.js';
import { SYSTEM } from '../../domain/actor.js';
import type { Blocker } from '../../domain/blocker.js';
import { Refusal } from '../../domain/errors.js';
import { beginAttempt } from '../../services/distribution/distribution-attempt.service.js';
import { settleRelease } from '../../services/distribution/distribution-end.service.js';
import { recordDistributionEvent } from '../../services/distribution/distribution-event.js';
import { lockDistribution } from '../../services/distribution/distribution-run.service.js';
import { countTargetStates } from '../../services/distribution/target-state.service.js';
import { transact, type UnitOfWork } from '../../services/unit-of-work.js';
import type { SweepDefinition } from '../jobs.js';
import { saidBlocked } from './tell-blocked.js';

const RETRY_SWEEP_MS = 1_000;
const AT_ONCE = 50;

const origin = (id: string) => ({ actor: SYSTEM, requestId: `retry:${id}` });

/** The distribution if its retry is due, and nobody was faster. */
async function due(uow: UnitOfWork, id: string) {
  const held = await lockDistribution(uow, id);
  const { retryAt } = held.distribution;
  return retryAt != null && retryAt <= uow.now ? held : undefined;
}

/** A tool that is away gets its time; for anything else a person is needed, and the end stands. */
async function refused(services: AppServices, id: string, blockers: readonly Blocker[]): Promise<void> {
  await transact(services, origin(id), async (uow) => {
    const held = await due(uow, id);
    if (held === undefined) return;
    const { distribution, release } = held;
    if (blockers.every(({ code }) => code === 'ADAPTER_UNHEALTHY')) {
      distribution.retryAt = new Date(uow.now.getTime() + distribution.retryAfterMinutes * 60_000);
      return;
    }
    distribution.retryAt = null;
    const reason = saidBlocked('The retry was refused.', blockers);
    distribution.stateReason = reason;
    recordDistributionEvent(uow, distribution, 'distribution.retry-refused', await countTargetStates(uow, id), {
      reason,
      data: { blockers: blockers.map(({ code, message }) => ({ code, message })) },
    });
    if (!distribution.driftCheck) await settleRelease(uow, release);
  });
}

async function retry(services: AppServices, id: string): Promise<void> {
  try {
    await transact(services, origin(id), async (uow) => {
      const held = await due(uow, id);
      if (held === undefined) return;
      const { distribution } = held;
      const count = distribution.retriesDone + 1;
      const reason = `Retry ${count} of ${distribution.retryLimit} by the retry policy.`;
      await beginAttempt(uow, held, 'distributionRetryFailed', services.tools, reason);
      distribution.retriesDone = count;
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await refused(services, id, error.blockers);
  }
}

const toRetry = (now: Date) => sql<{ id: string }>`
  select id from distribution where retry_at <= ${now} order by retry_at limit ${AT_ONCE}`;

/** Tries failed targets of distributions without waves again, as their retry policies say. */
export const retrySweep: SweepDefinition<AppServices> = {
  name: 'distribution.retries',
  everyMs: RETRY_SWEEP_MS,
  due: ({ clock }) => toRetry(clock()),
  run: async (services, signal) => {
    const rows = await services.readDatabase.query<{ id: string }>(toRetry(services.clock()));
    for (const { id } of rows) {
      if (signal.aborted) return;
      await retry(services, id);
    }
  },
};
