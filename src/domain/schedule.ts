import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import type { CiClass } from './configuration-item.machine.js';
import { intersection, intervalsOverlap, subtractIntervals, type Interval } from './interval.js';

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
export const BOOKED_ENTRY_KINDS = ['RELEASE', 'DISTRIBUTION', 'CAB_MEETING'] as const satisfies readonly ScheduleEntryKind[];

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
  // Two days more on either side than the longest occurrence, because zones are up to a day away from UTC.
  const first = new Date(Math.max(from.getTime() - (MAX_OCCURRENCE_DAYS + 2) * DAY, startsAt.getTime() - 2 * DAY));
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
 * The first occurrence that ends after an instant, looked for over {@link MAX_EXPANSION_DAYS} days; null when there is none, so that
 * the window is over for all practical purposes.
 */
export function nextOccurrence(recurrence: Recurrence, after: Date): Interval | null {
  const { startsAt, endsAt, rrule } = recurrence;
  if (endsAt > after) return { startsAt, endsAt };
  if (rrule == null) return null;
  return expandOccurrences(recurrence, after, new Date(after.getTime() + MAX_EXPANSION_DAYS * DAY))[0] ?? null;
}

/** Whether the whole entry lies inside the occurrences taken together; touching occurrences join. */
export function entryIsInsideWindow(entry: Interval, occurrences: readonly Interval[]): boolean {
  return subtractIntervals(entry, occurrences).length === 0;
}

/** The kinds of conflict that the schedule can have. Each is also the code of the blocker it becomes. */
export const SCHEDULE_CONFLICT_KINDS = [
  'CI_CONFLICT',
  'IMPACTED_CI_CONFLICT',
  'BLACKOUT',
  'OUTSIDE_CHANGE_WINDOW',
  'RESOURCE_OVERLOAD',
] as const;

/** One of {@link SCHEDULE_CONFLICT_KINDS}. */
export type ScheduleConflictKind = (typeof SCHEDULE_CONFLICT_KINDS)[number];

/** What each kind of conflict means. */
export const SCHEDULE_CONFLICT_KIND_DESCRIPTIONS: Readonly<Record<ScheduleConflictKind, string>> = {
  CI_CONFLICT: 'Two entries work on the same configuration item at the same time.',
  IMPACTED_CI_CONFLICT: 'One entry works on a configuration item that the other impacts, or both impact the same one.',
  BLACKOUT: 'An entry works on or impacts a configuration item during a blackout that covers it.',
  OUTSIDE_CHANGE_WINDOW: 'An entry is not wholly inside the change and maintenance windows of a target.',
  RESOURCE_OVERLOAD: 'A person has more entries at the same time than they can carry.',
};

/** How bad a conflict is, in rising order. LOW is a notice: it does not stand in the way of scheduling. */
export const CONFLICT_SEVERITIES = ['LOW', 'MEDIUM', 'HIGH'] as const;

/** One of {@link CONFLICT_SEVERITIES}. */
export type ConflictSeverity = (typeof CONFLICT_SEVERITIES)[number];

/** What each severity means. */
export const CONFLICT_SEVERITY_DESCRIPTIONS: Readonly<Record<ConflictSeverity, string>> = {
  LOW: 'A notice: look at it. It does not stand in the way.',
  MEDIUM: 'A risk to something that is impacted: it needs another time or a waiver.',
  HIGH: 'A clash on a target or with a rule: it needs another time or a waiver.',
};

/** An entry of the schedule, as far as conflicts depend on it. */
export interface ConflictEntry extends Interval {
  readonly id: string;
  readonly name: string;
  /** Entries of one group, such as a release with its distributions, do not clash on configuration items; null for none. */
  readonly groupId: string | null;
  /** Target configuration items. Without any, only people can be overloaded by the entry. */
  readonly ciIds: readonly string[];
  /** People who are busy with it. */
  readonly personIds: readonly string[];
  /** How conflicts point at it; absent for a booked entry, which is pointed at as a ScheduleEntry. */
  readonly party?: ConflictParty;
}

/** A window with its occurrences in the time under consideration. It holds for its items and classes, or with neither for everything. */
export interface ConflictWindow {
  readonly id: string;
  readonly name: string;
  readonly kind: WindowKind;
  readonly occurrences: readonly Interval[];
  readonly ciIds: readonly string[];
  readonly ciClasses: readonly CiClass[];
}

