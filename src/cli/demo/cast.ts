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

/** Two administrators: one proposes access for others, the other confirms it. */
export interface Administrators {
  readonly first: ApiClient;
  readonly second: ApiClient;
}

/** Proposes access as one administrator, and confirms it as the other. @returns the text of a new token, if any */
async function give({ first, second }: Administrators, proposal: string, input: object): Promise<string> {
  const { id } = await first.run(proposal, { ...input, reason: 'Plays in the demo.' }, 'accessGrant');
  const confirmed = await second.query<{ accessGrantConfirm: { secret: string; userErrors: { message: string }[] } }>(
    'mutation($id: ID!) { accessGrantConfirm(input: { id: $id }) { secret userErrors { message } } }',
    { id },
  );
  const { secret, userErrors } = confirmed.accessGrantConfirm;
  if (userErrors.length > 0) throw new Error(userErrors.map(({ message }) => message).join(' '));
  return secret;
}

/** Creates the people of the story, or finds those of an earlier run, and a token of one day for each. */
export async function gatherCast(administrators: Administrators): Promise<Cast> {
  const { first } = administrators;
  const players: Record<string, Player> = {};
  for (const [key, { name, roles }] of Object.entries(PEOPLE)) {
    const { id, roles: held } = await first.run<{ id: string; roles: readonly Role[] }>(
      'personUpsert',
      { externalRef: { source: 'demo', key }, name, email: `${key}@demo.example` },
      'person',
      'id roles',
    );
    const missing = roles.filter((role) => !held.includes(role));
    if (missing.length > 0) await give(administrators, 'accessGrantProposeRoles', { personId: id, roles: missing });
    const token = { personId: id, name: 'demo', roles, days: 1 };
    const secret = await give(administrators, 'accessGrantProposeToken', token);
    players[key] = { api: new ApiClient(first.url, name, secret), id, name, roles };
  }
  return players as unknown as Cast;
}
