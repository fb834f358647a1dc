import type { App } from '../app.js';
import { ROLES } from '../domain/roles.js';
import { Person } from '../entities/person.entity.js';
import { issueAccessToken } from '../services/access-token.service.js';

/**
 * Fills an empty database with sample data and makes one token that holds every role.
 * @returns the token, or undefined when the database was not empty: then nothing is touched.
 */
export async function seedDevelopment(app: App): Promise<string | undefined> {
  return await app.transact(async (uow) => {
    if ((await uow.em.count(Person)) > 0) return undefined;
    const developer = uow.em.create(Person, { name: 'Dev Eloper', email: 'dev@example.test', roles: [...ROLES] });
    await uow.em.flush();
    return issueAccessToken(uow, { name: 'development', personId: developer.id, roles: ROLES, days: 30 }).text;
  });
}
