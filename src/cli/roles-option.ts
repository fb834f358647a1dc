import { ROLES, type Role } from '../domain/roles.js';

/**
 * The roles of `--role`, which can be repeated or take a list with commas.
 * @throws Error for none or an unknown one.
 */
export function rolesOf(given: readonly string[] | undefined): Role[] {
  const roles = (given ?? []).flatMap((text) => text.split(',')).map((text) => text.trim().toUpperCase());
  const unknown = roles.filter((role) => !ROLES.includes(role as Role));
  if (roles.length === 0 || unknown.length > 0)
    throw new Error(
      `${unknown.length > 0 ? `Unknown role ${unknown.join(', ')}.` : 'Name a role with --role.'} ` +
        `Roles: ${ROLES.join(', ')}.`,
    );
  return [...new Set(roles)] as Role[];
}