/** A target configuration item with what work on it impacts. */
export interface ConflictCi {
  readonly name: string;
  readonly ciClass: CiClass;
  /** What is impacted, each with the ids on the way from the target (first) to the impacted item (last). */
  readonly impacts: readonly {
    readonly ciId: string;
    readonly name: string;
    readonly ciClass: CiClass;
    readonly path: readonly string[];
  }[];
}

/** One side of a conflict: an object of the API with its database id. */
export interface ConflictParty {
  readonly type: 'ScheduleEntry' | 'ScheduleWindow' | 'Person' | 'Release' | 'Distribution';
  readonly id: string;
  readonly name: string;
}

/** Two things in the schedule that do not go together. */
export interface ScheduleConflict {
  /** The same for the same conflict whenever it is computed. */
  readonly key: string;
  readonly kind: ScheduleConflictKind;
  readonly severity: ConflictSeverity;
  /** The time they share; for OUTSIDE_CHANGE_WINDOW the first time that no window covers. */
  readonly interval: Interval;
  /** The entry; of two, the one that starts later. */
  readonly left: ConflictParty;
  readonly right: ConflictParty;
  /** The configuration item it is about; null for RESOURCE_OVERLOAD. */
  readonly ciId: string | null;
  /** Ids of configuration items from a target of `left` to what `right` is about. */
  readonly path: readonly string[];
  /** A sentence that names both sides and the time. */
  readonly message: string;
}

/** Narrows the search for conflicts. */
export interface ConflictOptions {
  /** Only conflicts in which one of these entries takes part. All, when absent. */
  readonly focus?: ReadonlySet<string>;
  /** How many entries one person can carry at the same time; 1 when absent. */
  readonly personCapacity?: number;
  /**
   * Everything that work on some items touches: the items themselves (path of one) and what they impact, each with the shortest
   * path. When absent it is put together from the `impacts` of the items, which costs more the more targets an entry has.
   */
  readonly reach?: (ciIds: readonly string[]) => ReadonlyMap<string, readonly string[]>;
}

function entryParty({ id, name, party }: ConflictEntry): ConflictParty {
  return party ?? { type: 'ScheduleEntry', id, name };
}

function timeText({ startsAt, endsAt }: Interval): string {
  const text = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `${text(startsAt)} to ${text(endsAt)}`;
}

/** Everything an entry touches: its targets (path of one) and what they impact, each with the shortest path. */
function reachOf(entry: ConflictEntry, cis: ReadonlyMap<string, ConflictCi>): Map<string, readonly string[]> {
  const reach = new Map<string, readonly string[]>(entry.ciIds.map((id) => [id, [id]]));
  for (const id of entry.ciIds) {
    for (const { ciId, path } of cis.get(id)?.impacts ?? []) {
      const known = reach.get(ciId);
      if (known === undefined || path.length < known.length) reach.set(ciId, path);
    }
  }
  return reach;
}

function conflictsOfPair(
  a: ConflictEntry,
  b: ConflictEntry,
  reaches: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>,
  nameOf: (ciId: string) => string,
): ScheduleConflict[] {
  const [left, right] =
    a.startsAt > b.startsAt || (a.startsAt.getTime() === b.startsAt.getTime() && a.id > b.id) ? [a, b] : [b, a];
  const interval = intersection(left, right);
  const leftReach = reaches.get(left.id);
  const rightReach = reaches.get(right.id);
  if (interval === null || leftReach === undefined || rightReach === undefined) return [];
  const found: ScheduleConflict[] = [];
  let shared: { readonly ciId: string; readonly path: readonly string[] } | undefined;
  const smaller = leftReach.size <= rightReach.size ? leftReach : rightReach;
  for (const ciId of smaller.keys()) {
    const there = leftReach.get(ciId);
    const back = rightReach.get(ciId);
    if (there === undefined || back === undefined) continue;
    const path = [...there, ...back.slice(0, -1).reverse()];
    if (there.length > 1 && back.length > 1) {
      if (shared === undefined || path.length < shared.path.length) shared = { ciId, path };
      continue;
    }
    const kind = path.length === 1 ? 'CI_CONFLICT' : 'IMPACTED_CI_CONFLICT';
    found.push(pairConflict(kind, path.length === 1 ? 'HIGH' : 'MEDIUM', interval, left, right, ciId, path, nameOf));
  }
  // What both merely impact is worth a notice, and only one, when nothing stronger is to be said.
  if (found.length === 0 && shared !== undefined) {
    found.push(pairConflict('IMPACTED_CI_CONFLICT', 'LOW', interval, left, right, shared.ciId, shared.path, nameOf));
  }
  return found;
}

