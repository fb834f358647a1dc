import { blocker, type Blocker } from '../blocker.js';
import type { Role } from '../roles.js';
import type { Interval } from './interval.js';

/** How long ago a planned start may lie when work is put into the schedule, in minutes: "now" takes a while to send. */
export const PAST_TOLERANCE_MINUTES = 5;

/** Whether a planned time lies in the past: it is over, or it began before the tolerance. */
export function liesInThePast({ startsAt, endsAt }: Interval, now: Date): boolean {
  return endsAt <= now || startsAt.getTime() < now.getTime() - PAST_TOLERANCE_MINUTES * 60_000;
}

/** What stands against a planned time in the past. */
export const timeIsPast = (resolvableBy: readonly Role[]): Blocker =>
  blocker(
    'SCHEDULE_PAST',
    `The planned time is over, or began more than ${PAST_TOLERANCE_MINUTES} minutes ago. Choose a time to come.`,
    resolvableBy,
  );
