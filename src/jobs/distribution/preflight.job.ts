import type { DistributionRequest, PreflightReport } from '../../adapters/adapter.js';
import type { AppServices } from '../../app-services.js';
import { SYSTEM } from '../../domain/actor.js';
import { asksAgain, joinPreflights, partsOf, type Preflight } from '../../domain/distribution/preflight.js';
import {
  duePreflights,
  keepClaim,
  kindOf,
  preflightFailed,
  preflightRequest,
  recordPreflight,
  type PreflightAnswer,
  type PreflightOrder,
  type PreflightQuestion,
} from '../../services/distribution/distribution-preflight.service.js';
import { PREFLIGHT_JOB } from '../../services/distribution/distribution-run.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { JobDefinition, SweepDefinition } from '../jobs.js';
import { after, backoffMs } from './timing.js';
import { callTool, SUBMIT_TIMEOUT_MS, type Answer } from './tool-call.js';

/** Number of questions per pass. */
const AT_ONCE = 16;

type Retry = 'never' | 'backoff' | 'reconcile';

const VERDICTS = { ok: 'OK', warn: 'WARN', block: 'BLOCK' } as const;

const present = ({ verdict, messages, targets }: PreflightReport): Preflight => ({
  verdict: VERDICTS[verdict],
  messages,
  targets: targets.map((target) => ({
    ciId: target.ciId,
    verdict: VERDICTS[target.verdict],
    message: target.message ?? null,
  })),
});

/**
 * Asks a tool what it would say to an order, in parts that it takes at a time. It changes nothing on a target, so it
 * may be asked any number of times.
 * @returns undefined as value where the tool does not check in advance.
 * @throws LeaseLost when the work was aborted
 */
export async function askPreflight(
  services: AppServices,
  lease: { readonly signal: AbortSignal },
  tool: string,
  request: DistributionRequest,
): Promise<Answer<Omit<PreflightAnswer, 'run'> | undefined>> {
  const capabilities = services.adapters.entry(tool)?.capabilities;
  const ability = capabilities?.preflight ?? 'none';
  const found: Preflight[] = [];
  // A tool that this process is not connected to gives its failure in the first call.
  for (const targets of partsOf(request.targets, capabilities?.limits.maxTargets)) {
    const answer = await callTool(services, lease, tool, SUBMIT_TIMEOUT_MS, async (adapter, signal) =>
      adapter.capabilities.preflight === 'none' ? undefined : await adapter.preflight({ ...request, targets }, signal),
    );
    if (!answer.ok) return answer;
    if (answer.value !== undefined) found.push(present(answer.value));
  }
  if (ability === 'none' || found.length === 0) return { ok: true, value: undefined };
  const requested = new Set(request.targets.map(({ ciId }) => ciId));
  return { ok: true, value: { preflight: joinPreflights(found, requested), kind: kindOf(ability) } };
}

type Said =
  | { readonly answer: Omit<PreflightAnswer, 'run'> }
  | { readonly failure: string; readonly retry: Retry; readonly retryAfterMs?: number | undefined };

/** Asks each tool about its part, one after the other. */
async function askEach(
  services: AppServices,
  lease: { readonly signal: AbortSignal },
  asked: readonly PreflightQuestion[],
): Promise<Said> {
  const several = new Set(asked.map(({ tool }) => tool)).size > 1;
  const of = (tool: string, message: string) => (several ? `${tool}: ${message}` : message);
  const found: Omit<PreflightAnswer, 'run'>[] = [];
  const requested = new Set<string>();
  for (const { tool, request } of asked) {
    if (request === undefined)
      return { failure: of(tool, 'This server process is not connected to the tool.'), retry: 'backoff' };
    const said = await askPreflight(services, lease, tool, request);
    if (!said.ok) {
      const { error, retry } = said;
      return { failure: of(tool, `${error.code}: ${error.message}`), retry, retryAfterMs: error.retryAfterMs };
    }
    // Of several tools, one that does not check in advance has nothing to say.
    if (said.value === undefined) continue;
    const { preflight, kind } = said.value;
    found.push({ kind, preflight: { ...preflight, messages: preflight.messages.map((text) => of(tool, text)) } });
    for (const { ciId } of request.targets) requested.add(ciId);
  }
  if (found.length === 0) return { failure: 'UNIMPLEMENTED: The tool no longer checks in advance.', retry: 'never' };
  const preflight = joinPreflights(
    found.map((one) => one.preflight),
    requested,
  );
  return { answer: { preflight, kind: found.every(({ kind }) => kind === 'DRY_RUN') ? 'DRY_RUN' : 'STATIC' } };
}

/**
 * Asks the tools for the preflight that a person wanted. Where one is away, all are asked again later. While the answer
 * is awaited the claim is renewed: if the process dies, another one asks as soon as the claim ends.
 */
async function answer(services: AppServices, order: PreflightOrder, signal: AbortSignal): Promise<void> {
  const { leaseMs } = services.config;
  const origin = { actor: SYSTEM, requestId: `preflight:${order.preflightId}` };
  const asked = await transact(
    services,
    origin,
    async (uow) => await preflightRequest(uow, order, services.tools, leaseMs),
  );
  if (asked === undefined) return;
  // One that fails is made up for by the next, or the tool is asked twice.
  const renew = () => void transact(services, origin, (uow) => keepClaim(uow, order, leaseMs)).catch(() => {});
  const heartbeat = setInterval(renew, leaseMs / 3);
  const said = await askEach(services, { signal }, asked).finally(() => clearInterval(heartbeat));
  await transact(services, origin, async (uow) => {
    if ('answer' in said) return await recordPreflight(uow, order, said.answer);
    const { failure, retry, retryAfterMs } = said;
    await preflightFailed(uow, order, failure, (failures) =>
      asksAgain(retry, failures) ? after(uow.now, backoffMs(failures, retryAfterMs)) : null,
    );
  });
}

/** Asks a tool immediately. */
export const preflightJob: JobDefinition<AppServices> = {
  name: PREFLIGHT_JOB,
  retries: 0,
  expireInSeconds: 600,
  run: async (services, data, signal) => {
    const [distributionId, preflightId] = [String(data['distributionId']), String(data['preflightId'])];
    await answer(services, { distributionId, preflightId }, signal);
  },
};

/** Asks where the job was lost, the process died, or the tool was away. */
export const preflightSweep: SweepDefinition<AppServices> = {
  name: 'distribution.preflights',
  everyMs: 1_000,
  due: ({ clock }) => duePreflights(clock(), AT_ONCE),
  run: async (services, signal) => {
    const due = await services.readDatabase.query<PreflightOrder>(duePreflights(services.clock(), AT_ONCE));
    await Promise.all(due.map(async (order) => await answer(services, order, signal)));
  },
};
