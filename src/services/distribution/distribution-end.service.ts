import { sql } from 'kysely';
import {
  distributionHasEnded,
  type DistributionState,
  type DistributionSystemCommand,
} from '../../domain/distribution/distribution.state.js';
import { releaseOutcome } from '../../domain/distribution/delivery.js';
import {
  rollUpCounts,
  type DistributionOutcome,
  type ReleaseOutcome,
  type TargetCounts,
} from '../../domain/distribution/distribution-outcome.js';
import { policyReason } from '../../domain/distribution/outcome-policy.js';
import { OPEN_TARGET_STATES, TERMINAL_TARGET_STATES, type TargetState } from '../../domain/distribution/observation.js';
import { releaseMachine } from '../../domain/release/release.machine.js';
import type { ReleaseLifeCommand, ReleaseState } from '../../domain/release/release.state.js';
import { decide } from '../../domain/state-machine.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import { changeOutcomesFromDistributions } from '../change/change-progress.service.js';
import { judgedPolicy } from './outcome-policy.service.js';
import { planRetry } from './retry-policy.service.js';
import { moveBySystem } from './distribution-transition.js';
import { recordDistributionEvent } from './distribution-event.js';
import { hasten, runOfAttempt, type HeldRun, type Run } from './distribution-run.service.js';
import { releaseCommand } from '../release/release-command.service.js';
import { delivered } from '../../facts/distribution/delivered.js';
import { releaseDeliveries, type ReleaseDelivery } from '../../facts/distribution/delivery.facts.js';
import { releaseFacts } from '../../facts/release/release.facts.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { settleWave } from './rollout.service.js';
import { countTargetStates, targetsIn } from './target-state.service.js';

/** Final states of a back-out's target that was not returned to its previous state. */
const NOT_RETURNED: readonly TargetState[] = TERMINAL_TARGET_STATES.filter(
  (state) => state !== 'SUCCEEDED' && state !== 'BACKED_OUT',
);

interface Finish {
  readonly command: DistributionSystemCommand;
  readonly event: string;
}

const FINISH: Readonly<Record<DistributionOutcome, Finish>> = {
  SUCCEEDED: { command: 'distributionFinishSucceeded', event: 'distribution.succeeded' },
  PARTIALLY_SUCCEEDED: { command: 'distributionFinishPartiallySucceeded', event: 'distribution.partially-succeeded' },
  FAILED: { command: 'distributionFinishFailed', event: 'distribution.failed' },
  STOPPED: { command: 'distributionFinishStopped', event: 'distribution.stopped' },
};

const RECORD: Readonly<Record<ReleaseOutcome, ReleaseLifeCommand>> = {
  DEPLOYED: 'releaseRecordDeployed',
  PARTIALLY_DEPLOYED: 'releaseRecordPartiallyDeployed',
  FAILED: 'releaseRecordFailed',
};

const LATE = 'A late report shows that more happened than was known.';

const OUTCOME_STATES: readonly ReleaseState[] = ['DEPLOYED', 'PARTIALLY_DEPLOYED', 'FAILED'];

/**
 * Gives a release its outcome once every one of its distributions is over, or corrects what a late report has
 * overtaken: the outcome, the end of its back-out, or the outcomes of its changes. The release is locked. A release
 * with closed changes keeps the outcome it has: its rules say so.
 */
export async function settleRelease(uow: UnitOfWork, release: Release): Promise<void> {
  if (release.state === 'IN_REVIEW' || release.state === 'CLOSED')
    return await changeOutcomesFromDistributions(uow, release);
  const late = OUTCOME_STATES.includes(release.state);
  if (!['DISTRIBUTING', 'BACKED_OUT'].includes(release.state) && !late) return;
  // One that will be tried again by itself is not over.
  const distributions = await uow.query<{ state: DistributionState; retries: boolean }>(
    sql`select state, retry_at is not null as retries from distribution where release_id = ${release.id}`,
  );
  const ended = distributions
    .filter(({ state, retries }) => distributionHasEnded(state) && !retries)
    .map(({ state }) => state);
  const isOver = ended.length === distributions.length;
  if (!isOver && !late) return;
  const delivery = (await releaseDeliveries(uow, [release.id])).get(release.id);
  if (delivery === undefined) return;
  if (release.state === 'BACKED_OUT') return await settleBackedOut(uow, release, delivery);
  const { tally } = delivery;
  const outcome = releaseOutcome(ended, tally);
  if (outcome === undefined) return;
  if (late) {
    if (outcome === release.state) return await changeOutcomesFromDistributions(uow, release);
    const facts = (await releaseFacts(uow, uow.actor, [release.id])).get(release.id);
    if (!facts || !decide(releaseMachine, release.state, 'releaseReopenOutcome', facts).ok)
      return await changeOutcomesFromDistributions(uow, release);
    await releaseCommand(uow, release.id, 'releaseReopenOutcome', { reason: LATE });
    // Another distribution is planned, and the release ends with that.
    if (!isOver) return;
  }
  await releaseCommand(uow, release.id, RECORD[outcome], {
    data: { targets: tally.targets, succeeded: tally.doneTargets, cells: tally.cells, delivered: tally.done },
  });
}

/** A late report that shows something on a target reopens a back-out that was recorded as complete. */
async function settleBackedOut(uow: UnitOfWork, release: Release, { left }: ReleaseDelivery): Promise<void> {
  if (left.length === 0) return await changeOutcomesFromDistributions(uow, release);
  await releaseCommand(uow, release.id, 'releaseReopenBackOut', {
    reason: LATE,
    data: { distributions: left.map(({ name, targets }) => ({ distribution: name, targets })) },
  });
}

/**
 * How an attempt has ended: the tool reported it complete, its deadline passed, or (undefined) all of its targets
 * ended.
 */
