import { epochMs } from '../../database/expressions.js';
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { canonicalJson } from '../../adapters/fingerprint.js';
import {
  applyObservation,
  believable,
  isTerminalTargetState,
  type ObservationEffect,
  type TargetState,
} from '../../domain/distribution/observation.js';
import type { Run } from './distribution-run.service.js';
import { storeReports, type IncomingReport, type TargetReason } from './incoming-report.service.js';
import type { Steps } from '../../domain/steps.js';
import { inTurns } from '../../facts/turns.js';
import { targetsChanged } from './target-state.service.js';
import { tellManyTargets, type ToldChange, type ToldTarget } from './told-targets.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** What the reports did to one target. */
export interface TargetChange extends ToldChange {
  readonly ciId: string;
  readonly ciName: string;
  readonly attempt: number;
  readonly from: TargetState;
  readonly to: TargetState;
  readonly percent: number;
  readonly step: string | null;
  readonly nativeStatus: string | null;
  readonly reason: TargetReason | null;
  readonly verifiedDigest: string | null;
  /** When it entered this state, never later than now. */
  readonly at: Date;
}

interface ExecutionRow {
  readonly id: string;
  readonly ci_id: string;
  readonly ci_name: string;
  readonly wave_id: string | null;
  readonly excluded: boolean;
  readonly state: TargetState;
  readonly attempt: number;
  readonly percent: number;
  readonly step: string | null;
  readonly native_status: string | null;
  readonly reason_code: string | null;
  readonly reason_message: string | null;
  readonly retryable: boolean | null;
  readonly verified_digest: string | null;
  readonly observed_at: number | null;
  readonly started_at: number | null;
}

/** States in which work on the target itself has not begun. */
const NOT_BEGUN: readonly TargetState[] = ['PENDING', 'SENT', 'ACKNOWLEDGED', 'UNREACHABLE', 'CANCEL_REQUESTED'];

const dedupeKey = (payload: Record<string, unknown>) =>
  createHash('sha256').update(canonicalJson(payload)).digest('hex');

async function lockExecutions(
  uow: UnitOfWork,
  distributionId: string,
  ciIds: readonly string[],
): Promise<ExecutionRow[]> {
  return await uow.query<ExecutionRow>(sql`
    select e.id, e.ci_id, n.name as ci_name, e.wave_id, e.excluded, e.state, e.attempt, e.percent, e.step,
      e.native_status, e.reason_code, e.reason_message, e.retryable, e.verified_digest,
      ${epochMs('e.observed_at')} as observed_at, ${epochMs('e.started_at')} as started_at
    from target_execution e join configuration_item n on n.id = e.ci_id
    where e.distribution_id = ${distributionId} and e.ci_id = any(${ciIds}::uuid[]) order by e.id for update of e`);
}

/** How many reports are joined to what is known before others have their turn. */
const PER_STEP = 250;

/** The run that reports are about. */
type ReportedRun = Pick<Run, 'id' | 'distributionId' | 'attempt' | 'createdAt'>;

/** What is believed about a target while its reports are joined in. */
interface Belief {
  state: TargetState;
  percent: number;
  at: Date | null;
  step: string | null;
  nativeStatus: string | null;
  reason: TargetReason | null;
  verifiedDigest: string | null;
  startedAt: Date | null;
  endedAt: Date | null;
  moved: boolean;
}

const date = (ms: number | null) => (ms === null ? null : new Date(ms));

