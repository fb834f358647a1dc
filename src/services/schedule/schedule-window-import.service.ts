import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { RequestError } from '../../domain/errors.js';
import type { CalendarWindow } from '../../domain/schedule/calendar-windows.js';
import type { WindowKind } from '../../domain/schedule/schedule.js';
import { planImport, type ImportedValues, type PlannedImport } from '../../domain/schedule/window-import.js';
import { ScheduleWindow } from '../../entities/schedule/schedule-window.entity.js';
import type { ScheduleWindowCi } from '../../entities/schedule/schedule-window-ci.entity.js';
import { inTurns } from '../../facts/turns.js';
import { lockMany } from '../load.js';
import { externalRef, line, name, optionalReason, text } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { recordConflictsOfWindows, settleWindows } from './schedule-conflict.service.js';
import { lockSchedule } from './schedule-lock.js';
import { expectKeeper, snapshot } from './schedule-window.service.js';
import {
  applyScope,
  expectFewFilters,
  lockFilters,
  namedByWindows,
  nameItems,
  windowScope,
  type WindowScope,
  type WindowScopeInput,
} from './window-scope.service.js';

/** Maximum number of items that all windows of a calendar name together. */
export const MAX_IMPORTED_CIS = 20_000;

const IMPORT_LOCK = 7_301_942_012;
const TYPE = 'ScheduleWindow' as const;

/** A calendar, and what its windows apply to. */
export interface ScheduleWindowsImportInput extends WindowScopeInput {
  /** Name of the calendar: another import with it changes the windows of this one. */
  readonly source: string;
  readonly kind: WindowKind;
  readonly dryRun?: boolean | null;
  readonly reason?: string | null;
}

/** What an import did with an event, as plain JSON. */
export type WindowImportResult = Pick<PlannedImport, 'uid' | 'name' | 'status' | 'code' | 'message' | 'windowId'>;

/** An event whose texts are as those of a window, or a refusal of them. */
function checked(event: CalendarWindow): CalendarWindow {
  if (event.cancelled || event.problems.length > 0) return event;
  try {
    externalRef({ source: 'calendar', key: event.uid });
    return { ...event, name: name(event.name, 'SUMMARY'), description: text(event.description, 'DESCRIPTION') };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const message = error.message.replace('externalRef.key', 'UID');
    return { ...event, problems: [{ code: 'EVENT_MALFORMED', message }] };
  }
}

/** The windows of earlier imports that this one may change, locked. */
async function knownWindows(uow: UnitOfWork, source: string, events: readonly CalendarWindow[], kind: WindowKind) {
  const found = await uow.query<{ id: string; kind: WindowKind }>(sql`
    select id, kind from schedule_window
    where external_source = ${source} and (active or external_key = any(${events.map(({ uid }) => uid)}::text[]))`);
  const other = found.find((row) => row.kind !== kind);
  if (other !== undefined)
    throw new RequestError('BAD_USER_INPUT', `This calendar was imported as ${other.kind}. Use another source.`, {
      field: 'kind',
    });
  return await lockMany(
    uow,
    ScheduleWindow,
    TYPE,
    found.map(({ id }) => id),
  );
}

const namesOf = ({ items, services }: WindowScope): string[] => [
  ...[...(items ?? [])].map((id) => `${id} false`),
  ...[...(services ?? [])].map((id) => `${id} true`),
];

function isScopedAs(window: ScheduleWindow, rows: readonly ScheduleWindowCi[], scope: WindowScope): boolean {
  const names = new Set(namesOf(scope));
  return (
    isDeepStrictEqual(window.ciClasses.toSorted(), scope.classes) &&
    isDeepStrictEqual(window.filter ?? null, scope.filter) &&
    rows.length === names.size &&
    rows.every(({ ciId, asService }) => names.has(`${ciId} ${asService}`))
  );
}

/** An import that writes. */
interface Import {
  readonly uow: UnitOfWork;
  readonly source: string;
  readonly kind: WindowKind;
  readonly scope: WindowScope;
  /** The windows of earlier imports, by id. */
  readonly known: ReadonlyMap<string, ScheduleWindow>;
  readonly items: ReadonlyMap<string, readonly ScheduleWindowCi[]>;
}

function writeWindow({ uow, source, kind, scope, known }: Import, plan: PlannedImport, values: ImportedValues) {
  const given = { ...values, exceptions: [...values.exceptions], active: true };
  const present = known.get(plan.windowId ?? '');
  // Other items alone are an edit of the window, too, so its version grows.
  const window =
    present === undefined
      ? uow.em.create(ScheduleWindow, { ...given, ...externalRef({ source, key: plan.uid }), kind })
      : Object.assign(present, given, { updatedAt: uow.now });
  applyScope(window, scope);
  return window;
}

