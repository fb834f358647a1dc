import { sql } from 'kysely';
import type { ApprovalBasis } from '../../domain/approval-basis.js';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import type { ReconcileDecision, StopMode } from '../../domain/distribution/distribution.state.js';
import { fromNodeId } from '../../domain/node-id.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import { beginAttempt, type AttemptCommand, factsOfDistribution } from './distribution-attempt.service.js';
import { pauseByRule, presentRun, resumeByRule, stopByRule } from './distribution-control.service.js';
import { pauseIfHeld } from './distribution-hold.service.js';
import { settleRelease } from './distribution-end.service.js';
import { enterDistribution, moveDistribution, planAfresh } from './distribution-transition.js';
import { hasten, lockDistribution, writeRun } from './distribution-run.service.js';
import { distributionBasis } from '../../facts/approval-basis.facts.js';
import { ImpactReader } from '../../facts/cmdb/impact-reader.js';
import { approveTargets } from '../judged-target.service.js';
import { cancelRest, moveWave, findWave } from './distribution-wave.service.js';
import { expectVersion } from '../load.js';
import { endRun } from './observation.service.js';
import { bookDistribution, unbookDistribution } from '../schedule/schedule-entry.service.js';
import { markTargets } from './target-execution.service.js';
import { optionalReason } from '../text.js';
import { demand } from '../transition.js';
import type { ToolDirectory } from './tool-directory.js';
import { recordAuthor } from '../contribution.service.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { recordDistributionEvent } from './distribution-event.js';
import { countTargetStates, targetsIn } from './target-state.service.js';

/** What every command on a distribution is given. */
export interface DistributionCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

interface Opened {
  readonly release: Release;
  readonly distribution: Distribution;
  readonly reason: string | null;
}

async function open(
  uow: UnitOfWork,
  input: DistributionCommandInput,
  columns: readonly 'approvedBasis'[] = [],
): Promise<Opened> {
  const held = await lockDistribution(uow, fromNodeId('Distribution', input.id, 'id'), columns);
  expectVersion(held.distribution, input.expectedVersion);
  return { ...held, reason: optionalReason(input.reason) || null };
}

async function move(
  uow: UnitOfWork,
  { distribution, reason }: Opened,
  command: Parameters<typeof moveDistribution>[2],
  type: string,
  impact?: ImpactReader,
): Promise<void> {
  const facts = await factsOfDistribution(uow, distribution, impact);
  await moveDistribution(uow, distribution, command, facts, { type, reason });
}

/** Asks somebody other than the planner to approve a distribution. */
export async function distributionRequestApproval(
  uow: UnitOfWork,
  input: DistributionCommandInput,
): Promise<Distribution> {
  const opened = await open(uow, input);
  await move(uow, opened, 'distributionRequestApproval', 'distribution.approval-requested');
  return opened.distribution;
}

/** Keeps what is judged now, so that the start can tell what changed since. */
async function keepBasis(uow: UnitOfWork, distribution: Distribution, impact: ImpactReader): Promise<void> {
  const [row] = await uow.query<{ basis: ApprovalBasis }>(sql`
    select ${distributionBasis} as basis
    from distribution d join release r on r.id = d.release_id
    where d.id = ${distribution.id}`);
  distribution.approvedBasis = row?.basis ?? null;
  await approveTargets(uow, distribution.id, impact);
}

// What takes away a release that is being backed out can have no time: a person starts it.
async function bookItsTime(uow: UnitOfWork, distribution: Distribution): Promise<void> {
  if (distribution.scheduledStart != null) await bookDistribution(uow, distribution);
}

/** Approves a distribution: it is scheduled and will start at its time. The person who planned it cannot approve it. */
export async function distributionApprove(uow: UnitOfWork, input: DistributionCommandInput): Promise<Distribution> {
  const opened = await open(uow, input, ['approvedBasis']);
  const { distribution } = opened;
  const impact = new ImpactReader(uow);
  await move(uow, opened, 'distributionApprove', 'distribution.approved', impact);
  Object.assign(distribution, { approvedById: uow.actorId, approvedAt: uow.now });
  await keepBasis(uow, distribution, impact);
  await bookItsTime(uow, distribution);
  return distribution;
}

/** Schedules a distribution that needs no approval: it will start at its time. */
export async function distributionSchedule(uow: UnitOfWork, input: DistributionCommandInput): Promise<Distribution> {
  const opened = await open(uow, input, ['approvedBasis']);
  const impact = new ImpactReader(uow);
  await move(uow, opened, 'distributionSchedule', 'distribution.scheduled', impact);
  await keepBasis(uow, opened.distribution, impact);
  await bookItsTime(uow, opened.distribution);
  return opened.distribution;
}

/** Takes a distribution back to PLANNED and voids its approval. It has not begun, or a person has confirmed that. */
export async function distributionReplan(uow: UnitOfWork, input: DistributionCommandInput): Promise<Distribution> {
  const opened = await open(uow, input, ['approvedBasis']);
  const { distribution } = opened;
  await move(uow, opened, 'distributionReplan', 'distribution.replanned');
  await planAfresh(uow, distribution);
  Object.assign(distribution, { plannedById: uow.actorId, stateReason: null });
  await recordAuthor(uow, 'Distribution', distribution.id);
  await unbookDistribution(uow, distribution.id);
  return distribution;
}

