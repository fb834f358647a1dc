import { sql } from 'kysely';
import { v7 } from 'uuid';
import type { RunHandle } from '../../adapters/adapter.js';
import { addToLog, LOG_GRACE_MS, MAX_LOG_FAILURES, type LogRead } from '../../domain/distribution/run-log.js';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import { collectBlockers, type NamedRef } from '../../domain/blocker.js';
import { toolHasLogs } from '../../domain/distribution/distribution.guards.js';
import { notFound, refuse } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import { expectVersion } from '../load.js';
import { demand } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { whole } from '../whole.js';
import { factsOfDistribution } from './distribution-attempt.service.js';
import type { DistributionCommandInput } from './distribution-command.service.js';
import { lockDistribution } from './distribution-run.service.js';

/** Largest number of an attempt that fits its column. */
const MAX_ATTEMPT = 2_147_483_647;
/** How long a process that reads has the log for itself, in milliseconds. */
const CLAIM_MS = 60_000;
/** How often a log that may grow is read, in milliseconds. */
const READ_MS = 2_000;

/** A log that is due to be read. */
export interface DueLog {
  readonly id: string;
  readonly runId: string;
  /** Null for the log of the whole run. */
  readonly ciId: string | null;
  readonly cursor: string | null;
  readonly tool: string;
  readonly handle: RunHandle;
}

/** Has the log of a run, or of one target of it, read from its tool. One that is complete stays as it is. */
export async function followLog(uow: UnitOfWork, runId: string, ciId: string | null): Promise<void> {
  const conflict = ciId === null ? sql`(run_id) where ci_id is null` : sql`(run_id, ci_id) where ci_id is not null`;
  await uow.query(sql`
    insert into run_log (id, run_id, ci_id, next_read_at) values (${v7()}, ${runId}, ${ciId}::uuid, ${uow.now})
    on conflict ${conflict} do update
    set next_read_at = ${uow.now}, failures = 0, error = null where not run_log.complete`);
}

/** Which log is followed. */
export interface FollowLogInput extends DistributionCommandInput {
  /** Attempt of the distribution. Default: the latest one, or that of the target. */
  readonly attempt?: number | null;
  /** Node id of a target execution whose log to follow, instead of that of the whole run. */
  readonly targetExecutionId?: string | null;
}

/**
 * Has the server read the log that the tool has of a run or of one target, until it is complete.
 * @throws RequestError NOT_FOUND for a target or an attempt that the distribution does not have
 */
export async function distributionFollowLog(uow: UnitOfWork, input: FollowLogInput): Promise<Distribution> {
  whole(input.attempt, 'attempt', 1, MAX_ATTEMPT);
  const { distribution } = await lockDistribution(uow, fromNodeId('Distribution', input.id, 'id'));
  expectVersion(distribution, input.expectedVersion);
  const facts = await factsOfDistribution(uow, distribution);
  demand(distributionMachine, distribution, 'distributionFollowLog', facts);
  const execution =
    input.targetExecutionId == null
      ? null
      : fromNodeId('TargetExecution', input.targetExecutionId, 'targetExecutionId');
  const [target] =
    execution === null
      ? []
      : await uow.query<{ ciId: string; attempt: number }>(sql`
          select ci_id as "ciId", attempt from target_execution
          where id = ${execution} and distribution_id = ${distribution.id}`);
  if (execution !== null && target === undefined) throw notFound('TargetExecution', 'targetExecutionId');
  const attempt = input.attempt ?? target?.attempt ?? null;
  const [run] = await uow.query<{ id: string; tool: NamedRef & { hasLogs: boolean } }>(sql`
    select r.id, json_build_object('id', t.id, 'name', t.name,
      'hasLogs', coalesce(t.capabilities->>'logs' = 'cursor', false)) as tool
    from distribution_run r join deployment_tool t on t.id = r.deployment_tool_id
    where r.distribution_id = ${distribution.id} and r.handle is not null
      and ${attempt === null ? sql`true` : sql`r.attempt = ${attempt}`}
    order by r.attempt desc limit 1`);
  if (run === undefined) throw notFound('DistributionRun', 'attempt');
  // The rules have asked whether any tool of the distribution has logs.
  refuse(collectBlockers([toolHasLogs({ ...facts, tool: { ...facts.tool, ...run.tool } })]));
  await followLog(uow, run.id, target?.ciId ?? null);
  return distribution;
}

/** Logs that are due, in one statement. */
export const dueLogs = (now: Date, limit: number) => sql<DueLog>`
    select l.id, l.run_id as "runId", l.ci_id as "ciId", l.cursor, t.name as tool, r.handle
    from run_log l
    join distribution_run r on r.id = l.run_id
    join deployment_tool t on t.id = r.deployment_tool_id
    where l.next_read_at <= ${now} and r.handle is not null
    order by l.next_read_at limit ${limit}`;

/** Takes a log for this process. @returns false if another one was faster */
export async function claimLog(uow: UnitOfWork, { id, cursor }: DueLog): Promise<boolean> {
  const rows = await uow.query(sql`
    update run_log set next_read_at = ${new Date(uow.now.getTime() + CLAIM_MS)}
    where id = ${id} and next_read_at <= ${uow.now} and cursor is not distinct from ${cursor}::text returning 1`);
  return rows.length > 0;
}

/** Adds what was read, as events of the run, unless another process was faster. @returns whether to read on at once */
export async function recordLog(uow: UnitOfWork, log: DueLog, read: LogRead): Promise<boolean> {
  const [row] = await uow.query<{ length: number; over: boolean }>(sql`
    select l.length, coalesce(r.finished_at < ${new Date(uow.now.getTime() - LOG_GRACE_MS)}, false) as over
    from run_log l join distribution_run r on r.id = l.run_id
    where l.id = ${log.id} and l.cursor is not distinct from ${log.cursor}::text and not l.complete
    for update of l`);
  if (row === undefined) return false;
  const { parts, length, complete, truncated } = addToLog(row.length, read, row.over);
  const goesOn = !complete && read.text.length > 0;
  const next = complete ? null : new Date(uow.now.getTime() + (goesOn ? 0 : READ_MS));
  await uow.query(sql`
    update run_log set cursor = ${read.cursor}, length = ${length}, complete = ${complete}, truncated = ${truncated},
      failures = 0, error = null, next_read_at = ${next}
    where id = ${log.id}`);
  const target = log.ciId === null ? null : toNodeId('ConfigurationItem', log.ciId);
  const events = parts.length === 0 && complete ? [''] : parts;
  events.forEach((text, n) =>
    uow.record({
      type: 'distribution-run.logged',
      subjectType: 'DistributionRun',
      subject: { id: log.runId },
      data: { target, text, complete: complete && n === events.length - 1, truncated },
    }),
  );
  return goesOn;
}

/** Notes that a log could not be read. @param never whether it never can be */
export async function logFailed(uow: UnitOfWork, log: DueLog, error: string, never: boolean): Promise<void> {
  await uow.query(sql`
    update run_log set error = ${error}, failures = failures + 1,
      next_read_at = case when ${never} or failures + 1 >= ${MAX_LOG_FAILURES} then null
        else ${uow.now}::timestamptz + make_interval(secs => least(300, 2 ^ (failures + 1))) end
    where id = ${log.id} and cursor is not distinct from ${log.cursor}::text and not complete`);
}
