import { sql, type RawBuilder } from 'kysely';
import { SILENT_AFTER } from '../../domain/distribution/distribution-run.js';
import { OPEN_TARGET_STATES } from '../../domain/distribution/observation.js';
import { TARGET_ENDED, TARGET_SILENT_MINUTES } from '../../domain/distribution/target-end.guards.js';

/**
 * Whether a person may end the target execution `e` of a distribution `d`: its run is with the tool, it has no result,
 * and the tool refused to cancel it or says nothing about it. The cheap question comes first, so that the reports of a
 * target are looked at only when its state has not changed for long.
 */
export const isSilent = (now: Date): RawBuilder<boolean> => sql`(
  e.attempt = d.attempt and e.state = any(${[...OPEN_TARGET_STATES]}::text[])
  and exists (
    select 1 from distribution_run b
    where b.distribution_id = d.id and b.attempt = d.attempt and b.state = 'SUBMITTED'
      and (e.state = 'CANCEL_REJECTED' or b.failures >= ${sql.lit(SILENT_AFTER)}
        or (greatest(e.updated_at, b.submitted_at) <= ${silentSince(now)} and not exists (
          select 1 from target_report r
          where r.target_execution_id = e.id and r.run_id = b.id and r.created_at > ${silentSince(now)})))))`;

const silentSince = (now: Date): RawBuilder<Date> =>
  sql`${now}::timestamptz - make_interval(mins => ${sql.lit(TARGET_SILENT_MINUTES)})`;

/** Whether some target of a distribution `d` may be ended. */
export const someTargetIsSilent = (now: Date): RawBuilder<boolean> => sql`(
  d.state in ('RUNNING', 'PAUSED', 'STOPPING', 'BACKING_OUT') and exists (
    select 1 from target_execution e where e.distribution_id = d.id and ${isSilent(now)}))`;

/**
 * Whether a tool works, or may work, on a target execution: it has no result, or a person ended it while the run goes
 * on. The tool was not asked about that, so the configuration item stays kept until the run ends or reports it.
 * @param e alias of the target execution
 */
export const isWorkedOn = (e: 'e' | 'x'): RawBuilder<boolean> => sql`(
  ${sql.ref(`${e}.state`)} = any(${[...OPEN_TARGET_STATES]}::text[])
  or (${sql.ref(`${e}.state`)} = 'UNKNOWN' and ${sql.ref(`${e}.reason_code`)} = ${sql.lit(TARGET_ENDED)} and exists (
    select 1 from distribution_run b
    where b.distribution_id = ${sql.ref(`${e}.distribution_id`)} and b.attempt = ${sql.ref(`${e}.attempt`)}
      and b.state in ('SUBMITTED', 'UNKNOWN'))))`;