/** Cancels a distribution that has not started. */
export async function distributionCancel(uow: UnitOfWork, input: DistributionCommandInput): Promise<Distribution> {
  const opened = await open(uow, input);
  const { distribution, release, reason } = opened;
  await move(uow, opened, 'distributionCancel', 'distribution.cancelled');
  Object.assign(distribution, { stateReason: reason, endedAt: uow.now });
  await cancelRest(uow, distribution);
  await unbookDistribution(uow, distribution.id);
  await settleRelease(uow, release);
  return distribution;
}

/** The use case of a command that begins an attempt, after checking every rule again. */
const beginning =
  (command: AttemptCommand) =>
  async (uow: UnitOfWork, input: DistributionCommandInput, tools: ToolDirectory): Promise<Distribution> => {
    const opened = await open(uow, input);
    await beginAttempt(uow, opened, command, tools, opened.reason);
    return opened.distribution;
  };

/** Starts a scheduled distribution now. */
export const distributionStart = beginning('distributionStart');

/** Starts the next wave of a rollout now, after checking every rule again. */
export const distributionAdvance = beginning('distributionAdvance');

/** Retries only the targets that did not succeed. The policy gets its retries back. */
export async function distributionRetryFailed(
  uow: UnitOfWork,
  input: DistributionCommandInput,
  tools: ToolDirectory,
): Promise<Distribution> {
  const distribution = await beginning('distributionRetryFailed')(uow, input, tools);
  distribution.retriesDone = 0;
  return distribution;
}

/** Has the tool return the targets that received something to their previous state. */
export const distributionStartBackOut = beginning('distributionStartBackOut');

/** Holds a distribution; the tool gets the pause right after. Targets that the tool is working on may still finish. */
export async function distributionPause(uow: UnitOfWork, input: DistributionCommandInput): Promise<Distribution> {
  const { distribution, reason } = await open(uow, input);
  await pauseByRule(uow, distribution, await factsOfDistribution(uow, distribution), reason);
  return distribution;
}

/** Resumes a paused distribution, after checking every rule again. */
export async function distributionResume(uow: UnitOfWork, input: DistributionCommandInput): Promise<Distribution> {
  const { distribution, reason } = await open(uow, input);
  await resumeByRule(uow, distribution, await factsOfDistribution(uow, distribution), reason);
  return distribution;
}

/** Asks the tool to stop. The tool may refuse, and what happened on a target until then is recorded as it was. */
export async function distributionStop(
  uow: UnitOfWork,
  input: DistributionCommandInput & { readonly mode?: StopMode | null },
): Promise<Distribution> {
  const opened = await open(uow, input);
  await stopByRule(uow, opened, input.mode ?? 'GRACEFUL', opened.reason);
  return opened.distribution;
}

/**
 * Gives up a run that nobody can end: targets without a result become UNKNOWN, never CANCELLED, and the configuration
 * items are free. What the tool or people report later still counts.
 */
export async function distributionAbandon(uow: UnitOfWork, input: DistributionCommandInput): Promise<Distribution> {
  const opened = await open(uow, input);
  const { distribution } = opened;
  const reason = opened.reason ?? '';
  const facts = { ...(await factsOfDistribution(uow, distribution)), reasonGiven: reason !== '' };
  demand(distributionMachine, distribution, 'distributionAbandon', facts);
  const run = await presentRun(uow, distribution);
  recordDistributionEvent(uow, distribution, 'distribution.abandoned', await countTargetStates(uow, distribution.id), {
    reason,
    data: { key: run.key },
  });
  await cancelRest(uow, distribution);
  await endRun(
    uow,
    { ...opened, run },
    { target: 'UNKNOWN', run: 'FINISHED', code: 'ABANDONED', message: reason, retryable: true },
  );
  return distribution;
}

/**
 * Settles a start whose effect is unknown. STARTED: the tool has it, so it is observed. NOT_STARTED: a person may start
 * it again. ABANDONED: it failed, with its targets unknown.
 */
export async function distributionReconcile(
  uow: UnitOfWork,
  input: DistributionCommandInput & { readonly decision: ReconcileDecision },
): Promise<Distribution> {
  const opened = await open(uow, input);
  const { release, distribution } = opened;
  const reason = opened.reason ?? '';
  const allowed = demand(distributionMachine, distribution, 'distributionReconcile', {
    ...(await factsOfDistribution(uow, distribution)),
    reconcileDecision: input.decision,
    reasonGiven: reason !== '',
  });
  const run = await presentRun(uow, distribution);
  distribution.stateReason = reason;
  await enterDistribution(uow, distribution, allowed, {
    type: 'distribution.reconciled',
    reason,
    data: { decision: input.decision },
  });
  if (input.decision === 'STARTED') {
    const pending = await targetsIn(uow, run, ['PENDING']);
    await markTargets(uow, run, pending, 'SENT');
    await hasten(uow, run, { state: 'SUBMITTED', submitUnclear: false, submittedAt: uow.now, failures: 0 });
    await pauseIfHeld(uow, release, distribution);
  }
  if (input.decision === 'NOT_STARTED') {
    const wave = await findWave(uow, { distributionId: distribution.id, state: 'RUNNING' });
    if (wave) await moveWave(uow, distribution, wave, 'distributionWaveReplan', { reason });
    await writeRun(uow, run, {
      state: 'REFUSED',
      submitUnclear: false,
      nextObserveAt: null,
      finishedAt: uow.now,
      message: reason,
    });
  }
  if (input.decision === 'ABANDONED') {
    distribution.endedAt = uow.now;
    await endRun(
      uow,
      { release, distribution, run },
      { target: 'UNKNOWN', run: 'FINISHED', code: 'ABANDONED', message: reason },
    );
    await cancelRest(uow, distribution);
    await settleRelease(uow, release);
  }
  return distribution;
}
