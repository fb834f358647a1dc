import { PERSON_KINDS } from '../../domain/people/person.js';
import { defineEntity, p } from '@mikro-orm/core';
import { ROLES } from '../../domain/roles.js';
import { externalRef, id, mutable } from '../columns.js';

const PersonSchema = defineEntity({
  name: 'Person',
  tableName: 'person',
  properties: {
    id: id(),
    name: p.text(),
    email: p.text().unique(),
    subject: p.text().nullable().unique(),
    kind: p.enum(PERSON_KINDS).default('HUMAN'),
    roles: p.enum(ROLES).array().default([]),
    active: p.boolean().default(true),
    ...externalRef(),
    ...mutable(),
  },
  uniques: [{ properties: ['externalSource', 'externalKey'] }],
});

/** A human or service account that can act. `subject` is the `sub` claim of the identity provider. */
export class Person extends PersonSchema.class {}
PersonSchema.setClass(Person);
