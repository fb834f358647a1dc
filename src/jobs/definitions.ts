import { sql } from 'kysely';
import { transact } from '../services/unit-of-work.js';
import { callbackTokens } from './distribution/callback-address.js';
import type { JobDefinition, SweepDefinition } from './jobs.js';
import { advanceJob, decisionSweep, waveSweep } from './distribution/rollout.job.js';
import { dueSweep, recallSweep } from './distribution/due.job.js';
import { preflightJob, preflightSweep } from './distribution/preflight.job.js';
import { probeJob, probeSweep } from './distribution/probe.job.js';
import { retrySweep } from './distribution/retry.job.js';
import { logSweep } from './distribution/run-log.job.js';
import { runJob, runSweep } from './distribution/run.job.js';
import { auditRunSweep } from './cmdb/audit.sweep.js';
import { baselineSweep } from './cmdb/baseline.sweep.js';
import { classMigrationSweep } from './cmdb/class-migration.sweep.js';
import { compareSweep, overdueSweep } from './cmdb/drift.sweep.js';
import { duplicateSweep } from './cmdb/duplicate.sweep.js';
import { expireGrants } from './people/grant-expiry.sweep.js';
import { expireRequests } from './change/request-expiry.sweep.js';
import { targetChangedJob } from './release/target-changed.job.js';
import { mediaAudit, mediaUnrecorded, mediaVerify } from './library/media-verify.job.js';
import { auditSweep, forgetReachSweep, settleSweep } from './schedule/settle.sweep.js';
import { SYSTEM } from '../domain/actor.js';
import type { AppServices } from '../app-services.js';

/** All kinds of jobs. */
export const jobDefinitions: readonly JobDefinition<AppServices>[] = [
  mediaVerify,
  runJob,
  advanceJob,
  preflightJob,
  probeJob,
  targetChangedJob,
];

/** Removes stored results of commands that are older than INTERLOCK_IDEMPOTENCY_HOURS. */
const forgetIdempotency: SweepDefinition<AppServices> = {
  name: 'idempotency.forget',
  everyMs: 3_600_000,
  run: async (services) => {
    const oldest = new Date(services.clock().getTime() - services.config.idempotencyHours * 3_600_000);
    await transact(services, { actor: SYSTEM, requestId: 'idempotency.forget' }, async (uow) => {
      await uow.query(sql`delete from idempotency_record where created_at < ${oldest}`);
    });
  },
};

/** The sweeps that have work, found by one statement. @returns their names */
export async function sweepsWithWork(
  services: AppServices,
  sweeps: readonly SweepDefinition<AppServices>[],
): Promise<ReadonlySet<string>> {
  const looks = sweeps.flatMap(({ name, due }) => (due === undefined ? [] : sql`(${name}, exists (${due(services)}))`));
  const found = await services.readDatabase.query<{ name: string }>(
    sql`select name from (values ${sql.join(looks)}) as sweep (name, has_work) where has_work`,
  );
  return new Set(found.map(({ name }) => name));
}

/** All sweeps: work that processes look for at an interval. */
export const sweepDefinitions: readonly SweepDefinition<AppServices>[] = [
  forgetIdempotency,
  callbackTokens,
  expireGrants,
  expireRequests,
  mediaAudit,
  mediaUnrecorded,
  preflightSweep,
  probeSweep,
  dueSweep,
  recallSweep,
  waveSweep,
  decisionSweep,
  retrySweep,
  logSweep,
  runSweep,
  settleSweep,
  forgetReachSweep,
  auditSweep,
  compareSweep,
  overdueSweep,
  duplicateSweep,
  baselineSweep,
  auditRunSweep,
  classMigrationSweep,
];
