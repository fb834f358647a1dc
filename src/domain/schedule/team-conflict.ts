import type { NamedRef } from '../blocker.js';
import type { Steps } from '../steps.js';
import { entryParty, type ConflictEntry } from './conflict-entry.js';
import { withMessage } from './conflict-message.js';
import { startsLater, type ScheduleConflict } from './schedule-conflict.js';

/** A team with a limit to the tasks that its members have at once. */
export interface LimitedTeam extends NamedRef {
  readonly maxTasksAtOnce: number;
}

const byEnd = (a: ConflictEntry, b: ConflictEntry): number =>
  a.endsAt.getTime() - b.endsAt.getTime() || (a.id < b.id ? -1 : 1);

/** Where a task belongs among others that are sorted by their ends. Halves the list, which can be very long. */
function placeOf(task: ConflictEntry, sorted: readonly ConflictEntry[]): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (byEnd(sorted[middle] as ConflictEntry, task) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * Steps to the tasks that begin while the members of a team have as many tasks as they may. The conflict is between
 * such a task and the one of the others that ends last. It is over with the task, or when enough others have ended.
 * @param tasks of the members of the team, in any order
 */
export function* teamConflicts(
  { id, name, maxTasksAtOnce }: LimitedTeam,
  tasks: readonly ConflictEntry[],
): Steps<ScheduleConflict[]> {
  const sorted = tasks.filter(({ startsAt, endsAt }) => startsAt < endsAt).sort((a, b) => (startsLater(a, b) ? 1 : -1));
  const found: ScheduleConflict[] = [];
  // By their ends, so that those that have ended are the first ones.
  const active: ConflictEntry[] = [];
  for (const entry of sorted) {
    yield;
    const goesOn = active.findIndex(({ endsAt }) => endsAt > entry.startsAt);
    active.splice(0, goesOn < 0 ? active.length : goesOn);
    const other = active.at(-1);
    active.splice(placeOf(entry, active), 0, entry);
    const tooMany = active.length - maxTasksAtOnce;
    const last = active[tooMany - 1];
    if (other === undefined || last === undefined) continue;
    const conflict = {
      key: ['TEAM_OVERLOAD', id, entry.id, other.id].join(':'),
      kind: 'TEAM_OVERLOAD' as const,
      severity: 'LOW' as const,
      interval: { startsAt: entry.startsAt, endsAt: last.endsAt < entry.endsAt ? last.endsAt : entry.endsAt },
      left: entryParty(entry),
      right: entryParty(other),
      ciId: null,
      person: null,
      team: { id, name },
      path: [],
    };
    found.push(withMessage(conflict, () => ''));
  }
  return found;
}
