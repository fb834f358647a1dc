import { openDatabase } from '../../src/entities/database.js';
import { Person } from '../../src/entities/people/person.entity.js';
import { toNodeId } from '../../src/domain/node-id.js';
import { SYSTEM } from '../../src/domain/actor.js';
import { ROLES } from '../../src/domain/roles.js';
import { issueAccessToken } from '../../src/services/people/access-token.service.js';
import { transact } from '../../src/services/unit-of-work.js';

/** Somebody who sends commands in a benchmark. */
export interface Somebody {
  readonly id: string;
  readonly token: string;
}

/** As many people as asked for, each with every role: nobody may approve their own work, so one is too few. */
export async function people(databaseUrl: string, count: number): Promise<Somebody[]> {
  const database = openDatabase(databaseUrl, { poolSize: 1, statementTimeoutMs: 60_000 });
  try {
    const services = { database, clock: () => new Date(), enqueue: async () => {}, committed: () => {} };
    return await transact(services, { actor: SYSTEM, requestId: 'bench' }, async (uow) => {
      const made: Somebody[] = [];
      for (let n = 1; n <= count; n++) {
        const person = uow.em.create(Person, { name: `Person ${n}`, email: `p${n}@bench.test`, roles: [...ROLES] });
        await uow.em.flush();
        const { text } = issueAccessToken(uow, { name: 'bench', personId: person.id, roles: ROLES, days: 1 });
        made.push({ id: toNodeId('Person', person.id), token: text });
      }
      return made;
    });
  } finally {
    await database.close(true);
  }
}
