import type { ScheduleConflict } from './schedule-conflict.js';

/** How the conflicts of some work change with its time. */
export interface MovedConflicts<C> {
  /** Conflicts that it has only at the new time. */
  readonly breaks: readonly C[];
  /** Conflicts that it has only at its present time. */
  readonly fixes: readonly C[];
  /** Conflicts that it has at both times, as they are at the new one. */
  readonly keeps: readonly C[];
}

// Between two works the one that starts later comes first in a key, so a key can change when nothing else does.
const identity = ({ kind, severity, left, right, ciId, person }: ScheduleConflict): string =>
  [kind, severity, ...[left.id, right.id].sort(), ciId, person?.id].join('|');

/** Compares the conflicts of some work at two times. One with the same party about the same item is the same. */
export function movedConflicts<C extends ScheduleConflict>(
  before: readonly C[],
  after: readonly C[],
): MovedConflicts<C> {
  const [were, are] = [new Set(before.map(identity)), new Set(after.map(identity))];
  return {
    breaks: after.filter((conflict) => !were.has(identity(conflict))),
    fixes: before.filter((conflict) => !are.has(identity(conflict))),
    keeps: after.filter((conflict) => were.has(identity(conflict))),
  };
}
