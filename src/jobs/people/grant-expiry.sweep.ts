import { sql } from 'kysely';
import type { AppServices } from '../../app-services.js';
import { SYSTEM } from '../../domain/actor.js';
import { expireGrant } from '../../services/people/access-grant-end.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { SweepDefinition } from '../jobs.js';

const BATCH = 100;

const overdue = (services: AppServices) => sql<{ id: string }>`
  select id from access_grant
  where state = 'PROPOSED' and least(expires_at, token_expires_at) <= ${services.clock()}
  order by id limit ${BATCH}`;

/** Expires access grants that nobody confirmed in time, each in a unit of work of its own. */
export const expireGrants: SweepDefinition<AppServices> = {
  name: 'access-grant.expire',
  everyMs: 30_000,
  due: overdue,
  run: async (services) => {
    const due = await services.readDatabase.query<{ id: string }>(overdue(services));
    for (const { id } of due)
      await transact(
        services,
        { actor: SYSTEM, requestId: 'access-grant.expire' },
        async (uow) => await expireGrant(uow, id),
      );
  },
};
