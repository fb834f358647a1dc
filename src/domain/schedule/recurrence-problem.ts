import { Temporal } from 'temporal-polyfill';
import { isTimeZone, ruleParts, untilOf, wallClock, wallClockRule } from './recurrence-rule.js';
import type { Recurrence } from './schedule.js';

/** What can be wrong with the times of a window. */
export const WINDOW_PROBLEMS = {
  ENDS_BEFORE_START: 'The end is not after the start.',
  UNKNOWN_TIME_ZONE: 'The time zone has no IANA name.',
  OCCURRENCE_TOO_LONG: 'An occurrence of a recurring window is too long.',
  RULE_MALFORMED: 'The rule is malformed, contradicts itself or uses a part that is not supported.',
  UNTIL_BEFORE_START: 'The last time that the rule allows lies before the first occurrence.',
  TOO_MANY_OCCURRENCES: 'The window has more occurrences or exceptions than it may have.',
  NEVER_AGAIN: 'The rule matches no day, such as 30 February.',
  SEARCH_ENDLESS: 'Finding the next occurrence takes too many steps.',
  EXCEPTION_MALFORMED: 'An exception is incomplete, repeated, too early, too late or of a window without a rule.',
  NO_SUCH_OCCURRENCE: 'An exception names an occurrence that the rule does not have.',
  NEVER_OPENS: 'Exceptions cancel every occurrence.',
} as const;

/** One of the keys of {@link WINDOW_PROBLEMS}. */
export type WindowProblemCode = keyof typeof WINDOW_PROBLEMS;

/** A problem of a recurrence, with its field. */
export interface RecurrenceProblem {
  readonly code: WindowProblemCode;
  /** The input field, e.g. `rrule` or `exceptions.0.occurrence`. */
  readonly path: string;
  readonly message: string;
}

/**
 * How many steps of its frequency a rule may take from the first occurrence to the next. Leap days that are Sundays
 * come back within them, asked for by years.
 */
const MAX_STEPS = 3_000;

/** Maximum length of an occurrence of a recurring window, in days. */
export const MAX_OCCURRENCE_DAYS = 31;

/** Maximum length of a rule. */
export const MAX_RULE_LENGTH = 500;

/** Maximum COUNT of a rule. */
export const MAX_COUNT = 9_999;

/** How many years after the first occurrence a UNTIL may lie. */
export const MAX_UNTIL_YEARS = 100;

const DAY = 86_400_000;
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
const WEEKDAY = '(?:MO|TU|WE|TH|FR|SA|SU)';
const RULE_PARTS: Readonly<Record<string, RegExp>> = {
  FREQ: new RegExp(`^(?:${FREQUENCIES.join('|')})$`),
  INTERVAL: /^[1-9]\d{0,2}$/,
  COUNT: /^[1-9]\d{0,3}$/,
  UNTIL: /^\d{8}(?:T\d{6}Z?)?$/,
  BYDAY: new RegExp(`^(?:[+-]?[1-5])?${WEEKDAY}(?:,(?:[+-]?[1-5])?${WEEKDAY})*$`),
  BYMONTH: /^(?:[1-9]|1[0-2])(?:,(?:[1-9]|1[0-2]))*$/,
  BYMONTHDAY: /^-?(?:[1-9]|[12]\d|3[01])(?:,-?(?:[1-9]|[12]\d|3[01]))*$/,
  BYSETPOS: /^-?[1-9]\d?(?:,-?[1-9]\d?)*$/,
  WKST: new RegExp(`^${WEEKDAY}$`),
};

type Say = (code: WindowProblemCode, message: string) => void;

function checkParts(rrule: string, say: Say): void {
  const parts = ruleParts(rrule);
  const malformed = (message: string) => say('RULE_MALFORMED', message);
  if (rrule.length > MAX_RULE_LENGTH) return malformed(`A rule has at most ${MAX_RULE_LENGTH} characters.`);
  if (parts.size !== rrule.split(';').length) malformed('A part of the rule is repeated.');
  for (const [name, value] of parts) {
    if (RULE_PARTS[name] === undefined)
      malformed(
        `The part "${name}" is not supported. Use ${Object.keys(RULE_PARTS).join(', ')}. ` +
          'The time of day comes from the first occurrence.',
      );
    else if (name === 'COUNT' && /^\d+$/.test(value) && Number(value) > MAX_COUNT)
      say(
        'TOO_MANY_OCCURRENCES',
        `A window has at most ${MAX_COUNT} occurrences, or none to count. COUNT is ${value}.`,
      );
    else if (!RULE_PARTS[name].test(value)) malformed(`"${value}" is not a supported value of ${name}.`);
  }
  if (!parts.has('FREQ')) malformed(`The rule needs a frequency: FREQ=${FREQUENCIES.join(' or ')}.`);
  if (parts.has('COUNT') && parts.has('UNTIL')) malformed('COUNT and UNTIL are mutually exclusive.');
}

/**
 * The problems of a recurrence that cannot be expanded; empty for one that `expandOccurrences` accepts. A new window
 * has to pass `problemsOfNewWindow`, which asks for more.
 */
