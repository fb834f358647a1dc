import { sql } from 'kysely';
import { customClassList, CustomClassType } from '../../schema/cmdb/custom-class.type.js';
import { defineEdge, defineRead } from '../model.js';
import { configurationItemRead } from './configuration-item.reads.js';

/** How classes of one's own are read. */
export const customClassRead = defineRead<CustomClassType>({
  list: customClassList,
  type: 'CustomClass',
  table: 'custom_class',
  of: CustomClassType,
  keys: ['parentId'],
  filters: {
    within: {
      kind: 'related',
      of: 'id',
      type: 'CustomClass',
      column: sql`l.id`,
      exists: (condition) => sql`exists (select 1 from unnest(t.lineage) l(id) where ${condition})`,
    },
  },
});

/** Classes right below a class, by key. */
export const classesBelow = defineEdge({
  name: 'CustomClass.below',
  model: customClassRead,
  on: sql`t.parent_id = p.id`,
  defaultOrder: [{ field: 'KEY', direction: 'ASC' }],
});

/** Configuration items of a class, without those of classes below it. */
export const itemsOfClass = defineEdge({
  name: 'CustomClass.configurationItems',
  model: configurationItemRead,
  on: sql`t.custom_class_id = p.id`,
});
