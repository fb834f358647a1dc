import { packageDigest } from '../../adapters/adapter.js';
import type { DistributionOperation } from '../../domain/distribution/distribution.state.js';
import { parseNodeId } from '../../domain/node-id.js';
import {
  OPEN_TARGET_STATES,
  stateAtEndOfRun,
  TARGET_STATES,
  type TargetState,
} from '../../domain/distribution/observation.js';
import { settleDistribution, type RunEnd } from './distribution-end.service.js';
import { recordDistributionEvent, targetEvent } from './distribution-event.js';
import { writeRun, type HeldRun, type Run, type RunProgress } from './distribution-run.service.js';
import { recordInstallations } from '../cmdb/installation.service.js';
import {
  applyTargetReports,
  countTargetStates,
  targetsIn,
  type IncomingReport,
  type TargetChange,
} from './target-execution.service.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** News about a run, wherever it comes from: the tool that was asked, the tool that called, or a person. */
export interface RunNews {
  readonly reports: readonly IncomingReport[];
  /** Set when nothing more is to be expected: the targets without a result are settled then. */
  readonly end?: RunEnd;
  /** Why the rest gets no result, for the targets concerned; a default says it by `end`. */
  readonly endReason?: { readonly code: string; readonly message: string };
  /** What else is known of the run now. */
  readonly run?: Partial<RunProgress>;
  /** When to look again after the attempt has ended, for truth that comes late; null when the tool has said all it will say. */
  readonly lookAgainAt?: Date | null;
}

const NOT_THERE = TARGET_STATES.filter((state) => state !== 'SUCCEEDED' && state !== 'BACKED_OUT');

/** Database ids of the configuration items that a run was given. */
const requestedCis = (run: Run): Set<string> =>
  new Set(run.request.targets.map(({ ciId }) => parseNodeId(ciId)?.uuid ?? ''));

/** The digest that a target must carry afterwards, where the operation puts or checks something. */
function expectedDigest(run: Run): string | undefined {
  return run.request.operation === 'install' || run.request.operation === 'verify'
    ? packageDigest(run.request.package.artifacts)
    : undefined;
}

/** A report as the core believes it: a success with the wrong content is none, that of a back-out is a return, and who was ended at the deadline ran out of time. */
function judge(run: Run, report: IncomingReport): IncomingReport {
  if (report.state === 'CANCELLED' && run.cancelMode === 'deadline') {
    return {
      ...report,
      state: 'EXPIRED',
      reason: report.reason ?? {
        code: 'DEADLINE',
        message: 'The deadline passed, so the tool was told to end it.',
        retryable: true,
      },
    };
  }
  if (report.state !== 'SUCCEEDED') return report;
  if (run.backOut) return { ...report, state: 'BACKED_OUT' };
  const expected = expectedDigest(run);
  if (report.verifiedDigest === undefined || expected === undefined || report.verifiedDigest === expected)
    return report;
  return {
    ...report,
    state: 'FAILED',
    percent: undefined,
    reason: {
      code: 'MEDIA_DIGEST_MISMATCH',
      message: `The tool reports success, but what it read back is ${report.verifiedDigest} and not the authorised ${expected}.`,
      retryable: false,
    },
  };
}

const DEFAULT_REASONS = {
  COMPLETE: { code: 'NO_RESULT', message: 'The tool ended the run without a result for this target.' },
  DEADLINE: { code: 'DEADLINE', message: 'The deadline passed without a result for this target.' },
} as const;

/** Settles the targets of an attempt that will get no result any more. */
async function giveUp(
  uow: UnitOfWork,
  run: Run,
  settle: (state: TargetState) => TargetState,
  reason: { readonly code: string; readonly message: string; readonly retryable?: boolean },
): Promise<TargetChange[]> {
  const open = await targetsIn(uow, run, OPEN_TARGET_STATES);
  const reports = open.map(({ ciId, state }) => ({
    ciId,
    state: settle(state),
    nativeStatus: reason.code,
    at: uow.now,
    reason: { code: reason.code, message: reason.message, retryable: reason.retryable ?? null },
    payload: { by: 'interlock', was: state, ...reason },
  }));
  return await applyTargetReports(uow, run, reports);
}

/** Two lists of changes as one: what changed twice changed from the first state to the last. */
function merge(first: readonly TargetChange[], then: readonly TargetChange[]): TargetChange[] {
  const before = new Map(first.map((change) => [change.id, change]));
  const after = new Set(then.map(({ id }) => id));
  return [
    ...first.filter(({ id }) => !after.has(id)),
    ...then.map((change) => ({ ...change, from: before.get(change.id)?.from ?? change.from })),
  ];
}

/** Writes what changes of targets mean: installations, and one event for each target that has come into another state. */
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
  for (const change of changes) if (change.from !== change.to) uow.record(targetEvent(distribution, change, counts));
}

/**
 * Records news about a run: the one use case behind polling, callbacks and people's reports. Reports are kept and joined to what is
 * believed, installations follow, and when the targets say so the distribution ends, its release with it: all in one transaction.
 * News that came before change nothing. Release, distribution and run are locked.
 */
export async function recordObservation(uow: UnitOfWork, held: HeldRun, news: RunNews): Promise<void> {
  const { distribution, run } = held;
  const requested = requestedCis(run);
  const reported = await applyTargetReports(
    uow,
    run,
    news.reports.filter(({ ciId }) => requested.has(ciId)).map((report) => judge(run, report)),
  );
  const { end } = news;
  const settled =
    end === undefined
      ? []
      : await giveUp(uow, run, (state) => stateAtEndOfRun(state, end), news.endReason ?? DEFAULT_REASONS[end]);
  const changes = merge(reported, settled);
  if (changes.length > 0) await tell(uow, held, changes);
  const current = run.attempt === distribution.attempt;
  const over = current && (await settleDistribution(uow, held, await countTargetStates(uow, distribution.id), end));
  if (!over && changes.length > 0)
    recordDistributionEvent(
      uow,
      distribution,
      'distribution.progressed',
      await countTargetStates(uow, distribution.id),
      { data: { changed: changes.length } },
    );
  const ended = over || run.state === 'FINISHED';
  // Late truth is worth looking for while some target of the latest attempt is not where it should be.
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

/** Ends a run that the tool never took, or that nobody can follow: the targets it left open come into the state given. */
export async function endRun(
  uow: UnitOfWork,
  held: HeldRun,
  how: {
    readonly target: TargetState;
    readonly run: 'REFUSED' | 'FINISHED';
    readonly code: string;
    readonly message: string;
    readonly retryable?: boolean;
  },
): Promise<void> {
  const { distribution, run } = held;
  const { code, message, retryable } = how;
  const changes = await giveUp(uow, run, () => how.target, {
    code,
    message,
    ...(retryable !== undefined && { retryable }),
  });
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
  await settleDistribution(uow, { ...held, run: ended }, await countTargetStates(uow, distribution.id), 'COMPLETE');
}
