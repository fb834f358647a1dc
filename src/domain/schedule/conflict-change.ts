import type { Steps } from '../steps.js';
import type { ScheduleConflict } from './schedule-conflict.js';

/** Most releases that one part of a change concerns. Each is a topic of the event that tells of the part. */
export const MAX_RELEASES_OF_PART = 1_000;

/** How many conflicts are looked at in one step. */
const PER_STEP = 200;

/** A part of the conflicts that came and went. */
export interface ConflictPart {
  /** Ids of the releases that its conflicts concern. */
  readonly releaseIds: ReadonlySet<string>;
  readonly added: readonly ScheduleConflict[];
  readonly removed: readonly ScheduleConflict[];
}

/** Divides conflicts that came and went into parts, each of which concerns a bounded number of releases. */
export function* partsOfChange(
  added: readonly ScheduleConflict[],
  removed: readonly ScheduleConflict[],
): Steps<ConflictPart[]> {
  const parts: { releaseIds: Set<string>; added: ScheduleConflict[]; removed: ScheduleConflict[] }[] = [];
  for (const [list, conflicts] of [['added', added] as const, ['removed', removed] as const])
    for (const [index, conflict] of conflicts.entries()) {
      if (index % PER_STEP === 0) yield;
      let part = parts.at(-1);
      // A conflict concerns two releases at most.
      if (part === undefined || part.releaseIds.size > MAX_RELEASES_OF_PART - 2)
        parts.push((part = { releaseIds: new Set(), added: [], removed: [] }));
      part[list].push(conflict);
      for (const { work } of [conflict.left, conflict.right])
        if (work?.releaseId != null) part.releaseIds.add(work.releaseId);
    }
  return parts;
}
