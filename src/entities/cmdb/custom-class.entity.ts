import { defineEntity, p } from '@mikro-orm/core';
import { CI_CLASSES } from '../../domain/cmdb/configuration-item.machine.js';
import type { AttributeSchema } from '../../domain/cmdb/attribute-schema.js';
import { CUSTOM_CLASS_STATES } from '../../domain/cmdb/custom-class.machine.js';
import { byName, id, mutable } from '../columns.js';

const CustomClassSchema = defineEntity({
  name: 'CustomClass',
  tableName: 'custom_class',
  properties: {
    id: id(),
    key: p.text().unique(),
    name: p.text(),
    description: p.text().default(''),
    state: p.enum(CUSTOM_CLASS_STATES).default('ACTIVE'),
    ciClass: p.enum(CI_CLASSES),
    parentId: () => p.manyToOne(CustomClass).mapToPk().fieldName('parent_id').nullable().deleteRule('restrict'),
    /** Ids of the classes above it, and its own: what is below a class is found by them. */
    lineage: p.uuid().array(),
    schema: p.json<AttributeSchema>(),
    /** The schema with that of the classes above: what items have to fit. */
    effectiveSchema: p.json<AttributeSchema>(),
    /** Increases when `effectiveSchema` changes. */
    schemaVersion: p.integer().default(1),
    /** The migration that is to give it another schema, or is giving its items theirs. */
    migrationId: p.uuid().nullable(),
    /** What items have to fit as well, because their class will soon have it. */
    pendingSchema: p.json<AttributeSchema>().nullable(),
    /** Names of attributes whose values the index does not have yet. */
    indexing: p.array().columnType('text[]').default([]),
    ...mutable(),
  },
  indexes: [
    byName('custom_class', ['name', 'id']),
    { properties: ['parentId'] },
    { properties: ['lineage'], type: 'gin' },
  ],
});

/** A class that a site defines below a built-in class, with a schema for the attributes of its items. */
export class CustomClass extends CustomClassSchema.class {}
CustomClassSchema.setClass(CustomClass);
