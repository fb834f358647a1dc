import type { AccessTokenType } from '../../schema/people/access-token.type.js';
import { column, defineRead, type ReadDefinition } from '../model.js';

const definition: ReadDefinition<AccessTokenType> = {
  type: 'AccessToken',
  table: 'access_token',
  fields: ['name', 'roles', 'expiresAt', 'revokedAt', 'lastUsedAt', 'version', 'createdAt', 'personId'],
  order: {
    NAME: { column: column('name'), type: 'text' },
    EXPIRES_AT: { column: column('expiresAt'), type: 'timestamptz' },
  },
  filters: {
    name: { kind: 'text', column: column('name') },
    person: { kind: 'id', type: 'Person', column: column('personId') },
    expiresAt: { kind: 'instant', column: column('expiresAt') },
    revokedAt: { kind: 'instant', column: column('revokedAt') },
    lastUsedAt: { kind: 'instant', column: column('lastUsedAt') },
  },
};

/** How tokens are read in general: who administers or audits the server sees them. */
export const accessTokenRead = defineRead<AccessTokenType>({ ...definition, readableBy: ['ADMINISTRATOR', 'AUDITOR'] });

/** How people read their own tokens. Whoever uses it answers for that: by a condition, or because a use case has just checked. */
export const ownAccessTokenRead = defineRead<AccessTokenType>(definition);
