import { defineEntity, p } from '@mikro-orm/core';
import { CHANGE_OUTCOMES, CHANGE_RISKS, CHANGE_STATES, CHANGE_TYPES } from '../../domain/change/change.machine.js';
import { byInstant, externalRef, id, mutable, number, whereGiven } from '../columns.js';
import { Person } from '../people/person.entity.js';

const ChangeSchema = defineEntity({
  name: 'Change',
  tableName: 'change',
  properties: {
    id: id(),
    number: number('CHG', 'change'),
    title: p.text(),
    description: p.text().default(''),
    type: p.enum(CHANGE_TYPES).default('NORMAL'),
    risk: p.enum(CHANGE_RISKS).default('MEDIUM'),
    state: p.enum(CHANGE_STATES).default('OPEN'),
    stateReason: p.text().nullable(),
    outcome: p.enum(CHANGE_OUTCOMES).nullable(),
    backOutPlan: p.text().default(''),
    assessment: p.text().nullable(),
    requestedById: () => p.manyToOne(Person).mapToPk().fieldName('requested_by_id').deleteRule('restrict'),
    authorisedById: () => p.manyToOne(Person).mapToPk().fieldName('authorised_by_id').nullable().deleteRule('restrict'),
    authorisedAt: p.datetime().nullable(),
    plannedStart: p.datetime().nullable(),
    plannedEnd: p.datetime().nullable(),
    implementedAt: p.datetime().nullable(),
    ...externalRef(),
    ...mutable(),
  },
  uniques: [{ properties: ['externalSource', 'externalKey'] }],
  indexes: [
    { properties: ['state', 'id'] },
    { properties: ['requestedById'] },
    whereGiven('change', 'authorised_by_id'),
    byInstant('change', 'planned_start'),
  ],
});

/** A request for change (RFC): what to change on which CIs, why, at what risk, and who authorised it. */
export class Change extends ChangeSchema.class {}
ChangeSchema.setClass(Change);
