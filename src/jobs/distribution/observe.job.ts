import { AdapterError, type Observation, type RunHandle, type TargetReport } from '../../adapters/adapter.js';
import { parseNodeId } from '../../domain/node-id.js';
import { SILENT_AFTER } from '../../domain/distribution/distribution-run.js';
import { fromAdapterState } from '../../domain/distribution/observation.js';
import { recordDistributionEvent } from '../../services/distribution/distribution-event.js';
import {
  writeRun,
  type HeldRun,
  type Run,
  type RunProgress,
} from '../../services/distribution/distribution-run.service.js';
import { recordObservation } from '../../services/distribution/observation.service.js';
import type { IncomingReport } from '../../services/distribution/incoming-report.service.js';
import type { UnitOfWork } from '../../services/unit-of-work.js';
import type { Lease } from './run-lease.js';
import { after, backoffMs, earlier, pollMs } from './timing.js';
import { CALL_TIMEOUT_MS, callTool, type Answer } from './tool-call.js';
import type { AppServices } from '../../app-services.js';
import { countTargetStates, targetsIn } from '../../services/distribution/target-state.service.js';

/** How long after the deadline the tool may still report results of targets, in milliseconds. */
export const DEADLINE_GRACE_MS = 30_000;
/** How long after the end of an attempt late results are looked for, and the first interval, in milliseconds. */
const LATE_WATCH_MS = 86_400_000;
const LATE_FIRST_MS = 60_000;
/** After how many answers in a row that the tool does not know a run the run counts as lost. */
const LOST_AFTER = 3;

/** Why nothing was learned from a tool. */
export type Failure = Extract<Answer<never>, { readonly ok: false }>;

const incoming = (report: TargetReport): IncomingReport[] => {
  const ciId = parseNodeId(report.ciId)?.uuid;
  if (ciId === undefined) return [];
  return [
    {
      ciId,
      state: fromAdapterState(report.state),
      nativeStatus: report.nativeStatus,
      at: new Date(report.at),
      percent: report.percent,
      step: report.step,
      reason: report.reason,
      verifiedDigest: report.verifiedSha256,
      payload: { ...report },
    },
  ];
};

/** When to look for late results again: at growing intervals, for a day. */
function lateLook(run: Run, now: Date): Date | null {
  const since = now.getTime() - (run.finishedAt ?? now).getTime();
  return since >= LATE_WATCH_MS ? null : after(now, Math.max(LATE_FIRST_MS, since));
}

/**
 * Asks the tool to pause or resume. A refusal is recorded, not repeated: for people the distribution is paused either
 * way.
 */
async function control(services: AppServices, lease: Lease, tool: string, handle: RunHandle): Promise<void> {
  const { run } = lease;
  if (run.control === null) return;
  const answer = await callTool(
    services,
    lease,
    tool,
    CALL_TIMEOUT_MS,
    async (adapter, signal) =>
      await (run.control === 'PAUSE' ? adapter.pause(handle, signal) : adapter.resume(handle, signal)),
  );
  if (!answer.ok && answer.retry !== 'never') return;
  await lease.write(async (uow, { distribution, run: held }) => {
    if (held.control !== run.control) return;
    await writeRun(uow, held, { control: null });
    const type = `distribution.${run.control === 'PAUSE' ? 'pause' : 'resume'}-${answer.ok ? 'confirmed' : 'rejected'}`;
    recordDistributionEvent(uow, distribution, type, await countTargetStates(uow, distribution.id), {
      reason: answer.ok ? null : answer.error.message,
    });
  });
}

/** The deadline has passed: the tool is asked to stop. */
async function overdue(uow: UnitOfWork, { distribution, run }: HeldRun, canCancel: boolean): Promise<Run> {
  const stopping = await writeRun(uow, run, {
    cancelRequestedAt: uow.now,
    cancelMode: 'deadline',
    cancelAnswer: canCancel ? null : 'UNSUPPORTED',
  });
  const reason = 'The deadline has passed. Targets without a result soon count as unknown.';
  distribution.stateReason = reason;
  recordDistributionEvent(
    uow,
    distribution,
    'distribution.deadline-passed',
    await countTargetStates(uow, distribution.id),
    { reason },
  );
  return stopping;
}

