import { defineEntity, p } from '@mikro-orm/core';
import { CONFIGURATION_AUDIT_STATES } from '../../domain/cmdb/audit.machine.js';
import { id, mutable, number } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { Baseline } from './baseline.entity.js';
import { ConfigurationItem } from './configuration-item.entity.js';

const ConfigurationAuditSchema = defineEntity({
  name: 'ConfigurationAudit',
  tableName: 'configuration_audit',
  properties: {
    id: id(),
    number: number('AUD', 'configuration_audit'),
    name: p.text(),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').nullable().deleteRule('restrict'),
    withDependencies: p.boolean().default(true),
    baselineId: () => p.manyToOne(Baseline).mapToPk().fieldName('baseline_id').nullable().deleteRule('restrict'),
    expectsObservations: p.boolean().default(false),
    /** The moment of the record that is audited. */
    asOf: p.datetime(),
    state: p.enum(CONFIGURATION_AUDIT_STATES).default('RUNNING'),
    total: p.integer().nullable(),
    done: p.integer().default(0),
    findings: p.integer().default(0),
    startedById: () => p.manyToOne(Person).mapToPk().fieldName('started_by_id').deleteRule('restrict'),
    endedAt: p.datetime().nullable(),
    ...mutable(),
  },
  indexes: [
    { properties: ['ciId', 'id'] },
    { properties: ['baselineId'] },
    { properties: ['state', 'id'] },
    { properties: ['startedById'] },
  ],
});

/** A comparison of the record of items with a baseline, what is observed, the library and the changes. */
export class ConfigurationAudit extends ConfigurationAuditSchema.class {}
ConfigurationAuditSchema.setClass(ConfigurationAudit);
