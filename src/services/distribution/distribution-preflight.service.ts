import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import type { DistributionRequest } from '../../adapters/adapter.js';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import type { Preflight, PreflightKind, TargetPreflight } from '../../domain/distribution/preflight.js';
import { fromNodeId } from '../../domain/node-id.js';
import { DeploymentTool } from '../../entities/distribution/deployment-tool.entity.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import { expectVersion } from '../load.js';
import { optionalReason } from '../text.js';
import { demand } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { factsOfDistribution } from './distribution-attempt.service.js';
import type { DistributionCommandInput } from './distribution-command.service.js';
import { recordDistributionEvent } from './distribution-event.js';
import { buildRequests } from './distribution-package.service.js';
import { lockDistribution, PREFLIGHT_JOB, type HeldRun } from './distribution-run.service.js';
import { orderOfWaves } from './order-part.service.js';
import { countTargetStates } from './target-state.service.js';
import type { ToolDirectory } from './tool-directory.js';

/** What the job of a preflight is given: for a newer question of the same distribution there is another job. */
export interface PreflightOrder {
  readonly distributionId: string;
  /** Id of the question. */
  readonly preflightId: string;
}

/** An answer of a tool, and how it came about. */
export interface PreflightAnswer {
  readonly preflight: Preflight;
  readonly kind: PreflightKind;
  /** The run that is about to be sent; absent where a person asked. */
  readonly run?: { readonly key: string; readonly attempt: number; readonly deploymentToolId: string };
}

/** Questions that are due at an instant, the most overdue first. */
export const duePreflights = (now: Date, limit: number) => sql<PreflightOrder>`
    select distribution_id as "distributionId", id as "preflightId" from distribution_preflight
    where next_ask_at <= ${now} order by next_ask_at limit ${limit}`;

/** Replaces the preflight of a distribution by a new question. */
async function ask(uow: UnitOfWork, distributionId: string, kind: PreflightKind): Promise<string> {
  const id = newId();
  await uow.query(sql`
    insert into distribution_preflight (id, distribution_id, asked_at, next_ask_at, kind)
    values (${id}, ${distributionId}, ${uow.now}, ${uow.now}, ${kind})
    on conflict (distribution_id) do update set
      id = excluded.id, asked_at = excluded.asked_at, next_ask_at = excluded.next_ask_at, kind = excluded.kind,
      answered_at = null, verdict = null, messages = '{}', tool_version = null, failures = 0, error = null`);
  return id;
}

/**
 * Keeps what a tool said of each target, and nothing at those that it did not name.
 * @param attempt of the run that was asked about: other targets keep what was said of them. Absent: all targets.
 */
async function keepWords(
  uow: UnitOfWork,
  distributionId: string,
  targets: readonly TargetPreflight[],
  attempt?: number,
): Promise<void> {
  await uow.query(sql`
    update target_execution e set preflight_verdict = said.verdict, preflight_message = said.message
    from target_execution t left join unnest(
      ${targets.map(({ ciId }) => fromNodeId('ConfigurationItem', ciId, 'ciId'))}::uuid[],
      ${targets.map(({ verdict }) => verdict)}::text[],
      ${targets.map(({ message }) => message)}::text[]) as said(ci_id, verdict, message) on said.ci_id = t.ci_id
    where t.id = e.id and t.distribution_id = ${distributionId}
      and ${attempt === undefined ? sql`true` : sql`t.attempt = ${attempt}`}
      and (e.preflight_verdict, e.preflight_message) is distinct from (said.verdict, said.message)`);
}

/** What a tool does when it is asked in advance, as its capability says. */
export const kindOf = (capability: 'dry-run' | 'static'): PreflightKind =>
  capability === 'dry-run' ? 'DRY_RUN' : 'STATIC';

/**
 * Asks the tools of a distribution what they would say to the order. A job asks them, after the commit. A question that
 * has no answer yet stays as it is.
 */
export async function distributionPreflight(uow: UnitOfWork, input: DistributionCommandInput): Promise<Distribution> {
  const { distribution } = await lockDistribution(uow, fromNodeId('Distribution', input.id, 'id'));
  expectVersion(distribution, input.expectedVersion);
  const reason = optionalReason(input.reason) || null;
  demand(distributionMachine, distribution, 'distributionPreflight', await factsOfDistribution(uow, distribution));
  const waiting = await uow.query(sql`
    select 1 from distribution_preflight where distribution_id = ${distribution.id} and answered_at is null`);
  if (waiting.length > 0) return distribution;
  const toolIds = [distribution.deploymentToolId, ...distribution.furtherToolIds];
  const tools = await uow.em.find(DeploymentTool, { id: { $in: toolIds } }, { orderBy: { name: 'asc' } });
  const abilities = tools.map(({ capabilities }) => capabilities?.['preflight']).filter((one) => one !== 'none');
  const kind = kindOf(abilities.every((one) => one === 'dry-run') ? 'dry-run' : 'static');
  const preflightId = await ask(uow, distribution.id, kind);
  await keepWords(uow, distribution.id, []);
  recordDistributionEvent(
    uow,
    distribution,
    'distribution.preflight-requested',
    await countTargetStates(uow, distribution.id),
    { reason, data: { deploymentTool: tools.map(({ name }) => name).join(', ') } },
  );
  uow.enqueue(PREFLIGHT_JOB, { distributionId: distribution.id, preflightId }, { singletonKey: preflightId });
  return distribution;
}

