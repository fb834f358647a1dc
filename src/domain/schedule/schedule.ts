import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { intervalsOverlap, type Interval } from './interval.js';

/** The kinds of window in the schedule. */
export const WINDOW_KINDS = ['CHANGE_WINDOW', 'MAINTENANCE_WINDOW', 'BLACKOUT'] as const;

/** One of {@link WINDOW_KINDS}. */
export type WindowKind = (typeof WINDOW_KINDS)[number];

/** What each kind of window means. */
export const WINDOW_KIND_DESCRIPTIONS: Readonly<Record<WindowKind, string>> = {
  CHANGE_WINDOW: 'Time for implementing changes.',
  MAINTENANCE_WINDOW: 'Time agreed with the users of a service for maintenance. Changes can be implemented in it too.',
  BLACKOUT: 'Time in which no changes are allowed.',
};

/** The kinds of entry in the schedule. */
export const SCHEDULE_ENTRY_KINDS = ['RELEASE', 'DISTRIBUTION', 'TASK', 'CHANGE', 'CAB_MEETING'] as const;

/** One of {@link SCHEDULE_ENTRY_KINDS}. */
export type ScheduleEntryKind = (typeof SCHEDULE_ENTRY_KINDS)[number];

/** Kinds that are booked explicitly. A task or change appears in the schedule because of its planned dates. */
export const BOOKED_ENTRY_KINDS = [
  'RELEASE',
  'DISTRIBUTION',
  'CAB_MEETING',
] as const satisfies readonly ScheduleEntryKind[];

/** What each kind of entry means. */
export const SCHEDULE_ENTRY_KIND_DESCRIPTIONS: Readonly<Record<ScheduleEntryKind, string>> = {
  RELEASE: 'The planned deployment of a release.',
  DISTRIBUTION: 'The scheduled start and end of a distribution to its targets.',
  TASK: 'A task of a release plan that has planned dates.',
  CHANGE: 'An authorised change that has planned dates, in a release or not.',
  CAB_MEETING: 'A meeting of the change advisory board.',
};

/** When a window is open: once, or repeatedly by the local time of its time zone. */
export interface Recurrence {
  /** The first occurrence. */
  readonly startsAt: Date;
  readonly endsAt: Date;
  /**
   * An RFC 5545 recurrence rule without `RRULE:`, e.g. `FREQ=WEEKLY;BYDAY=SU`. Absent for a window that is open once.
   */
  readonly rrule?: string | null;
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
  /** Resolves an ambiguous end when the clock is set back: a blackout lasts until the later one. */
  readonly kind?: WindowKind;
}

/** A problem of a recurrence, with its field. */
export interface RecurrenceProblem {
  readonly path: 'startsAt' | 'endsAt' | 'rrule' | 'timeZone';
  readonly message: string;
}

/** Maximum span of one call of {@link expandOccurrences}, in days. */
export const MAX_EXPANSION_DAYS = 800;

/**
 * How many steps of its frequency a rule may take from the first occurrence to the next. Leap days that are Sundays
 * come back within them.
 */
const MAX_STEPS = 3_000;

/** Maximum length of an occurrence of a recurring window, in days. */
export const MAX_OCCURRENCE_DAYS = 31;

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

function ruleParts(rrule: string): Map<string, string> {
  return new Map(rrule.split(';').map((part) => [part.split('=')[0] ?? '', part.split('=').slice(1).join('=')]));
}

