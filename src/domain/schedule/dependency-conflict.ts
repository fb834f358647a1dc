import { entryParty, type ConflictEntry } from './conflict-entry.js';
import { withMessage } from './conflict-message.js';
import type { ScheduleConflict } from './schedule-conflict.js';

const workOf = ({ work, party }: ConflictEntry) => work ?? party?.work;

/** Whether an entry is the slot of a release, inside which its distributions lie. */
const isSlot = (entry: ConflictEntry): boolean => workOf(entry)?.distributionId == null;

/** What stands for a release in time: its slot or, for one without a slot, each of its distributions. */
const standingFor = (works: readonly ConflictEntry[]): readonly ConflictEntry[] => {
  const slots = works.filter(isSlot);
  return slots.length > 0 ? slots : works;
};

/** The work that ends last; of several the one with the highest id. */
const lastOf = (works: readonly ConflictEntry[]): ConflictEntry | undefined =>
  works.reduce<ConflictEntry | undefined>(
    (last, work) =>
      last === undefined || work.endsAt > last.endsAt || (+work.endsAt === +last.endsAt && work.id > last.id)
        ? work
        : last,
    undefined,
  );

/**
 * Conflicts of a release that begins before one that it depends on has ended. Each lasts from the one instant to the
 * other: all of it is too early or too late. The dependent is `left`, also if it starts first.
 * @param dependent all work of the release that depends on the other one
 * @param predecessor all work of the other one, which is not deployed yet
 */
export function dependencyConflicts(
  dependent: readonly ConflictEntry[],
  predecessor: readonly ConflictEntry[],
): ScheduleConflict[] {
  const last = lastOf(standingFor(predecessor));
  if (last === undefined) return [];
  return standingFor(dependent)
    .filter(({ startsAt }) => startsAt < last.endsAt)
    .map((entry) =>
      withMessage(
        {
          key: ['DEPENDENCY_ORDER', entry.id, last.id].join(':'),
          kind: 'DEPENDENCY_ORDER',
          severity: 'HIGH',
          interval: { startsAt: entry.startsAt, endsAt: last.endsAt },
          left: entryParty(entry),
          right: entryParty(last),
          ciId: null,
          person: null,
          path: [],
        },
        (ciId) => ciId,
      ),
    );
}

/** When work of a release could begin at the earliest: after the last work of one that it depends on. */
export const endOfPredecessor = (works: readonly ConflictEntry[]): ConflictEntry | undefined =>
  lastOf(standingFor(works));

/** Before which work of a release has to end: the first work of one that depends on it. */
export const startOfDependent = (works: readonly ConflictEntry[]): ConflictEntry | undefined =>
  standingFor(works).toSorted((a, b) => +a.startsAt - +b.startsAt || (a.id < b.id ? -1 : 1))[0];
