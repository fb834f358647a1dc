import { defineEntity, p } from '@mikro-orm/core';
import { ROLES } from '../../domain/roles.js';
import { id, mutable } from '../columns.js';
import { Person } from './person.entity.js';

const AccessTokenSchema = defineEntity({
  name: 'AccessToken',
  tableName: 'access_token',
  properties: {
    id: id(),
    name: p.text(),
    personId: () => p.manyToOne(Person).mapToPk().fieldName('person_id').deleteRule('restrict'),
    roles: p.enum(ROLES).array(),
    secretHash: p.text(),
    expiresAt: p.datetime(),
    revokedAt: p.datetime().nullable(),
    lastUsedAt: p.datetime().nullable(),
    /** The tokens that it goes back to, the oldest first. It is worth nothing once one of them is revoked. */
    lineage: p.uuid().array().default([]),
    /** Subject at the identity provider with whose sign-in it was created. It is worth nothing for another one. */
    subject: p.text().nullable(),
    ...mutable(),
  },
  indexes: [{ properties: ['personId'] }, { properties: ['lineage'], type: 'gin' }],
});

/** A bearer token of a person or service account. Only the SHA-256 of its secret is stored; the token is shown once. */
export class AccessToken extends AccessTokenSchema.class {}
AccessTokenSchema.setClass(AccessToken);
