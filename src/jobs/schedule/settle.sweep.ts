import type { AppServices } from '../../app-services.js';
import { SYSTEM } from '../../domain/actor.js';
import { auditSchedule, noteDifferences } from '../../services/schedule/schedule-audit.service.js';
import {
  forgetReach,
  readStale,
  settleStalePerson,
  settleStaleRelease,
  settleStaleTeam,
  staleNotes,
} from '../../services/schedule/schedule-stale.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { SweepDefinition } from '../jobs.js';

const SETTLE_SWEEP_MS = 1_000;
const FORGET_SWEEP_MS = 3_600_000;
const AUDIT_SWEEP_MS = 86_400_000;
const AT_ONCE = 100;

const origin = (what: string) => ({ actor: SYSTEM, requestId: `schedule.settle:${what}` });

/** Finds the conflicts again of whatever triggers of the database noted, each release in a unit of work of its own. */
export const settleSweep: SweepDefinition<AppServices> = {
  name: 'schedule.settle',
  everyMs: SETTLE_SWEEP_MS,
  due: staleNotes,
  run: async (services, signal) => {
    const { releaseIds, personIds, teamIds: noted } = await readStale(services.readDatabase, AT_ONCE);
    for (const id of releaseIds) {
      if (signal.aborted) return;
      await transact(services, origin(id), async (uow) => await settleStaleRelease(uow, id));
    }
    for (const id of personIds) {
      if (signal.aborted) return;
      await transact(services, origin(id), async (uow) => await settleStalePerson(uow, id));
    }
    // People note their teams when they are settled.
    const { teamIds } = personIds.length === 0 ? { teamIds: noted } : await readStale(services.readDatabase, AT_ONCE);
    for (const id of teamIds) {
      if (signal.aborted) return;
      await transact(services, origin(id), async (uow) => await settleStaleTeam(uow, id));
    }
    if ([releaseIds, personIds, teamIds].some(({ length }) => length === AT_ONCE)) services.soon('schedule.settle', 0);
  },
};

/** Forgets what past work touched. */
export const forgetReachSweep: SweepDefinition<AppServices> = {
  name: 'schedule.forget',
  everyMs: FORGET_SWEEP_MS,
  run: async (services) => await transact(services, origin('past'), forgetReach),
};

/** Compares kept conflicts with those that the rules find, and has differences settled. There are none. */
export const auditSweep: SweepDefinition<AppServices> = {
  name: 'schedule.audit',
  everyMs: AUDIT_SWEEP_MS,
  run: async (services) => {
    const { differences } = await auditSchedule(services.readDatabase, services.clock());
    if (differences.length === 0) return;
    await transact(services, origin('audit'), async (uow) => await noteDifferences(uow, differences));
    throw new Error(
      `${differences.length} kept conflicts differ from the rules and are settled again: ${differences[0]?.key} …`,
    );
  },
};
