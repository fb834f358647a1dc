import { auditSchedule } from '../services/schedule/schedule-audit.service.js';
import { transact } from '../services/unit-of-work.js';
import { SYSTEM } from '../domain/actor.js';
import { printJson } from './output.js';
import { withDatabase } from './database.command.js';

/** Most differences that are printed. */
const SHOWN = 20;

/**
 * Finds all conflicts of the schedule from now on again and compares them with those that are kept. It changes
 * nothing, and the exit code is 1 when they differ.
 */
export async function scheduleCheck({ json }: { readonly json?: boolean } = {}): Promise<void> {
  await withDatabase(async (database) => {
    const services = { database, clock: () => new Date(), enqueue: async () => {}, committed: () => {} };
    const { days, compared, differences } = await transact(
      services,
      { actor: SYSTEM, requestId: 'schedule check' },
      async (uow) => await auditSchedule(uow, uow.now),
    );
    if (differences.length > 0) process.exitCode = 1;
    if (json) return printJson({ days, compared, differences });
    for (const { key, message } of differences.slice(0, SHOWN)) console.log(`${key}\n  ${message}`);
    console.log(`${compared} conflicts in ${days} days compared, ${differences.length} differ.`);
  });
}
