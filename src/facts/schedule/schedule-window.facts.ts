import { RequestError } from '../../domain/errors.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { plainRule } from '../../domain/schedule/recurrence-rule.js';
import { expandOccurrences } from '../../domain/schedule/recurrence.js';
import type { Recurrence, WindowKind } from '../../domain/schedule/schedule.js';
import { givenExceptions, type GivenException, type WindowException } from '../../domain/schedule/window-exception.js';
import { previewWindow, type WindowPreview } from '../../domain/schedule/window-preview.js';

/** Longest span of time whose occurrences are asked for at once, in days. */
export const MAX_OCCURRENCES_DAYS = 400;

/** Longest span of time whose conflicts are asked for at once, in days: one year, also a leap year. */
export const MAX_CONFLICTS_DAYS = 366;

/** Maximum number of occurrences in one answer. */
export const MAX_OCCURRENCES = 500;

/**
 * A span of time from a client.
 * @param days the longest it may be.
 * @throws RequestError BAD_USER_INPUT when it is empty, LIMIT_EXCEEDED when it is longer.
 */
export function spanOf(from: string, to: string, days: number): Interval {
  const span = { startsAt: new Date(from), endsAt: new Date(to) };
  if (span.endsAt <= span.startsAt)
    throw new RequestError('BAD_USER_INPUT', '"to" must be after "from".', { field: 'to' });
  if (span.endsAt.getTime() - span.startsAt.getTime() > days * 86_400_000) {
    throw new RequestError('LIMIT_EXCEEDED', `Ask for ${days} days at most.`, {
      field: 'to',
      max: days,
    });
  }
  return span;
}

/**
 * The occurrences of a window that overlap a span, in order.
 * @throws RequestError as {@link spanOf}; LIMIT_EXCEEDED when there are more than {@link MAX_OCCURRENCES}.
 */
export function occurrencesOf(
  window: {
    readonly startsAt: string;
    readonly endsAt: string;
    readonly rrule: string | null;
    readonly timeZone: string;
    readonly kind: WindowKind;
    readonly exceptions: readonly WindowException[];
  },
  from: string,
  to: string,
): Interval[] {
  const { startsAt, endsAt } = spanOf(from, to, MAX_OCCURRENCES_DAYS);
  const found = expandOccurrences(
    { ...window, startsAt: new Date(window.startsAt), endsAt: new Date(window.endsAt) },
    startsAt,
    endsAt,
  );
  if (found.length > MAX_OCCURRENCES)
    throw new RequestError(
      'LIMIT_EXCEEDED',
      `There are more than ${MAX_OCCURRENCES} occurrences; ask for a shorter span.`,
      {
        field: 'to',
        max: MAX_OCCURRENCES,
      },
    );
  return found;
}

/** Maximum number of occurrences in a preview. */
export const MAX_PREVIEWED = 100;

/**
 * When a window would be open, and what is wrong with it.
 * @param from start of the list of occurrences; null for the first one.
 * @throws RequestError BAD_USER_INPUT for a list that is too long.
 */
export function previewOf(
  window: Omit<Recurrence, 'startsAt' | 'endsAt' | 'rrule' | 'exceptions'> & {
    readonly startsAt: string;
    readonly endsAt: string;
    readonly rrule?: string | null | undefined;
    readonly exceptions?: readonly GivenException[] | null | undefined;
  },
  from: string | null | undefined,
  first: number,
): WindowPreview {
  if (first < 1 || first > MAX_PREVIEWED)
    throw new RequestError('BAD_USER_INPUT', `"first" is 1 to ${MAX_PREVIEWED}.`, {
      field: 'first',
      max: MAX_PREVIEWED,
    });
  const recurrence = {
    ...window,
    startsAt: new Date(window.startsAt),
    endsAt: new Date(window.endsAt),
    rrule: window.rrule == null ? null : plainRule(window.rrule),
    exceptions: givenExceptions(window.exceptions ?? []),
  };
  return previewWindow(recurrence, from == null ? recurrence.startsAt : new Date(from), first);
}