/** Applies the tool's answer to a cancel to the targets that wait for it. */
async function cancelAnswered(
  uow: UnitOfWork,
  held: HeldRun,
  accepted: boolean,
  detail: string | undefined,
  byPeople: boolean,
): Promise<void> {
  const { distribution, run } = held;
  await writeRun(uow, run, { cancelAnswer: accepted ? 'ACCEPTED' : 'REJECTED', nextObserveAt: uow.now });
  const waiting = await targetsIn(
    uow,
    run,
    accepted ? ['PENDING', 'SENT', 'ACKNOWLEDGED', 'CANCEL_REQUESTED'] : ['CANCEL_REQUESTED'],
  );
  const mark = (state: 'CANCELLED' | 'CANCEL_REJECTED', of: typeof waiting) =>
    of.map(({ ciId }) => ({
      ciId,
      state,
      nativeStatus: state,
      at: uow.now,
      reason: detail === undefined ? undefined : { code: state, message: detail, retryable: null },
      payload: { by: 'interlock', state, run: run.id, detail: detail ?? null },
    }));
  // People report what they begin, so targets that still wait are cancelled; a tool reports itself what it has stopped.
  const marks = accepted
    ? byPeople
      ? mark(
          'CANCELLED',
          waiting.filter(({ begun }) => !begun),
        )
      : []
    : mark('CANCEL_REJECTED', waiting);
  // The reason for the stop no longer explains anything: the work continues.
  if (!accepted && run.cancelMode !== 'deadline')
    distribution.stateReason = `The tool refused the stop: ${detail ?? 'it gives no reason.'}`;
  const type = accepted ? 'distribution.cancel-accepted' : 'distribution.cancel-rejected';
  recordDistributionEvent(uow, distribution, type, await countTargetStates(uow, distribution.id), {
    reason: detail ?? null,
  });
  await recordObservation(
    uow,
    { ...held, run: { ...run, cancelAnswer: accepted ? 'ACCEPTED' : 'REJECTED' } },
    { reports: marks },
  );
}

async function cancel(services: AppServices, lease: Lease, tool: string, run: Run, handle: RunHandle): Promise<void> {
  if (run.cancelRequestedAt === null || run.cancelAnswer !== null) return;
  const mode = run.cancelMode === 'stop' ? 'stop' : 'abort';
  const answer = await callTool(
    services,
    lease,
    tool,
    CALL_TIMEOUT_MS,
    async (adapter, signal) => await adapter.cancel(handle, { mode }, signal),
  );
  if (!answer.ok && answer.retry !== 'never') return;
  const observe = services.adapters.get(tool).capabilities.observe;
  const byPeople = observe.includes('reported') && !observe.includes('poll');
  const [accepted, detail] = answer.ok ? [answer.value.accepted, answer.value.detail] : [false, answer.error.message];
  await lease.write(async (uow, held) => {
    if (held.run.cancelAnswer === null) await cancelAnswered(uow, held, accepted, detail, byPeople);
  });
}

/** How many reports are recorded in one transaction. The renewal of the lease waits for it, and so do others. */
const REPORTS_AT_ONCE = 500;

/**
 * Records an observation of the tool. Many reports take several transactions; the last one keeps the cursor. After a
 * crash in between the tool is asked from the old cursor, and what is known already changes nothing.
 */
async function seen(services: AppServices, lease: Lease, tool: string, seenNow: Observation): Promise<void> {
  const { limits, observe: modes } = services.adapters.get(tool).capabilities;
  const reports = seenNow.targets.flatMap(incoming);
  for (; reports.length > REPORTS_AT_ONCE; reports.splice(0, REPORTS_AT_ONCE)) {
    const some = reports.slice(0, REPORTS_AT_ONCE);
    await lease.write(async (uow, held) => await recordObservation(uow, held, { reports: some }));
  }
  await lease.write(async (uow, held) => {
    const { run } = held;
    const late = run.state === 'FINISHED';
    const outOfTime = !late && uow.now.getTime() >= run.deadline.getTime() + DEADLINE_GRACE_MS;
    const next = after(uow.now, pollMs(seenNow.nextPollMs, limits));
    const limit = uow.now < run.deadline ? run.deadline : after(run.deadline, DEADLINE_GRACE_MS);
    const progress: Partial<RunProgress> = {
      cursor: seenNow.cursor,
      nativeStatus: seenNow.run.nativeStatus ?? null,
      message: seenNow.run.message ?? null,
      url: seenNow.run.url ?? run.url,
      failures: 0,
      // A pause or resume that came meanwhile does not wait for the next look.
      nextObserveAt: run.control !== null && run.control !== lease.run.control ? uow.now : earlier(next, limit),
    };
    await recordObservation(uow, held, {
      reports,
      end: late ? undefined : seenNow.complete ? 'COMPLETE' : outOfTime ? 'DEADLINE' : undefined,
      run: progress,
      lookAgainAt: seenNow.complete || !modes.includes('poll') ? null : lateLook(run, uow.now),
    });
  });
}

