import type { CiClass } from '../cmdb/configuration-item.machine.js';
import type { Reach } from '../cmdb/impact.js';
import type { Steps } from '../steps.js';
import { entryParty, type ConflictEntry } from './conflict-entry.js';
import { withMessage } from './conflict-message.js';
import { firstCovered, windowBinds, windowsFor, type ConflictWindow, type ScopedWindow } from './conflict-window.js';
import { intersection, subtractIntervals, type Interval } from './interval.js';
import type { ScheduleConflict, UnsaidConflict } from './schedule-conflict.js';

/** Steps to what stands against an entry that touches an item during a blackout of it. */
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
    const occurrences = window.during(entry);
    const ciId = occurrences.length === 0 ? undefined : firstCovered(window, reach, classOf);
    if (ciId === undefined) continue;
    for (const occurrence of occurrences) {
      const interval = intersection(entry, occurrence);
      if (interval !== null)
        found.push(withMessage(blackoutConflict(entry, window, occurrence, interval, ciId, reach.path(ciId)), nameOf));
    }
  }
  return found;
}

/** What stands against an entry during an occurrence of a blackout. @param path from a target to the covered item */
export const blackoutConflict = (
  entry: ConflictEntry,
  window: Pick<ConflictWindow, 'id' | 'name'>,
  occurrence: Interval,
  interval: Interval,
  ciId: string,
  path: readonly string[],
): UnsaidConflict => ({
  key: ['BLACKOUT', entry.id, window.id, occurrence.startsAt.toISOString()].join(':'),
  kind: 'BLACKOUT',
  severity: 'HIGH',
  interval,
  left: entryParty(entry),
  right: { type: 'ScheduleWindow', id: window.id, name: window.name },
  ciId,
  person: null,
  path,
});

/** How many targets of an entry are compared with windows in one step. */
const TARGETS_PER_STEP = 200;

/** Steps to what stands against an entry that is not inside the change and maintenance windows of its targets. */
export function* changeWindowConflicts(
  entry: ConflictEntry,
  windows: readonly ScopedWindow[],
  classOf: (ciId: string) => CiClass | undefined,
  nameOf: (ciId: string) => string,
): Steps<ScheduleConflict[]> {
  const found = new Map<string, ScheduleConflict>();
  const binding = windows.filter((window) => windowBinds(window, entry.startsAt));
  for (const [index, ciId] of entry.ciIds.entries()) {
    if (index % TARGETS_PER_STEP === 0) yield;
    const applicable = windowsFor(ciId, classOf(ciId), binding);
    const nearest = applicable[0];
    if (nearest === undefined) continue;
    const key = ['OUTSIDE_CHANGE_WINDOW', entry.id, ...applicable.map((window) => window.id)].join(':');
    if (found.has(key)) continue;
    const uncovered = subtractIntervals(
      entry,
      applicable.flatMap((window) => window.during(entry)),
    )[0];
    if (uncovered === undefined) continue;
    const conflict: UnsaidConflict = {
      key,
      kind: 'OUTSIDE_CHANGE_WINDOW',
      severity: 'HIGH',
      interval: uncovered,
      left: entryParty(entry),
      right: { type: 'ScheduleWindow', id: nearest.id, name: nearest.name },
      ciId,
      person: null,
      path: [ciId],
    };
    found.set(key, withMessage(conflict, nameOf));
  }
  return [...found.values()];
}
