import { notFound, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import { ScheduleWindowCi } from '../../entities/schedule/schedule-window-ci.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Maximum number of configuration items that a window names. */
export const MAX_WINDOW_CIS = 10_000;

/** Database ids of the items that a window is to name. @throws RequestError NOT_FOUND | LIMIT_EXCEEDED */
export async function namedItems(uow: UnitOfWork, nodeIds: readonly string[]): Promise<ReadonlySet<string>> {
  const ids = new Set(nodeIds.map((id) => fromNodeId('ConfigurationItem', id, 'ciIds')));
  if (ids.size > MAX_WINDOW_CIS)
    throw new RequestError(
      'LIMIT_EXCEEDED',
      `A window names at most ${MAX_WINDOW_CIS} configuration items. Use classes for more.`,
      {
        field: 'ciIds',
        max: MAX_WINDOW_CIS,
      },
    );
  if (ids.size > 0 && (await uow.em.count(ConfigurationItem, { id: { $in: [...ids] } })) !== ids.size)
    throw notFound('ConfigurationItem', 'ciIds');
  return ids;
}

/** The items that windows name, by window. */
export async function itemsOfWindows(
  uow: UnitOfWork,
  windowIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ScheduleWindowCi[]>> {
  const rows = windowIds.length === 0 ? [] : await uow.em.find(ScheduleWindowCi, { windowId: { $in: [...windowIds] } });
  return Map.groupBy(rows, ({ windowId }) => windowId);
}

/** Lets a window name some items, and no others. @param known those that it names */
export function nameItems(
  uow: UnitOfWork,
  windowId: string,
  ids: ReadonlySet<string>,
  known: readonly ScheduleWindowCi[],
): void {
  const missing = new Set(ids);
  for (const row of known) if (!missing.delete(row.ciId)) uow.em.remove(row);
  for (const ciId of missing) uow.em.create(ScheduleWindowCi, { windowId, ciId });
}
