import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import type { ObservationEffect, TargetState } from '../../domain/distribution/observation.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Why a target is in its state. */
export interface TargetReason {
  readonly code: string;
  readonly message: string;
  /** Null when nobody said whether trying again may help. */
  readonly retryable: boolean | null;
}

/** A report about a target by a tool, by a person, or by the server itself when it stops waiting. */
export interface IncomingReport {
  /** Database id of the configuration item. */
  readonly ciId: string;
  readonly state: TargetState;
  readonly nativeStatus: string;
  /** By the clock of the reporter. */
  readonly at: Date;
  readonly percent?: number | undefined;
  readonly step?: string | undefined;
  readonly reason?: TargetReason | undefined;
  readonly verifiedDigest?: string | undefined;
  readonly evidence?: string | undefined;
  readonly reportedById?: string | undefined;
  /** The report as it arrived. It is kept; two equal payloads count as one report. */
  readonly payload: Record<string, unknown>;
}

/**
 * Keeps reports as they were received, each with its effect. A report that is there already is not kept twice.
 * @param kept the reports with the database id of their target execution and the key that equal reports share.
 */
export async function storeReports(
  uow: UnitOfWork,
  runId: string,
  attempt: number,
  kept: readonly (IncomingReport & { executionId: string; key: string; effect: ObservationEffect })[],
): Promise<void> {
  if (kept.length === 0) return;
  const rows = kept.map((report) => ({
    id: newId(),
    execution: report.executionId,
    state: report.state,
    native: report.nativeStatus,
    at: report.at.toISOString(),
    key: report.key,
    effect: report.effect,
    code: report.reason?.code ?? null,
    message: report.reason?.message ?? null,
    evidence: report.evidence ?? null,
    person: report.reportedById ?? null,
    payload: report.payload,
  }));
  await uow.query(sql`
    insert into target_report (
      id, target_execution_id, run_id, attempt, state, native_status, reported_at, dedupe_key, effect,
      reason_code, message, evidence, reported_by_id, payload, created_at)
    select v.id, v.execution, ${runId}, ${attempt}, v.state, v.native, v.at, v.key, v.effect,
      v.code, v.message, v.evidence, v.person, v.payload, ${uow.now}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as v(
      id uuid, execution uuid, state text, native text, at timestamptz, key text, effect text,
      code text, message text, evidence text, person uuid, payload jsonb)
    on conflict (run_id, target_execution_id, dedupe_key) do nothing`);
}
