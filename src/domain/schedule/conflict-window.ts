import type { CiClass } from '../cmdb/configuration-item.machine.js';
import type { Reach } from '../cmdb/impact.js';
import { intervalsOverlap, type Interval } from './interval.js';
import type { WindowKind } from './schedule.js';

/**
 * A window with its occurrences in the examined time. It applies to its items, services and classes, and to what its
 * filter finds; with none of them, to everything.
 */
export interface ConflictWindow {
  readonly id: string;
  readonly name: string;
  readonly kind: WindowKind;
  readonly occurrences: readonly Interval[];
  readonly ciIds: readonly string[];
  readonly ciClasses: readonly CiClass[];
  /** Items that it applies to because of a service: for a blackout the service, otherwise all that it depends on. */
  readonly serviceCiIds?: readonly string[];
  /** Items that its filter finds. */
  readonly foundCiIds?: readonly string[];
  /**
   * End of a change window: work that starts then or later is not bound by it. Null or absent if it repeats endlessly.
   */
  readonly bindsUntil?: Date | null;
}

/** Whether a window binds work that starts at an instant. */
export const windowBinds = ({ bindsUntil }: ConflictWindow, startsAt: Date): boolean =>
  bindsUntil == null || bindsUntil > startsAt;

/** A window with its scope indexed: windows and entries can name thousands of items. */
export interface ScopedWindow extends ConflictWindow {
  readonly everywhere: boolean;
  readonly holdsForItem: (ciId: string) => boolean;
  readonly holdsForService: (ciId: string) => boolean;
  /** By its class, or because the filter finds it. */
  readonly holdsForKind: (ciId: string, ciClass: CiClass | undefined) => boolean;
  /** The occurrences that overlap a span, without a look at all of them. */
  readonly during: (span: Interval) => readonly Interval[];
}

/** Finds spans by time. Several works ask the same windows, and a window can have thousands of occurrences. */
export function spanFinder(spans: readonly Interval[]): ScopedWindow['during'] {
  const sorted = [...spans].sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
  const longest = sorted.reduce(
    (most, { startsAt, endsAt }) => Math.max(most, endsAt.getTime() - startsAt.getTime()),
    0,
  );
  const firstFrom = (instant: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] as Interval).startsAt.getTime() < instant) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return (span) =>
    sorted
      .slice(firstFrom(span.startsAt.getTime() - longest), firstFrom(span.endsAt.getTime()))
      .filter((one) => intervalsOverlap(one, span));
}

/** Indexes the scope of a window. */
export function scopedWindow(window: ConflictWindow): ScopedWindow {
  const items = new Set(window.ciIds);
  const [services, found] = [new Set(window.serviceCiIds), new Set(window.foundCiIds)];
  const classes = new Set<CiClass | undefined>(window.ciClasses);
  return {
    ...window,
    everywhere: items.size + services.size + found.size + classes.size === 0,
    holdsForItem: (ciId) => items.has(ciId),
    holdsForService: (ciId) => services.has(ciId),
    holdsForKind: (ciId, ciClass) => classes.has(ciClass) || found.has(ciId),
    during: spanFinder(window.occurrences),
  };
}

/**
 * The most specific windows for an item: its own, else those of services that depend on it, else those of its class or
 * by a filter, else those for everything.
 */
export function windowsFor(
  ciId: string,
  ciClass: CiClass | undefined,
  windows: readonly ScopedWindow[],
): readonly ScopedWindow[] {
  const own = windows.filter((window) => window.holdsForItem(ciId));
  if (own.length > 0) return own;
  const ofService = windows.filter((window) => window.holdsForService(ciId));
  if (ofService.length > 0) return ofService;
  const ofKind = windows.filter((window) => window.holdsForKind(ciId, ciClass));
  return ofKind.length > 0 ? ofKind : windows.filter((window) => window.everywhere);
}

/** The nearest item that work impacts and a blackout applies to; the one with the lowest id of several. */
export function firstCovered(
  window: ScopedWindow,
  reach: Reach,
  classOf: (ciId: string) => CiClass | undefined,
): string | undefined {
  const isCovered = (ciId: string) =>
    window.everywhere ||
    window.holdsForItem(ciId) ||
    window.holdsForService(ciId) ||
    window.holdsForKind(ciId, classOf(ciId));
  for (let distance = 0; distance <= reach.depth; distance++) {
    const covered = reach.at(distance).filter(isCovered);
    if (covered.length > 0) return covered.reduce((lowest, ciId) => (ciId < lowest ? ciId : lowest));
  }
  return undefined;
}