/** Writes the windows of plans, by UID. The UIDs of windows that are over are free before others take them. */
async function write(running: Import, plans: readonly PlannedImport[]): Promise<Map<string, ScheduleWindow>> {
  const { uow, known, scope, items } = running;
  for (const { replaces } of plans) {
    const former = known.get(replaces ?? '');
    if (former !== undefined) Object.assign(former, { externalSource: null, externalKey: null });
  }
  await uow.em.flush();
  const written = new Map<string, ScheduleWindow>();
  for (const plan of plans) {
    const gone = plan.status === 'REMOVED' ? known.get(plan.windowId ?? '') : undefined;
    if (gone !== undefined) written.set(plan.uid, Object.assign(gone, { active: false }));
    if (plan.values !== null) written.set(plan.uid, writeWindow(running, plan, plan.values));
  }
  await uow.em.flush();
  for (const plan of plans) {
    const window = plan.values === null ? undefined : written.get(plan.uid);
    if (window !== undefined) nameItems(uow, window.id, scope, items.get(window.id) ?? []);
  }
  await uow.em.flush();
  await expectFewFilters(uow, [...written.values()]);
  return written;
}

const EVENTS = { CREATED: 'created', UPDATED: 'updated', REMOVED: 'deactivated' } as const;

/** Tells of each window that was written, and of those that gave their UID away. */
function record(
  { uow, source, known, scope }: Import,
  plans: readonly PlannedImport[],
  written: ReadonlyMap<string, ScheduleWindow>,
  reason: string | null,
): void {
  for (const { uid, status, replaces } of plans) {
    const former = known.get(replaces ?? '');
    if (former !== undefined)
      uow.record({ type: 'schedule-window.updated', subjectType: TYPE, subject: former, reason });
    const subject = written.get(uid);
    if (subject === undefined || !(status in EVENTS)) continue;
    const type = `schedule-window.${EVENTS[status as keyof typeof EVENTS]}`;
    const data = { ...snapshot(subject, {}), ciCount: scope.items?.size ?? 0, source };
    uow.record({ type, subjectType: TYPE, subject, reason, data });
  }
}

/** Writes what an import changes, finds the conflicts of its windows again and tells of both. */
async function writeAll(running: Import, plans: readonly PlannedImport[], reason: string | null) {
  const { uow, kind } = running;
  if (running.scope.filter != null) await lockFilters(uow);
  await lockSchedule(uow);
  let written = new Map<string, ScheduleWindow>();
  const conflicts = await settleWindows(uow, {
    kind,
    ids: plans.flatMap(({ windowId }) => windowId ?? []),
    edit: async () => {
      written = await write(running, plans);
      return [...written.values()];
    },
  });
  record(running, plans, written, reason);
  await recordConflictsOfWindows(uow, [...written.values()], conflicts);
  return written;
}

/**
 * Creates the windows of an iCalendar: those of new events are created, those of events that changed are changed, and
 * those whose events were cancelled or are gone are deactivated. A second import of the same calendar changes nothing.
 * The number of statements does not depend on the calendar.
 * @param events what `readCalendar` found
 * @throws RequestError FORBIDDEN as for the creation of a window, BAD_USER_INPUT, NOT_FOUND, LIMIT_EXCEEDED
 */
export async function scheduleWindowsImport(
  uow: UnitOfWork,
  input: ScheduleWindowsImportInput,
  events: readonly CalendarWindow[],
): Promise<WindowImportResult[]> {
  expectKeeper(uow, input.kind);
  const source = line(input.source, 'source', { min: 1, max: 100 });
  const { ciIds, serviceIds, ciClasses, filter } = input;
  const scope = await windowScope(uow, {
    ciIds: ciIds ?? [],
    serviceIds: serviceIds ?? [],
    ciClasses: ciClasses ?? [],
    filter: filter ?? null,
  });
  if (namesOf(scope).length * events.length > MAX_IMPORTED_CIS)
    throw new RequestError(
      'LIMIT_EXCEEDED',
      `The windows of a calendar name at most ${MAX_IMPORTED_CIS} configuration items together. Use classes for more.`,
      { field: 'ciIds', max: MAX_IMPORTED_CIS },
    );
  // One at a time: two imports of a new calendar would otherwise create the same windows.
  await uow.query(sql`select pg_advisory_xact_lock(${IMPORT_LOCK})`);
  const windows = await knownWindows(uow, source, events, input.kind);
  const known = new Map(windows.map((window) => [window.id, window]));
  const items = await namedByWindows(uow, [...known.keys()]);
  const isScoped = (id: string) => {
    const window = known.get(id);
    return window !== undefined && isScopedAs(window, items.get(id) ?? [], scope);
  };
  const plans = await inTurns(planImport(events.map(checked), windows, uow.now, isScoped));
  const changes = plans.filter(({ values, status }) => values !== null || status === 'REMOVED');
  const written =
    input.dryRun === true || changes.length === 0
      ? new Map<string, ScheduleWindow>()
      : await writeAll({ uow, source, kind: input.kind, scope, known, items }, changes, optionalReason(input.reason));
  return plans.map(({ uid, name: called, status, code, message, windowId }) => ({
    ...{ uid, name: called, status, code, message },
    windowId: written.get(uid)?.id ?? windowId,
  }));
}
