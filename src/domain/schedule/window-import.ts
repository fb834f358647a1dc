import type { Steps } from '../steps.js';
import type { CalendarProblemCode, CalendarWindow } from './calendar-windows.js';
import type { CalendarRecurrence } from './calendar-event.js';
import { WINDOW_PROBLEMS } from './recurrence-problem.js';
import { endOfRecurrence } from './recurrence.js';
import type { WindowKind } from './schedule.js';
import type { WindowException } from './window-exception.js';

/** What an import does with an event of a calendar. */
export const WINDOW_IMPORT_STATUSES = {
  CREATED: 'A window was created.',
  UPDATED: 'The window of an earlier import was changed.',
  UNCHANGED: 'The window is as the calendar has it, or the calendar cancels what has no window.',
  REMOVED: 'The event was cancelled or is no longer in the calendar. Its window was deactivated.',
  OVER: 'The event is over. Nothing was written, and what happened stays as it was recorded.',
  REFUSED: 'The event makes no window; see `code`. A window of an earlier import stays as it is.',
} as const;

/** One of the keys of {@link WINDOW_IMPORT_STATUSES}. */
export type WindowImportStatus = keyof typeof WINDOW_IMPORT_STATUSES;

/** Why an event makes no window. */
export const WINDOW_IMPORT_REFUSALS = {
  EVENT_MALFORMED: 'The event cannot be read, or says something that a window cannot.',
  HAS_BEGUN: 'The event was moved to a later start after its window had begun.',
  ...WINDOW_PROBLEMS,
} as const;

/** One of the keys of {@link WINDOW_IMPORT_REFUSALS}. */
export type WindowImportRefusal = CalendarProblemCode | 'HAS_BEGUN';

/** What an import writes of an event. */
export interface ImportedValues {
  readonly name: string;
  readonly description: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly rrule: string | null;
  readonly timeZone: string;
  readonly exceptions: readonly WindowException[];
}

/** A window that an earlier import of the same calendar made. */
export interface KnownWindow extends Omit<ImportedValues, 'rrule'> {
  readonly rrule?: string | null;
  readonly id: string;
  readonly kind: WindowKind;
  /** The UID of its event. */
  readonly externalKey?: string | null;
  readonly active: boolean;
}

/** What an import does with an event, or with a window whose event is gone. */
export interface PlannedImport {
  readonly uid: string;
  readonly name: string;
  readonly status: WindowImportStatus;
  readonly code: WindowImportRefusal | null;
  readonly message: string | null;
  /** Id of the window that an earlier import made. */
  readonly windowId: string | null;
  /** Id of a window that is over and had this UID. It stays as it is, without the UID. */
  readonly replaces: string | null;
  /** What to write. Null if nothing is, or the window is deactivated. */
  readonly values: ImportedValues | null;
}

const isOver = (recurrence: CalendarRecurrence | KnownWindow, now: Date): boolean => {
  const end = endOfRecurrence(recurrence);
  return end !== null && end <= now;
};

const contentOf = ({
  name,
  description,
  startsAt,
  endsAt,
  rrule,
  timeZone,
  exceptions,
}: ImportedValues | KnownWindow) =>
  JSON.stringify([
    ...[name, description, startsAt, endsAt, rrule ?? null, timeZone],
    ...exceptions.map((one) => [one.occurrence, one.startsAt, one.endsAt]),
  ]);

/**
 * When a window begins that an event makes. What has begun keeps its start, and a new window begins now at the
 * earliest: the calendar does not tell what was in force before it was known. Null if the start can no longer change.
 */
function startOf({ startsAt, rrule }: CalendarRecurrence, known: KnownWindow | undefined, now: Date): Date | null {
  if (rrule !== null) return startsAt;
  const begun = known !== undefined && known.active && known.rrule == null && known.startsAt <= now;
  if (begun) return startsAt <= now ? known.startsAt : null;
  return startsAt < now ? now : startsAt;
}

function planned(event: CalendarWindow, found: KnownWindow | undefined, now: Date, isScoped: boolean): PlannedImport {
  const former = found !== undefined && isOver(found, now) ? found : undefined;
  const known = former === undefined ? found : undefined;
  const { uid, name, description, recurrence, problems } = event;
  const result = (status: WindowImportStatus, values: ImportedValues | null = null): PlannedImport => ({
    ...{ uid, name, status, values, code: null, message: null, windowId: known?.id ?? null, replaces: null },
  });
  const refused = (code: WindowImportRefusal, message: string) => ({ ...result('REFUSED'), code, message });
  const gone = () => (known === undefined || !known.active ? result('UNCHANGED') : result('REMOVED'));
  if (event.cancelled) return gone();
  const [problem] = problems;
  if (recurrence === null || problem !== undefined)
    return refused(problem?.code ?? 'EVENT_MALFORMED', problem?.message ?? 'The event cannot be read.');
  if (isOver(recurrence, now)) return known?.active === true ? result('REMOVED') : result('OVER');
  const startsAt = startOf(recurrence, known, now);
  if (startsAt === null) return refused('HAS_BEGUN', 'Its window has begun, so its start can no longer change.');
  const { endsAt, rrule, timeZone, exceptions } = recurrence;
  const values = { name, description, startsAt, endsAt, rrule, timeZone, exceptions };
  if (known === undefined) return { ...result('CREATED', values), replaces: former?.id ?? null };
  return known.active && isScoped && contentOf(known) === contentOf(values)
    ? result('UNCHANGED')
    : result('UPDATED', values);
}

/**
 * Steps to what an import does: with each event of the calendar in its order, then with the windows of earlier imports
 * whose events are gone. Nothing is removed that is over.
 * @param known windows of earlier imports of the same calendar.
 * @param isScoped whether a window applies to what the import says.
 */
export function* planImport(
  events: readonly CalendarWindow[],
  known: readonly KnownWindow[],
  now: Date,
  isScoped: (windowId: string) => boolean,
): Steps<PlannedImport[]> {
  const byUid = new Map(known.map((window) => [window.externalKey, window]));
  const plan: PlannedImport[] = [];
  for (const event of events) {
    yield;
    const window = byUid.get(event.uid);
    plan.push(planned(event, window, now, window !== undefined && isScoped(window.id)));
  }
  const present = new Set(events.map(({ uid }) => uid));
  for (const { id, externalKey, name, active, ...times } of known) {
    yield;
    const uid = externalKey ?? '';
    if (present.has(uid) || !active || isOver({ id, name, active, ...times }, now)) continue;
    const nothing = { code: null, message: null, values: null, replaces: null };
    plan.push({ uid, name, status: 'REMOVED', windowId: id, ...nothing });
  }
  return plan;
}
