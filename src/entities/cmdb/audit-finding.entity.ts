import { defineEntity, p } from '@mikro-orm/core';
import { AUDIT_FINDING_KINDS, AUDIT_FINDING_STATES } from '../../domain/cmdb/audit.machine.js';
import { byInstant, id, mutable } from '../columns.js';
import { DmlItemVersion } from '../library/dml-item-version.entity.js';
import { Person } from '../people/person.entity.js';
import { ConfigurationAudit } from './configuration-audit.entity.js';
import { ConfigurationItem } from './configuration-item.entity.js';
import { Drift } from './drift.entity.js';

const AuditFindingSchema = defineEntity({
  name: 'AuditFinding',
  tableName: 'audit_finding',
  properties: {
    id: id(),
    auditId: () => p.manyToOne(ConfigurationAudit).mapToPk().fieldName('audit_id').deleteRule('restrict'),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
    kind: p.enum(AUDIT_FINDING_KINDS),
    message: p.text(),
    driftId: () => p.manyToOne(Drift).mapToPk().fieldName('drift_id').nullable().deleteRule('restrict'),
    dmlItemVersionId: () =>
      p.manyToOne(DmlItemVersion).mapToPk().fieldName('dml_item_version_id').nullable().deleteRule('restrict'),
    state: p.enum(AUDIT_FINDING_STATES).default('OPEN'),
    ownerId: () => p.manyToOne(Person).mapToPk().fieldName('owner_id').nullable().deleteRule('restrict'),
    dueAt: p.datetime().nullable(),
    reason: p.text().nullable(),
    closedById: () => p.manyToOne(Person).mapToPk().fieldName('closed_by_id').nullable().deleteRule('restrict'),
    closedAt: p.datetime().nullable(),
    ...mutable(),
  },
  indexes: [
    { properties: ['auditId', 'id'] },
    { properties: ['ciId', 'id'] },
    { properties: ['state', 'id'] },
    { properties: ['ownerId', 'id'] },
    { properties: ['driftId'] },
    { properties: ['dmlItemVersionId'] },
    { properties: ['closedById'] },
    byInstant('audit_finding', 'due_at'),
  ],
});

/** Something that a configuration audit found about an item, until somebody closes it. */
export class AuditFinding extends AuditFindingSchema.class {}
AuditFindingSchema.setClass(AuditFinding);