function pairConflict(
  kind: ScheduleConflictKind,
  severity: ConflictSeverity,
  interval: Interval,
  left: ConflictEntry,
  right: ConflictEntry,
  ciId: string,
  path: readonly string[],
  nameOf: (ciId: string) => string,
): ScheduleConflict {
  const way = path.length === 1 ? `on ${nameOf(ciId)}` : `through ${path.map(nameOf).join(' > ')}`;
  const message = `"${left.name}" and "${right.name}" clash ${way} from ${timeText(interval)}.`;
  return {
    key: [kind, left.id, right.id, ciId].join(':'),
    kind,
    severity,
    interval,
    left: entryParty(left),
    right: entryParty(right),
    ciId,
    path,
    message,
  };
}

/** A window with its scope in a form that is quick to ask: windows and entries can name thousands of items. */
export interface ScopedWindow extends ConflictWindow {
  readonly everywhere: boolean;
  readonly holdsForItem: (ciId: string) => boolean;
  readonly holdsForClass: (ciClass: CiClass | undefined) => boolean;
}

/** Prepares a window for being asked whether it holds. */
export function scopedWindow(window: ConflictWindow): ScopedWindow {
  const items = new Set(window.ciIds);
  const classes = new Set<CiClass | undefined>(window.ciClasses);
  return {
    ...window,
    everywhere: items.size === 0 && classes.size === 0,
    holdsForItem: (ciId) => items.has(ciId),
    holdsForClass: (ciClass) => classes.has(ciClass),
  };
}

/** The most specific windows that hold for an item: its own, else those of its class, else those for everything. */
export function windowsFor(
  ciId: string,
  ciClass: CiClass | undefined,
  windows: readonly ScopedWindow[],
): readonly ScopedWindow[] {
  const own = windows.filter((window) => window.holdsForItem(ciId));
  if (own.length > 0) return own;
  const ofClass = windows.filter((window) => window.holdsForClass(ciClass));
  return ofClass.length > 0 ? ofClass : windows.filter((window) => window.everywhere);
}

function blackoutConflicts(
  entry: ConflictEntry,
  blackouts: readonly ScopedWindow[],
  reach: ReadonlyMap<string, readonly string[]>,
  classOf: (ciId: string) => CiClass | undefined,
  nameOf: (ciId: string) => string,
): ScheduleConflict[] {
  const found: ScheduleConflict[] = [];
  for (const window of blackouts) {
    const covers = (ciId: string): boolean =>
      window.everywhere || window.holdsForItem(ciId) || window.holdsForClass(classOf(ciId));
    const hit = [...reach].filter(([ciId]) => covers(ciId)).sort((a, b) => a[1].length - b[1].length)[0];
    if (hit === undefined) continue;
    const [ciId, path] = hit;
    for (const occurrence of window.occurrences) {
      const interval = intersection(entry, occurrence);
      if (interval === null) continue;
      const message = `"${entry.name}" ${path.length === 1 ? 'works on' : 'impacts'} ${path.map(nameOf).join(' > ')} during blackout "${window.name}" from ${timeText(interval)}.`;
      const key = ['BLACKOUT', entry.id, window.id, occurrence.startsAt.toISOString()].join(':');
      found.push({
        key,
        kind: 'BLACKOUT',
        severity: 'HIGH',
        interval,
        left: entryParty(entry),
        right: { type: 'ScheduleWindow', id: window.id, name: window.name },
        ciId,
        path,
        message,
      });
    }
  }
  return found;
}

function changeWindowConflicts(
  entry: ConflictEntry,
  windows: readonly ScopedWindow[],
  classOf: (ciId: string) => CiClass | undefined,
  nameOf: (ciId: string) => string,
): ScheduleConflict[] {
  const found = new Map<string, ScheduleConflict>();
  for (const ciId of entry.ciIds) {
    const applicable = windowsFor(ciId, classOf(ciId), windows);
    const nearest = applicable[0];
    if (nearest === undefined) continue;
    const key = ['OUTSIDE_CHANGE_WINDOW', entry.id, ...applicable.map((window) => window.id)].join(':');
    if (found.has(key)) continue;
    const uncovered = subtractIntervals(
      entry,
      applicable.flatMap((window) => window.occurrences),
    )[0];
    if (uncovered === undefined) continue;
    const names = applicable.map((window) => `"${window.name}"`).join(', ');
    const message = `"${entry.name}" works on ${nameOf(ciId)} outside ${names} from ${timeText(uncovered)}.`;
    const right: ConflictParty = { type: 'ScheduleWindow', id: nearest.id, name: nearest.name };
    found.set(key, {
      key,
      kind: 'OUTSIDE_CHANGE_WINDOW',
      severity: 'HIGH',
      interval: uncovered,
      left: entryParty(entry),
      right,
      ciId,
      path: [ciId],
      message,
    });
  }
  return [...found.values()];
}

