import { defineEntity, p } from '@mikro-orm/core';
import { id, mutable } from '../columns.js';
import { Person } from './person.entity.js';

const AbsenceSchema = defineEntity({
  name: 'Absence',
  tableName: 'absence',
  properties: {
    id: id(),
    personId: () => p.manyToOne(Person).mapToPk().fieldName('person_id').deleteRule('restrict'),
    startsAt: p.datetime(),
    endsAt: p.datetime(),
    withdrawnAt: p.datetime().nullable(),
    ...mutable(),
  },
  indexes: [
    { properties: ['personId', 'endsAt'] },
    { properties: ['startsAt', 'id'] },
    { properties: ['endsAt', 'id'] },
  ],
  checks: [{ name: 'absence_ends_after_start', expression: 'starts_at < ends_at' }],
});

/** A time at which a person is away. Why is nobody's business, so there is no column for it. */
export class Absence extends AbsenceSchema.class {}
AbsenceSchema.setClass(Absence);
