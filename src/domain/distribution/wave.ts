import { rollUpCounts, type TargetCounts } from './distribution-outcome.js';
import type { TargetState } from './observation.js';

/** How a rollout goes on after a wave that passed. */
export const WAVE_ADVANCES = ['AUTOMATIC', 'MANUAL', 'VERIFIED'] as const;

/** One of {@link WAVE_ADVANCES}. */
export type WaveAdvance = (typeof WAVE_ADVANCES)[number];

/** What each way means. */
export const WAVE_ADVANCE_DESCRIPTIONS: Readonly<Record<WaveAdvance, string>> = {
  AUTOMATIC: 'The next wave starts on its own after the soak time.',
  MANUAL: 'The next wave starts when an operator advances the rollout.',
  VERIFIED:
    'The next wave starts on its own after the soak time, once every target that succeeded is verified: by a digest ' +
    'that the tool read back, or by a later distribution with the operation VERIFY.',
};

/** How the targets of a distribution are divided into waves. */
export const WAVE_STRATEGIES = ['NONE', 'COUNT', 'PERCENT', 'REDUNDANCY', 'GROUP', 'LIST'] as const;

/** One of {@link WAVE_STRATEGIES}. */
export type WaveStrategyKind = (typeof WAVE_STRATEGIES)[number];

/** What each strategy does. */
export const WAVE_STRATEGY_DESCRIPTIONS: Readonly<Record<WaveStrategyKind, string>> = {
  NONE: 'One run for all targets. Removes the waves.',
  COUNT: 'Waves of the given numbers of targets. The last number repeats until every target has a wave.',
  PERCENT: 'Waves of the given shares of all targets, rounded up. The last share repeats.',
  REDUNDANCY:
    'Waves that leave every group of configuration items in service: never both members of a pair, and always a ' +
    'majority of a larger group. Members that are down already count.',
  GROUP:
    'A wave for each of the given target groups, in their order and with their names. A target of several groups ' +
    'belongs to the first one. Targets of none come in a last wave.',
  LIST: 'Waves with the given targets.',
};

/** How waves were asked for. It is kept, so that targets that join the plan later get a wave, too. */
export interface WavePlan {
  readonly by: Exclude<WaveStrategyKind, 'NONE'>;
  /** For COUNT and PERCENT. */
  readonly sizes?: readonly number[];
  /** For REDUNDANCY: most targets in one wave. */
  readonly maxSize?: number | null;
  /** For GROUP: node ids of the target groups, in order. */
  readonly groups?: readonly string[];
  /** For LIST: node ids of the configuration items of each wave. */
  readonly lists?: readonly (readonly string[])[];
  /** For GROUP and LIST: which group or list each wave is for. Those without a target have none. */
  readonly parts?: readonly number[];
}

/** What a wave tolerates before it trips. Null means: not limited by this. */
export interface WaveThresholds {
  /** Most targets that may fail. */
  readonly maxFailures: number | null;
  /** The same in percent of the targets of the wave, 0 to 100. */
  readonly maxFailurePercent: number | null;
  /** Least share of the targets that must succeed, in percent, 0 to 100. */
  readonly minSuccessPercent: number | null;
}

/** What a wave without thresholds tolerates: nothing, because nobody said that a failure is acceptable. */
const STRICT: WaveThresholds = { maxFailures: 0, maxFailurePercent: null, minSuccessPercent: null };

const FAILURES = ['FAILED', 'REJECTED', 'EXPIRED', 'UNKNOWN'] as const satisfies readonly TargetState[];

/** The targets of a wave, counted without those that were excluded. */
export interface WaveTally {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Targets whose work has ended, with whatever result. */
  readonly ended: number;
}

/**
 * Counts the targets of a wave.
 * @param counts its targets by state, without excluded ones.
 * @param accepted failures that a person has accepted already: they count neither as failures nor as targets.
 */
export function tallyWave(counts: TargetCounts, accepted = 0): WaveTally {
  const { total, ended } = rollUpCounts(counts, false, false);
  const failed = FAILURES.reduce((sum, state) => sum + counts[state], 0);
  const less = Math.min(accepted, failed);
  return { total: total - less, succeeded: counts.SUCCEEDED, failed: failed - less, ended: ended - less };
}

/** A threshold that a wave has tripped. */
export const WAVE_TRIPS = ['FAILURES', 'FAILURE_PERCENT', 'SUCCESS_PERCENT'] as const;

/** One of {@link WAVE_TRIPS}. */
export type WaveTrip = (typeof WAVE_TRIPS)[number];

/** What each of them means. */
export const WAVE_TRIP_DESCRIPTIONS: Readonly<Record<WaveTrip, string>> = {
  FAILURES: 'More targets failed than the wave tolerates.',
  FAILURE_PERCENT: 'A larger share of the targets failed than the wave tolerates.',
  SUCCESS_PERCENT: 'A smaller share of the targets succeeded than the wave requires.',
};

/** The judgement on a wave that trips. */
export interface Tripped {
  readonly trip: WaveTrip;
  /** The figures, in words. */
  readonly message: string;
}

const targets = (count: number) => (count === 1 ? '1 target' : `${count} targets`);
const share = (part: number, total: number) => (total === 0 ? 0 : (part * 100) / total);
const percent = (part: number, total: number) => `${Math.round(share(part, total) * 10) / 10} %`;

/**
 * Judges a wave by its thresholds. While it runs, only failures can trip it: they do not go away. The share of
 * successes is judged when every target has ended, on what ended, so that a target that never answered (UNKNOWN)
 * counts as a failure, and one that was excluded does not count at all.
 * @param over whether no more results are expected.
 * @returns the first threshold that does not hold, or undefined.
 */
export function judgeWave(thresholds: WaveThresholds, tally: WaveTally, over: boolean): Tripped | undefined {
  const { total, succeeded, failed } = tally;
  const { maxFailures, maxFailurePercent, minSuccessPercent } =
    thresholds.maxFailures === null && thresholds.maxFailurePercent === null && thresholds.minSuccessPercent === null
      ? STRICT
      : thresholds;
  if (maxFailures !== null && failed > maxFailures)
    return {
      trip: 'FAILURES',
      message: `${failed} of ${targets(total)} failed; the wave tolerates ${maxFailures}.`,
    };
  if (maxFailurePercent !== null && share(failed, total) > maxFailurePercent)
    return {
      trip: 'FAILURE_PERCENT',
      message:
        `${failed} of ${targets(total)} failed (${percent(failed, total)}); ` +
        `the wave tolerates ${maxFailurePercent} %.`,
    };
  if (over && minSuccessPercent !== null && share(succeeded, total) < minSuccessPercent && total > 0)
    return {
      trip: 'SUCCESS_PERCENT',
      message:
        `${succeeded} of ${targets(total)} succeeded (${percent(succeeded, total)}); ` +
        `the wave requires ${minSuccessPercent} %.`,
    };
  return undefined;
}