/** The question, if it is still the latest one and has no answer. Locks it with its distribution. */
async function openQuestion(
  uow: UnitOfWork,
  { distributionId, preflightId }: PreflightOrder,
): Promise<(Omit<HeldRun, 'run'> & { readonly failures: number; readonly nextAskAt: Date }) | undefined> {
  const held = await lockDistribution(uow, distributionId);
  const [row] = await uow.query<{ failures: number; next: number }>(sql`
    select failures, (extract(epoch from next_ask_at) * 1000)::float8 as next from distribution_preflight
    where distribution_id = ${distributionId} and id = ${preflightId} and answered_at is null
    for update`);
  return row && { ...held, failures: row.failures, nextAskAt: new Date(row.next) };
}

/** Keeps a question for this process. One that dies renews nothing, and then another process asks again. */
export async function keepClaim(uow: UnitOfWork, { preflightId }: PreflightOrder, claimMs: number): Promise<void> {
  const dead = new Date(uow.now.getTime() + claimMs);
  await uow.query(sql`
    update distribution_preflight set next_ask_at = ${dead} where id = ${preflightId} and answered_at is null`);
}

/** What one tool is asked. */
export interface PreflightQuestion {
  readonly tool: string;
  /** Undefined where this process is not connected to the tool. */
  readonly request: DistributionRequest | undefined;
}

/**
 * Claims a question that is due, and gives the orders that it is about: what the starts of all waves would send, for
 * all targets that are still to be delivered to, as one order for each tool and its parameters.
 * @param claimMs how long it stays with this process unless the claim is renewed
 * @returns undefined when the question is out of date, or another process asks it.
 */
export async function preflightRequest(
  uow: UnitOfWork,
  order: PreflightOrder,
  tools: ToolDirectory,
  claimMs: number,
): Promise<PreflightQuestion[] | undefined> {
  const open = await openQuestion(uow, order);
  if (open === undefined || open.nextAskAt > uow.now) return undefined;
  const { release, distribution } = open;
  await keepClaim(uow, order, claimMs);
  const rows = await uow.query<{ id: string }>(sql`
    select ci_id as id from target_execution
    where distribution_id = ${distribution.id} and not excluded and state not in ('SUCCEEDED', 'BACKED_OUT')
    order by ci_id`);
  const parts = await orderOfWaves(
    uow,
    distribution,
    rows.map(({ id }) => id),
    true,
  );
  const attempt = distribution.attempt + 1;
  const deadline = new Date(uow.now.getTime() + distribution.deadlineMinutes * 60_000);
  const connected = parts.flatMap((part) => {
    const tool = tools.connected(part.tool.name);
    return tool === undefined ? [] : [{ ...part, attempt, deadline, tool }];
  });
  const { operation } = distribution;
  const requests = (await buildRequests(uow, { release, distribution, operation }, connected)).values();
  return parts.map(({ tool: { name } }) => ({
    tool: name,
    request: tools.connected(name) && requests.next().value,
  }));
}

/** Keeps what a tool said: of the order at the distribution, of each target at the target. */
async function keep(
  uow: UnitOfWork,
  distribution: Distribution,
  preflightId: string,
  { preflight, kind, run }: PreflightAnswer,
): Promise<void> {
  const toolId =
    run?.deploymentToolId ?? (distribution.furtherToolIds.length > 0 ? null : distribution.deploymentToolId);
  const { verdict, messages, targets } = preflight;
  await uow.query(sql`
    update distribution_preflight set
      answered_at = ${uow.now}, next_ask_at = null, verdict = ${verdict}, messages = ${[...messages]}::text[],
      error = null,
      tool_version = (select tool_version from deployment_tool where id = ${toolId}::uuid)
    where id = ${preflightId}`);
  await keepWords(uow, distribution.id, targets, run?.attempt);
  // A start in whose way nothing stands has its own event.
  if (run !== undefined && verdict === 'OK') return;
  const blocked = targets.filter((target) => target.verdict === 'BLOCK').length;
  const warned = targets.filter((target) => target.verdict === 'WARN').length;
  recordDistributionEvent(
    uow,
    distribution,
    'distribution.preflighted',
    await countTargetStates(uow, distribution.id),
    { data: { verdict, kind, messages, blocked, warned, ...(run && { key: run.key }) } },
  );
}

/** Records the answer to a question. Does nothing if there is a newer question, or an answer already. */
export async function recordPreflight(uow: UnitOfWork, order: PreflightOrder, answer: PreflightAnswer): Promise<void> {
  const open = await openQuestion(uow, order);
  if (open !== undefined) await keep(uow, open.distribution, order.preflightId, answer);
}

/** Records what a tool says to the order of a run right before it is sent. The distribution is locked. */
export async function recordPreflightOfRun(
  uow: UnitOfWork,
  distribution: Distribution,
  answer: PreflightAnswer,
): Promise<void> {
  await keep(uow, distribution, await ask(uow, distribution.id, answer.kind), answer);
}

/**
 * Records that a tool gave no answer.
 * @param again when the question is asked again, by the number of failures so far; null when it is not.
 */
export async function preflightFailed(
  uow: UnitOfWork,
  order: PreflightOrder,
  error: string,
  again: (failures: number) => Date | null,
): Promise<void> {
  const open = await openQuestion(uow, order);
  if (open === undefined) return;
  const failures = open.failures + 1;
  const askAt = again(failures);
  await uow.query(sql`
    update distribution_preflight set
      failures = ${failures}, error = ${error}, next_ask_at = ${askAt},
      answered_at = ${askAt === null ? uow.now : null}
    where id = ${order.preflightId}`);
  if (askAt !== null) return;
  recordDistributionEvent(
    uow,
    open.distribution,
    'distribution.preflight-failed',
    await countTargetStates(uow, open.distribution.id),
    { data: { error } },
  );
}