/** Whether a name is an IANA time zone or UTC. Fixed offsets are not: they ignore daylight saving time. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** All problems of a recurrence; empty for one that {@link expandOccurrences} accepts. */
export function validateRecurrence({ startsAt, endsAt, rrule, timeZone }: Recurrence): RecurrenceProblem[] {
  const problems: RecurrenceProblem[] = [];
  if (endsAt <= startsAt) problems.push({ path: 'endsAt', message: 'The end must be after the start.' });
  if (!isTimeZone(timeZone))
    problems.push({
      path: 'timeZone',
      message: `"${timeZone}" is not an IANA time zone such as Europe/Berlin.`,
    });
  if (rrule == null) return problems;
  const refuse = (message: string): void => void problems.push({ path: 'rrule', message });
  if (endsAt.getTime() - startsAt.getTime() > MAX_OCCURRENCE_DAYS * DAY) {
    problems.push({
      path: 'endsAt',
      message: `The maximum length of an occurrence of a recurring window is ${MAX_OCCURRENCE_DAYS} days.`,
    });
  }
  const parts = ruleParts(rrule);
  if (parts.size !== rrule.split(';').length) refuse('A part of the rule is repeated.');
  for (const [name, value] of parts) {
    if (RULE_PARTS[name] === undefined)
      refuse(
        `The part "${name}" is not supported. Use ${Object.keys(RULE_PARTS).join(', ')}. ` +
          'The time of day comes from the first occurrence.',
      );
    else if (!RULE_PARTS[name].test(value)) refuse(`"${value}" is not a supported value of ${name}.`);
  }
  if (!parts.has('FREQ')) refuse(`The rule needs a frequency: FREQ=${FREQUENCIES.join(' or ')}.`);
  if (parts.has('COUNT') && parts.has('UNTIL')) refuse('COUNT and UNTIL are mutually exclusive.');
  if (problems.length > 0) return problems;
  if (Temporal.PlainDateTime.compare(wallClock(startsAt, timeZone), wallClock(endsAt, timeZone)) >= 0) {
    problems.push({
      path: 'endsAt',
      message:
        'In the local time of the time zone, the first occurrence ends before it starts. ' +
        'Start on a day when the clock is not set back.',
    });
  }
  try {
    wallClockRule(wallClock(startsAt, timeZone), rrule, timeZone);
  } catch (error) {
    refuse(`The rule cannot be parsed: ${error instanceof Error ? error.message : String(error)}`);
  }
  return problems;
}

/**
 * What is wrong with a rule that is well-formed: it never matches, like 30 February. Such a window would never open
 * again, and looking for its end would never end. It may take a while, so only new rules are asked.
 */
export function problemOfNewRule({ startsAt, rrule, timeZone }: Recurrence): RecurrenceProblem | undefined {
  if (rrule == null) return undefined;
  const uncounted = rrule
    .split(';')
    .filter((part) => !part.startsWith('COUNT='))
    .join(';');
  try {
    wallClockRule(wallClock(startsAt, timeZone), uncounted, timeZone, MAX_STEPS).next(startsAt);
    return undefined;
  } catch {
    return { path: 'rrule', message: 'The rule matches no day after the first occurrence.' };
  }
}

function wallClock(instant: Date, timeZone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone).toPlainDateTime();
}

// The rule is expanded in local time as if that were UTC, so daylight saving time neither drops nor moves an
// occurrence. Each occurrence is placed in its zone afterwards. UNTIL, which RFC 5545 gives in UTC, is converted to
// local time too.
function wallClockRule(
  start: Temporal.PlainDateTime,
  rrule: string,
  timeZone: string,
  maxIterations?: number,
): RRuleTemporal<Temporal.ZonedDateTime> {
  const parts = ruleParts(rrule);
  const until = parts.get('UNTIL');
  if (until !== undefined)
    parts.set('UNTIL', `${wallClockUntil(until, timeZone).toString({ smallestUnit: 'second' }).replace(/[-:]/g, '')}Z`);
  const rruleString = [...parts].map(([name, value]) => `${name}=${value}`).join(';');
  return new RRuleTemporal({
    rruleString,
    dtstart: start.toZonedDateTime('UTC'),
    includeDtstart: true,
    temporal: Temporal,
    ...(maxIterations !== undefined && { maxIterations }),
  });
}

function wallClockUntil(until: string, timeZone: string): Temporal.PlainDateTime {
  const [date = '', time = '235959'] = until.replace('Z', '').split('T');
  const plain = Temporal.PlainDateTime.from(`${date}T${time}`);
  return until.endsWith('Z') ? plain.toZonedDateTime('UTC').withTimeZone(timeZone).toPlainDateTime() : plain;
}