export function validateRecurrence({ startsAt, endsAt, rrule, timeZone }: Recurrence): RecurrenceProblem[] {
  const problems: RecurrenceProblem[] = [];
  const end = (code: WindowProblemCode, message: string) => void problems.push({ code, path: 'endsAt', message });
  if (endsAt <= startsAt) end('ENDS_BEFORE_START', 'The end must be after the start.');
  if (!isTimeZone(timeZone))
    problems.push({
      code: 'UNKNOWN_TIME_ZONE',
      path: 'timeZone',
      message: `"${timeZone}" is not an IANA time zone such as Europe/Berlin.`,
    });
  if (rrule == null) return problems;
  const say: Say = (code, message) => void problems.push({ code, path: 'rrule', message });
  if (endsAt.getTime() - startsAt.getTime() > MAX_OCCURRENCE_DAYS * DAY)
    end(
      'OCCURRENCE_TOO_LONG',
      `The maximum length of an occurrence of a recurring window is ${MAX_OCCURRENCE_DAYS} days.`,
    );
  checkParts(rrule, say);
  if (problems.length > 0) return problems;
  if (Temporal.PlainDateTime.compare(wallClock(startsAt, timeZone), wallClock(endsAt, timeZone)) >= 0)
    end(
      'ENDS_BEFORE_START',
      'In the local time of the time zone, the first occurrence ends before it starts. ' +
        'Start on a day when the clock is not set back.',
    );
  try {
    wallClockRule(wallClock(startsAt, timeZone), rrule, timeZone);
  } catch (error) {
    say('RULE_MALFORMED', `The rule cannot be parsed: ${error instanceof Error ? error.message : String(error)}`);
  }
  return problems;
}

function checkMeaning({ startsAt, timeZone }: Recurrence, rrule: string, say: Say): void {
  const parts = ruleParts(rrule);
  const frequency = parts.get('FREQ') ?? '';
  const isNumbered = /\d/.test(parts.get('BYDAY') ?? '');
  if (isNumbered && (frequency === 'DAILY' || frequency === 'WEEKLY'))
    say(
      'RULE_MALFORMED',
      `A numbered weekday such as 2MO is one of a month or year. FREQ=${frequency} takes weekdays without a number.`,
    );
  if (isNumbered && parts.has('BYMONTHDAY'))
    say('RULE_MALFORMED', 'BYMONTHDAY and a numbered weekday such as 2MO cannot be combined. Use one of the two.');
  if (parts.has('BYSETPOS') && !['BYDAY', 'BYMONTH', 'BYMONTHDAY'].some((name) => parts.has(name)))
    say('RULE_MALFORMED', 'BYSETPOS chooses among the days that BYDAY, BYMONTH or BYMONTHDAY give. Add one of them.');
  const until = untilOf(rrule, timeZone);
  if (until === undefined) return;
  const start = wallClock(startsAt, timeZone);
  const isBefore =
    until.instant === null ? Temporal.PlainDateTime.compare(until.wall, start) < 0 : until.instant < startsAt;
  if (isBefore) say('UNTIL_BEFORE_START', 'UNTIL lies before the first occurrence. Choose a later UNTIL.');
  if (until.wall.year > start.year + MAX_UNTIL_YEARS)
    say(
      'TOO_MANY_OCCURRENCES',
      `UNTIL is more than ${MAX_UNTIL_YEARS} years after the first occurrence. Leave it out for a window without end.`,
    );
}

/** Longest months: a leap February has 29 days. */
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether no year has a day that a rule asks for by month and day of the month. */
function namesNoDay(rrule: string): boolean {
  const parts = ruleParts(rrule);
  const numbers = (name: string) => parts.get(name)?.split(',').map(Number);
  const months = numbers('BYMONTH') ?? MONTH_DAYS.map((_, index) => index + 1);
  const days = numbers('BYMONTHDAY');
  const exists = (month: number, day: number) => Math.abs(day) <= (MONTH_DAYS[month - 1] ?? 0);
  return days !== undefined && !months.some((month) => days.some((day) => exists(month, day)));
}

// COUNT and UNTIL are left out: the search is for a second occurrence, however many there are to be.
function checkNext({ startsAt, timeZone }: Recurrence, rrule: string, say: Say): void {
  const endless = rrule
    .split(';')
    .filter((part) => !/^(?:COUNT|UNTIL)=/.test(part))
    .join(';');
  const never = () => say('NEVER_AGAIN', 'The rule matches no day after the first occurrence.');
  if (namesNoDay(rrule)) return never();
  const start = wallClock(startsAt, timeZone);
  try {
    const next = wallClockRule(start, endless, timeZone, MAX_STEPS).next(start.toZonedDateTime('UTC'));
    if (next === null) never();
  } catch {
    say(
      'SEARCH_ENDLESS',
      `The rule matches no day within ${MAX_STEPS} steps of its frequency after the first occurrence. ` +
        'Choose a lower frequency such as YEARLY, or fewer conditions.',
    );
  }
}

/**
 * What else is wrong with a rule that validates: it means nothing, or it never matches again. Saved rules may do so.
 */
export function problemsOfRule(recurrence: Recurrence): RecurrenceProblem[] {
  const problems: RecurrenceProblem[] = [];
  const { rrule } = recurrence;
  if (rrule == null) return problems;
  const say: Say = (code, message) => void problems.push({ code, path: 'rrule', message });
  checkMeaning(recurrence, rrule, say);
  if (problems.length === 0) checkNext(recurrence, rrule, say);
  return problems;
}
