import { factsOf } from '../facts-of.js';
import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { blocker } from '../../domain/blocker.js';
import type { DistributionFacts } from '../../domain/distribution/distribution.guards.js';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import type { DistributionCommand, DistributionOperation } from '../../domain/distribution/distribution.state.js';
import { rollUpCounts } from '../../domain/distribution/distribution-outcome.js';
import { isDriftCheck } from '../../domain/distribution/drift-check.js';
import { isReturn } from '../../domain/distribution/return.guards.js';
import { intervalContains } from '../../domain/schedule/interval.js';
import { Refusal, refuse } from '../../domain/errors.js';
import { NOT_STARTED_TARGET_STATES, RETRYABLE_TARGET_STATES } from '../../domain/distribution/observation.js';
import { commandToDistribute } from '../../domain/release/release.state.js';
import { decide } from '../../domain/state-machine.js';
import { type Distribution } from '../../entities/distribution/distribution.entity.js';
import type { DistributionWave } from '../../entities/distribution/distribution-wave.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import { snapshotOf } from './distribution-event.js';
import { withdrawDecision } from './decision-point-open.service.js';
import { RUN_JOB } from './distribution-run.service.js';
import { aboutWave, beginWave, cancelRest, waveToBegin } from './distribution-wave.service.js';
import { buildRequests } from './distribution-package.service.js';
import { orderBlockers, orderOfWave, orderOfWaves, type OrderPart } from './order-part.service.js';
import { changesTouched } from '../change/change-progress.service.js';
import { ImpactReader } from '../../facts/cmdb/impact-reader.js';
import { returnables } from '../../facts/distribution/delivery.facts.js';
import { distributionFacts } from '../../facts/distribution/distribution.facts.js';
import { releaseCommand } from '../release/release-command.service.js';
import { bookAttempt } from '../schedule/schedule-entry.service.js';
import { targetsToVerify } from './assurance.service.js';
import { beginTargets } from './target-execution.service.js';
import type { ConnectedTool, ToolDirectory } from './tool-directory.js';
import { letTasksFollow } from '../release/task-distribution.service.js';
import { enter } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { delivered } from '../../facts/distribution/delivered.js';
import { DistributionRun } from '../../entities/distribution/distribution-run.entity.js';
import { countTargetStates } from './target-state.service.js';

/**
 * Which targets an attempt is for: what is to be done (of the next wave, where there are waves), what did not succeed,
 * what was not started, or what received something.
 */
type Which = 'ALL' | 'FAILED' | 'NOT_STARTED' | 'DELIVERED';

/** A way to begin an attempt. */
interface Attempt {
  readonly event: string;
  readonly which: Which;
  readonly backOut: boolean;
}

const ATTEMPTS = {
  distributionStart: { event: 'distribution.started', which: 'ALL', backOut: false },
  distributionAdvance: { event: 'distribution.advanced', which: 'ALL', backOut: false },
  distributionRepeatWave: { event: 'distribution.wave-repeated', which: 'FAILED', backOut: false },
  distributionRetryFailed: { event: 'distribution.retried', which: 'FAILED', backOut: false },
  distributionStartBackOut: { event: 'distribution.back-out-started', which: 'DELIVERED', backOut: true },
} as const satisfies Partial<Record<DistributionCommand, Attempt>>;

/** A command that begins an attempt. */
export type AttemptCommand = keyof typeof ATTEMPTS;

/** The facts of one distribution now. @param impact keeps what is read of what its targets impact, for further use */
export const factsOfDistribution = async (
  uow: UnitOfWork,
  distribution: Distribution,
  impact?: ImpactReader,
): Promise<DistributionFacts> =>
  await factsOf(
    uow,
    async (db, actor, ids, now) => await distributionFacts(db, actor, ids, now, impact),
    'Distribution',
    distribution,
  );

