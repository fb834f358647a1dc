import { defineEntity, p } from '@mikro-orm/core';
import { DRIFT_ASPECTS, DRIFT_KINDS } from '../../domain/cmdb/drift.js';
import { DRIFT_STATES } from '../../domain/cmdb/drift.machine.js';
import { Change } from '../change/change.entity.js';
import { id, mutable } from '../columns.js';
import { DmlItem } from '../library/dml-item.entity.js';
import { Person } from '../people/person.entity.js';
import { CiObservation } from './ci-observation.entity.js';
import { ConfigurationItem } from './configuration-item.entity.js';

const DriftSchema = defineEntity({
  name: 'Drift',
  tableName: 'drift',
  properties: {
    id: id(),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
    observationId: () => p.manyToOne(CiObservation).mapToPk().fieldName('observation_id').deleteRule('restrict'),
    source: p.text(),
    aspect: p.enum(DRIFT_ASPECTS),
    key: p.text(),
    name: p.text(),
    kind: p.enum(DRIFT_KINDS),
    recorded: p.json<unknown>().nullable(),
    observed: p.json<unknown>().nullable(),
    targetId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('target_id').nullable().deleteRule('restrict'),
    dmlItemId: () => p.manyToOne(DmlItem).mapToPk().fieldName('dml_item_id').nullable().deleteRule('restrict'),
    since: p.datetime(),
    observedAt: p.datetime(),
    state: p.enum(DRIFT_STATES).default('OPEN'),
    changeId: () => p.manyToOne(Change).mapToPk().fieldName('change_id').nullable().deleteRule('restrict'),
    reason: p.text().nullable(),
    decidedById: () => p.manyToOne(Person).mapToPk().fieldName('decided_by_id').nullable().deleteRule('restrict'),
    closedAt: p.datetime().nullable(),
    ...mutable(),
  },
  uniques: [
    { name: 'drift_one_at_a_time', properties: ['observationId', 'aspect', 'key'], where: 'closed_at is null' },
  ],
  indexes: [
    { properties: ['ciId', 'id'] },
    { properties: ['state', 'id'] },
    { properties: ['source', 'id'] },
    { properties: ['since', 'id'] },
    { properties: ['observationId'] },
    { properties: ['targetId'] },
    { properties: ['dmlItemId'] },
    { properties: ['changeId'] },
    { properties: ['decidedById'] },
    {
      name: 'drift_accepted_installation',
      expression:
        'create index "drift_accepted_installation" on "drift" ("closed_at", "id") ' +
        `where "state" = 'ACCEPTED' and "aspect" = 'INSTALLATION'`,
    },
  ],
});

/** One difference between the record of a configuration item and what a source says of it, until it ends. */
export class Drift extends DriftSchema.class {}
DriftSchema.setClass(Drift);
