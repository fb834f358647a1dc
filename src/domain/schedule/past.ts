import { blocker, type Blocker } from '../blocker.js';
import type { Role } from '../roles.js';
import type { Interval } from './interval.js';

/** How long ago a planned start may lie when work is put into the schedule, in minutes: "now" takes a while to send. */
export const PAST_TOLERANCE_MINUTES = 5;

const beganTooLongAgo = (start: Date, now: Date) => start.getTime() < now.getTime() - PAST_TOLERANCE_MINUTES * 60_000;

/** Whether a planned time lies in the past: it is over, or it began before the tolerance. */
export function liesInThePast({ startsAt, endsAt }: Interval, now: Date): boolean {
  return endsAt <= now || beganTooLongAgo(startsAt, now);
}

const AHEAD =
  `The planned time is over, or began more than ${PAST_TOLERANCE_MINUTES} minutes ago. ` +
  'Choose a time in the future.';

/** What stands against a planned time in the past. @param path the input field that it is about, if any. */
export const timeIsPast = (resolvableBy: readonly Role[], path?: string): Blocker =>
  blocker('SCHEDULE_PAST', AHEAD, resolvableBy, path === undefined ? {} : { path: [path] });

/** A time as it is and as a command sets it. Null means none. */
export interface GivenTime {
  /** The input field. */
  readonly field: string;
  /** What the command sets. Undefined when it leaves the time alone. */
  readonly given: Date | null | undefined;
  /** What it was; null for something new. */
  readonly was?: Date | null | undefined;
}

const changes = ({ given, was }: GivenTime): boolean =>
  given !== undefined && given?.getTime() !== (was ?? undefined)?.getTime();

/**
 * What stands against the times that a command sets. A start may lie {@link PAST_TOLERANCE_MINUTES} back, an end lies
 * ahead. A time that the command leaves as it is may be past by now. Where both are past the start says so.
 */
export function pastTimes(start: GivenTime, end: GivenTime, now: Date, resolvableBy: readonly Role[]): Blocker[] {
  if (changes(start) && start.given != null && beganTooLongAgo(start.given, now))
    return [timeIsPast(resolvableBy, start.field)];
  return changes(end) && end.given != null && end.given <= now ? [timeIsPast(resolvableBy, end.field)] : [];
}

/**
 * What stands against other times for something that stands in the calendar for itself, such as a blackout or a
 * meeting. On top of {@link pastTimes}: once it has begun its start stays, and once it is over its end stays, because
 * the calendar tells what was.
 */
export function rewrittenTimes(start: GivenTime, end: GivenTime, now: Date, resolvableBy: readonly Role[]): Blocker[] {
  const rewritten = (time: GivenTime, what: string): Blocker[] =>
    time.was != null && changes(time) && time.was <= now
      ? [
          blocker(
            'SCHEDULE_PAST',
            `It ${what} at ${time.was.toISOString()}, which can no longer change. Create another one.`,
            resolvableBy,
            {
              path: [time.field],
            },
          ),
        ]
      : [];
  const found = [...rewritten(start, 'began'), ...rewritten(end, 'ended')];
  return found.length > 0 ? found : pastTimes(start, end, now, resolvableBy);
}
