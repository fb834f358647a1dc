import { timesOff, type WorkingTimes } from '../people/working-calendar.js';
import type { Steps } from '../steps.js';
import { entryParty, type ConflictEntry } from './conflict-entry.js';
import { withMessage } from './conflict-message.js';
import { MAX_ENTRY_DAYS, subtractIntervals, type Interval } from './interval.js';
import type { ScheduleConflict } from './schedule-conflict.js';

/** When somebody can work, as far as conflicts depend on it. */
export interface WorkingPerson {
  readonly name: string;
  readonly calendars: readonly WorkingTimes[];
  readonly absences: readonly Interval[];
}

const DAY = 86_400_000;

/** How much of a task is looked at in one step: hours are made for each of its days. */
const STEP = 7 * DAY;

/** Steps to whether somebody works at a time of a task. It ends at the first one, so a long task costs little. */
function* worksDuring({ startsAt, endsAt }: Interval, { calendars, absences }: WorkingPerson): Steps<boolean> {
  for (let from = startsAt.getTime(); from < endsAt.getTime(); from += STEP) {
    yield;
    const part = { startsAt: new Date(from), endsAt: new Date(Math.min(from + STEP, endsAt.getTime())) };
    if (subtractIntervals(part, [...timesOff(calendars, part), ...absences]).length > 0) return true;
  }
  return false;
}

/**
 * Steps to the tasks of people who work at no time of them: by their calendars, or because they are absent. A task that
 * lasts for days has nights in it, so one working hour in it is enough. A task has no longest time: one that lasts for
 * more than {@link MAX_ENTRY_DAYS} days is no conflict.
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
      const length = entry.endsAt.getTime() - entry.startsAt.getTime();
      if (person === undefined || length <= 0 || length > MAX_ENTRY_DAYS * DAY) continue;
      if (yield* worksDuring(entry, person)) continue;
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
