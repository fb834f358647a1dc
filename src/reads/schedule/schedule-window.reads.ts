import { sql, type RawBuilder } from 'kysely';
import { fromNodeId } from '../../domain/node-id.js';
import type { ListInput } from '../../domain/list.js';
import {
  holdsForEverything,
  holdsForTarget,
  windowConditions,
  type WindowConditions,
} from '../../facts/schedule/window-scope.facts.js';
import { scheduleWindowList, ScheduleWindowType } from '../../schema/schedule/schedule-window.type.js';
import { configurationItemRead } from '../cmdb/configuration-item.reads.js';
import { externalRefColumn } from '../external-ref.js';
import { defineEdge, defineRead, type ManyEdge, type ReadModel } from '../model.js';
import type { Page } from '../page.js';
import type { BatchRead, Reads } from '../reads.js';

const names = (asService: boolean) => (condition: RawBuilder<unknown>) => sql`exists (
  select 1 from schedule_window_ci x
  where x.window_id = t.id and x.as_service = ${sql.lit(asService)} and ${condition})`;

const named = { kind: 'related', of: 'id', type: 'ConfigurationItem', column: sql`x.ci_id` } as const;

const holdsForCi = (conditions: WindowConditions) => ({
  kind: 'custom' as const,
  where: (id: string) =>
    holdsForTarget('t', sql`${fromNodeId('ConfigurationItem', id, 'holdsForCi')}::uuid`, conditions),
});

/** How windows are read. Whether one with a filter holds for an item is read by {@link windowsPage}. */
export const scheduleWindowRead = defineRead<ScheduleWindowType>({
  list: scheduleWindowList,
  type: 'ScheduleWindow',
  table: 'schedule_window',
  of: ScheduleWindowType,
  computed: { everything: holdsForEverything('t'), externalRef: externalRefColumn },
  filters: {
    recurring: { kind: 'flag', column: sql`(t.rrule is not null)` },
    ci: { ...named, exists: names(false) },
    service: { ...named, exists: names(true) },
    holdsForCi: holdsForCi(new Map()),
  },
});

const conditionsOfAll: BatchRead<WindowConditions> = async (ids, db) => {
  const conditions = await windowConditions(db);
  return new Map(ids.map((id) => [id, conditions]));
};

const asksWhatHolds = (filter: unknown): boolean => JSON.stringify(filter ?? {}).includes('"holdsForCi"');

/** A page of windows. The filters of windows are read first where a list asks which windows hold for an item. */
export async function windowsPage(reads: Reads, list: ListInput): Promise<Page<ScheduleWindowType>> {
  if (!asksWhatHolds(list.filter)) return await reads.page(scheduleWindowRead, list);
  const conditions = (await reads.perRow.batch('scheduleWindow.conditions', conditionsOfAll, '')) ?? new Map();
  const filters = { ...scheduleWindowRead.filters, holdsForCi: holdsForCi(conditions) };
  const model: ReadModel<ScheduleWindowType> = { ...scheduleWindowRead, filters };
  return await reads.page(model, list);
}

/** Configuration items that a window names. */
export const cisOfWindow = defineEdge({
  name: 'ScheduleWindow.cis',
  model: configurationItemRead,
  join: sql`join schedule_window_ci x on x.ci_id = t.id and not x.as_service`,
  on: sql`x.window_id = p.id`,
});

/** Services that a window applies to, with everything that they depend on. */
export const servicesOfWindow = defineEdge({
  name: 'ScheduleWindow.services',
  model: configurationItemRead,
  join: sql`join schedule_window_ci x on x.ci_id = t.id and x.as_service`,
  on: sql`x.window_id = p.id`,
});

// The items that are asked about at the same time share one edge, so that their pages come in one statement.
const windowsEdge: BatchRead<ManyEdge<ScheduleWindowType>> = async (ids, db) => {
  const edge = defineEdge({
    name: 'ConfigurationItem.scheduleWindows',
    model: scheduleWindowRead,
    on: sql`t.active and ${holdsForTarget('t', sql`p.id`, await windowConditions(db))}`,
  });
  return new Map(ids.map((id) => [id, edge]));
};

/** A page of the active windows that hold for work on a configuration item. */
export async function windowsOfCi(reads: Reads, ciId: string, list: ListInput): Promise<Page<ScheduleWindowType>> {
  const edge = await reads.batch('configurationItem.windows', windowsEdge, ciId);
  if (edge === null) throw new Error('Each item has its edge');
  return await reads.edge(edge, ciId, list);
}
