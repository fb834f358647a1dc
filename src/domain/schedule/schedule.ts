import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { intervalsOverlap, type Interval } from './interval.js';

/** The kinds of window in the schedule. */
export const WINDOW_KINDS = ['CHANGE_WINDOW', 'MAINTENANCE_WINDOW', 'BLACKOUT'] as const;

/** One of {@link WINDOW_KINDS}. */
export type WindowKind = (typeof WINDOW_KINDS)[number];

/** What each kind of window means. */
export const WINDOW_KIND_DESCRIPTIONS: Readonly<Record<WindowKind, string>> = {
  CHANGE_WINDOW: 'Time in which changes may be implemented.',
  MAINTENANCE_WINDOW: 'Time that a service has agreed for maintenance; changes may be implemented in it too.',
  BLACKOUT: 'Time in which nothing may be changed.',
};

/** What the schedule holds. */
export const SCHEDULE_ENTRY_KINDS = ['RELEASE', 'DISTRIBUTION', 'TASK', 'CAB_MEETING'] as const;

/** One of {@link SCHEDULE_ENTRY_KINDS}. */
export type ScheduleEntryKind = (typeof SCHEDULE_ENTRY_KINDS)[number];

/** Kinds that are booked by an act of their own. A task is in the schedule by its planned dates alone. */
export const BOOKED_ENTRY_KINDS = [
  'RELEASE',
  'DISTRIBUTION',
  'CAB_MEETING',
] as const satisfies readonly ScheduleEntryKind[];

/** What each kind of entry means. */
export const SCHEDULE_ENTRY_KIND_DESCRIPTIONS: Readonly<Record<ScheduleEntryKind, string>> = {
  RELEASE: 'The planned deployment of a release.',
  DISTRIBUTION: 'The scheduled delivery to target configuration items.',
  TASK: 'A task of a release plan that has planned dates.',
  CAB_MEETING: 'A meeting of the change advisory board.',
};

/** When a window is open: once, or again and again by the clock on the wall of its time zone. */
export interface Recurrence {
  /** The first occurrence. */
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** An RFC 5545 recurrence rule without its name, e.g. `FREQ=WEEKLY;BYDAY=SU`; absent for a window that is open once. */
  readonly rrule?: string | null;
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
  /** Decides on which side the end of an occurrence errs when the clock shows it twice: blackouts last longer. */
  readonly kind?: WindowKind;
}

/** Something wrong with a recurrence, and in which field. */
export interface RecurrenceProblem {
  readonly path: 'startsAt' | 'endsAt' | 'rrule' | 'timeZone';
  readonly message: string;
}

/** The longest span of time, in days, that one call of {@link expandOccurrences} covers. */
export const MAX_EXPANSION_DAYS = 800;

/** The longest occurrence of a recurring window, in days. */
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

