import type { Role } from '../../domain/roles.js';
import { ApiClient } from './client.js';

/** The people of the story: separation of duty needs several. */
const PEOPLE = {
  rosa: { name: 'Rosa Quest', roles: ['REQUESTER'] },
  cem: { name: 'Cem Angel', roles: ['CHANGE_MANAGER'] },
  aida: { name: 'Aida Thority', roles: ['CHANGE_AUTHORITY'] },
  olga: { name: 'Olga Owner', roles: ['RELEASE_OWNER'] },
  max: { name: 'Max Manager', roles: ['RELEASE_MANAGER'] },
  tess: { name: 'Tess Ter', roles: ['TEST_MANAGER', 'TASK_ASSIGNEE'] },
  lin: { name: 'Lin Brarian', roles: ['DML_LIBRARIAN'] },
  lars: { name: 'Lars Brarian', roles: ['DML_LIBRARIAN'] },
  conny: { name: 'Conny Figura', roles: ['CONFIGURATION_MANAGER'] },
  dora: { name: 'Dora Ployment', roles: ['DEPLOYMENT_OPERATOR'] },
} as const satisfies Record<string, { name: string; roles: readonly Role[] }>;

/** A member of the cast: a client and the id of the person. */
export interface Player {
  readonly api: ApiClient;
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
}

/** All people, by short name. */
export type Cast = { readonly [K in keyof typeof PEOPLE]: Player };

/** Creates the people of the story, or finds those of an earlier run, and a token of one day for each. */
export async function gatherCast(admin: ApiClient): Promise<Cast> {
  const players: Record<string, Player> = {};
  for (const [key, { name, roles }] of Object.entries(PEOPLE)) {
    const { id } = await admin.run(
      'personUpsert',
      { externalRef: { source: 'demo', key }, name, email: `${key}@demo.example`, roles },
      'person',
    );
    const token = await admin.query<{ accessTokenCreate: { secret: string } }>(
      'mutation($input: AccessTokenCreateInput!) { accessTokenCreate(input: $input) { secret userErrors { ' +
        'message } } }',
      { input: { name: 'demo', personId: id, roles, days: 1 } },
    );
    players[key] = { api: new ApiClient(admin.url, name, token.accessTokenCreate.secret), id, name, roles };
  }
  return players as unknown as Cast;
}
