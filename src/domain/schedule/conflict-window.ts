import type { CiClass } from '../cmdb/configuration-item.machine.js';
import type { Reach } from '../cmdb/impact.js';
import type { Interval } from './interval.js';
import type { WindowKind } from './schedule.js';

/**
 * A window with its occurrences in the examined time. It applies to its items and classes; with neither, to everything.
 */
export interface ConflictWindow {
  readonly id: string;
  readonly name: string;
  readonly kind: WindowKind;
  readonly occurrences: readonly Interval[];
  readonly ciIds: readonly string[];
  readonly ciClasses: readonly CiClass[];
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
  readonly holdsForClass: (ciClass: CiClass | undefined) => boolean;
}

/** Indexes the scope of a window. */
export function scopedWindow(window: ConflictWindow): ScopedWindow {
  const items = new Set(window.ciIds);
  const classes = new Set<CiClass | undefined>(window.ciClasses);
  return {
    ...window,
    everywhere: items.size === 0 && classes.size === 0,
    holdsForItem: (ciId) => items.has(ciId),
    holdsForClass: (ciClass) => classes.has(ciClass),
  };
}

/** The most specific windows for an item: its own, else those of its class, else those for everything. */
export function windowsFor(
  ciId: string,
  ciClass: CiClass | undefined,
  windows: readonly ScopedWindow[],
): readonly ScopedWindow[] {
  const own = windows.filter((window) => window.holdsForItem(ciId));
  if (own.length > 0) return own;
  const ofClass = windows.filter((window) => window.holdsForClass(ciClass));
  return ofClass.length > 0 ? ofClass : windows.filter((window) => window.everywhere);
}

/** The nearest item that work impacts and a blackout applies to. */
export function firstCovered(
  window: ScopedWindow,
  reach: Reach,
  classOf: (ciId: string) => CiClass | undefined,
): string | undefined {
  for (const ciId of reach.ids())
    if (window.everywhere || window.holdsForItem(ciId) || window.holdsForClass(classOf(ciId))) return ciId;
  return undefined;
}
