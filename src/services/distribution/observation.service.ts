import { packageDigest, type DistributionRequest } from '../../adapters/adapter.js';
import { ASSURANCE_REQUIRED, judgeSuccess } from '../../domain/cmdb/assurance-policy.js';
import type { DistributionOperation } from '../../domain/distribution/distribution.state.js';
import { parseNodeId } from '../../domain/node-id.js';
import {
  OPEN_TARGET_STATES,
  stateAtEndOfRun,
  TARGET_STATES,
  type TargetState,
} from '../../domain/distribution/observation.js';
import { confirmedByCheck, isVouched, verifiedOnly } from './assurance.service.js';
import { settleDistribution, settleEarlierAttempt, type RunEnd } from './distribution-end.service.js';
import { recordDistributionEvent, targetEvent } from './distribution-event.js';
import { writeRun, type HeldRun, type Run, type RunProgress } from './distribution-run.service.js';
import { recordInstallations } from '../cmdb/installation.service.js';
import type { IncomingReport, TargetReason } from './incoming-report.service.js';
import { applyTargetReports, type TargetChange } from './target-execution.service.js';
import { tellTargets } from './told-targets.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { countTargetStates, targetsIn } from './target-state.service.js';

/** News about a run from any source: a poll of the tool, a callback of the tool, or a person. */
export interface RunNews {
  readonly reports: readonly IncomingReport[];
  /** Set when no more reports are expected: the targets without a result are settled then. */
  readonly end?: RunEnd;
  /** Why the remaining targets get no result; the default depends on `end`. */
  readonly endReason?: { readonly code: string; readonly message: string };
  /** What else is known of the run now. */
  readonly run?: Partial<RunProgress>;
  /** When to observe again after the attempt has ended, for late results; null when the tool will report no more. */
  readonly lookAgainAt?: Date | null;
}

const NOT_THERE = TARGET_STATES.filter((state) => state !== 'SUCCEEDED' && state !== 'BACKED_OUT');

const requested = new WeakMap<DistributionRequest, ReadonlySet<string>>();

/** Database ids of the configuration items that an order is for. One order is asked about for each of its reports. */
function requestedCis({ request }: Run): ReadonlySet<string> {
  let ids = requested.get(request);
  if (ids === undefined) requested.set(request, (ids = new Set(request.targets.map(({ ciId }) => uuidOf(ciId)))));
  return ids;
}

const uuidOf = (ciId: string): string => parseNodeId(ciId)?.uuid ?? '';

/** The digest that a target must carry afterwards, where the operation puts or checks something. */
function expectedDigest(run: Run): string | undefined {
  return run.request.operation === 'install' || run.request.operation === 'verify'
    ? packageDigest(run.request.package.artifacts)
    : undefined;
}

const NOT_VERIFIED: TargetReason = {
  code: ASSURANCE_REQUIRED,
  message:
    'The tool reports success and read no digest back. On this target that is not enough: verify it, or have a ' +
    'person report it with evidence.',
  retryable: true,
};

/**
 * A report as Interlock understands it: a success with the wrong content is a failure, one that the site wants verified
 * is not known yet, a success of a back-out is BACKED_OUT, and a target that was cancelled at the deadline is EXPIRED.
 * @param toVerify targets on which a success counts only when it is verified.
 */
function judge(run: Run, report: IncomingReport, toVerify: ReadonlySet<string>): IncomingReport {
  if (report.state === 'CANCELLED' && run.cancelMode === 'deadline') {
    return {
      ...report,
      state: 'EXPIRED',
      reason: report.reason ?? {
        code: 'DEADLINE',
        message: 'The deadline passed, so Interlock asked the tool to end it.',
        retryable: true,
      },
    };
  }
  if (report.state !== 'SUCCEEDED') return report;
  if (run.backOut) return { ...report, state: 'BACKED_OUT' };
  const expected = expectedDigest(run);
  const success = judgeSuccess({
    mustVerify: toVerify.has(report.ciId),
    expected,
    found: report.verifiedDigest,
    vouched: isVouched(report),
  });
  if (success === 'SUCCESS') return report;
  if (success === 'HELD') return { ...report, state: 'UNKNOWN', percent: undefined, reason: NOT_VERIFIED };
  return {
    ...report,
    state: 'FAILED',
    percent: undefined,
    reason: {
      code: 'MEDIA_DIGEST_MISMATCH',
      message:
        `The tool reports success, but it read back the digest ${report.verifiedDigest}, ` +
        `not the authorised ${expected}.`,
      retryable: false,
    },
  };
}

const DEFAULT_REASONS = {
  COMPLETE: { code: 'NO_RESULT', message: 'The tool ended the run without a result for this target.' },
  DEADLINE: { code: 'DEADLINE', message: 'The deadline passed without a result for this target.' },
} as const;

/**
 * Settles the targets of an attempt that can no longer get a result.
 * @param said messages about single targets, by configuration item, in place of the general one.
 */
async function giveUp(
  uow: UnitOfWork,
  run: Run,
  settle: (state: TargetState) => TargetState,
  reason: { readonly code: string; readonly message: string; readonly retryable?: boolean },
  said?: ReadonlyMap<string, string>,
): Promise<TargetChange[]> {
  const open = await targetsIn(uow, run, OPEN_TARGET_STATES);
  const reports = open.map(({ ciId, state }) => ({
    ciId,
    state: settle(state),
    nativeStatus: reason.code,
    at: uow.now,
    reason: { code: reason.code, message: said?.get(ciId) ?? reason.message, retryable: reason.retryable ?? null },
    payload: { by: 'interlock', was: state, ...reason, ...(said?.has(ciId) && { message: said.get(ciId) }) },
  }));
  return await applyTargetReports(uow, run, reports);
}

