import { snakeCase } from '../../database/expressions.js';
import { sql, type RawBuilder } from 'kysely';
import type { DistributionRequest, RunHandle } from '../../adapters/adapter.js';
import { Distribution } from '../../entities/distribution/distribution.entity.js';
import { Release } from '../../entities/release/release.entity.js';
import { lock } from '../load.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { notFound } from '../../domain/errors.js';
import type {
  CancelAnswer,
  CancelMode,
  DistributionRunState,
  RunControl,
} from '../../domain/distribution/distribution-run.js';

/** The job that looks at a run immediately; a sweep finds the run soon in any case. */
export const RUN_JOB = 'distribution.run';

/** The job that asks a tool what it would say to an order. */
export const PREFLIGHT_JOB = 'distribution.preflight';

/** The job that begins the next wave of a rollout immediately; a sweep finds the rollout soon in any case. */
export const ADVANCE_JOB = 'distribution.advance';

/** The part of a run that changes after its intent was stored. */
export interface RunProgress {
  readonly state: DistributionRunState;
  readonly handle: RunHandle | null;
  /** Position at which the next observation continues. */
  readonly cursor: string | null;
  readonly nativeStatus: string | null;
  readonly message: string | null;
  readonly url: string | null;
  /** How often `submit` was called under this key. */
  readonly submitCalls: number;
  /** A call of `submit` was begun and its end is not known. */
  readonly submitUnclear: boolean;
  /** Failed calls of the tool in a row. */
  readonly failures: number;
  /** When to look at it next; null when nothing more is expected. */
  readonly nextObserveAt: Date | null;
  readonly cancelRequestedAt: Date | null;
  readonly cancelMode: CancelMode | null;
  /** Null while the tool has not answered the cancel. */
  readonly cancelAnswer: CancelAnswer | null;
  readonly control: RunControl | null;
  readonly callbackHash: string | null;
  readonly lastCallbackId: string | null;
  /** When the tool said that it would take the order; null until then, and where it is not asked. */
  readonly preflightedAt: Date | null;
  readonly submittedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** One attempt of a distribution at its tool, as the record has it. */
export interface Run extends RunProgress {
  readonly id: string;
  readonly distributionId: string;
  readonly attempt: number;
  /** The tool that the order is for. */
  readonly deploymentToolId: string;
  readonly key: string;
  readonly request: DistributionRequest;
  readonly backOut: boolean;
  readonly deadline: Date;
  readonly createdAt: Date;
  /** Grows with every lease: a process that writes with an older one has lost the run. */
  readonly fence: number;
}

/** Another process drives the run now: this one must stop at once and write nothing. */
export class LeaseLost extends Error {
  constructor(runId: string) {
    super(`The lease of run ${runId} is lost.`);
    this.name = 'LeaseLost';
  }
}

const instant = (column: string) => sql.raw(`(extract(epoch from r.${column}) * 1000)::float8`);

// Without the order, which is as large as the number of targets and never changes.
const PROGRESS_COLUMNS = sql`r.id, r.distribution_id as "distributionId", r.attempt, r.key,
  r.deployment_tool_id as "deploymentToolId",
  r.back_out as "backOut", r.fence, r.state, r.handle, r.cursor, r.native_status as "nativeStatus",
  r.message, r.url, r.submit_calls as "submitCalls", r.submit_unclear as "submitUnclear", r.failures,
  r.cancel_mode as "cancelMode", r.cancel_answer as "cancelAnswer", r.control,
  r.callback_hash as "callbackHash", r.last_callback_id as "lastCallbackId",
  ${instant('deadline')} as deadline, ${instant('created_at')} as "createdAt",
  ${instant('next_observe_at')} as "nextObserveAt", ${instant('cancel_requested_at')} as "cancelRequestedAt",
  ${instant('preflighted_at')} as "preflightedAt", ${instant('submitted_at')} as "submittedAt",
  ${instant('finished_at')} as "finishedAt"`;

const COLUMNS = sql`${PROGRESS_COLUMNS}, r.request`;

const INSTANTS = [
  'deadline',
  'createdAt',
  'nextObserveAt',
  'cancelRequestedAt',
  'preflightedAt',
  'submittedAt',
  'finishedAt',
] as const;

type Stored = {
  readonly [K in keyof Run]: Date extends Run[K] ? number | (null extends Run[K] ? null : never) : Run[K];
};

const present = (row: Stored): Run =>
  ({
    ...row,
    ...Object.fromEntries(INSTANTS.map((field) => [field, row[field] === null ? null : new Date(row[field])])),
  }) as unknown as Run;

/** The runs that are due at an instant and have no lease, the most overdue first. One index lookup. */
export const dueRuns = (now: Date, limit: number) => sql<{ id: string }>`
  select id from distribution_run
  where next_observe_at <= ${now} and (lease_until is null or lease_until <= ${now})
  order by next_observe_at
  limit ${limit}`;

/**
 * Takes the lease of a run that is due and has none.
 * @returns undefined when nothing is due, or another process was faster.
 */
export async function claimRun(
  uow: UnitOfWork,
  runId: string,
  owner: string,
  leaseMs: number,
): Promise<Run | undefined> {
  const [row] = await uow.query<Stored>(sql`
    update distribution_run r set
      lease_owner = ${owner},
      lease_until = ${new Date(uow.now.getTime() + leaseMs)},
      fence = r.fence + 1
    where r.id = ${runId} and r.next_observe_at <= ${uow.now}
      and (r.lease_until is null or r.lease_until <= ${uow.now})
    returning ${COLUMNS}`);
  return row && present(row);
}

/** Keeps a lease alive. @throws LeaseLost */
export async function extendLease(uow: UnitOfWork, run: Pick<Run, 'id' | 'fence'>, leaseMs: number): Promise<void> {
  const rows = await uow.query<{ id: string }>(sql`
    update distribution_run set lease_until = ${new Date(uow.now.getTime() + leaseMs)}
    where id = ${run.id} and fence = ${run.fence}
    returning id`);
  if (rows.length === 0) throw new LeaseLost(run.id);
}

/** Returns a lease, if it is still held. */
export async function returnLease(uow: UnitOfWork, run: Pick<Run, 'id' | 'fence'>): Promise<Date | undefined> {
  const [row] = await uow.query<{ next: number | null }>(sql`
    update distribution_run r set lease_until = null, lease_owner = null
    where id = ${run.id} and fence = ${run.fence}
    returning ${instant('next_observe_at')} as next`);
  return row?.next == null ? undefined : new Date(row.next);
}

/** A run with the aggregates it belongs to, all locked. */
export interface HeldRun {
  readonly release: Release;
  readonly distribution: Distribution;
  readonly run: Run;
}

/** Loads and locks a distribution and its release: the release first, as everywhere. @throws RequestError NOT_FOUND */
export async function lockDistribution(
  uow: UnitOfWork,
  distributionId: string,
  columns: readonly 'approvedBasis'[] = [],
): Promise<Omit<HeldRun, 'run'>> {
  const [row] = await uow.query<{ release: string }>(
    sql`select release_id as release from distribution where id = ${distributionId}`,
  );
  if (!row) throw notFound('Distribution');
  const release = await lock(uow, Release, 'Release', row.release);
  return { release, distribution: await lock(uow, Distribution, 'Distribution', distributionId, columns) };
}

/** What is known of a run under whose lease something is written. */
type LeasedRun = Pick<Run, 'id' | 'fence' | 'request'>;

/**
 * Loads and locks a run, its distribution and its release.
 * @param run as it was when its lease was taken; its order is not loaded again.
 * @throws LeaseLost when another process has taken the run over since.
 */
export async function lockRun(uow: UnitOfWork, { id: runId, fence, request }: LeasedRun): Promise<HeldRun> {
  const [owner] = await uow.query<{ id: string }>(
    sql`select distribution_id as id from distribution_run where id = ${runId}`,
  );
  if (!owner) throw notFound('DistributionRun');
  const held = await lockDistribution(uow, owner.id);
  const [row] = await uow.query<Omit<Stored, 'request'>>(
    sql`select ${PROGRESS_COLUMNS} from distribution_run r where r.id = ${runId} for update`,
  );
  if (row?.fence !== fence) throw new LeaseLost(runId);
  return { ...held, run: present({ ...row, request } as Stored) };
}

/** The run of a distribution's latest attempt, locked with it. */
export const latestRun = async (uow: UnitOfWork, { id, attempt }: Distribution): Promise<Run | undefined> =>
  await runOfAttempt(uow, id, attempt);

/** The run of an attempt of a distribution, locked with it. */
export async function runOfAttempt(uow: UnitOfWork, distributionId: string, attempt: number): Promise<Run | undefined> {
  const [row] = await uow.query<Stored>(sql`
    select ${COLUMNS} from distribution_run r
    where r.distribution_id = ${distributionId} and r.attempt = ${attempt}
    for update`);
  return row && present(row);
}

/** Writes the progress of a run. The caller has locked it. @returns the run as it is now. */
export async function writeRun(uow: UnitOfWork, run: Run, changes: Partial<RunProgress>): Promise<Run> {
  const sets: RawBuilder<unknown>[] = Object.entries(changes).map(([field, value]) =>
    field === 'handle'
      ? sql`handle = ${value === null ? null : JSON.stringify(value)}::jsonb`
      : sql`${sql.ref(snakeCase(field))} = ${value}`,
  );
  await uow.query(sql`
    update distribution_run set ${sql.join(sets)}, version = version + 1, updated_at = ${uow.now}
    where id = ${run.id}`);
  return { ...run, ...changes };
}

/** Writes the progress of a run and has it looked at right after the commit. */
export async function hasten(uow: UnitOfWork, run: Run, changes: Partial<RunProgress>): Promise<void> {
  await writeRun(uow, run, { ...changes, nextObserveAt: uow.now });
  uow.enqueue(RUN_JOB, { runId: run.id }, { singletonKey: run.id });
}
