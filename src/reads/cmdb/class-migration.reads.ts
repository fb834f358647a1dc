import { sql } from 'kysely';
import { classMigrationList, ClassMigrationType } from '../../schema/cmdb/class-migration.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How migrations of classes are read. */
export const classMigrationRead = defineRead<ClassMigrationType>({
  list: classMigrationList,
  type: 'ClassMigration',
  table: 'class_migration',
  of: ClassMigrationType,
  keys: ['customClassId', 'startedById'],
});

/** Migrations of a class, newest first. */
export const migrationsOfClass = defineEdge({
  name: 'CustomClass.migrations',
  model: classMigrationRead,
  on: sql`t.custom_class_id = p.id`,
  defaultOrder: [{ field: 'ID', direction: 'DESC' }],
});
