import { sql } from 'kysely';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import type { KeptFilter } from '../../domain/distribution/target-choice.js';
import { notFound, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import { ScheduleWindow } from '../../entities/schedule/schedule-window.entity.js';
import { ScheduleWindowCi } from '../../entities/schedule/schedule-window-ci.entity.js';
import { keptFilter } from '../distribution/target-filter.service.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Maximum number of configuration items that a window names. */
export const MAX_WINDOW_CIS = 10_000;

/** Maximum number of services of a window: what each depends on is followed. */
export const MAX_WINDOW_SERVICES = 100;

/** Maximum number of windows with a filter that are in force: each filter is part of every question about windows. */
export const MAX_FILTERED_WINDOWS = 100;

// Named by the trigger that notes edits of configuration items, too: migrations/*_filters_being_saved.ts.
const FILTER_LOCK = 7_301_942_013;

/** What windows apply to, as a client says it. Ids are public ones; absent stays as it is. */
export interface WindowScopeInput {
  readonly ciIds?: readonly string[] | null;
  readonly serviceIds?: readonly string[] | null;
  readonly ciClasses?: readonly CiClass[] | null;
  /** Filter of configuration items. Null removes it. */
  readonly filter?: object | null;
}

/** What windows apply to. Undefined stays as it is. */
export interface WindowScope {
  readonly items: ReadonlySet<string> | undefined;
  readonly services: ReadonlySet<string> | undefined;
  readonly classes: CiClass[] | undefined;
  readonly filter: KeptFilter | null | undefined;
}

async function named(uow: UnitOfWork, nodeIds: readonly string[], field: string, max: number, instead: string) {
  const ids = new Set(nodeIds.map((id) => fromNodeId('ConfigurationItem', id, field)));
  if (ids.size > max)
    throw new RequestError('LIMIT_EXCEEDED', `A window has at most ${max} in "${field}". ${instead}`, { field, max });
  if (ids.size > 0 && (await uow.em.count(ConfigurationItem, { id: { $in: [...ids] } })) !== ids.size)
    throw notFound('ConfigurationItem', field);
  return ids;
}

/** What windows are to apply to. @throws RequestError NOT_FOUND | LIMIT_EXCEEDED, BAD_USER_INPUT for the filter */
export async function windowScope(uow: UnitOfWork, input: WindowScopeInput): Promise<WindowScope> {
  const { ciIds, serviceIds, ciClasses, filter } = input;
  return {
    items:
      ciIds == null ? undefined : await named(uow, ciIds, 'ciIds', MAX_WINDOW_CIS, 'Use classes or a filter for more.'),
    services:
      serviceIds == null
        ? undefined
        : await named(uow, serviceIds, 'serviceIds', MAX_WINDOW_SERVICES, 'Use a filter for more.'),
    classes: ciClasses == null ? undefined : [...new Set(ciClasses)].sort(),
    filter: filter == null ? filter : await keptFilter(uow, filter, 'filter'),
  };
}

/** The items and services that windows name, by window. */
export async function namedByWindows(
  uow: UnitOfWork,
  windowIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ScheduleWindowCi[]>> {
  const rows = windowIds.length === 0 ? [] : await uow.em.find(ScheduleWindowCi, { windowId: { $in: [...windowIds] } });
  return Map.groupBy(rows, ({ windowId }) => windowId);
}

/** Sets the classes and the filter of a window. */
export function applyScope(window: ScheduleWindow, { classes, filter }: WindowScope): void {
  if (classes !== undefined) window.ciClasses = [...classes];
  if (filter !== undefined) window.filter = filter;
}

/** Lets a window that is stored name items and services, and no others. @param known those that it names */
export function nameItems(
  uow: UnitOfWork,
  windowId: string,
  { items, services }: WindowScope,
  known: readonly ScheduleWindowCi[],
): void {
  for (const [ids, asService] of [[items, false] as const, [services, true] as const]) {
    if (ids === undefined) continue;
    const missing = new Set(ids);
    for (const row of known) if (row.asService === asService && !missing.delete(row.ciId)) uow.em.remove(row);
    for (const ciId of missing) uow.em.create(ScheduleWindowCi, { windowId, ciId, asService });
  }
}

/**
 * Waits for edits of configuration items that have not been committed: their trigger saw no window with a filter, so it
 * noted nothing. Edits that begin later note their work and do not wait. Take it before the lock of the schedule.
 */
export async function lockFilters(uow: UnitOfWork): Promise<void> {
  await uow.query(sql`select pg_advisory_xact_lock(${FILTER_LOCK})`);
}

/**
 * Call it after the windows are written, under the lock of the schedule.
 * @throws RequestError LIMIT_EXCEEDED when too many windows in force have a filter
 */
export async function expectFewFilters(uow: UnitOfWork, windows: readonly ScheduleWindow[]): Promise<void> {
  if (!windows.some(({ active, filter }) => active && filter != null)) return;
  if ((await uow.em.count(ScheduleWindow, { active: true, filter: { $ne: null } })) > MAX_FILTERED_WINDOWS)
    throw new RequestError('LIMIT_EXCEEDED', `At most ${MAX_FILTERED_WINDOWS} windows in force have a filter.`, {
      field: 'filter',
      max: MAX_FILTERED_WINDOWS,
    });
}