/** Joins one report to a belief. @returns the effect of the report */
function join(
  belief: Belief,
  row: ExecutionRow,
  report: IncomingReport,
  { attempt, createdAt: ordered }: ReportedRun,
  now: Date,
): ObservationEffect {
  const said = believable(report.at, ordered, now);
  const current = { state: belief.state, attempt: row.attempt, percent: belief.percent, at: belief.at };
  const { apply, next, reason } = applyObservation(current, {
    state: report.state,
    attempt,
    percent: report.percent ?? null,
    at: said,
  });
  if (!apply) return reason;
  const at = said < now ? said : now;
  const ended = isTerminalTargetState(next.state);
  Object.assign(belief, {
    percent: Math.round(next.percent ?? 0),
    at: next.at,
    step: report.step ?? (ended ? belief.step : null),
    nativeStatus: report.nativeStatus,
    reason: report.reason ?? null,
    verifiedDigest: report.verifiedDigest ?? belief.verifiedDigest,
    startedAt:
      belief.startedAt ??
      (NOT_BEGUN.includes(next.state) || (ended && next.state !== 'SUCCEEDED' && next.state !== 'FAILED') ? null : at),
    endedAt: ended ? at : null,
    moved: true,
  });
  belief.state = next.state;
  return reason;
}

async function storeBeliefs(uow: UnitOfWork, changed: readonly (readonly [ExecutionRow, Belief])[]): Promise<void> {
  if (changed.length === 0) return;
  const rows = changed.map(([{ id }, belief]) => ({
    id,
    state: belief.state,
    percent: belief.percent,
    step: belief.step,
    native: belief.nativeStatus,
    code: belief.reason?.code ?? null,
    message: belief.reason?.message ?? null,
    retryable: belief.reason?.retryable ?? null,
    digest: belief.verifiedDigest,
    observed: belief.at?.toISOString() ?? null,
    started: belief.startedAt?.toISOString() ?? null,
    ended: belief.endedAt?.toISOString() ?? null,
  }));
  await uow.query(sql`
    update target_execution e set
      state = v.state, percent = v.percent, step = v.step, native_status = v.native,
      reason_code = v.code, reason_message = v.message, retryable = v.retryable, verified_digest = v.digest,
      observed_at = v.observed, started_at = v.started, ended_at = v.ended,
      version = e.version + 1, updated_at = ${uow.now}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as v(
      id uuid, state text, percent int, step text, native text, code text, message text, retryable boolean,
      digest text, observed timestamptz, started timestamptz, ended timestamptz)
    where e.id = v.id`);
}

/**
 * Stores reports and joins them to the known state of their targets. This file is the only place that assigns the state
 * of a target: a lattice, not a life cycle, decides (`applyObservation`). Repeated reports are dropped, and so are
 * reports about targets that are not in the distribution. The caller has locked the run.
 * @param keep false for the server's own marks, which are no news about the target.
 * @returns the targets whose belief changed, in the order of the targets.
 */