function overloadConflicts(entries: readonly ConflictEntry[], capacity: number): ScheduleConflict[] {
  const byPerson = new Map<string, ConflictEntry[]>();
  for (const entry of entries) {
    for (const id of new Set(entry.personIds)) {
      const own = byPerson.get(id);
      if (own === undefined) byPerson.set(id, [entry]);
      else own.push(entry);
    }
  }
  const found: ScheduleConflict[] = [];
  for (const [personId, own] of byPerson) {
    let active: ConflictEntry[] = [];
    for (const entry of own) {
      active = [...active.filter((other) => intervalsOverlap(other, entry)), entry];
      const other = active[0];
      const interval = other === undefined ? null : intersection(other, entry);
      if (active.length <= capacity || other === undefined || other === entry || interval === null) continue;
      const message = `The same person is busy with ${active.map(({ name }) => `"${name}"`).join(', ')} from ${timeText(interval)}.`;
      const key = ['RESOURCE_OVERLOAD', personId, entry.id, other.id].join(':');
      found.push({
        key,
        kind: 'RESOURCE_OVERLOAD',
        severity: 'LOW',
        interval,
        left: entryParty(entry),
        right: entryParty(other),
        ciId: null,
        path: [],
        message,
      });
    }
  }
  return found;
}

/**
 * Every conflict among entries, and of entries with windows, in a fixed order.
 * @param windows blackouts, change windows and maintenance windows with their occurrences over the time of the entries.
 * @param impactedCis every target configuration item by id, with what it impacts; impacted items that are not listed take part as well.
 */
export function conflicts(
  entries: readonly ConflictEntry[],
  windows: readonly ConflictWindow[],
  impactedCis: ReadonlyMap<string, ConflictCi>,
  { focus, personCapacity = 1, reach: reachFrom }: ConflictOptions = {},
): ScheduleConflict[] {
  const known = new Map<string, { readonly name: string; readonly ciClass: CiClass }>(impactedCis);
  for (const { impacts } of impactedCis.values())
    for (const impact of impacts) if (!known.has(impact.ciId)) known.set(impact.ciId, impact);
  const nameOf = (ciId: string): string => known.get(ciId)?.name ?? ciId;
  const classOf = (ciId: string): CiClass | undefined => known.get(ciId)?.ciClass;
  const inFocus = ({ id }: ConflictEntry): boolean => focus?.has(id) ?? true;
  const sorted = entries
    .filter((entry) => entry.startsAt < entry.endsAt)
    .sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime() || (a.id < b.id ? -1 : 1));
  const reaches = new Map(
    sorted
      .filter(({ ciIds }) => ciIds.length > 0)
      .map((entry) => [entry.id, reachFrom?.(entry.ciIds) ?? reachOf(entry, impactedCis)]),
  );
  const blackouts = windows.filter(({ kind }) => kind === 'BLACKOUT').map(scopedWindow);
  const changeWindows = windows.filter(({ kind }) => kind !== 'BLACKOUT').map(scopedWindow);
  const found: ScheduleConflict[] = [];
  let active: ConflictEntry[] = [];
  for (const entry of sorted) {
    active = active.filter((other) => other.endsAt > entry.startsAt);
    const reach = reaches.get(entry.id);
    if (reach === undefined) continue;
    for (const other of active) {
      const sameGroup = entry.groupId !== null && entry.groupId === other.groupId;
      if (!sameGroup && (inFocus(entry) || inFocus(other)))
        found.push(...conflictsOfPair(entry, other, reaches, nameOf));
    }
    if (inFocus(entry))
      found.push(
        ...blackoutConflicts(entry, blackouts, reach, classOf, nameOf),
        ...changeWindowConflicts(entry, changeWindows, classOf, nameOf),
      );
    active.push(entry);
  }
  const overloads = overloadConflicts(sorted, personCapacity).filter(
    ({ left, right }) => focus === undefined || focus.has(left.id) || focus.has(right.id),
  );
  return [...found, ...overloads];
}