export type RunEnd = 'COMPLETE' | 'DEADLINE' | undefined;

/**
 * Ends a distribution, and its release with it, when the states of its targets say so. Called after every change of a
 * target; targets without a result have been settled before.
 * @param changed whether a target has just changed, so that a release that has ended is looked at again.
 * @returns whether the attempt is over.
 */
export async function settleDistribution(
  uow: UnitOfWork,
  held: HeldRun,
  counted: TargetCounts,
  end: RunEnd,
  changed: boolean,
): Promise<boolean> {
  const { release, distribution } = held;
  if (distribution.state === 'BACKING_OUT') return await settleBackOut(uow, held, end);
  const wave = await settleWave(uow, held, end !== undefined);
  if (wave === 'GOES_ON') return false;
  if (wave === 'WAVE_ENDED') return true;
  return await finishDistribution(
    uow,
    { release, distribution },
    wave === 'NO_WAVE' ? counted : await countTargetStates(uow, distribution.id),
    end,
    changed,
  );
}

/**
 * Gives a distribution its outcome, and its release with it, once all of its targets have ended.
 * @returns whether it is over.
 */
export async function finishDistribution(
  uow: UnitOfWork,
  { release, distribution }: Omit<HeldRun, 'run'>,
  counts: TargetCounts,
  end: RunEnd,
  changed: boolean,
): Promise<boolean> {
  const policy = await judgedPolicy(uow, distribution);
  const { outcome, percent, total } = rollUpCounts(counts, end === 'COMPLETE', end === 'DEADLINE', policy);
  distribution.percent = percent;
  if (outcome === undefined) return false;
  const { command, event } = FINISH[outcome];
  // Whatever was said meanwhile, such as the reason of a stop: only a success by policy has to be explained.
  if (outcome === 'SUCCEEDED') distribution.stateReason = policyReason(policy, counts.SUCCEEDED, total);
  // A late report can only make an end better; where it does not, the end stands and the report is history.
  const moved = await moveBySystem(uow, distribution, command, { type: event, reason: distribution.stateReason });
  if (moved) distribution.endedAt = uow.now;
  if (moved || changed) await planRetry(uow, distribution);
  // What a drift check finds came after the outcome.
  if ((moved || changed) && !distribution.driftCheck) await settleRelease(uow, release);
  return true;
}

/**
 * Looks at what a late report about an earlier attempt has overtaken. Only a back-out leaves targets with an earlier
 * attempt behind; when one of them was delivered after all, the distribution is not backed out.
 */
export async function settleEarlierAttempt(uow: UnitOfWork, { release, distribution }: HeldRun): Promise<void> {
  if (distribution.state === 'BACKED_OUT' && (await deliveredTargets(uow, distribution.id)) > 0) {
    distribution.stateReason = LATE;
    await moveBySystem(uow, distribution, 'distributionFinishPartiallySucceeded', {
      type: 'distribution.partially-succeeded',
      reason: LATE,
    });
  }
  if (!distribution.driftCheck) await settleRelease(uow, release);
}

/** On how many targets of a distribution there is something that a back-out could take back. */
async function deliveredTargets(uow: UnitOfWork, distributionId: string): Promise<number> {
  const [row] = await uow.query<{ n: number }>(sql`
    select count(*)::int as n from target_execution e where e.distribution_id = ${distributionId} and ${delivered}`);
  return row?.n ?? 0;
}

/**
 * How many targets a back-out did not return. The runs of one back-out, one for each tool, were stored at the same
 * instant.
 */
async function notReturned(uow: UnitOfWork, run: Run): Promise<number> {
  const [row] = await uow.query<{ n: number }>(sql`
    select count(*)::int as n from target_execution e
    join distribution_run b on b.distribution_id = e.distribution_id and b.attempt = e.attempt
    where e.distribution_id = ${run.distributionId} and e.state = any(${[...NOT_RETURNED]}::text[])
      and b.back_out and b.created_at = ${run.createdAt}`);
  return row?.n ?? 0;
}

/**
 * Lets the next tool take back what it delivered, once the one before has ended, however that went. It gets the order
 * that was stored when the back-out began.
 * @returns whether there was one
 */
async function continueBackOut(uow: UnitOfWork, distribution: Distribution, { attempt }: Run): Promise<boolean> {
  const next = await runOfAttempt(uow, distribution.id, attempt + 1);
  if (next === undefined) return false;
  distribution.attempt = next.attempt;
  await hasten(uow, next, {});
  const counts = await countTargetStates(uow, distribution.id);
  recordDistributionEvent(uow, distribution, 'distribution.back-out-continued', counts, {
    data: { key: next.key, targets: next.request.targets.length },
  });
  return true;
}

async function settleBackOut(uow: UnitOfWork, { release, distribution, run }: HeldRun, end: RunEnd): Promise<boolean> {
  const open = await targetsIn(uow, run, OPEN_TARGET_STATES);
  if (open.length > 0 && end === undefined) return false;
  if (await continueBackOut(uow, distribution, run)) return true;
  // A late report about an earlier attempt may have shown more than this attempt was for.
  const bad = Math.max(await notReturned(uow, run), await deliveredTargets(uow, distribution.id));
  distribution.endedAt = uow.now;
  distribution.percent = 100;
  if (bad > 0) distribution.stateReason = `${bad} of its targets could not be returned to their previous state.`;
  const [command, type] =
    bad === 0
      ? (['distributionCompleteBackOut', 'distribution.backed-out'] as const)
      : (['distributionFinishFailed', 'distribution.back-out-failed'] as const);
  await moveBySystem(uow, distribution, command, { type, reason: distribution.stateReason });
  await settleRelease(uow, release);
  return true;
}