/** The instant of a local time. A time that occurs twice gives its first instant or, with `last`, its second. */
function instantOf(wall: Temporal.PlainDateTime, timeZone: string, last: boolean): Date {
  const earlier = wall.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(wall)) {
    const chosen = last ? wall.toZonedDateTime(timeZone, { disambiguation: 'later' }) : earlier;
    return new Date(chosen.epochMilliseconds);
  }
  // The clock skips this time, so it becomes the instant of the jump.
  return new Date(earlier.getTimeZoneTransition('next')?.epochMilliseconds ?? earlier.epochMilliseconds);
}

/**
 * The occurrences that overlap a span of time, in order and not clipped to the span. A recurring window starts and ends
 * by local time: 22:00 to 06:00 stays 22:00 to 06:00 when daylight saving time makes that night an hour shorter or
 * longer. A time that the clock skips becomes the instant of the jump; a start that occurs twice is the first one.
 * @throws RangeError for a span of more than {@link MAX_EXPANSION_DAYS} days, or a recurrence that does not validate.
 */
export function expandOccurrences(recurrence: Recurrence, from: Date, to: Date): Interval[] {
  const { startsAt, endsAt, rrule, timeZone, kind } = recurrence;
  const span = { startsAt: from, endsAt: to };
  if (rrule == null) return intervalsOverlap({ startsAt, endsAt }, span) ? [{ startsAt, endsAt }] : [];
  if (to.getTime() - from.getTime() > MAX_EXPANSION_DAYS * DAY)
    throw new RangeError(`The maximum span for listing occurrences is ${MAX_EXPANSION_DAYS} days.`);
  const problem = validateRecurrence(recurrence)[0];
  if (problem !== undefined) throw new RangeError(problem.message);
  const start = wallClock(startsAt, timeZone);
  const length = start.until(wallClock(endsAt, timeZone));
  const rule = wallClockRule(start, rrule, timeZone);
  // Two days more on either side than an occurrence lasts, because zones are up to a day away from UTC.
  const longest = endsAt.getTime() - startsAt.getTime() + 2 * DAY;
  const first = new Date(Math.max(from.getTime() - longest, startsAt.getTime() - 2 * DAY));
  const last = new Date(to.getTime() + 2 * DAY);
  return rule
    .between(first, last, true)
    .map((occurrence) => occurrence.toPlainDateTime())
    .map((wall) => ({
      startsAt: instantOf(wall, timeZone, false),
      endsAt: instantOf(wall.add(length), timeZone, kind === 'BLACKOUT'),
    }))
    .filter((occurrence) => intervalsOverlap(occurrence, span));
}

/**
 * When a window ends for good: the end of its last occurrence or, for a rule with UNTIL, an instant after it. Null for
 * a window that repeats endlessly, or
 * for longer than can be worked out.
 * @throws RangeError for a recurrence that does not validate.
 */
export function endOfRecurrence(recurrence: Recurrence): Date | null {
  const { startsAt, endsAt, rrule, timeZone } = recurrence;
  if (rrule == null) return endsAt;
  const problem = validateRecurrence(recurrence)[0];
  if (problem !== undefined) throw new RangeError(problem.message);
  const start = wallClock(startsAt, timeZone);
  const until = ruleParts(rrule).get('UNTIL');
  const last =
    until !== undefined
      ? wallClockUntil(until, timeZone)
      : ruleParts(rrule).has('COUNT')
        ? lastCounted(wallClockRule(start, rrule, timeZone))
        : null;
  if (last === null) return null;
  const length = start.until(wallClock(endsAt, timeZone), { largestUnit: 'day' });
  const end = instantOf((last ?? start).add(length), timeZone, true);
  return end > endsAt ? end : endsAt;
}

// A rule with long pauses and a large count ends after the last year there is, or after too many steps.
function lastCounted(rule: RRuleTemporal<Temporal.ZonedDateTime>): Temporal.PlainDateTime | null | undefined {
  try {
    return rule.all().at(-1)?.toPlainDateTime();
  } catch {
    return null;
  }
}
