import { sql } from 'kysely';
import type { App } from '../app.js';
import { ROLES } from '../domain/roles.js';
import { Person } from '../entities/people/person.entity.js';
import { issueAccessToken } from '../services/people/access-token.service.js';
import { personCreate } from '../services/people/person.service.js';
import { loadSampleData } from './sample-data.js';

/**
 * Fills an empty database with sample data and creates a token with every role, in one transaction. Two processes may
 * start on the same empty database.
 * @returns the token, or undefined when the database was not empty: then nothing is changed.
 */
export async function seedDevelopment(app: App): Promise<string | undefined> {
  return await app.transact(async (uow) => {
    await uow.query(sql`select pg_advisory_xact_lock(7301942003)`);
    if ((await uow.em.count(Person)) > 0) return undefined;
    const developer = await personCreate(uow, {
      name: 'Dev Eloper',
      email: 'dev@example.test',
      kind: 'HUMAN',
      roles: ROLES,
    });
    await loadSampleData(uow);
    return issueAccessToken(uow, { name: 'development', personId: developer.id, roles: ROLES, days: 30 }).text;
  });
}
