import { getMetadataStorage } from 'type-graphql';
import { blocker, type Blocker } from '../domain/blocker.js';
import type { Role } from '../domain/roles.js';
import type { Actor } from '../domain/actor.js';

let declared: ReadonlyMap<string, readonly Role[]> | undefined;

/** The roles that `@Authorized` declares for a mutation: the same declaration that authorises the request. */
function rolesOf(mutation: string): readonly Role[] {
  declared ??= new Map(
    getMetadataStorage().mutations.map(({ schemaName, roles }) => [schemaName, (roles ?? []) as Role[]]),
  );
  return declared.get(mutation) ?? [];
}

/** The blocker of an actor that holds none of the roles of a mutation; undefined when the actor holds one. */
export function roleBlocker(actor: Actor, mutation: string): Blocker | undefined {
  const roles = rolesOf(mutation);
  if (roles.length === 0 || actor.roles.some((role) => roles.includes(role))) return undefined;
  return blocker(
    'ROLE_REQUIRED',
    `This requires one of the roles ${roles.join(', ')}. Ask somebody who holds one.`,
    roles,
  );
}
