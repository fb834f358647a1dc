import type { Interval } from './interval.js';
import type { WindowProblemCode } from './recurrence-problem.js';
import { endOfRecurrence, expandOccurrences, MAX_EXPANSION_DAYS } from './recurrence.js';
import type { Recurrence } from './schedule.js';
import { problemsOfNewWindow } from './window-problem.js';

/** How far ahead a preview looks for occurrences, in years. */
export const MAX_PREVIEW_YEARS = 10;

const DAY = 86_400_000;
const HORIZON_MS = MAX_PREVIEW_YEARS * 366 * DAY;

/** What a window would be if it were saved. */
export interface WindowPreview {
  readonly problems: readonly { readonly code: WindowProblemCode; readonly field: string; readonly message: string }[];
  readonly occurrences: readonly Interval[];
  readonly endsForGoodAt: Date | null;
}

/** The next occurrences of a window that makes sense, from an instant on. */
function occurrencesFrom(recurrence: Recurrence, from: Date, first: number): Interval[] {
  const found = new Map<number, Interval>();
  const step = MAX_EXPANSION_DAYS * DAY;
  for (let at = from.getTime(); at < from.getTime() + HORIZON_MS && found.size < first; at += step)
    for (const occurrence of expandOccurrences(recurrence, new Date(at), new Date(at + step)))
      found.set(occurrence.startsAt.getTime(), occurrence);
  return [...found.values()].slice(0, first);
}

/** Shows when a window would be open, and everything that is wrong with it. */
export function previewWindow(recurrence: Recurrence, from: Date, first: number): WindowPreview {
  const problems = problemsOfNewWindow(recurrence);
  if (problems.length > 0)
    return {
      problems: problems.map(({ code, path, message }) => ({ code, field: path, message })),
      occurrences: [],
      endsForGoodAt: null,
    };
  return {
    problems: [],
    occurrences: occurrencesFrom(recurrence, from, first),
    endsForGoodAt: endOfRecurrence(recurrence),
  };
}
