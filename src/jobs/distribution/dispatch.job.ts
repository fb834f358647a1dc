import { sql } from 'kysely';
import type { DistributionRequest, RunHandle } from '../../adapters/adapter.js';
import { asksAgain, blockOf } from '../../domain/distribution/preflight.js';
import { fromNodeId } from '../../domain/node-id.js';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import { decide } from '../../domain/state-machine.js';
import { factsOfDistribution } from '../../services/distribution/distribution-attempt.service.js';
import { recordDistributionEvent } from '../../services/distribution/distribution-event.js';
import { pauseIfHeld } from '../../services/distribution/distribution-hold.service.js';
import { writeRun, type HeldRun, type RunProgress } from '../../services/distribution/distribution-run.service.js';
import { moveBySystem } from '../../services/distribution/distribution-transition.js';
import { endRun } from '../../services/distribution/observation.service.js';
import { recordPreflightOfRun } from '../../services/distribution/distribution-preflight.service.js';
import { markTargets } from '../../services/distribution/target-execution.service.js';
import type { UnitOfWork } from '../../services/unit-of-work.js';
import { UnreadableAnswer } from '../../adapters/hosted-adapter.js';
import { callbackFor, type Callback } from './callback-address.js';
import { askPreflight } from './preflight.job.js';
import type { Lease } from './run-lease.js';
import { after, backoffMs, earlier } from './timing.js';
import { CALL_TIMEOUT_MS, callTool, SUBMIT_TIMEOUT_MS, type Answer } from './tool-call.js';
import type { AppServices } from '../../app-services.js';
import { countTargetStates, targetsIn } from '../../services/distribution/target-state.service.js';

/** How soon after its start an order is sent without asking the rules once more, in milliseconds. */
const FRESH_MS = 5_000;
/** How often the tool is asked about a start that nobody can tell, in milliseconds. */
const UNKNOWN_LOOK_MS = 60_000;
/** How long an order waits for a place at a tool that works on as many runs as it can, in milliseconds. */
const FULL_WAIT_MS = 2_000;

type Failure = Extract<Answer<never>, { readonly ok: false }>;

/** The tool has the order: its handle is kept, and the distribution runs. */
async function accept(uow: UnitOfWork, held: HeldRun, handle: RunHandle): Promise<void> {
  const { release, distribution, run } = held;
  const pending = await targetsIn(uow, run, ['PENDING']);
  await markTargets(uow, run, pending, 'SENT');
  await writeRun(uow, run, {
    state: 'SUBMITTED',
    handle,
    submitUnclear: false,
    failures: 0,
    message: null,
    submittedAt: uow.now,
    nextObserveAt: uow.now,
  });
  distribution.stateReason = null;
  const data = { key: run.key, targets: pending.length };
  const type = 'distribution.submitted';
  if (!(await moveBySystem(uow, distribution, 'distributionSubmitted', { type, data })))
    recordDistributionEvent(uow, distribution, type, await countTargetStates(uow, distribution.id), { data });
  await pauseIfHeld(uow, release, distribution);
}

/**
 * Nobody knows whether the tool has the order. The server never sends it again; a person decides, or the tool reports
 * it.
 */
async function startUnknown(uow: UnitOfWork, held: HeldRun, why: string, lookAgain: boolean): Promise<void> {
  const { distribution, run } = held;
  const moved = await moveBySystem(uow, distribution, 'distributionStartUnknown', {
    type: 'distribution.start-unknown',
    reason: why,
    data: { key: run.key },
  });
  if (!moved)
    return await endRun(uow, held, { target: 'UNKNOWN', run: 'FINISHED', code: 'OUTCOME_UNKNOWN', message: why });
  distribution.stateReason = why;
  await writeRun(uow, run, {
    state: 'UNKNOWN',
    message: why,
    nextObserveAt: lookAgain ? after(uow.now, UNKNOWN_LOOK_MS) : null,
  });
}

/** The answer to an order cannot be read: a run that the tool knows by its key is followed, else a person decides. */
async function startUnreadable(services: AppServices, lease: Lease, tool: string, why: string): Promise<void> {
  const found = await callTool(
    services,
    lease,
    tool,
    CALL_TIMEOUT_MS,
    async (adapter, signal) => await adapter.find(lease.run.key, signal),
  );
  const handle = found.ok ? found.value : null;
  if (handle !== null) await lease.write(async (uow, held) => await accept(uow, held, handle));
  else await lease.write(async (uow, held) => await startUnknown(uow, held, why, true));
}

/**
 * The server failed to work on an order. It is tried again until the deadline; then a person decides about one that
 * may have been sent, and one that certainly was not has expired.
 */
