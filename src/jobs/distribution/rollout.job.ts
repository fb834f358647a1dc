import { sql } from 'kysely';
import { SYSTEM } from '../../domain/actor.js';
import { saidBlocked, tellBlocked } from './tell-blocked.js';
import type { DistributionFacts } from '../../domain/distribution/distribution.guards.js';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import { Refusal } from '../../domain/errors.js';
import { decide } from '../../domain/state-machine.js';
import { distributionFacts } from '../../facts/distribution/distribution.facts.js';
import { decideByDefault, defaultRefused } from '../../services/distribution/decision-point.service.js';
import { beginAttempt } from '../../services/distribution/distribution-attempt.service.js';
import { ADVANCE_JOB, lockDistribution } from '../../services/distribution/distribution-run.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { AppServices } from '../../app-services.js';
import type { JobDefinition, SweepDefinition } from '../jobs.js';

/** How often each process looks for waves and decisions whose time has come, in milliseconds. */
const ROLLOUT_SWEEP_MS = 1_000;
const AT_ONCE = 50;

const origin = (id: string) => ({ actor: SYSTEM, requestId: `rollout:${id}` });

const NEXT_WAVE = {
  state: 'BETWEEN_WAVES',
  type: 'distribution.wave-blocked',
  begins: 'The next wave cannot start.',
} as const;

async function advance(services: AppServices, id: string): Promise<void> {
  try {
    await transact(services, origin(id), async (uow) => {
      const held = await lockDistribution(uow, id);
      // Another process, or a person, may have been faster.
      if (held.distribution.state !== 'BETWEEN_WAVES') return;
      await beginAttempt(uow, held, 'distributionAdvance', services.tools, 'The previous wave passed.');
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await tellBlocked(services, origin(id), id, NEXT_WAVE, error.blockers);
  }
}

interface WaitingRollout {
  readonly id: string;
  /** Why it could not go on when it was tried before. */
  readonly reason: string | null;
}

/** Rollouts whose next wave may begin by itself at an instant. @param only one of them */
const waiting = (now: Date, only?: string) => sql<WaitingRollout>`
    select d.id, d.state_reason as reason
    from distribution d
    join lateral (
      select w.advance, w.soak_until from distribution_wave w
      where w.distribution_id = d.id and w.state = 'PASSED' order by w.position desc limit 1) p on true
    join lateral (
      select w.opens_at from distribution_wave w
      where w.distribution_id = d.id and w.state = 'PLANNED' order by w.position limit 1) n on true
    where d.state = 'BETWEEN_WAVES' and p.advance <> 'MANUAL'
      and ${only === undefined ? sql`true` : sql`d.id = ${only}`}
      and coalesce(p.soak_until, '-infinity') <= ${now} and coalesce(n.opens_at, '-infinity') <= ${now}
    order by d.id
    limit ${AT_ONCE}`;

/**
 * Begins the next wave as soon as the one before has passed; enqueued where nothing has to be waited for. It finds out
 * by trying: what keeps the wave from beginning is asked once.
 */
export const advanceJob: JobDefinition<AppServices> = {
  name: ADVANCE_JOB,
  retries: 0,
  run: async (services, data) => {
    for (const { id } of await services.readDatabase.query<WaitingRollout>(
      waiting(services.clock(), String(data['distributionId'])),
    ))
      await advance(services, id);
  },
};

/**
 * Starts the next wave of rollouts whose last wave advances by itself, after checking every rule again. A wave that
 * may not start says why, and is tried again.
 */
export const waveSweep: SweepDefinition<AppServices> = {
  name: 'distribution.waves',
  everyMs: ROLLOUT_SWEEP_MS,
  due: ({ clock }) => waiting(clock()),
  run: async (services, signal) => {
    const now = services.clock();
    const rows = await services.readDatabase.query<WaitingRollout>(waiting(now));
    // One that was blocked before is asked about first: trying takes locks that others may wait for.
    const blocked = rows.filter(({ reason }) => reason !== null);
    const ids = blocked.map(({ id }) => id);
    const facts =
      ids.length === 0
        ? new Map<string, DistributionFacts>()
        : await distributionFacts(services.readDatabase, SYSTEM, ids, now);
    for (const { id, reason } of rows) {
      if (signal.aborted) return;
      const known = facts.get(id);
      const decision = known && decide(distributionMachine, 'BETWEEN_WAVES', 'distributionAdvance', known);
      if (decision === undefined || decision.ok) await advance(services, id);
      else if (reason !== saidBlocked(NEXT_WAVE.begins, decision.blockers))
        await tellBlocked(services, origin(id), id, NEXT_WAVE, decision.blockers);
    }
  },
};

const undecided = (now: Date) => sql<{ id: string }>`
  select id from decision_point where state = 'OPEN' and due_at <= ${now} order by due_at limit ${AT_ONCE}`;

/** Has the default of decisions take effect that are due. */
export const decisionSweep: SweepDefinition<AppServices> = {
  name: 'decision-point.due',
  everyMs: ROLLOUT_SWEEP_MS,
  due: ({ clock }) => undecided(clock()),
  run: async (services, signal) => {
    const rows = await services.readDatabase.query<{ id: string }>(undecided(services.clock()));
    for (const { id } of rows) {
      if (signal.aborted) return;
      try {
        await transact(services, origin(id), async (uow) => await decideByDefault(uow, id, services.tools));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const { blockers } = error;
        await transact(services, origin(id), async (uow) => await defaultRefused(uow, id, blockers));
      }
    }
  },
};
