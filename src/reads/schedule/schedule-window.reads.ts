import { scheduleWindowList, ScheduleWindowType } from '../../schema/schedule/schedule-window.type.js';
import { sql, type RawBuilder } from 'kysely';
import { fromNodeId } from '../../domain/node-id.js';
import { configurationItemRead } from '../cmdb/configuration-item.reads.js';
import { externalRefColumn } from '../external-ref.js';
import { defineEdge, defineRead } from '../model.js';

const namesNoItem = sql`not exists (select 1 from schedule_window_ci x where x.window_id = t.id)`;
const everything = sql`(t.ci_classes = '{}' and ${namesNoItem})`;

/** Whether the window `t` holds for an item: by name, by class, or because it holds for everything. */
export const holdsFor = (ciId: RawBuilder<unknown>) => sql`(${everything}
  or exists (select 1 from schedule_window_ci x where x.window_id = t.id and x.ci_id = ${ciId})
  or exists (select 1 from configuration_item c where c.id = ${ciId} and c.ci_class = any(t.ci_classes)))`;

/** How windows are read. */
export const scheduleWindowRead = defineRead<ScheduleWindowType>({
  list: scheduleWindowList,
  type: 'ScheduleWindow',
  table: 'schedule_window',
  of: ScheduleWindowType,
  computed: { everything, externalRef: externalRefColumn },
  filters: {
    recurring: { kind: 'flag', column: sql`(t.rrule is not null)` },
    ci: {
      kind: 'related',
      of: 'id',
      type: 'ConfigurationItem',
      column: sql`x.ci_id`,
      exists: (condition) => sql`exists (select 1 from schedule_window_ci x where x.window_id = t.id and ${condition})`,
    },
    holdsForCi: {
      kind: 'custom',
      where: (id: string) => holdsFor(sql`${fromNodeId('ConfigurationItem', id, 'holdsForCi')}::uuid`),
    },
  },
});

/** Configuration items that a window names. */
export const cisOfWindow = defineEdge({
  name: 'ScheduleWindow.cis',
  model: configurationItemRead,
  join: sql`join schedule_window_ci x on x.ci_id = t.id`,
  on: sql`x.window_id = p.id`,
});

/** Active windows that hold for a configuration item. */
export const windowsOfCi = defineEdge({
  name: 'ConfigurationItem.scheduleWindows',
  model: scheduleWindowRead,
  on: sql`t.active and ${holdsFor(sql`p.id`)}`,
});