/** Joins two lists of changes: a target that changed twice changed from the first state to the last. */
function merge(first: readonly TargetChange[], then: readonly TargetChange[]): TargetChange[] {
  const before = new Map(first.map((change) => [change.id, change]));
  const after = new Set(then.map(({ id }) => id));
  return [
    ...first.filter(({ id }) => !after.has(id)),
    ...then.map((change) => {
      const { from, told } = before.get(change.id) ?? change;
      return { ...change, from, told: { before: told.before, after: change.told.after } };
    }),
  ];
}

/** Records the consequences of changes of targets: installations, and one event for each target in a new state. */
async function tell(uow: UnitOfWork, { distribution, run }: HeldRun, changes: readonly TargetChange[]): Promise<void> {
  const expected = expectedDigest(run);
  const operation = run.request.operation.toUpperCase() as DistributionOperation;
  await recordInstallations(
    uow,
    distribution,
    {
      operation,
      backOut: run.backOut,
      verified: ({ verifiedDigest }) => expected !== undefined && verifiedDigest === expected,
    },
    changes,
  );
  const counts = await countTargetStates(uow, distribution.id);
  // Target by target, so that each event tells of its own target and of no other.
  for (const change of changes.filter(({ from, to }) => from !== to)) {
    tellTargets(uow, [change]);
    uow.record(targetEvent(distribution, change, counts));
  }
  tellTargets(
    uow,
    changes.filter(({ from, to }) => from === to),
  );
}

/**
 * Records news about a run: the one use case behind polling, callbacks and people's reports. Reports are kept and
 * joined to the known state of their targets, installations follow, and when the targets have ended, the distribution
 * and its release end too, all in one transaction. Repeated news change nothing. Release, distribution and run are
 * locked.
 */
export async function recordObservation(uow: UnitOfWork, held: HeldRun, news: RunNews): Promise<void> {
  const { distribution, run } = held;
  const given = requestedCis(run);
  const told = news.reports.filter(({ ciId }) => given.has(ciId));
  const successes = told.filter(({ state }) => state === 'SUCCEEDED').map(({ ciId }) => ciId);
  const toVerify = await verifiedOnly(uow, run, successes);
  const reported = await applyTargetReports(
    uow,
    run,
    told.map((report) => judge(run, report, toVerify)),
  );
  const { end } = news;
  const settled =
    end === undefined
      ? []
      : await giveUp(uow, run, (state) => stateAtEndOfRun(state, end), news.endReason ?? DEFAULT_REASONS[end]);
  const changes = merge(reported, settled);
  if (changes.length > 0) await tell(uow, held, changes);
  // What a check confirms is a late report about the run that delivered it.
  for (const late of await confirmedByCheck(uow, held, changes, told))
    await recordObservation(uow, late.held, { reports: late.reports });
  const current = run.attempt === distribution.attempt;
  const counts = await countTargetStates(uow, distribution.id);
  const over = current && (await settleDistribution(uow, held, counts, end, changes.length > 0));
  // A success that comes after a retry began moves no target, but something may be there all the same.
  if (!current && (changes.length > 0 || successes.length > 0)) await settleEarlierAttempt(uow, held);
  if (!over && changes.length > 0)
    recordDistributionEvent(
      uow,
      distribution,
      'distribution.progressed',
      await countTargetStates(uow, distribution.id),
      { data: { changed: changes.length } },
    );
  const ended = over || run.state === 'FINISHED';
  // Late results are worth a look while a target of the latest attempt has neither succeeded nor been backed out.
  const lookAgain = ended && current && news.lookAgainAt != null && (await targetsIn(uow, run, NOT_THERE)).length > 0;
  const progress: Partial<RunProgress> = {
    ...news.run,
    ...(ended && {
      state: 'FINISHED',
      finishedAt: run.finishedAt ?? uow.now,
      nextObserveAt: lookAgain ? news.lookAgainAt : null,
      control: null,
    }),
  };
  if (Object.keys(progress).length > 0) await writeRun(uow, run, progress);
}

/** Ends a run that the tool never accepted, or that nobody can observe: its open targets enter the given state. */
export async function endRun(
  uow: UnitOfWork,
  held: HeldRun,
  how: {
    readonly target: TargetState;
    readonly run: 'REFUSED' | 'FINISHED';
    readonly code: string;
    readonly message: string;
    readonly retryable?: boolean;
    /** What there is to say about single targets, by configuration item. */
    readonly said?: ReadonlyMap<string, string>;
  },
): Promise<void> {
  const { distribution, run } = held;
  const { code, message, retryable, said } = how;
  const reason = { code, message, ...(retryable !== undefined && { retryable }) };
  const changes = await giveUp(uow, run, () => how.target, reason, said);
  await tell(uow, held, changes);
  const ended = await writeRun(uow, run, {
    state: how.run,
    finishedAt: uow.now,
    nextObserveAt: null,
    submitUnclear: false,
    control: null,
    message: `${code}: ${message}`,
  });
  distribution.stateReason = message;
  const counts = await countTargetStates(uow, distribution.id);
  await settleDistribution(uow, { ...held, run: ended }, counts, 'COMPLETE', changes.length > 0);
}
