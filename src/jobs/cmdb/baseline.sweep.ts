import { sql } from 'kysely';
import type { AppServices } from '../../app-services.js';
import { SYSTEM } from '../../domain/actor.js';
import {
  contentToFix,
  dueBaselines,
  fixableBaselines,
  fixBaseline,
  pendingBaselines,
  putOff,
  takeDue,
} from '../../services/cmdb/baseline-fix.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { SweepDefinition } from '../jobs.js';

const BASELINE_SWEEP_MS = 1_000;

const origin = (what: string) => ({ actor: SYSTEM, requestId: `baseline.${what}` });

/**
 * Takes baselines around distributions, and fixes the content of those that were asked for. The content is read outside
 * the transaction that stores its digest: it does not change any longer, and nobody waits.
 */
export const baselineSweep: SweepDefinition<AppServices> = {
  name: 'baseline.take',
  everyMs: BASELINE_SWEEP_MS,
  due: () => sql`(${dueBaselines()}) union all (${pendingBaselines()})`,
  run: async (services, signal) => {
    if ((await services.readDatabase.query(dueBaselines())).length > 0)
      await transact(services, origin('due'), takeDue);
    let failure: unknown;
    for (const baseline of await fixableBaselines(services.readDatabase, services.clock())) {
      if (signal.aborted) return;
      try {
        const content = await contentToFix(services.readDatabase, baseline);
        await transact(services, origin(baseline.id), async (uow) => await fixBaseline(uow, baseline.id, content));
      } catch (error) {
        failure = error;
        await transact(services, origin(baseline.id), async (uow) => await putOff(uow, baseline.id));
      }
    }
    // One that cannot be read in time does not keep the others waiting.
    if (failure !== undefined) throw failure;
  },
};
