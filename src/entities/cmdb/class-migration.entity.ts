import { defineEntity, p } from '@mikro-orm/core';
import type { AttributeSchema } from '../../domain/cmdb/attribute-schema.js';
import { CLASS_MIGRATION_STATES } from '../../domain/cmdb/class-migration.machine.js';
import { id, jsonObject, mutable } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { CustomClass } from './custom-class.entity.js';

const ClassMigrationSchema = defineEntity({
  name: 'ClassMigration',
  tableName: 'class_migration',
  properties: {
    id: id(),
    customClassId: () => p.manyToOne(CustomClass).mapToPk().fieldName('custom_class_id').deleteRule('restrict'),
    state: p.enum(CLASS_MIGRATION_STATES).default('CHECKING'),
    schema: p.json<AttributeSchema>(),
    renames: jsonObject(),
    defaults: jsonObject(),
    dryRun: p.boolean(),
    acceptsMisfits: p.boolean(),
    /** Version of the schema of the class that it was started for. */
    schemaVersion: p.integer(),
    /** The last item that was looked at in this state; null before the first one. */
    position: p.uuid().nullable(),
    items: p.integer().default(0),
    migrated: p.integer().default(0),
    misfits: p.integer().default(0),
    startedById: () => p.manyToOne(Person).mapToPk().fieldName('started_by_id').deleteRule('restrict'),
    endedAt: p.datetime().nullable(),
    ...mutable(),
  },
  indexes: [{ properties: ['customClassId', 'id'] }, { properties: ['state', 'id'] }, { properties: ['startedById'] }],
});

/** A change of the schema of a class, with what becomes of its items. */
export class ClassMigration extends ClassMigrationSchema.class {}
ClassMigrationSchema.setClass(ClassMigration);
