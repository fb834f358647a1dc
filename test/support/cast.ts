import type { Role } from '../../src/domain/roles.js';
import type { TestApp } from './app.js';
import type { TestClient } from './client.js';

/** The people of the tests and the role that each one holds. `manager` and `owner` are those of releases. */
const PEOPLE = {
  requester: ['rita', 'REQUESTER'],
  changeManager: ['chad', 'CHANGE_MANAGER'],
  authority: ['anna', 'CHANGE_AUTHORITY'],
  manager: ['mona', 'RELEASE_MANAGER'],
  secondManager: ['mark', 'RELEASE_MANAGER'],
  owner: ['olga', 'RELEASE_OWNER'],
  otherOwner: ['otto', 'RELEASE_OWNER'],
  tester: ['tess', 'TEST_MANAGER'],
  operator: ['oskar', 'DEPLOYMENT_OPERATOR'],
  assignee: ['tom', 'TASK_ASSIGNEE'],
  librarian: ['lara', 'DML_LIBRARIAN'],
  secondLibrarian: ['liam', 'DML_LIBRARIAN'],
  configurationManager: ['carl', 'CONFIGURATION_MANAGER'],
  administrator: ['ada', 'ADMINISTRATOR'],
  auditor: ['audrey', 'AUDITOR'],
  adapter: ['tool', 'ADAPTER'],
} as const satisfies Record<string, readonly [name: string, role: Role]>;

/** A signed-in client for every person, by what the person is to the tests. */
export type Cast = Readonly<Record<keyof typeof PEOPLE, TestClient>>;

/**
 * Signs people in at an app.
 * @param only the ones to sign in; everybody by default. Tests about the list of people name those they need.
 */
export async function castOf<Name extends keyof Cast>(app: TestApp, ...only: Name[]): Promise<Pick<Cast, Name>> {
  const names = only.length > 0 ? only : (Object.keys(PEOPLE) as Name[]);
  const clients = await Promise.all(
    names.map(async (key) => {
      const [name, role] = PEOPLE[key];
      return [key, await app.as(name, role)] as const;
    }),
  );
  return Object.fromEntries(clients) as Pick<Cast, Name>;
}
