import { Temporal } from 'temporal-polyfill';
import type { Interval } from './interval.js';
import { addedOccurrences, replacedStarts, type WindowException } from './window-exception.js';

/** What a calendar feed shows. */
export const CALENDAR_FEED_SCOPES = ['EVERYTHING', 'CONFIGURATION_ITEM', 'SERVICE', 'PERSON', 'RELEASE'] as const;

/** One of {@link CALENDAR_FEED_SCOPES}. */
export type CalendarFeedScope = (typeof CALENDAR_FEED_SCOPES)[number];

/** What each scope of a feed means. */
export const CALENDAR_FEED_SCOPE_DESCRIPTIONS: Readonly<Record<CalendarFeedScope, string>> = {
  EVERYTHING: 'The whole schedule with all windows.',
  CONFIGURATION_ITEM: 'Entries that work on the item, and windows that apply to it.',
  SERVICE:
    'Entries that work on the item or on anything that it depends on, up to 20 relations away, and windows that ' +
    'apply to these.',
  PERSON:
    'Entries that involve the person: owner or manager of the release, assignee of the task, requester of the change.',
  RELEASE: 'The release, its distributions, tasks, changes and meetings, and windows that apply to its targets.',
};

/** What a feed shows: its scope, and the database id of what that is about. */
export interface FeedSubject {
  readonly scope: CalendarFeedScope;
  readonly aboutId: string | null;
}

/** Maximum number of feeds of one person that are not revoked. */
export const MAX_CALENDAR_FEEDS = 50;

/** A recurring window as a calendar program needs it. */
interface Recurring extends Interval {
  /** The rule without `RRULE:`. */
  readonly rrule: string;
  readonly timeZone: string;
  readonly exceptions: readonly WindowException[];
}

/** An occurrence that is not where a calendar program would compute it. */
export interface MovedOccurrence extends Interval {
  /** Where the rule puts its start, in the local time of the window. */
  readonly wall: Temporal.PlainDateTime;
}

const wallOf = (instant: Date, timeZone: string): Temporal.PlainDateTime =>
  Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone).toPlainDateTime();

/**
 * A rule whose end is in UTC, as RFC 5545 (3.3.10) demands beside a start with a zone. Interlock also takes an end in
 * local time or a date.
 */
export function ruleWithUtcEnd(rrule: string, timeZone: string): string {
  return rrule.replace(/(?<=(?:^|;)UNTIL=)(\d{8})(?:T(\d{6}))?(?=;|$)/, (_, date: string, time = '235959') => {
    const end = Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(timeZone).toInstant();
    return end.toString({ smallestUnit: 'second' }).replace(/[-:]/g, '');
  });
}

const DAY_MS = 86_400_000;

/** The offset of a zone at the starts of occurrences, which are in order. Asking the zone each time takes too long. */
function offsetsOf(timeZone: string, ruled: readonly Interval[]): (instant: Date) => number {
  const [first, last] = [ruled[0], ruled.at(-1)];
  if (first === undefined || last === undefined) return () => 0;
  const periods: { readonly until: number; readonly offset: number }[] = [];
  let at: Temporal.ZonedDateTime | null = Temporal.Instant.fromEpochMilliseconds(
    first.startsAt.getTime(),
  ).toZonedDateTimeISO(timeZone);
  while (at !== null && at.epochMilliseconds <= last.startsAt.getTime()) {
    const next: Temporal.ZonedDateTime | null = at.getTimeZoneTransition('next');
    periods.push({ until: next?.epochMilliseconds ?? Infinity, offset: at.offsetNanoseconds / 1_000_000 });
    at = next;
  }
  return (instant) => periods.find(({ until }) => instant.getTime() < until)?.offset ?? 0;
}

/** How the occurrences of a window differ from what a calendar program makes of its rule. */
export interface CalendarExceptions {
  /** Where the rule puts occurrences that do not take place. */
  readonly cancelled: readonly Temporal.PlainDateTime[];
  readonly moved: readonly MovedOccurrence[];
  readonly added: readonly Interval[];
}

/**
 * The exceptions of a window, and the occurrences that a calendar program would put elsewhere. It repeats the length of
 * the first occurrence in exact hours (RFC 5545, 3.8.5.3), so 22:00 to 06:00 would end at 05:00 or 07:00 in the night
 * in which the clock changes. And it moves a time that the clock skips in its own way.
 * @param ruled the occurrences that the rule gives, without exceptions.
 */
export function calendarExceptions(window: Recurring, ruled: readonly Interval[]): CalendarExceptions {
  const { timeZone, exceptions } = window;
  const length = window.endsAt.getTime() - window.startsAt.getTime();
  const time = wallOf(window.startsAt, timeZone).toPlainTime();
  const ruledWall = (start: Date) => wallOf(start, timeZone).toPlainDate().toPlainDateTime(time);
  const replaced = replacedStarts(exceptions);
  const timeMs = time.since(new Temporal.PlainTime()).total('milliseconds');
  const offsetAt = offsetsOf(timeZone, ruled);
  const cancelled: Temporal.PlainDateTime[] = [];
  const moved: MovedOccurrence[] = [];
  for (const { startsAt, endsAt } of ruled) {
    // A program computes it if it starts at the time of day of the rule and is as long as the first one.
    const isAtTime = (startsAt.getTime() + offsetAt(startsAt) - timeMs) % DAY_MS === 0;
    const asComputed = isAtTime && startsAt.getTime() + length === endsAt.getTime();
    if (!asComputed && !replaced.has(startsAt.getTime())) moved.push({ startsAt, endsAt, wall: ruledWall(startsAt) });
  }
  for (const exception of exceptions) {
    if (exception.occurrence === null) continue;
    const wall = ruledWall(new Date(exception.occurrence));
    const [instead] = addedOccurrences([exception]);
    if (instead === undefined) cancelled.push(wall);
    else moved.push({ ...instead, wall });
  }
  return { cancelled, moved, added: addedOccurrences(exceptions.filter(({ occurrence }) => occurrence === null)) };
}
