import { defineEntity, p } from '@mikro-orm/core';
import { BASELINE_OCCASIONS, BASELINE_STATES } from '../../domain/cmdb/baseline.machine.js';
import { id, mutable, number } from '../columns.js';
import { Distribution } from '../distribution/distribution.entity.js';
import { Person } from '../people/person.entity.js';
import { ConfigurationItem } from './configuration-item.entity.js';

const BaselineSchema = defineEntity({
  name: 'Baseline',
  tableName: 'baseline',
  properties: {
    id: id(),
    number: number('BSL', 'baseline'),
    name: p.text(),
    occasion: p.enum(BASELINE_OCCASIONS).default('BY_HAND'),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').nullable().deleteRule('restrict'),
    withDependencies: p.boolean().default(true),
    distributionId: () =>
      p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').nullable().deleteRule('restrict'),
    asOf: p.datetime(),
    knownAt: p.datetime(),
    state: p.enum(BASELINE_STATES).default('PENDING'),
    digest: p.text().nullable(),
    /** Columns that the digest was taken of, by table: later versions of the server have more. */
    columns: p.json<Record<string, string[]>>().nullable(),
    items: p.integer().nullable(),
    relations: p.integer().nullable(),
    installations: p.integer().nullable(),
    reason: p.text().nullable(),
    takenById: () => p.manyToOne(Person).mapToPk().fieldName('taken_by_id').nullable().deleteRule('restrict'),
    decidedById: () => p.manyToOne(Person).mapToPk().fieldName('decided_by_id').nullable().deleteRule('restrict'),
    ...mutable(),
  },
  indexes: [
    { properties: ['ciId', 'id'] },
    { properties: ['distributionId', 'id'] },
    { properties: ['state', 'id'] },
    { properties: ['asOf', 'id'] },
    { properties: ['takenById'] },
    { properties: ['decidedById'] },
  ],
});

/**
 * What configuration items were at a moment, as it was known at another, fixed by a digest. The content is in the
 * histories: a baseline copies nothing, and costs one row.
 */
export class Baseline extends BaselineSchema.class {}
BaselineSchema.setClass(Baseline);