async function chooseTargets(
  uow: UnitOfWork,
  distribution: Distribution,
  which: Which,
  wave: DistributionWave | undefined,
): Promise<string[]> {
  const condition = {
    ALL: wave === undefined ? sql`true` : sql`e.state not in ('SUCCEEDED', 'BACKED_OUT')`,
    NOT_STARTED: sql`e.state = any(${[...NOT_STARTED_TARGET_STATES]}::text[])`,
    FAILED: sql`e.state = any(${[...RETRYABLE_TARGET_STATES]}::text[]) and not exists (
      select 1 from distribution_run b
      where b.distribution_id = e.distribution_id and b.attempt = e.attempt and b.back_out)`,
    DELIVERED: delivered,
  }[which];
  const rows = await uow.query<{ id: string }>(sql`
    select e.ci_id as id from target_execution e
    where e.distribution_id = ${distribution.id} and ${condition}
      and ${wave === undefined ? sql`true` : sql`e.wave_id = ${wave.id}`}
      and (not e.excluded or ${which === 'DELIVERED'})
    order by e.ci_id`);
  const ids = rows.map(({ id }) => id);
  if (which !== 'DELIVERED') return ids;
  // What another distribution has taken away already is not asked back: the tool would have to guess.
  const returnable = (await returnables(uow, [distribution.releaseId])).get(distribution.releaseId);
  return ids.filter((id) => returnable?.owes(distribution.id, id) !== false);
}

/**
 * Keeps the records of the targets as they are until the attempt is on record. A command that retires or
 * decommissions one of them meanwhile waits, and then finds the work.
 */
async function holdTargets(uow: UnitOfWork, { id }: Distribution, wave: DistributionWave | undefined): Promise<void> {
  await uow.query(sql`
    select from configuration_item i
    where i.id in (
      select e.ci_id from target_execution e
      where e.distribution_id = ${id} and ${wave === undefined ? sql`true` : sql`e.wave_id = ${wave.id}`})
    order by i.id for share`);
}

/** The number only has to differ from other advisory locks. */
const LIMIT_LOCK = 7_301_942_011;

/** Where there are limits, runs begin one after the other: two that begin at once would both find the same room. */
async function holdLimits(uow: UnitOfWork): Promise<void> {
  await uow.query(sql`
    select pg_advisory_xact_lock(${LIMIT_LOCK})
    where exists (select 1 from deployment_tool where max_targets_at_once is not null)
      or exists (select 1 from target_group where max_targets_at_once is not null and state = 'ACTIVE')`);
}

/**
 * When a run ends at the latest: at its deadline, and with the time that is booked for it. What runs at another time,
 * by a waiver or as a back-out, has its deadline only.
 */
function endOfRun(
  { now, ownTime, release }: DistributionFacts,
  of: Distribution,
  command: AttemptCommand,
  wave: DistributionWave | undefined,
): Date {
  const minutes = wave?.deadlineMinutes ?? of.deadlineMinutes;
  const deadline = new Date(now.getTime() + minutes * 60_000);
  if (command === 'distributionStartBackOut') return deadline;
  const inOwnTime = ownTime !== null && intervalContains(ownTime, now);
  const booked =
    command === 'distributionStart' || !release.slotIsBooked || (wave !== undefined && inOwnTime)
      ? ownTime
      : release.slot;
  const ends = [deadline];
  if (booked !== null && intervalContains(booked, now)) ends.push(booked.endsAt);
  if (wave?.closesAt != null && wave.closesAt > now) ends.push(wave.closesAt);
  return ends.reduce((least, end) => (end < least ? end : least));
}

/** Whether the own time of a distribution lasts until an instant. */
const coversUntil = ({ ownTime, now }: DistributionFacts, end: Date): boolean =>
  ownTime !== null && intervalContains(ownTime, now) && end <= ownTime.endsAt;

/**
 * Begins an attempt: checks every rule again, stores the whole order under its key, and moves distribution and release.
 * Nothing is sent here. After the commit a process sends it, and another one takes over if that process dies.
 * @param only of the targets that the command is for, those that were not started.
 * @throws Refusal with every broken rule of distribution, release, package and targets.
 */
