import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import type { DistributionFacts } from '../../domain/distribution/distribution.guards.js';
import type { StopMode } from '../../domain/distribution/distribution.state.js';
import { OPEN_TARGET_STATES } from '../../domain/distribution/observation.js';
import { RequestError } from '../../domain/errors.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import { demand } from '../transition.js';
import type { Release } from '../../entities/release/release.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { withdrawDecision } from './decision-point-open.service.js';
import { factsOfDistribution } from './distribution-attempt.service.js';
import { settleRelease } from './distribution-end.service.js';
import { hasten, latestRun, type Run } from './distribution-run.service.js';
import { cancelRest } from './distribution-wave.service.js';
import { enterDistribution } from './distribution-transition.js';
import { markTargets } from './target-execution.service.js';
import { targetsIn } from './target-state.service.js';

/** The run of the latest attempt. @throws RequestError CONFLICT without one */
export async function presentRun(uow: UnitOfWork, distribution: Distribution): Promise<Run> {
  const run = await latestRun(uow, distribution);
  if (!run) throw new RequestError('CONFLICT', 'The distribution has no attempt.');
  return run;
}

/**
 * Pauses a distribution for a person, or for the hold of its release. The tool gets the order right after the commit.
 * @throws Refusal when it does not run or its tool cannot pause
 */
export async function pauseByRule(
  uow: UnitOfWork,
  distribution: Distribution,
  facts: DistributionFacts,
  reason: string | null,
): Promise<void> {
  const allowed = demand(distributionMachine, distribution, 'distributionPause', facts);
  const run = await latestRun(uow, distribution);
  await enterDistribution(uow, distribution, allowed, { type: 'distribution.paused', reason });
  if (run && facts.runIsOpen !== false) await hasten(uow, run, { control: run.control === 'RESUME' ? null : 'PAUSE' });
  distribution.stateReason = reason;
}

/**
 * Resumes a paused distribution for a person, or when the hold of its release is lifted.
 * @throws Refusal with every rule that speaks against it now
 */
export async function resumeByRule(
  uow: UnitOfWork,
  distribution: Distribution,
  facts: DistributionFacts,
  reason: string | null,
): Promise<void> {
  const allowed = demand(distributionMachine, distribution, 'distributionResume', facts);
  const run = await latestRun(uow, distribution);
  await enterDistribution(uow, distribution, allowed, { type: 'distribution.resumed', reason });
  if (run && facts.runIsOpen !== false) await hasten(uow, run, { control: run.control === 'PAUSE' ? null : 'RESUME' });
  distribution.stateReason = null;
}

/**
 * Stops a distribution for a person, or for the server when its media are recalled. Between two waves it ends at once:
 * the tool has nothing to stop.
 */
export async function stopByRule(
  uow: UnitOfWork,
  { release, distribution }: { readonly release: Release; readonly distribution: Distribution },
  mode: StopMode,
  reason: string | null,
): Promise<void> {
  const allowed = demand(
    distributionMachine,
    distribution,
    'distributionStop',
    await factsOfDistribution(uow, distribution),
  );
  if (allowed.to === 'STOPPED') {
    await withdrawDecision(uow, distribution, reason);
    await cancelRest(uow, distribution);
    distribution.stateReason = reason;
    distribution.endedAt = uow.now;
    await enterDistribution(uow, distribution, allowed, { type: 'distribution.stopped', reason, data: { mode } });
    return await settleRelease(uow, release);
  }
  const run = await presentRun(uow, distribution);
  await markTargets(uow, run, await targetsIn(uow, run, OPEN_TARGET_STATES), 'CANCEL_REQUESTED');
  await enterDistribution(uow, distribution, allowed, {
    type: 'distribution.stop-requested',
    reason,
    data: { mode },
  });
  distribution.stateReason = reason;
  await hasten(uow, run, {
    cancelRequestedAt: uow.now,
    cancelMode: mode === 'ABORT' ? 'abort' : 'stop',
    cancelAnswer: null,
    control: null,
  });
}