export async function dispatchFailed(uow: UnitOfWork, held: HeldRun, message: string): Promise<void> {
  const { run } = held;
  const failures = run.failures + 1;
  if (run.state === 'INTENT' && uow.now >= run.deadline) {
    if (run.submitUnclear) await startUnknown(uow, held, message, true);
    else await refuse(uow, held, 'DEADLINE', message);
    return;
  }
  const wait = run.state === 'UNKNOWN' ? UNKNOWN_LOOK_MS : backoffMs(failures);
  const limit = uow.now < run.deadline ? run.deadline : null;
  await writeRun(uow, run, { failures, message, nextObserveAt: earlier(after(uow.now, wait), limit) });
}

/** The order was not taken, and for sure: its targets can be retried. */
const refuse = async (
  uow: UnitOfWork,
  held: HeldRun,
  code: string,
  message: string,
  said: ReadonlyMap<string, string> = new Map(),
) =>
  await endRun(uow, held, {
    target: code === 'DEADLINE' ? 'EXPIRED' : 'REJECTED',
    run: 'REFUSED',
    code,
    message,
    said,
  });

const postpone = async (lease: Lease, { error }: Failure, more: Partial<RunProgress> = {}) =>
  await lease.write(async (uow, { run }) => {
    const failures = run.failures + 1;
    await writeRun(uow, run, {
      failures,
      message: `${error.code}: ${error.message}`,
      nextObserveAt: earlier(
        after(uow.now, backoffMs(failures, error.retryAfterMs)),
        run.deadline > uow.now ? run.deadline : null,
      ),
      ...more,
    });
  });

/**
 * Finds out whether an order that was sent, or may have been, has arrived.
 * @returns whether it has certainly not, so that it can be sent (again) under the same key.
 */
export async function reattach(services: AppServices, lease: Lease, tool: string): Promise<boolean> {
  const { run } = lease;
  const answer = await callTool(
    services,
    lease,
    tool,
    CALL_TIMEOUT_MS,
    async (adapter, signal) => await adapter.find(run.key, signal),
  );
  if (answer.ok && answer.value !== null) {
    const handle = answer.value;
    await lease.write(async (uow, held) => await accept(uow, held, handle));
    return false;
  }
  if (!answer.ok && answer.error.code !== 'NOT_FOUND') {
    const { error } = answer;
    const blind = error.code === 'UNIMPLEMENTED';
    const why = blind
      ? 'The answer to the order was lost, and the tool cannot be asked for it by its key.'
      : `The answer to the order was lost, and the tool cannot be asked about it: ${error.message}`;
    if (run.state === 'UNKNOWN')
      await postpone(lease, answer, { nextObserveAt: blind ? null : after(services.clock(), UNKNOWN_LOOK_MS) });
    else if (blind || services.clock() >= run.deadline)
      await lease.write(async (uow, held) => await startUnknown(uow, held, why, !blind));
    else await postpone(lease, answer);
    return false;
  }
  if (run.state === 'UNKNOWN') {
    await lease.write(
      async (uow, held) => await writeRun(uow, held.run, { nextObserveAt: after(uow.now, UNKNOWN_LOOK_MS) }),
    );
    return false;
  }
  if (services.adapters.get(tool).capabilities.submit !== 'at-most-once') return true;
  const why = 'The answer to the order was lost, the tool does not know it by its key, and it must not be sent twice.';
  await lease.write(async (uow, held) => await startUnknown(uow, held, why, true));
  return false;
}

/**
 * Whether the tool works on as many runs as it can, those counted that are being sent to it right now. The tool's row
 * is locked until the order is on record as being sent, so that two processes never give away the same place.
 */
async function isFull(uow: UnitOfWork, { run }: HeldRun, places: number | undefined): Promise<boolean> {
  if (places === undefined) return false;
  const tool = run.deploymentToolId;
  await uow.query(sql`select 1 from deployment_tool where id = ${tool} for update`);
  const [row] = await uow.query<{ n: number }>(sql`
    select count(*)::int as n from distribution_run r
    where r.deployment_tool_id = ${tool} and r.id <> ${run.id}
      and (r.state = 'SUBMITTED' or r.state = 'INTENT' and r.submit_unclear)`);
  return (row?.n ?? 0) >= places;
}

/**
 * Right before an order is sent: a place at the tool, the rules once more where time has passed or the release was put
 * on hold, then the note that it is being sent.
 */