export async function beginAttempt(
  uow: UnitOfWork,
  { release, distribution }: { readonly release: Release; readonly distribution: Distribution },
  command: AttemptCommand,
  tools: ToolDirectory,
  reason?: string | null,
  only?: 'NOT_STARTED',
): Promise<void> {
  const { event, which: usual, backOut }: Attempt = ATTEMPTS[command];
  const which = only ?? usual;
  const wave = backOut ? undefined : await waveToBegin(uow, distribution);
  await holdTargets(uow, distribution, wave);
  await holdLimits(uow);
  const impact = new ImpactReader(uow);
  const facts = await factsOfDistribution(uow, distribution, impact);
  const decision = decide(distributionMachine, distribution.state, command, facts);
  if (!decision.ok && decision.reason === 'ILLEGAL_TRANSITION') refuse(decision.blockers);
  const operation: DistributionOperation = backOut ? 'UNDO' : distribution.operation;
  const check = isDriftCheck({ operation, release });
  const chosen = await chooseTargets(uow, distribution, which, wave);
  const byTool = backOut && distribution.furtherToolIds.length > 0 && chosen.length > 0;
  const parts = byTool
    ? await orderOfWaves(uow, distribution, chosen, false)
    : [await orderOfWave(uow, distribution, wave, chosen)];
  const targets = parts.flatMap((part) => part.targets);
  // The guards have already named a tool that is not READY. What does not fit the tool is listed all the same.
  const blockers = [...(decision.ok ? [] : decision.blockers), ...orderBlockers(parts, operation, tools)];
  if (targets.length === 0 && !blockers.some(({ code }) => code === 'NO_TARGETS')) {
    blockers.push(blocker('NO_TARGETS', 'No target is left for this attempt.', ['DEPLOYMENT_OPERATOR']));
  }
  if (!decision.ok || blockers.length > 0) throw new Refusal(blockers);

  const releaseMove = backOut ? null : commandToDistribute(release.state, release.skippedStates);
  if (releaseMove !== null)
    await releaseCommand(uow, release.id, releaseMove, { reason, topics: [distribution.id] }, {}, impact);
  const attempt = distribution.attempt + 1;
  const deadline = endOfRun(facts, distribution, command, wave);
  if (distribution.state === 'AWAITING_DECISION') await withdrawDecision(uow, distribution, reason ?? null);
  if (backOut) await cancelRest(uow, distribution);
  if (wave !== undefined) await beginWave(uow, distribution, wave, attempt);
  // Where several tools take back what they delivered, they do so one after the other: each has the whole time.
  const wholeTime = deadline.getTime() - uow.now.getTime();
  const orders = parts.map((part, n) => ({
    ...part,
    attempt: attempt + n,
    deadline: new Date(deadline.getTime() + n * wholeTime),
    tool: tools.connected(part.tool.name) as ConnectedTool,
  }));
  const requests = await buildRequests(uow, { release, distribution, operation }, orders);
  const ciIds = targets.map(({ id }) => id);
  const toVerify = ['INSTALL', 'VERIFY'].includes(operation)
    ? await targetsToVerify(uow, tools.assurance, ciIds, impact)
    : [];
  for (const order of orders)
    await beginTargets(
      uow,
      distribution.id,
      order.attempt,
      order.targets.map(({ id }) => id),
      toVerify,
    );
  if (check) distribution.driftCheck = true;
  if (!backOut && !check && !isReturn({ release })) await changesTouched(uow, release, ciIds);
  const counts = await countTargetStates(uow, distribution.id);
  Object.assign(distribution, {
    attempt,
    startedAt: distribution.startedAt ?? uow.now,
    endedAt: null,
    retryAt: null,
    stateReason: null,
    percent: rollUpCounts(counts, false, false).percent,
  });
  const from = distribution.state;
  enter(uow, distribution, decision, {
    type: event,
    subjectType: 'Distribution',
    reason: reason ?? null,
    topics: [release.id],
    data: {
      key: requests[0]?.key,
      targets: targets.length,
      deploymentTool: parts.map(({ tool }) => tool.name).join(', '),
      ...(wave && aboutWave(wave)),
      distribution: snapshotOf(distribution, counts, decision.to),
    },
  });
  await letTasksFollow(uow, distribution, from, reason ?? null);
  const isBooked = which === 'ALL' && (wave === undefined || coversUntil(facts, deadline));
  const until = orders.at(-1)?.deadline ?? deadline;
  if (!isBooked || check || isReturn({ release })) await bookAttempt(uow, distribution, until);
  const runs = requests.map((request, n) =>
    uow.em.create(DistributionRun, {
      id: newId(),
      distributionId: distribution.id,
      deploymentToolId: (parts[n] as OrderPart).tool.id,
      attempt: attempt + n,
      key: request.key,
      fingerprint: request.fingerprint,
      request: request as unknown as Record<string, unknown>,
      backOut,
      deadline: (orders[n] as { deadline: Date }).deadline,
      // The run after it is woken when it has ended.
      nextObserveAt: n === 0 ? uow.now : null,
      createdAt: uow.now,
    }),
  );
  for (const { id } of runs.slice(0, 1)) uow.enqueue(RUN_JOB, { runId: id }, { singletonKey: id });
}
