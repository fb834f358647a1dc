/** How far the delivery to one target has come. */
export const TARGET_STATES = [
  'PENDING',
  'SENT',
  'ACKNOWLEDGED',
  'TRANSFERRING',
  'TRANSFERRED',
  'INSTALLING',
  'VERIFYING',
  'SUCCEEDED',
  'FAILED',
  'SKIPPED',
  'UNREACHABLE',
  'CANCEL_REQUESTED',
  'CANCELLED',
  'CANCEL_REJECTED',
  'UNKNOWN',
  'BACKED_OUT',
  'REJECTED',
  'EXPIRED',
] as const;

/** One of {@link TARGET_STATES}. */
export type TargetState = (typeof TARGET_STATES)[number];

/** What each state means. */
export const TARGET_STATE_DESCRIPTIONS: Readonly<Record<TargetState, string>> = {
  PENDING: 'Nothing has been sent for this target yet.',
  SENT: 'The order has gone to the tool.',
  ACKNOWLEDGED: 'The tool has accepted the order for this target.',
  TRANSFERRING: 'The content is on its way to the target.',
  TRANSFERRED: 'The content has arrived at the target.',
  INSTALLING: 'The content is being installed.',
  VERIFYING: 'The installation is being checked.',
  SUCCEEDED: 'The delivery succeeded.',
  FAILED: 'The delivery failed.',
  SKIPPED: 'Needed no work, or was not started when the run ended.',
  UNREACHABLE: 'The tool cannot reach the target now and may still do so before the deadline.',
  CANCEL_REQUESTED: 'Cancellation was requested. The tool has not answered yet.',
  CANCELLED: 'Cancelled. The tool confirmed that work stopped.',
  CANCEL_REJECTED: 'The tool refused the cancellation, so the delivery continues.',
  UNKNOWN: 'The run has ended and the outcome on this target is unknown. A later report can replace it.',
  BACKED_OUT: 'Returned to its previous content.',
  REJECTED: 'The target or the tool refused the content.',
  EXPIRED: 'The deadline passed before the target was reached.',
};

/**
 * How strong a statement each state is about one attempt. A report moves the state only upwards, so that reports may
 * come twice, late and in any order. Among the final states, the one in which more happened on the target is stronger:
 * a success that arrives after a cancel is what happened, and nothing revokes it.
 */
const RANK: Readonly<Record<TargetState, number>> = {
  PENDING: 0,
  SENT: 1,
  ACKNOWLEDGED: 2,
  UNREACHABLE: 3,
  TRANSFERRING: 4,
  TRANSFERRED: 5,
  INSTALLING: 6,
  VERIFYING: 7,
  CANCEL_REQUESTED: 8,
  CANCEL_REJECTED: 9,
  UNKNOWN: 10,
  EXPIRED: 11,
  CANCELLED: 12,
  SKIPPED: 13,
  REJECTED: 14,
  FAILED: 15,
  SUCCEEDED: 16,
  BACKED_OUT: 17,
};

/** States that end an attempt. UNKNOWN is one of them until somebody finds out more. */
export const TERMINAL_TARGET_STATES = [
  'SUCCEEDED',
  'FAILED',
  'SKIPPED',
  'CANCELLED',
  'UNKNOWN',
  'BACKED_OUT',
  'REJECTED',
  'EXPIRED',
] as const satisfies readonly TargetState[];

/** States in which an attempt still goes on. */
export const OPEN_TARGET_STATES: readonly TargetState[] = TARGET_STATES.filter((state) => RANK[state] < RANK.UNKNOWN);

/** Whether a state ends an attempt. */
export function isTerminalTargetState(state: TargetState): boolean {
  return RANK[state] >= RANK.UNKNOWN;
}

/** States from which the target may be retried: it did not succeed and nothing is under way. */
export const RETRYABLE_TARGET_STATES = [
  'FAILED',
  'CANCELLED',
  'UNKNOWN',
  'REJECTED',
  'EXPIRED',
  'SKIPPED',
] as const satisfies readonly TargetState[];

/** Ends of an attempt of which it is known that it did not succeed. */
export const KNOWN_TO_HAVE_FAILED = RETRYABLE_TARGET_STATES.filter((state) => state !== 'UNKNOWN');

/** States of targets on which an attempt did nothing, because it ended before. */
export const NOT_STARTED_TARGET_STATES: readonly TargetState[] = ['PENDING', 'CANCELLED', 'SKIPPED'];

/** States that say that an attempt reached its target, or may have. */
export const REACHED_TARGET_STATES: readonly TargetState[] = [
  'TRANSFERRING',
  'TRANSFERRED',
  'INSTALLING',
  'VERIFYING',
  'CANCEL_REJECTED',
  'SUCCEEDED',
  'FAILED',
  'UNKNOWN',
  'EXPIRED',
  'BACKED_OUT',
];

/** The states in which deployment tools report, through their adapters. */
export const ADAPTER_TARGET_STATES = [
  'pending',
  'staging',
  'running',
  'unreachable',
  'succeeded',
  'failed',
  'rejected',
  'skipped',
  'cancelled',
  'expired',
  'unknown',
] as const;

/** One of {@link ADAPTER_TARGET_STATES}. */
export type AdapterTargetState = (typeof ADAPTER_TARGET_STATES)[number];

