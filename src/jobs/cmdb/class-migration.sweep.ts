import type { AppServices } from '../../app-services.js';
import { SYSTEM } from '../../domain/actor.js';
import { runningMigrations, stepMigration } from '../../services/cmdb/class-migration-run.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { SweepDefinition } from '../jobs.js';

const MIGRATION_SWEEP_MS = 1_000;

/** Takes migrations of classes further, some hundreds of items at a time. After a crash another process goes on. */
export const classMigrationSweep: SweepDefinition<AppServices> = {
  name: 'class-migration.run',
  everyMs: MIGRATION_SWEEP_MS,
  due: runningMigrations,
  run: async (services, signal) => {
    let failure: unknown;
    for (const { id } of await services.readDatabase.query<{ id: string }>(runningMigrations())) {
      const origin = { actor: SYSTEM, requestId: `class-migration.run:${id}` };
      try {
        let more = true;
        while (more && !signal.aborted)
          more = await transact(services, origin, async (uow) => await stepMigration(uow, id));
      } catch (error) {
        failure = error;
      }
    }
    // One that fails does not keep the others waiting.
    if (failure !== undefined) throw failure;
  },
};
