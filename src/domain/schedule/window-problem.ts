import { atOnce, type Steps } from '../steps.js';
import {
  MAX_OCCURRENCE_DAYS,
  problemsOfRule,
  validateRecurrence,
  type RecurrenceProblem,
} from './recurrence-problem.js';
import { ruleParts } from './recurrence-rule.js';
import { endOfRecurrence, expandOccurrences } from './recurrence.js';
import type { Recurrence } from './schedule.js';
import { MAX_EXCEPTIONS, type WindowException } from './window-exception.js';

/** Within how many years of the first occurrence an exception may name one: each is looked for, which takes time. */
export const MAX_EXCEPTION_YEARS = 30;

const DAY = 86_400_000;

function problemsOfException(
  { occurrence, startsAt, endsAt }: WindowException,
  path: string,
  { startsAt: first }: Recurrence,
  known: ReadonlySet<number>,
): RecurrenceProblem[] {
  const problem = (code: RecurrenceProblem['code'], field: string, message: string) => [
    { code, path: `${path}.${field}`, message },
  ];
  const malformed = (field: string, message: string) => problem('EXCEPTION_MALFORMED', field, message);
  if ((startsAt === null) !== (endsAt === null))
    return malformed(
      startsAt === null ? 'startsAt' : 'endsAt',
      'An exception has both a start and an end, or neither.',
    );
  if (startsAt === null || endsAt === null) {
    if (occurrence === null) return malformed('occurrence', 'Name an occurrence, or give the times of another one.');
  } else {
    const length = Date.parse(endsAt) - Date.parse(startsAt);
    if (length <= 0) return problem('ENDS_BEFORE_START', 'endsAt', 'The end must be after the start.');
    if (length > MAX_OCCURRENCE_DAYS * DAY)
      return problem('OCCURRENCE_TOO_LONG', 'endsAt', `An occurrence lasts at most ${MAX_OCCURRENCE_DAYS} days.`);
    if (Date.parse(startsAt) < first.getTime())
      return malformed('startsAt', 'Nothing takes place before the first occurrence. Move the start of the window.');
  }
  return occurrence === null || known.has(Date.parse(occurrence))
    ? []
    : problem('NO_SUCH_OCCURRENCE', 'occurrence', `The rule has no occurrence that starts at ${occurrence}.`);
}

/** How many days one look at a rule covers. A day takes some hundredths of a millisecond. */
const LOOK_DAYS = 200;

/** Which of some instants are starts of occurrences that the rule gives. Instants close together are one look at it. */
function* startsAmong(instants: readonly number[], recurrence: Recurrence): Steps<Set<number>> {
  const known = new Set<number>();
  const sorted = [...instants].sort((a, b) => a - b);
  const longest = LOOK_DAYS * DAY;
  for (let next = sorted[0]; next !== undefined;) {
    yield;
    const from = next;
    const last = sorted.findLast((instant) => instant <= from + longest) ?? from;
    const span = [new Date(from), new Date(last + 1)] as const;
    for (const { startsAt } of expandOccurrences({ ...recurrence, exceptions: [] }, ...span))
      known.add(startsAt.getTime());
    next = sorted.find((instant) => instant > last);
  }
  return known;
}

function* problemsOfExceptions(recurrence: Recurrence): Steps<RecurrenceProblem[]> {
  const { exceptions = [], rrule } = recurrence;
  const problem = (code: RecurrenceProblem['code'], message: string) => [{ code, path: 'exceptions', message }];
  if (exceptions.length === 0) return [];
  if (rrule == null)
    return problem('EXCEPTION_MALFORMED', 'Only a window with a rule has exceptions. Remove them, or add a rule.');
  if (exceptions.length > MAX_EXCEPTIONS)
    return problem('TOO_MANY_OCCURRENCES', `A window has at most ${MAX_EXCEPTIONS} exceptions.`);
  const named = exceptions.flatMap(({ occurrence }) => (occurrence === null ? [] : [Date.parse(occurrence)]));
  if (new Set(named).size < named.length)
    return problem('EXCEPTION_MALFORMED', 'Two exceptions are about the same occurrence.');
  const horizon = recurrence.startsAt.getTime() + MAX_EXCEPTION_YEARS * 366 * DAY;
  if (named.some((instant) => instant > horizon))
    return problem(
      'EXCEPTION_MALFORMED',
      `Exceptions name occurrences of the first ${MAX_EXCEPTION_YEARS} years. Move the start for later ones.`,
    );
  const known = yield* startsAmong(named, recurrence);
  return exceptions.flatMap((one, index) => problemsOfException(one, `exceptions.${index}`, recurrence, known));
}

/** Whether exceptions cancel every occurrence there is. A rule without end always has more of them. */
function* neverOpens(recurrence: Recurrence): Steps<boolean> {
  const { exceptions = [], rrule, startsAt } = recurrence;
  if (exceptions.length === 0 || exceptions.some((one) => one.startsAt !== null)) return false;
  const parts = ruleParts(rrule ?? '');
  if (!parts.has('COUNT') && !parts.has('UNTIL')) return false;
  if (parts.has('COUNT')) return Number(parts.get('COUNT')) <= exceptions.length;
  const end = endOfRecurrence(recurrence)?.getTime() ?? Infinity;
  for (let from = startsAt.getTime(); from < end; from += LOOK_DAYS * DAY) {
    yield;
    const to = Math.min(end, from + LOOK_DAYS * DAY);
    if (expandOccurrences(recurrence, new Date(from), new Date(to)).length > 0) return false;
  }
  return true;
}

/**
 * Every problem of a window that somebody is about to save; empty for one that makes sense. It searches for the next
 * occurrence and for those that exceptions name, which takes a while, and a window that was saved earlier may not meet
 * it, so only new times are asked.
 */
export function* newWindowSteps(recurrence: Recurrence): Steps<RecurrenceProblem[]> {
  const malformed = validateRecurrence(recurrence);
  if (malformed.length > 0) return malformed;
  const rule = problemsOfRule(recurrence);
  yield;
  const problems = [...rule, ...(yield* problemsOfExceptions(recurrence))];
  return problems.length === 0 && (yield* neverOpens(recurrence))
    ? [{ code: 'NEVER_OPENS', path: 'exceptions', message: 'The exceptions cancel every occurrence of the window.' }]
    : problems;
}

/** {@link newWindowSteps} without interruption. */
export const problemsOfNewWindow = (recurrence: Recurrence): RecurrenceProblem[] => atOnce(newWindowSteps(recurrence));
