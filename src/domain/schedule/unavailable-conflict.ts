import { timesOff, type WorkingTimes } from '../people/working-calendar.js';
import type { Steps } from '../steps.js';
import { entryParty, type ConflictEntry } from './conflict-entry.js';
import { withMessage } from './conflict-message.js';
import { subtractIntervals, type Interval } from './interval.js';
import type { ScheduleConflict } from './schedule-conflict.js';

/** When somebody can work, as far as conflicts depend on it. */
export interface WorkingPerson {
  readonly name: string;
  readonly calendars: readonly WorkingTimes[];
  readonly absences: readonly Interval[];
}

/**
 * Steps to the tasks of people who work at no time of them: by their calendars, or because they are absent. A task that
 * lasts for days has nights in it, so one working hour in it is enough.
 * @param people by id; of others nothing is known
 */
export function* unavailableConflicts(
  entries: readonly ConflictEntry[],
  people: ReadonlyMap<string, WorkingPerson>,
): Steps<ScheduleConflict[]> {
  const found: ScheduleConflict[] = [];
  for (const entry of entries) {
    for (const id of new Set(entry.personIds)) {
      yield;
      const person = people.get(id);
      if (person === undefined || entry.startsAt >= entry.endsAt) continue;
      const off = [...timesOff(person.calendars, entry), ...person.absences];
      if (subtractIntervals(entry, off).length > 0) continue;
      const conflict = {
        key: ['RESOURCE_OVERLOAD', id, entry.id].join(':'),
        kind: 'RESOURCE_OVERLOAD' as const,
        severity: 'LOW' as const,
        interval: { startsAt: entry.startsAt, endsAt: entry.endsAt },
        left: entryParty(entry),
        right: entryParty(entry),
        ciId: null,
        person: { id, name: person.name },
        path: [],
      };
      found.push(withMessage(conflict, () => ''));
    }
  }
  return found;
}
