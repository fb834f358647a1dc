import { defineEntity, p } from '@mikro-orm/core';
import { DUPLICATE_SIGNS, SUSPECTED_DUPLICATE_STATES } from '../../domain/cmdb/suspected-duplicate.machine.js';
import { id, mutable } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { ConfigurationItem } from './configuration-item.entity.js';

const SuspectedDuplicateSchema = defineEntity({
  name: 'SuspectedDuplicate',
  tableName: 'suspected_duplicate',
  properties: {
    id: id(),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
    otherId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('other_id').deleteRule('restrict'),
    signs: p.enum(DUPLICATE_SIGNS).array(),
    digest: p.text(),
    state: p.enum(SUSPECTED_DUPLICATE_STATES).default('OPEN'),
    reason: p.text().nullable(),
    decidedById: () => p.manyToOne(Person).mapToPk().fieldName('decided_by_id').nullable().deleteRule('restrict'),
    closedAt: p.datetime().nullable(),
    ...mutable(),
  },
  uniques: [{ name: 'suspected_duplicate_once', properties: ['ciId', 'otherId'], where: 'closed_at is null' }],
  indexes: [
    { properties: ['ciId', 'id'] },
    { properties: ['otherId', 'id'] },
    { properties: ['state', 'id'] },
    { properties: ['decidedById'] },
  ],
});

/** Two configuration items that may be one, until somebody decides or they no longer have anything in common. */
export class SuspectedDuplicate extends SuspectedDuplicateSchema.class {}
SuspectedDuplicateSchema.setClass(SuspectedDuplicate);
