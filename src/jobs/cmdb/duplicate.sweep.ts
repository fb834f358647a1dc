import type { AppServices } from '../../app-services.js';
import { SYSTEM } from '../../domain/actor.js';
import { duplicatesToFind, findDuplicates } from '../../services/cmdb/duplicate-search.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { SweepDefinition } from '../jobs.js';

const DUPLICATE_SWEEP_MS = 1_000;
const AT_ONCE = 500;

/** Compares items with others when what identifies them changed, some hundreds per transaction. */
export const duplicateSweep: SweepDefinition<AppServices> = {
  name: 'duplicate.find',
  everyMs: DUPLICATE_SWEEP_MS,
  due: duplicatesToFind,
  run: async (services, signal) => {
    if ((await services.readDatabase.query(duplicatesToFind())).length === 0) return;
    const origin = { actor: SYSTEM, requestId: 'duplicate.find' };
    for (;;) {
      const done = await transact(services, origin, async (uow) => await findDuplicates(uow, AT_ONCE));
      if (done < AT_ONCE || signal.aborted) return;
    }
  },
};
