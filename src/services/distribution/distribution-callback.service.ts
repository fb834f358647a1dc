import { sql } from 'kysely';
import { RUN_JOB } from './distribution-run.service.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { Queryable } from '../../database/queryable.js';

/** The run that a callback token belongs to. */
export interface CallbackRun {
  readonly id: string;
  /** The key under which the tool knows it. */
  readonly key: string;
}

/** The run to which a callback token belongs, if the token was given to this tool. */
export async function findCallbackRun(db: Queryable, tool: string, hash: string): Promise<CallbackRun | undefined> {
  const [row] = await db.query<CallbackRun>(sql`
    select r.id, r.key
    from distribution_run r
    join deployment_tool t on t.id = r.deployment_tool_id
    where r.callback_hash = ${hash} and t.name = ${tool}`);
  return row;
}

/** The run that a tool knows under a key, if it was given to this tool. */
export async function findRunByKey(db: Queryable, tool: string, key: string): Promise<CallbackRun | undefined> {
  const [row] = await db.query<CallbackRun>(sql`
    select r.id, r.key
    from distribution_run r
    join deployment_tool t on t.id = r.deployment_tool_id
    where r.key = ${key} and t.name = ${tool}`);
  return row;
}

/**
 * Has a run observed now instead of at its planned time. A run that has ended is observed too: it may bring a late
 * result.
 * @param dedupeId the tool's own id of the message; a repeated id changes nothing.
 */
export async function hastenRun(uow: UnitOfWork, runId: string, dedupeId: string | undefined): Promise<void> {
  const callback = dedupeId ?? null;
  const rows = await uow.query<{ id: string }>(sql`
    update distribution_run set
      next_observe_at = least(next_observe_at, ${uow.now}),
      last_callback_id = coalesce(${callback}::text, last_callback_id),
      version = version + 1,
      updated_at = ${uow.now}
    where id = ${runId} and state in ('INTENT', 'SUBMITTED', 'FINISHED', 'UNKNOWN')
      and (${callback}::text is null or last_callback_id is distinct from ${callback}::text)
    returning id`);
  if (rows.length > 0) uow.enqueue(RUN_JOB, { runId }, { singletonKey: runId });
}
