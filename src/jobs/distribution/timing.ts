const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_LONGEST_MS = 60_000;
/** Maximum time between two observations of a running run, in milliseconds. */
const LONGEST_POLL_MS = 60_000;
/** The random part of a wait, so that runs do not stay in step. */
const JITTER = 0.1;

const jittered = (ms: number) => ms * (1 - JITTER * Math.random());

/**
 * The wait before the next try after a number of failures in a row, in milliseconds; at least what the tool asked for.
 */
export function backoffMs(failures: number, retryAfterMs = 0): number {
  return Math.max(
    retryAfterMs,
    jittered(Math.min(BACKOFF_FIRST_MS * 2 ** Math.max(0, failures - 1), BACKOFF_LONGEST_MS)),
  );
}

/**
 * The wait before the next observation, in milliseconds: the tool's suggestion, between its minimum and our maximum.
 */
export function pollMs(
  suggested: number | undefined,
  limits: { readonly minPollMs: number; readonly typicalLatencyMs: number },
): number {
  const wish = suggested ?? Math.max(limits.typicalLatencyMs, limits.minPollMs);
  return Math.max(limits.minPollMs, jittered(Math.min(wish, LONGEST_POLL_MS)));
}

/** The earlier of two instants, where there are two. */
export const earlier = (a: Date, b: Date | null | undefined): Date => (b != null && b < a ? b : a);

/** The instant a number of milliseconds later. */
export const after = (instant: Date, ms: number): Date => new Date(instant.getTime() + ms);
