import { defineEntity, p } from '@mikro-orm/core';
import { CLASS_MISFIT_REASONS } from '../../domain/cmdb/class-migration.machine.js';
import { createdAt, id } from '../columns.js';
import { ClassMigration } from './class-migration.entity.js';
import { ConfigurationItem } from './configuration-item.entity.js';

const STANDING = 'class_misfit_standing';

const ClassMisfitSchema = defineEntity({
  name: 'ClassMisfit',
  tableName: 'class_misfit',
  properties: {
    id: id(),
    migrationId: () => p.manyToOne(ClassMigration).mapToPk().fieldName('migration_id').deleteRule('cascade'),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('cascade'),
    reason: p.enum(CLASS_MISFIT_REASONS),
    violations: p.array().columnType('text[]'),
    /** Whether the item does not fit the schema that its class has now. */
    stands: p.boolean(),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['migrationId', 'ciId'] }],
  indexes: [
    { properties: ['migrationId', 'id'] },
    { properties: ['ciId'] },
    { name: STANDING, expression: `create index "${STANDING}" on "class_misfit" ("ci_id") where "stands"` },
  ],
});

/** An item that does not fit a schema, or that a migration left as it was. */
export class ClassMisfit extends ClassMisfitSchema.class {}
ClassMisfitSchema.setClass(ClassMisfit);
