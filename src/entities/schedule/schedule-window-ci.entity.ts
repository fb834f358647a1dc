import { defineEntity, p } from '@mikro-orm/core';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { id } from '../columns.js';
import { ScheduleWindow } from './schedule-window.entity.js';

const ScheduleWindowCiSchema = defineEntity({
  name: 'ScheduleWindowCi',
  tableName: 'schedule_window_ci',
  properties: {
    id: id(),
    windowId: () => p.manyToOne(ScheduleWindow).mapToPk().fieldName('window_id').deleteRule('cascade'),
    /** Whether the window also holds for everything that the item, a service, depends on. */
    asService: p.boolean().default(false),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
  },
  uniques: [{ properties: ['windowId', 'ciId', 'asService'] }],
  indexes: [{ properties: ['ciId'] }],
});

/** A CI that a window applies to, by itself or as a service with all that it depends on. */
export class ScheduleWindowCi extends ScheduleWindowCiSchema.class {}
ScheduleWindowCiSchema.setClass(ScheduleWindowCi);
