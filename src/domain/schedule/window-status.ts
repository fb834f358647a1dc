import type { NamedRef } from '../blocker.js';
import { intervalContains, type Interval } from './interval.js';
import { changeWindowTimes, findFreeSpans, hittingBlackouts, type SlotConstraints } from './schedule-slots.js';

/** Why work may be done at a moment, or may not, as far as windows are concerned. */
export const WINDOW_STATUS_REASONS = {
  NO_WINDOW: 'No change or maintenance window applies, and no blackout is in force.',
  WINDOW_OPEN: 'Every change or maintenance window that applies is open.',
  WINDOW_CLOSED: 'A change or maintenance window that applies is not open.',
  BLACKOUT: 'A blackout is in force.',
} as const;

/** One of the keys of {@link WINDOW_STATUS_REASONS}. */
export type WindowStatusReason = keyof typeof WINDOW_STATUS_REASONS;

/** Why the time for work ends. */
export const WINDOW_CLOSINGS = {
  WINDOW_ENDS: 'A change or maintenance window ends.',
  BLACKOUT_BEGINS: 'A blackout begins.',
} as const;

/** One of the keys of {@link WINDOW_CLOSINGS}. */
export type WindowClosing = keyof typeof WINDOW_CLOSINGS;

/** Whether work on some items may be done at a moment, and when that changes. */
export interface WindowStatus {
  readonly open: boolean;
  readonly reason: WindowStatusReason;
  /** When it is open next. Null while it is open, and when it does not open in the examined time. */
  readonly opensAt: Date | null;
  /** When it closes. Null while it is closed, and when it does not close in the examined time. */
  readonly closesAt: Date | null;
  readonly closesBecause: WindowClosing | null;
  /** Whether every item that change or maintenance windows hold for is in one; true where there are none. */
  readonly windowIsOpen: boolean;
  /** Blackouts that are in force, on an item or on something it impacts. */
  readonly activeBlackouts: readonly NamedRef[];
}

/**
 * Whether work may be done at the start of a span, and when that changes within it. Other work does not count; a
 * blackout counts on everything that the work impacts.
 */
export function windowStatus(span: Interval, constraints: Omit<SlotConstraints, 'busy'>): WindowStatus {
  const { ciIds, reach, windows, graph } = constraints;
  const now = span.startsAt;
  const hitting = hittingBlackouts(reach, windows, graph);
  const blackouts = hitting.flatMap(({ occurrences }) => occurrences);
  const isNow = (occurrence: Interval) => intervalContains(occurrence, now);
  const times = changeWindowTimes(ciIds, windows, graph, now);
  const [next] = findFreeSpans(span, { ...constraints, busy: [] });
  const moment = {
    windowIsOpen: times.every((occurrences) => occurrences.some(isNow)),
    activeBlackouts: hitting.filter(({ occurrences }) => occurrences.some(isNow)).map(({ id, name }) => ({ id, name })),
  };
  if (next !== undefined && next.startsAt <= now) {
    const closesAt = next.endsAt < span.endsAt ? next.endsAt : null;
    const begins = blackouts.some(({ startsAt }) => startsAt.getTime() === closesAt?.getTime());
    return {
      ...moment,
      open: true,
      reason: times.length === 0 ? 'NO_WINDOW' : 'WINDOW_OPEN',
      opensAt: null,
      closesAt,
      closesBecause: closesAt === null ? null : begins ? 'BLACKOUT_BEGINS' : 'WINDOW_ENDS',
    };
  }
  return {
    ...moment,
    open: false,
    reason: moment.activeBlackouts.length > 0 ? 'BLACKOUT' : 'WINDOW_CLOSED',
    opensAt: next?.startsAt ?? null,
    closesAt: null,
    closesBecause: null,
  };
}

/** When windows first allow work of a length from the start of a span on. Null if nowhere in the span. */
export function nextAllowed(span: Interval, constraints: Omit<SlotConstraints, 'busy'>, length: number): Date | null {
  const fits = ({ startsAt, endsAt }: Interval) => endsAt.getTime() - startsAt.getTime() >= length;
  return findFreeSpans(span, { ...constraints, busy: [] }).find(fits)?.startsAt ?? null;
}
