import type { TargetState } from './observation.js';

/** How often, when and after which failures the server tries failed targets again by itself. */
export interface RetryPolicy {
  /** Maximum number of retries; 0 means that a person retries. */
  readonly limit: number;
  /** Minutes before the first retry. The wait doubles with each further one. */
  readonly afterMinutes: number;
  /** Reason codes after which it retries; null for failures that the tool calls retryable. */
  readonly reasons: readonly string[] | null;
}

/** Targets of an attempt that ended alike. */
export interface EndedTargets {
  readonly state: TargetState;
  readonly reasonCode: string | null;
  readonly retryable: boolean | null;
}

/** Maximum number of retries of a policy. */
export const MAX_RETRIES = 10;

/** Longest wait before a retry, in minutes. */
export const MAX_RETRY_MINUTES = 1_440;

// What was not started is tried along, and says nothing about the failures.
const NOT_BEGUN: readonly TargetState[] = ['PENDING', 'CANCELLED', 'SKIPPED'];
const RETRIED: readonly TargetState[] = ['FAILED', 'REJECTED', 'EXPIRED'];

/**
 * Whether a retry could help: every failure is one that the policy names. One other failure, or a target whose outcome
 * nobody knows, is for a person to look at.
 */
export function retryCouldHelp({ reasons }: RetryPolicy, ended: readonly EndedTargets[]): boolean {
  const failures = ended.filter(({ state }) => state !== 'SUCCEEDED' && !NOT_BEGUN.includes(state));
  return (
    failures.length > 0 &&
    failures.every(
      ({ state, reasonCode, retryable }) =>
        RETRIED.includes(state) &&
        (reasons === null ? retryable === true : reasonCode !== null && reasons.includes(reasonCode)),
    )
  );
}

/**
 * When the next retry is due.
 * @param done retries so far
 * @returns null when a person decides
 */
export function nextRetry(policy: RetryPolicy, done: number, ended: readonly EndedTargets[], now: Date): Date | null {
  if (done >= policy.limit || !retryCouldHelp(policy, ended)) return null;
  const minutes = Math.min(MAX_RETRY_MINUTES, policy.afterMinutes * 2 ** done);
  return new Date(now.getTime() + minutes * 60_000);
}
