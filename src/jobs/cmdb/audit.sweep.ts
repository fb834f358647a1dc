import type { AppServices } from '../../app-services.js';
import { SYSTEM } from '../../domain/actor.js';
import { runningAudits, stepAudit } from '../../services/cmdb/audit-run.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { SweepDefinition } from '../jobs.js';

const AUDIT_SWEEP_MS = 1_000;

/** Takes running audits further, some hundreds of items per transaction. After a crash another process goes on. */
export const auditRunSweep: SweepDefinition<AppServices> = {
  name: 'audit.run',
  everyMs: AUDIT_SWEEP_MS,
  due: runningAudits,
  run: async (services, signal) => {
    let failure: unknown;
    for (const { id } of await services.readDatabase.query<{ id: string }>(runningAudits())) {
      const origin = { actor: SYSTEM, requestId: `audit.run:${id}` };
      try {
        let more = true;
        while (more && !signal.aborted)
          more = await transact(services, origin, async (uow) => await stepAudit(uow, id));
      } catch (error) {
        failure = error;
      }
    }
    // One that fails does not keep the others waiting.
    if (failure !== undefined) throw failure;
  },
};
