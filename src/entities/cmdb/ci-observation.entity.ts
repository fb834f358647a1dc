import { defineEntity, p } from '@mikro-orm/core';
import type { ObservedContent } from '../../domain/cmdb/ci-observation.js';
import { id, mutable } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { ConfigurationItem } from './configuration-item.entity.js';

const CiObservationSchema = defineEntity({
  name: 'CiObservation',
  tableName: 'ci_observation',
  properties: {
    id: id(),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
    source: p.text(),
    key: p.text().nullable(),
    content: p.json<ObservedContent>(),
    /** SHA-256 of what the source says: whether it says the same again. */
    digest: p.text(),
    gone: p.boolean().default(false),
    overdue: p.boolean().default(false),
    since: p.datetime(),
    observedAt: p.datetime(),
    dueAt: p.datetime().nullable(),
    observedById: () => p.manyToOne(Person).mapToPk().fieldName('observed_by_id').nullable().deleteRule('restrict'),
    ...mutable(),
  },
  uniques: [{ properties: ['ciId', 'source'] }],
  indexes: [
    { properties: ['source', 'key'] },
    { properties: ['source', 'id'] },
    { properties: ['observedById'] },
    {
      name: 'ci_observation_awaited',
      expression:
        'create index "ci_observation_awaited" on "ci_observation" ("due_at") ' +
        'where due_at is not null and not overdue and not gone',
    },
  ],
});

/** The latest that one source says of a configuration item. It stays beside the record and never changes it. */
export class CiObservation extends CiObservationSchema.class {}
CiObservationSchema.setClass(CiObservation);
