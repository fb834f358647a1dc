import { sql } from 'kysely';
import { classMisfitList, ClassMisfitType } from '../../schema/cmdb/class-misfit.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How items that do not fit their class are read. */
export const classMisfitRead = defineRead<ClassMisfitType>({
  list: classMisfitList,
  type: 'ClassMisfit',
  table: 'class_misfit',
  of: ClassMisfitType,
  keys: ['migrationId', 'ciId'],
});

/** Items that a migration lists. */
export const misfitsOfMigration = defineEdge({
  name: 'ClassMigration.misfitItems',
  model: classMisfitRead,
  on: sql`t.migration_id = p.id`,
});