export async function applyTargetReports(
  uow: UnitOfWork,
  run: ReportedRun,
  reports: readonly IncomingReport[],
  { keep = true }: { readonly keep?: boolean } = {},
): Promise<TargetChange[]> {
  if (reports.length === 0) return [];
  const rows = await lockExecutions(uow, run.distributionId, [...new Set(reports.map(({ ciId }) => ciId))]);
  const byCi = new Map(rows.map((row) => [row.ci_id, row]));
  const keyed = reports.flatMap((report) => {
    const row = byCi.get(report.ciId);
    return row === undefined
      ? []
      : [{ ...report, executionId: row.id, row, key: keep ? dedupeKey(report.payload) : '' }];
  });
  const known = keep
    ? await uow.query<{ id: string }>(sql`
        select target_execution_id || dedupe_key as id from target_report
        where run_id = ${run.id}
          and target_execution_id = any(${rows.map(({ id }) => id)}::uuid[])
          and dedupe_key = any(${keyed.map(({ key }) => key)}::text[])`)
    : [];
  const seen = new Set(known.map(({ id }) => id));
  const beliefs = new Map<string, Belief>();
  for (const row of rows) {
    const reason =
      row.reason_code === null
        ? null
        : { code: row.reason_code, message: row.reason_message ?? '', retryable: row.retryable };
    beliefs.set(row.id, {
      state: row.state,
      percent: row.percent,
      at: date(row.observed_at),
      step: row.step,
      nativeStatus: row.native_status,
      reason,
      verifiedDigest: row.verified_digest,
      startedAt: date(row.started_at),
      endedAt: null,
      moved: false,
    });
  }
  const kept: ((typeof keyed)[number] & { readonly effect: ObservationEffect })[] = [];
  const joining = function* (): Steps<void> {
    for (const [index, report] of keyed.entries()) {
      if (index % PER_STEP === 0) yield;
      const identity = `${report.executionId}${report.key}`;
      if (keep && seen.has(identity)) continue;
      seen.add(identity);
      const effect = join(beliefs.get(report.executionId) as Belief, report.row, report, run, uow.now);
      kept.push({ ...report, effect });
    }
  };
  await inTurns(joining());
  if (keep) await storeReports(uow, run.id, run.attempt, kept);
  const changed = rows.map((row) => [row, beliefs.get(row.id) as Belief] as const).filter(([, belief]) => belief.moved);
  await storeBeliefs(uow, changed);
  if (changed.length > 0) targetsChanged(uow, run.distributionId);
  return changed.map(([row, belief]) => ({
    id: row.id,
    ciId: row.ci_id,
    ciName: row.ci_name,
    attempt: row.attempt,
    from: row.state,
    to: belief.state,
    percent: belief.percent,
    step: belief.step,
    nativeStatus: belief.nativeStatus,
    reason: belief.reason,
    verifiedDigest: belief.verifiedDigest,
    at: belief.endedAt ?? belief.at ?? uow.now,
    told: {
      before: toldTarget(run, row, row.state, row.verified_digest),
      after: toldTarget(run, row, belief.state, belief.verifiedDigest),
    },
  }));
}

const toldTarget = (
  { distributionId }: ReportedRun,
  { ci_id: ciId, wave_id: waveId, excluded, attempt }: ExecutionRow,
  state: TargetState,
  verifiedDigest: string | null,
): ToldTarget => ({ distributionId, ciId, waveId, excluded, state, attempt, verifiedDigest });

/** Marks targets with what the server itself did. This is no report about the target, so none is stored. */
export async function markTargets(
  uow: UnitOfWork,
  run: ReportedRun,
  targets: readonly { readonly ciId: string }[],
  state: 'SENT' | 'CANCEL_REQUESTED',
): Promise<void> {
  const marks = targets.map(({ ciId }) => ({ ciId, state, nativeStatus: state, at: uow.now, payload: {} }));
  await tellManyTargets(uow, await applyTargetReports(uow, run, marks, { keep: false }));
}

/** Begins an attempt on some targets of a distribution and clears what an earlier attempt left. */
export async function beginTargets(
  uow: UnitOfWork,
  distributionId: string,
  attempt: number,
  ciIds: readonly string[],
  toVerify: readonly string[] = [],
): Promise<void> {
  const begun = await uow.query<ToldTarget & { id: string }>(sql`
    with was as (
      select id, state, attempt, verified_digest from target_execution
      where distribution_id = ${distributionId} and ci_id = any(${ciIds}::uuid[])
      order by id for update)
    update target_execution e set
      state = 'PENDING', attempt = ${attempt}, percent = 0, step = null, native_status = null,
      reason_code = null, reason_message = null, retryable = null, verified_digest = null,
      observed_at = null, started_at = null, ended_at = null,
      verification_required = e.ci_id = any(${toVerify}::uuid[]),
      version = e.version + 1, updated_at = ${uow.now}
    from was where was.id = e.id
    returning e.id, e.distribution_id as "distributionId", e.ci_id as "ciId", e.wave_id as "waveId", e.excluded,
      was.state, was.attempt,
      was.verified_digest as "verifiedDigest"`);
  targetsChanged(uow, distributionId);
  const pending = { state: 'PENDING', attempt, verifiedDigest: null } as const;
  await tellManyTargets(
    uow,
    begun.map(({ id, ...before }) => ({ id, told: { before, after: { ...before, ...pending } } })),
  );
}