/** Whether a name is an IANA time zone (or UTC). Fixed offsets are refused: they drift at daylight saving. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** Everything that is wrong with a recurrence; empty for one that {@link expandOccurrences} accepts. */
export function validateRecurrence({ startsAt, endsAt, rrule, timeZone }: Recurrence): RecurrenceProblem[] {
  const problems: RecurrenceProblem[] = [];
  if (endsAt <= startsAt) problems.push({ path: 'endsAt', message: 'The end comes after the start.' });
  if (!isTimeZone(timeZone))
    problems.push({
      path: 'timeZone',
      message: `"${timeZone}" is not the name of an IANA time zone such as Europe/Berlin.`,
    });
  if (rrule == null) return problems;
  const refuse = (message: string): void => void problems.push({ path: 'rrule', message });
  if (endsAt.getTime() - startsAt.getTime() > MAX_OCCURRENCE_DAYS * DAY) {
    problems.push({
      path: 'endsAt',
      message: `An occurrence of a recurring window lasts ${MAX_OCCURRENCE_DAYS} days at most.`,
    });
  }
  const parts = ruleParts(rrule);
  if (parts.size !== rrule.split(';').length) refuse('Each part of the rule is given once.');
  for (const [name, value] of parts) {
    if (RULE_PARTS[name] === undefined)
      refuse(
        `The part "${name}" is not supported; use ${Object.keys(RULE_PARTS).join(', ')}. The time of day comes from the first occurrence.`,
      );
    else if (!RULE_PARTS[name].test(value)) refuse(`"${value}" is not a value of ${name} here.`);
  }
  if (!parts.has('FREQ')) refuse(`The rule says how often: FREQ=${FREQUENCIES.join(' or ')}.`);
  if (parts.has('COUNT') && parts.has('UNTIL')) refuse('COUNT and UNTIL exclude each other.');
  if (problems.length > 0) return problems;
  if (Temporal.PlainDateTime.compare(wallClock(startsAt, timeZone), wallClock(endsAt, timeZone)) >= 0) {
    problems.push({
      path: 'endsAt',
      message:
        'By the clock of the time zone, the first occurrence ends before it starts. Start from a day on which the clock is not set back.',
    });
  }
  try {
    wallClockRule(wallClock(startsAt, timeZone), rrule, timeZone);
  } catch (error) {
    refuse(`The rule cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return problems;
}

function wallClock(instant: Date, timeZone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone).toPlainDateTime();
}

// The rule runs on the clock on the wall as if it were UTC, so that no occurrence is lost or moved by daylight saving; each
// occurrence is placed in the zone afterwards. UNTIL, which RFC 5545 gives in UTC, is put on the same clock.
function wallClockRule(
  start: Temporal.PlainDateTime,
  rrule: string,
  timeZone: string,
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
  });
}

function wallClockUntil(until: string, timeZone: string): Temporal.PlainDateTime {
  const [date = '', time = '235959'] = until.replace('Z', '').split('T');
  const plain = Temporal.PlainDateTime.from(`${date}T${time}`);
  return until.endsWith('Z') ? plain.toZonedDateTime('UTC').withTimeZone(timeZone).toPlainDateTime() : plain;
}

/** The instant at which the clock on the wall first reads a time or more; with `last`, the last instant at which it first does after a repeat. */
function instantOf(wall: Temporal.PlainDateTime, timeZone: string, last: boolean): Date {
  const earlier = wall.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(wall)) {
    const chosen = last ? wall.toZonedDateTime(timeZone, { disambiguation: 'later' }) : earlier;
    return new Date(chosen.epochMilliseconds);
  }
  // The clock jumps over this time, so the time comes when it jumps.
  return new Date(earlier.getTimeZoneTransition('next')?.epochMilliseconds ?? earlier.epochMilliseconds);
}

/**
 * The occurrences that overlap a span of time, in order, whole (not cut to the span). A recurring window starts and ends by the
 * clock on the wall: 22:00 to 06:00 stays 22:00 to 06:00 when daylight saving makes that night an hour shorter or longer.
 * A time that the clock jumps over counts as the moment of the jump; a start that it shows twice is the first one.
 * @throws RangeError for a span of more than {@link MAX_EXPANSION_DAYS} days, or a recurrence that does not validate.
 */
export function expandOccurrences(recurrence: Recurrence, from: Date, to: Date): Interval[] {
  const { startsAt, endsAt, rrule, timeZone, kind } = recurrence;
  const span = { startsAt: from, endsAt: to };
  if (rrule == null) return intervalsOverlap({ startsAt, endsAt }, span) ? [{ startsAt, endsAt }] : [];
  if (to.getTime() - from.getTime() > MAX_EXPANSION_DAYS * DAY)
    throw new RangeError(`Occurrences can be listed for ${MAX_EXPANSION_DAYS} days at most.`);
  const problem = validateRecurrence(recurrence)[0];
  if (problem !== undefined) throw new RangeError(problem.message);
  const start = wallClock(startsAt, timeZone);
  const length = start.until(wallClock(endsAt, timeZone));
  const rule = wallClockRule(start, rrule, timeZone);
  // Two days more on either side than an occurrence takes, because zones are up to a day away from UTC.
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
 * When a window is over: the end of its last occurrence, or, for a rule with UNTIL, an instant after it. Null for one that repeats
 * without end.
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
        ? wallClockRule(start, rrule, timeZone).all().at(-1)?.toPlainDateTime()
        : null;
  if (last === null) return null;
  const length = start.until(wallClock(endsAt, timeZone), { largestUnit: 'day' });
  const end = instantOf((last ?? start).add(length), timeZone, true);
  return end > endsAt ? end : endsAt;
}
