import { defineEntity, p } from '@mikro-orm/core';
import { ACCESS_GRANT_KINDS, ACCESS_GRANT_STATES } from '../../domain/people/access-grant.machine.js';
import { ROLES } from '../../domain/roles.js';
import { id, mutable } from '../columns.js';
import { AccessToken } from './access-token.entity.js';
import { Person } from './person.entity.js';

const token = (column: string) =>
  p.manyToOne(AccessToken).mapToPk().fieldName(column).nullable().deleteRule('restrict');

const AccessGrantSchema = defineEntity({
  name: 'AccessGrant',
  tableName: 'access_grant',
  properties: {
    id: id(),
    kind: p.enum(ACCESS_GRANT_KINDS),
    state: p.enum(ACCESS_GRANT_STATES).default('PROPOSED'),
    personId: () => p.manyToOne(Person).mapToPk().fieldName('person_id').deleteRule('restrict'),
    roles: p.enum(ROLES).array().default([]),
    tokenName: p.text().nullable(),
    tokenExpiresAt: p.datetime().nullable(),
    subject: p.text().nullable(),
    email: p.text().nullable(),
    reason: p.text(),
    expiresAt: p.datetime(),
    proposedById: () => p.manyToOne(Person).mapToPk().fieldName('proposed_by_id').deleteRule('restrict'),
    proposedWithId: () => token('proposed_with_id'),
    decidedById: () => p.manyToOne(Person).mapToPk().fieldName('decided_by_id').nullable().deleteRule('restrict'),
    decidedAt: p.datetime().nullable(),
    decisionReason: p.text().nullable(),
    accessTokenId: () => token('access_token_id'),
    ...mutable(),
  },
  indexes: [{ properties: ['personId'] }, { properties: ['proposedWithId'] }, { properties: ['state', 'id'] }],
});

/** Access for a person that one administrator proposes and another one confirms: roles, a token or an identity. */
export class AccessGrant extends AccessGrantSchema.class {}
AccessGrantSchema.setClass(AccessGrant);
