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
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
  },
  uniques: [{ properties: ['windowId', 'ciId'] }],
  indexes: [{ properties: ['ciId'] }],
});

/** A CI that a window applies to. */
export class ScheduleWindowCi extends ScheduleWindowCiSchema.class {}
ScheduleWindowCiSchema.setClass(ScheduleWindowCi);
