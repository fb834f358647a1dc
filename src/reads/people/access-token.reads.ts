import { accessTokenList, AccessTokenType } from '../../schema/people/access-token.type.js';
import { sql } from 'kysely';
import { defineRead, type ReadDefinition } from '../model.js';

const definition: ReadDefinition<AccessTokenType> = {
  list: accessTokenList,
  type: 'AccessToken',
  table: 'access_token',
  of: AccessTokenType,
  keys: ['personId'],
  filters: {
    ancestor: {
      kind: 'related',
      of: 'id',
      type: 'AccessToken',
      column: sql`a.id`,
      exists: (condition) => sql`exists (select 1 from unnest(t.lineage) a (id) where ${condition})`,
    },
  },
};

/** How tokens are read in general: who administers or audits the server sees them. */
export const accessTokenRead = defineRead<AccessTokenType>({ ...definition, readableBy: ['ADMINISTRATOR', 'AUDITOR'] });

/**
 * How people read their own tokens. The caller makes sure that they are: by a condition, or because a use case checked
 * it.
 */
export const ownAccessTokenRead = defineRead<AccessTokenType>(definition);