/** Records that the tool could not be observed. */
const unseen = async (lease: Lease, failure: Failure): Promise<void> =>
  await lease.write(async (uow, held) => await observationFailed(uow, held, failure));

/**
 * Records that nothing was learned about a run: the tool did not answer, or its answer could not be recorded. After the
 * deadline the run ends all the same.
 */
export async function observationFailed(uow: UnitOfWork, held: HeldRun, { error, retry }: Failure): Promise<void> {
  const { distribution, run } = held;
  const failures = run.failures + 1;
  const progress: Partial<RunProgress> = { failures, message: `${error.code}: ${error.message}` };
  if (run.state === 'FINISHED')
    return void (await writeRun(uow, run, { ...progress, nextObserveAt: lateLook(run, uow.now) }));
  const lost = error.code === 'NOT_FOUND' && failures >= LOST_AFTER;
  const outOfTime = uow.now.getTime() >= run.deadline.getTime() + DEADLINE_GRACE_MS;
  if (lost || outOfTime) {
    const endReason = lost ? { code: 'RUN_LOST', message: 'The tool no longer knows the run.' } : undefined;
    return await recordObservation(uow, held, {
      reports: [],
      end: lost ? 'COMPLETE' : 'DEADLINE',
      run: progress,
      lookAgainAt: lost ? null : lateLook(run, uow.now),
      ...(endReason && { endReason }),
    });
  }
  const limit = uow.now < run.deadline ? run.deadline : after(run.deadline, DEADLINE_GRACE_MS);
  await writeRun(uow, run, {
    ...progress,
    nextObserveAt: earlier(after(uow.now, backoffMs(failures, error.retryAfterMs)), limit),
  });
  if (failures === SILENT_AFTER || (failures === 1 && retry === 'never')) {
    recordDistributionEvent(
      uow,
      distribution,
      'distribution.tool-silent',
      await countTargetStates(uow, distribution.id),
      {
        reason: error.message,
        data: { code: error.code },
      },
    );
  }
}

/**
 * A person has confirmed the start of a run whose handle was never received: the tool is asked whether it knows the
 * run.
 */
async function attach(services: AppServices, lease: Lease, tool: string): Promise<RunHandle | null> {
  const answer = await callTool(
    services,
    lease,
    tool,
    CALL_TIMEOUT_MS,
    async (adapter, signal) => await adapter.find(lease.run.key, signal),
  );
  const handle = answer.ok ? answer.value : null;
  if (handle !== null) await lease.write(async (uow, held) => await writeRun(uow, held.run, { handle, failures: 0 }));
  else
    await unseen(lease, {
      ok: false,
      retry: 'backoff',
      error: new AdapterError('UNAVAILABLE', 'The tool has no run with this key. People can report its targets.'),
    });
  return handle;
}

/** Asks the tool to stop once the deadline has passed, unless people have asked before. */
async function askForStop(services: AppServices, lease: Lease, tool: string): Promise<Run> {
  const { run } = lease;
  if (run.cancelRequestedAt !== null || services.clock() < run.deadline) return run;
  const canCancel = services.adapters.entry(tool)?.capabilities?.cancel !== 'none';
  return await lease.write(async (uow, held) => await overdue(uow, held, canCancel));
}

/**
 * Observes a run that the tool has accepted: passes on pause, resume and cancel, asks for its progress and records the
 * answer. Observing changes nothing at the tool, so any process may do it at any time.
 */
export async function observe(services: AppServices, lease: Lease, tool: string): Promise<void> {
  const { run } = lease;
  const handle = run.handle ?? (await attach(services, lease, tool));
  if (handle === null) return;
  if (run.state !== 'FINISHED') {
    await control(services, lease, tool, handle);
    await cancel(services, lease, tool, await askForStop(services, lease, tool), handle);
  }
  const answer = await callTool(
    services,
    lease,
    tool,
    CALL_TIMEOUT_MS,
    async (adapter, signal) => await adapter.observe(handle, run.cursor, signal),
  );
  if (answer.ok) await seen(services, lease, tool, answer.value);
  else await unseen(lease, answer);
}
