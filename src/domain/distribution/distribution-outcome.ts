import { policyHolds, STRICT_POLICY, type JudgedPolicy } from './outcome-policy.js';
import { isTerminalTargetState, stateAtEndOfRun, TARGET_STATES, type TargetState } from './observation.js';

/** How many targets are in each state. */
export type TargetCounts = Readonly<Record<TargetState, number>>;

/** How a distribution can end. */
export type DistributionOutcome = 'SUCCEEDED' | 'PARTIALLY_SUCCEEDED' | 'FAILED' | 'STOPPED';

/** How the deployment of a release can end. */
export type ReleaseOutcome = 'DEPLOYED' | 'PARTIALLY_DEPLOYED' | 'FAILED';

/** How far a distribution has come. */
export interface DistributionProgress {
  /** Targets by state, as reported so far. */
  readonly counts: TargetCounts;
  readonly total: number;
  /** How many targets have reached a final state. */
  readonly ended: number;
  /** 0 to 100; 100 only when every target has ended. */
  readonly percent: number;
  /** Absent while the distribution goes on. */
  readonly outcome?: DistributionOutcome;
}

/** Counts targets by state. */
export function countTargets(states: Iterable<TargetState>): TargetCounts {
  const counts = Object.fromEntries(TARGET_STATES.map((state) => [state, 0])) as Record<TargetState, number>;
  for (const state of states) counts[state] += 1;
  return counts;
}

/** Progress of a target that has not ended, in percent. */
const STAGE_PERCENT: Partial<Record<TargetState, number>> = {
  SENT: 5,
  ACKNOWLEDGED: 10,
  TRANSFERRING: 25,
  TRANSFERRED: 50,
  INSTALLING: 60,
  VERIFYING: 90,
};

/**
 * Progress and, once nothing more can come, outcome of a distribution from its targets.
 * @param runComplete the tool said that nothing further will change.
 * @param deadlinePassed the deadline and its grace are over. Either way the targets without a final state count as what
 *   `stateAtEndOfRun` makes of them.
 * @param policy what the distribution needs to be SUCCEEDED; every target by default.
 */
export function rollUp(
  targetStates: Iterable<TargetState>,
  runComplete: boolean,
  deadlinePassed: boolean,
  policy: JudgedPolicy = STRICT_POLICY,
): DistributionProgress {
  return rollUpCounts(countTargets(targetStates), runComplete, deadlinePassed, policy);
}

/** Like {@link rollUp}, from counts, which one grouped SQL statement gives for any number of targets. */
export function rollUpCounts(
  counts: TargetCounts,
  runComplete: boolean,
  deadlinePassed: boolean,
  policy: JudgedPolicy = STRICT_POLICY,
): DistributionProgress {
  let total = 0;
  let ended = 0;
  let stages = 0;
  for (const state of TARGET_STATES) {
    total += counts[state];
    if (isTerminalTargetState(state)) ended += counts[state];
    else stages += counts[state] * (STAGE_PERCENT[state] ?? 0);
  }
  const percent = total === 0 ? 0 : Math.floor((ended * 100 + stages) / total);
  const over = runComplete || deadlinePassed || (total > 0 && ended === total);
  if (!over) return { counts, total, ended, percent };
  const final = countTargets([]) as Record<TargetState, number>;
  for (const state of TARGET_STATES)
    final[stateAtEndOfRun(state, deadlinePassed ? 'DEADLINE' : 'COMPLETE')] += counts[state];
  return { counts, total, ended, percent, outcome: outcomeOf(final, total, policy) };
}

function outcomeOf(final: TargetCounts, total: number, policy: JudgedPolicy): DistributionOutcome {
  if (policyHolds(policy, final, total)) return 'SUCCEEDED';
  const bad = final.FAILED + final.REJECTED + final.EXPIRED + final.UNKNOWN + final.BACKED_OUT;
  // Cancelled targets among good ones mean that somebody stopped it; among bad ones the tool gave up because of those.
  if (final.CANCELLED > 0 && bad === 0) return 'STOPPED';
  return final.SUCCEEDED > 0 ? 'PARTIALLY_SUCCEEDED' : 'FAILED';
}
