import { isDeepStrictEqual } from 'node:util';
import { refuse, RequestError } from '../../domain/errors.js';
import type { Role } from '../../domain/roles.js';
import { pastTimes, rewrittenTimes, timeIsPast } from '../../domain/schedule/past.js';
import { MAX_RULE_LENGTH, validateRecurrence } from '../../domain/schedule/recurrence-problem.js';
import { plainRule } from '../../domain/schedule/recurrence-rule.js';
import { endOfRecurrence } from '../../domain/schedule/recurrence.js';
import type { WindowKind } from '../../domain/schedule/schedule.js';
import { givenExceptions, type GivenException } from '../../domain/schedule/window-exception.js';
import { newWindowSteps } from '../../domain/schedule/window-problem.js';
import { inTurns } from '../../facts/turns.js';
import { lockForCommand } from '../load.js';
import { recordConflictChanges, settleWindows } from './schedule-conflict.service.js';
import { lockSchedule } from './schedule-lock.js';
import { name, text } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { ScheduleWindow } from '../../entities/schedule/schedule-window.entity.js';
import {
  applyScope,
  expectFewFilters,
  lockFilters,
  namedByWindows,
  nameItems,
  windowScope,
  type WindowScopeInput,
} from './window-scope.service.js';

/** Fields of a window that a client may set. Instants are ISO text. */
export interface ScheduleWindowFieldsInput extends WindowScopeInput {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly startsAt?: string | null;
  readonly endsAt?: string | null;
  readonly rrule?: string | null;
  readonly timeZone?: string | null;
  readonly exceptions?: readonly GivenException[] | null;
}

const TYPE = 'ScheduleWindow' as const;

/** Roles that can create, edit and deactivate windows of each kind. */
const KEEPERS: Readonly<Record<WindowKind, readonly Role[]>> = {
  CHANGE_WINDOW: ['RELEASE_MANAGER', 'CHANGE_MANAGER'],
  MAINTENANCE_WINDOW: ['RELEASE_MANAGER', 'CHANGE_MANAGER'],
  BLACKOUT: ['CHANGE_MANAGER', 'CHANGE_AUTHORITY'],
};

/** @throws RequestError FORBIDDEN for an actor without a role that keeps windows of a kind. */
export function expectKeeper(uow: UnitOfWork, kind: WindowKind): void {
  const roles = KEEPERS[kind];
  if (!roles.some((role) => uow.actor.roles.includes(role)))
    throw new RequestError('FORBIDDEN', `Only ${roles.join(' or ')} can create or change a window of kind ${kind}.`, {
      roles,
    });
}

const rule = (value: string) => plainRule(text(value, 'rrule', { min: 1, max: MAX_RULE_LENGTH }));

async function apply(window: ScheduleWindow, input: ScheduleWindowFieldsInput): Promise<void> {
  if (input.name != null) window.name = name(input.name);
  if (input.description != null) window.description = text(input.description, 'description');
  if (input.startsAt != null) window.startsAt = new Date(input.startsAt);
  if (input.endsAt != null) window.endsAt = new Date(input.endsAt);
  if (input.rrule !== undefined) window.rrule = input.rrule === null ? null : rule(input.rrule);
  if (input.timeZone != null) window.timeZone = input.timeZone;
  if (input.exceptions != null) window.exceptions = givenExceptions(input.exceptions);
  const isTimed =
    input.rrule !== undefined ||
    [input.startsAt, input.endsAt, input.timeZone, input.exceptions].some((given) => given != null);
  const [problem] = isTimed ? await inTurns(newWindowSteps(window)) : validateRecurrence(window);
  if (problem)
    throw new RequestError('BAD_USER_INPUT', problem.message, { field: problem.path, problem: problem.code });
}

type Times = Pick<ScheduleWindow, 'startsAt' | 'endsAt' | 'rrule'>;

const timesOf = ({ startsAt, endsAt, rrule }: Times) => [startsAt, endsAt, rrule ?? null];

/**
 * Refuses a window in the past, and another past for a window. A rule that repeats may have begun long ago: its first
 * occurrence says on which day and at what time the others are. Only what it still brings has to lie ahead.
 * @param was the window before; null for a new one.
 */
function refusePast(uow: UnitOfWork, window: ScheduleWindow, was: Times | null): void {
  const resolvableBy = KEEPERS[window.kind];
  const once = was !== null && was.rrule == null ? was : null;
  const time = (field: 'startsAt' | 'endsAt') => ({ field, given: window[field], was: once?.[field] });
  if (once !== null) refuse(rewrittenTimes(time('startsAt'), time('endsAt'), uow.now, resolvableBy));
  else if (window.rrule == null && was === null)
    refuse(pastTimes(time('startsAt'), time('endsAt'), uow.now, resolvableBy));
  const timed = was === null || !isDeepStrictEqual(timesOf(window), timesOf(was));
  const end = timed && (window.rrule != null || was?.rrule != null) ? endOfRecurrence(window) : null;
  if (end !== null && end <= uow.now) refuse([timeIsPast(resolvableBy, 'rrule')]);
}

