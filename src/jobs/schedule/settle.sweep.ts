import type { AppServices } from '../../app-services.js';
import { SYSTEM } from '../../domain/actor.js';
import {
  forgetReach,
  readStale,
  settleStalePerson,
  settleStaleRelease,
} from '../../services/schedule/schedule-stale.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { SweepDefinition } from '../jobs.js';

const SETTLE_SWEEP_MS = 1_000;
const FORGET_SWEEP_MS = 3_600_000;
const AT_ONCE = 100;

const origin = (what: string) => ({ actor: SYSTEM, requestId: `schedule.settle:${what}` });

/** Finds the conflicts again of whatever triggers of the database noted, each release in a unit of work of its own. */
export const settleSweep: SweepDefinition<AppServices> = {
  name: 'schedule.settle',
  everyMs: SETTLE_SWEEP_MS,
  run: async (services, signal) => {
    const { releaseIds, personIds } = await readStale(services.readDatabase, AT_ONCE);
    for (const id of releaseIds) {
      if (signal.aborted) return;
      await transact(services, origin(id), async (uow) => await settleStaleRelease(uow, id));
    }
    for (const id of personIds) {
      if (signal.aborted) return;
      await transact(services, origin(id), async (uow) => await settleStalePerson(uow, id));
    }
    if (releaseIds.length === AT_ONCE || personIds.length === AT_ONCE) services.soon('schedule.settle', 0);
  },
};

/** Forgets what past work touched. */
export const forgetReachSweep: SweepDefinition<AppServices> = {
  name: 'schedule.forget',
  everyMs: FORGET_SWEEP_MS,
  run: async (services) => await transact(services, origin('past'), forgetReach),
};
