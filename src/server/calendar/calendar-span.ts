import type { Interval } from '../../domain/schedule/interval.js';

/** Maximum number of entries in one calendar. */
export const MAX_EVENTS = 5_000;

/** Maximum number of windows in one calendar. */
export const MAX_WINDOWS = 500;

const DAY = 86_400_000;
const [DAYS_BACK, DAYS_AHEAD] = [30, 330];

/** The period that a calendar shows by default: a month back and most of a year ahead. */
export const defaultSpan = (now: Date): Interval => ({
  startsAt: new Date(now.getTime() - DAYS_BACK * DAY),
  endsAt: new Date(now.getTime() + DAYS_AHEAD * DAY),
});