async function prepare(
  uow: UnitOfWork,
  held: HeldRun,
  callback: Callback | undefined,
  places: number | undefined,
): Promise<boolean> {
  const { release, distribution, run } = held;
  if (await isFull(uow, held, places)) {
    await writeRun(uow, run, {
      message: 'Waiting for a free place at the tool.',
      nextObserveAt: after(uow.now, FULL_WAIT_MS),
    });
    return false;
  }
  const onTime = run.submitCalls === 0 && uow.now.getTime() - run.createdAt.getTime() <= FRESH_MS;
  // A hold stops also what began a moment before it.
  const fresh = onTime && release.onHoldAt == null;
  if (!fresh && !run.backOut) {
    const decision = decide(
      distributionMachine,
      'SCHEDULED',
      'distributionStart',
      await factsOfDistribution(uow, distribution),
    );
    // A tool that is not well is exactly what is being waited for.
    const blockers = decision.ok ? [] : decision.blockers.filter(({ code }) => code !== 'ADAPTER_UNHEALTHY');
    if (blockers.length > 0) {
      await refuse(
        uow,
        held,
        blockers[0]?.code ?? 'BLOCKED',
        `It could not be sent in time, and is now refused: ${blockers.map(({ message }) => message).join(' ')}`,
      );
      return false;
    }
  }
  await writeRun(uow, run, {
    submitCalls: run.submitCalls + 1,
    submitUnclear: true,
    callbackHash: callback?.hash ?? null,
  });
  return true;
}

/**
 * Asks the tool once more before it gets the order, once for each run. It keeps the lease and has no effect, so the
 * process that takes over may ask again. What the tool blocks is not sent, to no target: a person fixes it and retries.
 * A back-out does not wait for it.
 * @returns whether the order may be sent.
 */
async function isClear(services: AppServices, lease: Lease, tool: string): Promise<boolean> {
  const { run } = lease;
  if (run.backOut || run.submitCalls > 0 || run.preflightedAt !== null) return true;
  const answer = await askPreflight(services, lease, tool, run.request);
  if (!answer.ok) {
    const { error, retry } = answer;
    if (asksAgain(retry, run.failures + 1)) await postpone(lease, answer);
    else await lease.write(async (uow, held) => await refuse(uow, held, error.code, `Preflight: ${error.message}`));
    return false;
  }
  const { value } = answer;
  if (value === undefined) return true;
  const block = blockOf(value.preflight);
  await lease.write(async (uow, held) => {
    await recordPreflightOfRun(uow, held.distribution, { ...value, run });
    const current = await writeRun(uow, held.run, { preflightedAt: uow.now, failures: 0 });
    if (block === undefined) return;
    const said = new Map(
      [...block.targets].map(([id, message]) => [fromNodeId('ConfigurationItem', id, 'id'), message]),
    );
    await refuse(uow, { ...held, run: current }, 'PREFLIGHT_BLOCKED', block.message, said);
  });
  return block === undefined;
}

/**
 * Sends an order to its tool, at most once. The record says that it is being sent before it is, so the process that
 * takes over after a crash asks the tool first. The order is sent again only under the same key, and only where the
 * tool makes that safe or certainly did nothing.
 */
export async function dispatch(services: AppServices, lease: Lease, tool: string): Promise<void> {
  const { run } = lease;
  if ((run.submitUnclear || run.state === 'UNKNOWN') && !(await reattach(services, lease, tool))) return;
  if (services.clock() >= run.deadline) {
    const message = `The tool did not take the order before the deadline. ${run.message ?? ''}`.trim();
    return await lease.write(async (uow, held) => await refuse(uow, held, 'DEADLINE', message));
  }
  if (!(await isClear(services, lease, tool))) return;
  const callback = await callbackFor(services, tool, run.key);
  const places = services.adapters.entry(tool)?.capabilities?.limits.maxConcurrentRuns;
  if (!(await lease.write(async (uow, held) => await prepare(uow, held, callback, places)))) return;
  const request: DistributionRequest = { ...run.request, ...(callback && { callback: callback.address }) };
  const answer = await callTool(
    services,
    lease,
    tool,
    SUBMIT_TIMEOUT_MS,
    async (adapter, signal) => await adapter.submit(request, signal),
  );
  if (answer.ok) return await lease.write(async (uow, held) => await accept(uow, held, answer.value));
  const { error, retry } = answer;
  // The tool has said something, so it may have the order, whatever it says next. Only its run proves more.
  if (error instanceof UnreadableAnswer) return await startUnreadable(services, lease, tool, error.message);
  if (retry === 'never')
    return await lease.write(async (uow, held) => await refuse(uow, held, error.code, error.message));
  // `backoff` certainly did nothing; `reconcile` may have: then the next look asks the tool.
  if (retry === 'backoff') await postpone(lease, answer, { submitUnclear: false });
  else await postpone(lease, answer, run.failures === 0 ? { nextObserveAt: services.clock() } : {});
}
