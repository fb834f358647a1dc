import { sql } from 'kysely';
import { expireRequest } from '../../services/change/change-release-request-end.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { SweepDefinition } from '../jobs.js';
import { SYSTEM } from '../../domain/actor.js';
import type { AppServices } from '../../app-services.js';

const BATCH = 100;

const overdue = (services: AppServices) => sql<{ id: string }>`
  select id from change_release_request
  where state = 'SUBMITTED' and expires_at <= ${services.clock()}
  order by expires_at limit ${BATCH}`;

/**
 * Expires overdue requests to join a release, each in a unit of work of its own so that one failure does not block the
 * others.
 */
export const expireRequests: SweepDefinition<AppServices> = {
  name: 'change-release-request.expire',
  everyMs: 30_000,
  due: overdue,
  run: async (services) => {
    const due = await services.readDatabase.query<{ id: string }>(overdue(services));
    for (const { id } of due) {
      await transact(
        services,
        { actor: SYSTEM, requestId: 'change-release-request.expire' },
        async (uow) => await expireRequest(uow, id),
      );
    }
  },
};
