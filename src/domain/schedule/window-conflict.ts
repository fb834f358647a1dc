import type { CiClass } from '../cmdb/configuration-item.machine.js';
import type { Reach } from '../cmdb/impact.js';
import type { Steps } from '../steps.js';
import { entryParty, withBackOut, type ConflictEntry } from './conflict-entry.js';
import { withMessage } from './conflict-message.js';
import { firstCovered, windowBinds, windowsFor, type ConflictWindow, type ScopedWindow } from './conflict-window.js';
import { intersection, subtractIntervals, type Interval } from './interval.js';
import type { ScheduleConflict, UnsaidConflict } from './schedule-conflict.js';

/** Steps to what stands against an entry that touches an item during a blackout of it, or would in its back-out. */
export function* blackoutConflicts(
  entry: ConflictEntry,
  blackouts: readonly ScopedWindow[],
  reach: Reach,
  classOf: (ciId: string) => CiClass | undefined,
  nameOf: (ciId: string) => string,
): Steps<ScheduleConflict[]> {
  const found: ScheduleConflict[] = [];
  for (const window of blackouts) {
    yield;
    const occurrences = window.during(withBackOut(entry));
    const ciId = occurrences.length === 0 ? undefined : firstCovered(window, reach, classOf);
    if (ciId === undefined) continue;
    for (const occurrence of occurrences) {
      const conflict = blackoutConflict(entry, window, occurrence, ciId, reach.path(ciId));
      if (conflict !== null) found.push(withMessage(conflict, nameOf));
    }
  }
  return found;
}

/**
 * What stands against an entry during an occurrence of a blackout: the entry itself, or only its back-out. Null if the
 * occurrence meets neither.
 * @param path from a target to the covered item
 */
export const blackoutConflict = (
  entry: ConflictEntry,
  window: Pick<ConflictWindow, 'id' | 'name'>,
  occurrence: Interval,
  ciId: string,
  path: readonly string[],
): UnsaidConflict | null => {
  const during = intersection(entry, occurrence);
  const kind = during === null ? 'NO_TIME_TO_BACK_OUT' : 'BLACKOUT';
  const interval = during ?? intersection(withBackOut(entry), occurrence);
  return (
    interval && {
      key: [kind, entry.id, window.id, occurrence.startsAt.toISOString()].join(':'),
      kind,
      severity: during === null ? 'MEDIUM' : 'HIGH',
      interval,
      left: entryParty(entry),
      right: { type: 'ScheduleWindow', id: window.id, name: window.name },
      ciId,
      person: null,
      path,
    }
  );
};

/** How many targets of an entry are compared with windows in one step. */
const TARGETS_PER_STEP = 200;

/**
 * Steps to what stands against an entry that is not inside the change and maintenance windows of its targets, or whose
 * back-out would not be.
 */
export function* changeWindowConflicts(
  entry: ConflictEntry,
  windows: readonly ScopedWindow[],
  classOf: (ciId: string) => CiClass | undefined,
  nameOf: (ciId: string) => string,
): Steps<ScheduleConflict[]> {
  const found: ScheduleConflict[] = [];
  const known = new Set<string>();
  const binding = windows.filter((window) => windowBinds(window, entry.startsAt));
  const whole = withBackOut(entry);
  for (const [index, ciId] of entry.ciIds.entries()) {
    if (index % TARGETS_PER_STEP === 0) yield;
    const applicable = windowsFor(ciId, classOf(ciId), binding);
    const nearest = applicable[0];
    if (nearest === undefined) continue;
    const windowIds = applicable.map((window) => window.id).join(':');
    if (known.has(windowIds)) continue;
    const uncovered = subtractIntervals(
      whole,
      applicable.flatMap((window) => window.during(whole)),
    )[0];
    if (uncovered === undefined) continue;
    known.add(windowIds);
    const during = intersection(entry, uncovered);
    const kind = during === null ? 'NO_TIME_TO_BACK_OUT' : 'OUTSIDE_CHANGE_WINDOW';
    const conflict: UnsaidConflict = {
      key: [kind, entry.id, windowIds].join(':'),
      kind,
      severity: during === null ? 'MEDIUM' : 'HIGH',
      interval: during ?? uncovered,
      left: entryParty(entry),
      right: { type: 'ScheduleWindow', id: nearest.id, name: nearest.name },
      ciId,
      person: null,
      path: [ciId],
    };
    found.push(withMessage(conflict, nameOf));
  }
  return found;
}