const FROM_ADAPTER: Readonly<Record<AdapterTargetState, TargetState>> = {
  pending: 'ACKNOWLEDGED',
  staging: 'TRANSFERRING',
  running: 'INSTALLING',
  unreachable: 'UNREACHABLE',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  rejected: 'REJECTED',
  skipped: 'SKIPPED',
  cancelled: 'CANCELLED',
  expired: 'EXPIRED',
  unknown: 'UNKNOWN',
};

/** The state of a target that a report of a tool stands for. */
export function fromAdapterState(state: AdapterTargetState): TargetState {
  return FROM_ADAPTER[state];
}

/** What is believed, or said, about one target. */
export interface TargetProgress {
  readonly state: TargetState;
  /** Number of the attempt, counted up by every retry. */
  readonly attempt: number;
  /** 0 to 100, where the tool says so. */
  readonly percent?: number | null;
  /** When it was so, by the clock of the tool. */
  readonly at?: Date | null;
}

/** Why a report did or did not move the state. The report itself is kept in any case. */
export const OBSERVATION_EFFECTS = ['APPLIED', 'DUPLICATE', 'LATE', 'STALE_ATTEMPT'] as const;

/** One of {@link OBSERVATION_EFFECTS}. */
export type ObservationEffect = (typeof OBSERVATION_EFFECTS)[number];

/** What each effect means. */
export const OBSERVATION_EFFECT_DESCRIPTIONS: Readonly<Record<ObservationEffect, string>> = {
  APPLIED: 'The report changed the state of the target.',
  DUPLICATE: 'The report repeats what was already known.',
  LATE: 'The report says less than what was already known. It is kept as history.',
  STALE_ATTEMPT: 'The report belongs to an earlier attempt. It is kept as history.',
};

/** The answer of {@link applyObservation}. */
export interface ObservationResult {
  readonly apply: boolean;
  /** What to believe from now on; the current belief where the report does not apply. */
  readonly next: Required<TargetProgress>;
  readonly reason: ObservationEffect;
}

/** UNREACHABLE is a condition, not a step: by the tool's clock it may follow any step, and any step may follow it. */
function overtakesByTime(current: TargetProgress, report: TargetProgress): boolean {
  if (RANK[current.state] >= RANK.CANCEL_REQUESTED) return false;
  if (current.state !== 'UNREACHABLE' && report.state !== 'UNREACHABLE') return false;
  return current.at != null && report.at != null && report.at > current.at;
}

function later(a: Date | null | undefined, b: Date | null | undefined): Date | null {
  if (a == null || b == null) return a ?? b ?? null;
  return a > b ? a : b;
}

/**
 * Joins a report to what is believed about a target. A report of a later attempt always applies; within an attempt only
 * upwards, so that a final state is never left for a step and every order of the same reports ends in the same final
 * state.
 */
export function applyObservation(current: TargetProgress, report: TargetProgress): ObservationResult {
  const unchanged = {
    state: current.state,
    attempt: current.attempt,
    percent: current.percent ?? null,
    at: current.at ?? null,
  };
  if (report.attempt < current.attempt) return { apply: false, next: unchanged, reason: 'STALE_ATTEMPT' };
  if (report.attempt > current.attempt) {
    const next = {
      state: report.state,
      attempt: report.attempt,
      percent: percentOf(report.state, null, report.percent),
      at: report.at ?? null,
    };
    return { apply: true, next, reason: 'APPLIED' };
  }
  const rise = RANK[report.state] - RANK[current.state];
  const percent = percentOf(rise > 0 ? report.state : current.state, current.percent, report.percent);
  if (rise === 0 && (percent === unchanged.percent || isTerminalTargetState(current.state)))
    return { apply: false, next: unchanged, reason: 'DUPLICATE' };
  if (rise < 0 && !overtakesByTime(current, report)) return { apply: false, next: unchanged, reason: 'LATE' };
  return {
    apply: true,
    next: { state: report.state, attempt: current.attempt, percent, at: later(current.at, report.at) },
    reason: 'APPLIED',
  };
}

/** How far the clock of a tool may be off, in milliseconds. */
const CLOCK_SKEW_MS = 86_400_000;

/**
 * When a report became true. A tool's clock may be off, but not by days: an instant long before the order, or long
 * after now, says only that the report has arrived.
 * @param at by the clock of the tool.
 * @param ordered when the run was ordered.
 */
export function believable(at: Date, ordered: Date, now: Date): Date {
  const early = at.getTime() < ordered.getTime() - CLOCK_SKEW_MS;
  return early || !(at.getTime() <= now.getTime() + CLOCK_SKEW_MS) ? now : at;
}

function percentOf(
  state: TargetState,
  known: number | null | undefined,
  said: number | null | undefined,
): number | null {
  if (state === 'SUCCEEDED') return 100;
  if (known == null && said == null) return null;
  return Math.min(100, Math.max(0, known ?? 0, said ?? 0));
}

/** What becomes of a target when its run is over and the tool has said nothing final about it. */
export function stateAtEndOfRun(state: TargetState, end: 'COMPLETE' | 'DEADLINE'): TargetState {
  if (isTerminalTargetState(state)) return state;
  if (state !== 'PENDING') return 'UNKNOWN';
  return end === 'DEADLINE' ? 'EXPIRED' : 'SKIPPED';
}
