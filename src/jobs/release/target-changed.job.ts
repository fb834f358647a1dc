import {
  followTargets,
  releasesToFollow,
  TARGET_CHANGED_JOB,
} from '../../services/release/release-target-change.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { JobDefinition } from '../jobs.js';
import { SYSTEM } from '../../domain/actor.js';
import type { AppServices } from '../../app-services.js';

/** Updates the releases whose targets impact some items, each in a unit of work of its own. It is idempotent. */
export const targetChangedJob: JobDefinition<AppServices> = {
  name: TARGET_CHANGED_JOB,
  run: async (services, { ciIds }) => {
    for (const id of await releasesToFollow(services.readDatabase, ciIds as string[])) {
      await transact(
        services,
        { actor: SYSTEM, requestId: TARGET_CHANGED_JOB },
        async (uow) => await followTargets(uow, id),
      );
    }
  },
};