/** What events tell of a window. */
export const snapshot = (
  { kind, startsAt, endsAt, rrule, timeZone, exceptions, ciClasses, filter, active }: ScheduleWindow,
  { ciIds, serviceIds }: Pick<WindowScopeInput, 'ciIds' | 'serviceIds'>,
) => ({
  kind,
  startsAt: startsAt.toISOString(),
  endsAt: endsAt.toISOString(),
  rrule: rrule ?? null,
  timeZone,
  exceptions,
  ciClasses,
  filter: filter ?? null,
  active,
  ...(serviceIds != null && { serviceCount: serviceIds.length }),
  ...(ciIds != null && { ciCount: ciIds.length }),
});

/**
 * Creates a window. The followers of releases whose conflicts it changes get an event.
 * @throws RequestError BAD_USER_INPUT for a time zone or rule that cannot be used, FORBIDDEN for an actor without a
 *   role that keeps this kind of window; Refusal SCHEDULE_PAST.
 */
export async function scheduleWindowCreate(
  uow: UnitOfWork,
  input: ScheduleWindowFieldsInput & {
    readonly name: string;
    readonly kind: WindowKind;
    readonly startsAt: string;
    readonly endsAt: string;
  },
): Promise<ScheduleWindow> {
  expectKeeper(uow, input.kind);
  if (input.filter != null) await lockFilters(uow);
  await lockSchedule(uow);
  const window = uow.em.create(ScheduleWindow, {
    name: name(input.name),
    kind: input.kind,
    startsAt: new Date(input.startsAt),
    endsAt: new Date(input.endsAt),
  });
  await apply(window, { timeZone: 'UTC', ...withoutNull(input) });
  refusePast(uow, window, null);
  const edit = async () => {
    const scope = await windowScope(uow, input);
    applyScope(window, scope);
    await uow.em.flush();
    nameItems(uow, window.id, scope, []);
    await uow.em.flush();
    await expectFewFilters(uow, [window]);
    return [window];
  };
  const conflicts = await settleWindows(uow, { kind: window.kind, ids: [], edit });
  uow.record({
    type: 'schedule-window.created',
    subjectType: TYPE,
    subject: window,
    data: snapshot(window, { ciIds: input.ciIds ?? [], serviceIds: input.serviceIds ?? null }),
  });
  await recordConflictChanges(uow, { type: TYPE, subject: window }, conflicts);
  return window;
}

const withoutNull = (input: ScheduleWindowFieldsInput): ScheduleWindowFieldsInput =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value != null));

/**
 * Edits a window. The followers of releases whose conflicts it changes get an event.
 * @throws RequestError as {@link scheduleWindowCreate}, CONFLICT
 */
export async function scheduleWindowUpdate(
  uow: UnitOfWork,
  input: ScheduleWindowFieldsInput & {
    readonly id: string;
    readonly expectedVersion: number;
    readonly active?: boolean | null;
    readonly reason?: string | null;
  },
): Promise<ScheduleWindow> {
  const window = await lockForCommand(uow, ScheduleWindow, TYPE, input);
  expectKeeper(uow, window.kind);
  await change(uow, window, 'schedule-window.updated', input, async () => {
    const { startsAt, endsAt, rrule } = window;
    await apply(window, input);
    refusePast(uow, window, { startsAt, endsAt, rrule });
    if (input.active != null) window.active = input.active;
    const scope = await windowScope(uow, input);
    applyScope(window, scope);
    if (scope.items !== undefined || scope.services !== undefined)
      nameItems(uow, window.id, scope, (await namedByWindows(uow, [window.id])).get(window.id) ?? []);
    // An edit of the items and services alone also counts as an edit of the window, so its version grows.
    if (uow.isChanged(window)) window.updatedAt = uow.now;
  });
  return window;
}

/** Deactivates a window. Deactivating it again changes nothing. */
export async function scheduleWindowDeactivate(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
): Promise<ScheduleWindow> {
  const window = await lockForCommand(uow, ScheduleWindow, TYPE, input);
  expectKeeper(uow, window.kind);
  if (window.active)
    await change(uow, window, 'schedule-window.deactivated', input, async () => void (window.active = false));
  return window;
}

async function change(
  uow: UnitOfWork,
  window: ScheduleWindow,
  type: string,
  { reason, ...scope }: WindowScopeInput & { readonly reason?: string | null },
  edit: () => Promise<void>,
): Promise<void> {
  if ((scope.filter ?? window.filter) != null) await lockFilters(uow);
  await lockSchedule(uow);
  const conflicts = await settleWindows(uow, {
    kind: window.kind,
    ids: [window.id],
    edit: async () => {
      await edit();
      await uow.em.flush();
      await expectFewFilters(uow, [window]);
      return [window];
    },
  });
  uow.record({ type, subjectType: TYPE, subject: window, reason: reason ?? null, data: snapshot(window, scope) });
  await recordConflictChanges(uow, { type: TYPE, subject: window }, conflicts);
}
