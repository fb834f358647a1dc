import { sql } from 'kysely';
import type { DistributionState, DistributionSystemCommand } from '../../domain/distribution/distribution.state.js';
import {
  releaseOutcome,
  rollUpCounts,
  type DistributionOutcome,
  type ReleaseOutcome,
  type TargetCounts,
} from '../../domain/distribution/distribution-outcome.js';
import { OPEN_TARGET_STATES, TERMINAL_TARGET_STATES, type TargetState } from '../../domain/distribution/observation.js';
import { releaseMachine } from '../../domain/release/release.machine.js';
import type { ReleaseLifeCommand, ReleaseState } from '../../domain/release/release.state.js';
import { decide } from '../../domain/state-machine.js';
import type { Release } from '../../entities/release/release.entity.js';
import { changeOutcomesFromDistributions, latestTargetStates } from '../change/change-progress.service.js';
import { moveBySystem } from './distribution-transition.js';
import type { HeldRun } from './distribution-run.service.js';
import { releaseCommand } from '../release/release-command.service.js';
import { releaseFacts } from '../../facts/release/release.facts.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { targetsIn } from './target-state.service.js';

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

const OUTCOME_STATES: readonly ReleaseState[] = ['DEPLOYED', 'PARTIALLY_DEPLOYED', 'FAILED'];

/**
 * Gives a release its outcome once every one of its distributions is over, or corrects the outcome that a late report
 * has overtaken. The release is locked. A release on hold, or with closed changes, keeps the outcome it has: its rules
 * say so.
 */
export async function settleRelease(uow: UnitOfWork, release: Release): Promise<void> {
  const late = OUTCOME_STATES.includes(release.state);
  if (release.state !== 'DISTRIBUTING' && !late) return;
  const distributions = await uow.query<{ state: DistributionState }>(
    sql`select state from distribution where release_id = ${release.id}`,
  );
  const targets = await uow.query<{ id: string }>(
    sql`select distinct ci_id as id from release_ci where release_id = ${release.id} and role = 'TARGET'`,
  );
  const states = await latestTargetStates(uow, release.id);
  const outcome = releaseOutcome({
    distributions: distributions.map(({ state }) => state),
    targetCount: targets.length,
    succeededTargets: targets.filter(({ id }) => states.get(id) === 'SUCCEEDED').length,
  });
  if (outcome === undefined) return;
  if (late) {
    if (outcome === release.state) return await changeOutcomesFromDistributions(uow, release);
    const facts = (await releaseFacts(uow, uow.actor, [release.id])).get(release.id);
    if (!facts || !decide(releaseMachine, release.state, 'releaseRetryDistribution', facts).ok)
      return await changeOutcomesFromDistributions(uow, release);
    await releaseCommand(uow, release.id, 'releaseRetryDistribution', {
      type: 'release.outcome-reopened',
      reason: 'A late report shows that more happened than was known.',
    });
  }
  await releaseCommand(uow, release.id, RECORD[outcome], {
    data: { targets: targets.length, succeeded: targets.filter(({ id }) => states.get(id) === 'SUCCEEDED').length },
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
 * @returns whether the attempt is over.
 */
export async function settleDistribution(
  uow: UnitOfWork,
  { release, distribution, run }: HeldRun,
  counts: TargetCounts,
  end: RunEnd,
): Promise<boolean> {
  if (distribution.state === 'BACKING_OUT') return await settleBackOut(uow, { release, distribution, run }, end);
  const { outcome, percent } = rollUpCounts(counts, end === 'COMPLETE', end === 'DEADLINE');
  distribution.percent = percent;
  if (outcome === undefined) return false;
  const { command, event } = FINISH[outcome];
  // Whatever was said meanwhile, such as the reason of a stop: nothing has to be explained about a success.
  if (outcome === 'SUCCEEDED') distribution.stateReason = null;
  // A late report can only make an end better; where it does not, the end stands and the report is history.
  if (await moveBySystem(uow, distribution, command, { type: event, reason: distribution.stateReason })) {
    distribution.endedAt = uow.now;
    await settleRelease(uow, release);
  }
  return true;
}

async function settleBackOut(uow: UnitOfWork, { distribution, run }: HeldRun, end: RunEnd): Promise<boolean> {
  const open = await targetsIn(uow, run, OPEN_TARGET_STATES);
  if (open.length > 0 && end === undefined) return false;
  const bad = await targetsIn(uow, run, NOT_RETURNED);
  distribution.endedAt = uow.now;
  distribution.percent = 100;
  if (bad.length > 0)
    distribution.stateReason = `${bad.length} of its targets could not be returned to their previous state.`;
  const [command, type] =
    bad.length === 0
      ? (['distributionCompleteBackOut', 'distribution.backed-out'] as const)
      : (['distributionFinishFailed', 'distribution.back-out-failed'] as const);
  await moveBySystem(uow, distribution, command, { type, reason: distribution.stateReason });
  return true;
}
