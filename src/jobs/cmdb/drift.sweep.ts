import type { AppServices } from '../../app-services.js';
import { SYSTEM } from '../../domain/actor.js';
import { compareStale, markOverdue, overdueItems, staleItems } from '../../services/cmdb/drift-sweep.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { SweepDefinition } from '../jobs.js';

const COMPARE_SWEEP_MS = 1_000;
const OVERDUE_SWEEP_MS = 15_000;
const AT_ONCE = 500;

const origin = (what: string) => ({ actor: SYSTEM, requestId: `drift.${what}` });

/** Compares items again whose records changed, as triggers of the database noted. */
export const compareSweep: SweepDefinition<AppServices> = {
  name: 'drift.compare',
  everyMs: COMPARE_SWEEP_MS,
  due: staleItems,
  run: async (services, signal) => {
    // Mostly there is nothing, and to look costs less than a transaction.
    if ((await services.readDatabase.query(staleItems())).length === 0) return;
    for (;;) {
      const done = await transact(services, origin('compare'), async (uow) => await compareStale(uow, AT_ONCE));
      if (done < AT_ONCE || signal.aborted) return;
    }
  },
};

/** Finds items that a source has not told of for longer than it said it would. */
export const overdueSweep: SweepDefinition<AppServices> = {
  name: 'drift.overdue',
  everyMs: OVERDUE_SWEEP_MS,
  due: ({ clock }) => overdueItems(clock()),
  run: async (services, signal) => {
    if ((await services.readDatabase.query(overdueItems(services.clock()))).length === 0) return;
    for (;;) {
      const done = await transact(services, origin('overdue'), async (uow) => await markOverdue(uow, AT_ONCE));
      if (done < AT_ONCE || signal.aborted) return;
    }
  },
};
