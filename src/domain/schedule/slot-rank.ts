import { intersection, mergeIntervals, type Interval } from './interval.js';

/** Why one time is better than another: points, and what they are given for. */
export const SLOT_REASONS = {
  MAINTENANCE_WINDOW: {
    points: 4,
    meaning: 'It lies in a maintenance window of every target that has one, which users have agreed to.',
  },
  OUTSIDE_SERVICE_HOURS: {
    points: 4,
    meaning: 'It lies outside the service hours of everything that the work impacts and that has some.',
  },
  NOTHING_NEARBY: {
    points: 2,
    meaning: 'No other work touches anything that this work touches, from a day before to a day after.',
  },
  ROOM_TO_BACK_OUT: {
    points: 2,
    meaning: 'The time after it stays free for as long as the work lasts, enough to go back.',
  },
  EARLIEST: { points: 1, meaning: 'It is the earliest time there is.' },
} as const;

/** One of the keys of {@link SLOT_REASONS}. */
export type SlotReason = keyof typeof SLOT_REASONS;

/** A place for work in the schedule. */
export interface FreeSlot extends Interval {
  readonly latestStartsAt: Date;
  readonly freeUntil: Date;
}

/** A place with what speaks for it. */
export interface RankedSlot extends FreeSlot {
  readonly reasons: readonly SlotReason[];
  readonly score: number;
}

/** What makes times better. */
export interface SlotPreferences {
  /** Occurrences of the maintenance windows of each target that has some. */
  readonly maintenance: readonly (readonly Interval[])[];
  /** Work that touches what the work touches. */
  readonly nearby: readonly Interval[];
  /** Service hours of what the work impacts; null where none are known. */
  readonly serviceHours: readonly Interval[] | null;
}

/** How far away other work is nearby, in milliseconds. */
export const NEARBY_MS = 86_400_000;

/** Most starts that are compared. */
export const MAX_CANDIDATES = 5_000;

/** Finds the span of a sorted list without overlaps that contains an instant, or the next one. */
function atOrAfter(spans: readonly Interval[], instant: number): Interval | undefined {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle] as Interval).endsAt.getTime() <= instant) low = middle + 1;
    else high = middle;
  }
  return spans[low];
}

/** The times that lie in one of each list. */
function inAll(lists: readonly (readonly Interval[])[]): Interval[] {
  return lists.map(mergeIntervals).reduce((left, right) => {
    const both: Interval[] = [];
    for (let i = 0, j = 0; i < left.length && j < right.length;) {
      const [one, other] = [left[i] as Interval, right[j] as Interval];
      const shared = intersection(one, other);
      if (shared !== null) both.push(shared);
      if (one.endsAt <= other.endsAt) i++;
      else j++;
    }
    return both;
  });
}

interface Liked {
  /** Where work lies well. */
  readonly maintenance: readonly Interval[];
  /** Where it is not alone. */
  readonly nearby: readonly Interval[];
  /** Where it disturbs. */
  readonly serviceHours: readonly Interval[] | null;
}

const liked = ({ maintenance, nearby, serviceHours }: SlotPreferences): Liked => ({
  serviceHours: serviceHours && mergeIntervals(serviceHours),
  maintenance: maintenance.length === 0 ? [] : inAll(maintenance),
  nearby: mergeIntervals(
    nearby.map(({ startsAt, endsAt }) => ({
      startsAt: new Date(startsAt.getTime() - NEARBY_MS),
      endsAt: new Date(endsAt.getTime() + NEARBY_MS),
    })),
  ),
});

function reasonsFor(slot: FreeSlot, earliest: number, { maintenance, nearby, serviceHours }: Liked): SlotReason[] {
  const [from, to] = [slot.startsAt.getTime(), slot.endsAt.getTime()];
  const around = atOrAfter(maintenance, from);
  const isClear = (spans: readonly Interval[]) => (atOrAfter(spans, from)?.startsAt.getTime() ?? to) >= to;
  const holds: Readonly<Record<SlotReason, boolean>> = {
    MAINTENANCE_WINDOW: around !== undefined && around.startsAt.getTime() <= from && around.endsAt.getTime() >= to,
    OUTSIDE_SERVICE_HOURS: serviceHours !== null && isClear(serviceHours),
    NOTHING_NEARBY: isClear(nearby),
    ROOM_TO_BACK_OUT: slot.freeUntil.getTime() - to >= to - from,
    EARLIEST: from === earliest,
  };
  return (Object.keys(SLOT_REASONS) as SlotReason[]).filter((reason) => holds[reason]);
}

/** Where free time begins, and where in it something that speaks for a time begins. */
function candidates(stretches: readonly FreeSlot[], { maintenance, nearby, serviceHours }: Liked): FreeSlot[] {
  const ends = [...nearby, ...(serviceHours ?? [])].map(({ endsAt }) => endsAt);
  const better = [...maintenance.map(({ startsAt }) => startsAt), ...ends]
    .map((instant) => instant.getTime())
    .sort((a, b) => a - b);
  const found: FreeSlot[] = [];
  let next = 0;
  for (const stretch of stretches) {
    if (found.length >= MAX_CANDIDATES) break;
    found.push(stretch);
    const [from, latest] = [stretch.startsAt.getTime(), stretch.latestStartsAt.getTime()];
    const length = stretch.endsAt.getTime() - from;
    while (next < better.length && (better[next] as number) <= from) next++;
    for (; next < better.length && (better[next] as number) <= latest && found.length < MAX_CANDIDATES; next++) {
      const startsAt = new Date(better[next] as number);
      found.push({ ...stretch, startsAt, endsAt: new Date(startsAt.getTime() + length) });
    }
  }
  return found;
}

/**
 * The best times for work, best first: the one with the most points, and the earlier one of equals. No two overlap.
 * @param stretches all times at which the work can begin, in order
 */
export function rankSlots(stretches: readonly FreeSlot[], preferences: SlotPreferences, atMost: number): RankedSlot[] {
  const earliest = stretches[0]?.startsAt.getTime() ?? 0;
  const what = liked(preferences);
  const ranked = candidates(stretches, what).map((slot): RankedSlot => {
    const reasons = reasonsFor(slot, earliest, what);
    return { ...slot, reasons, score: reasons.reduce((sum, reason) => sum + SLOT_REASONS[reason].points, 0) };
  });
  ranked.sort((a, b) => b.score - a.score || a.startsAt.getTime() - b.startsAt.getTime());
  const chosen: RankedSlot[] = [];
  for (const slot of ranked) {
    if (chosen.length === atMost) break;
    if (!chosen.some((other) => other.startsAt < slot.endsAt && slot.startsAt < other.endsAt)) chosen.push(slot);
  }
  return chosen;
}
