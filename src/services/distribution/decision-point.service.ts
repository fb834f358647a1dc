import { sql } from 'kysely';
import { blocker, type Blocker } from '../../domain/blocker.js';
import {
  decisionPointMachine,
  type DecisionChoice,
  type DecisionPointFacts,
} from '../../domain/distribution/decision-point.machine.js';
import { countTargets, type TargetCounts } from '../../domain/distribution/distribution-outcome.js';
import { judgeWave, tallyWave } from '../../domain/distribution/wave.js';
import { NOT_STARTED_TARGET_STATES, type TargetState } from '../../domain/distribution/observation.js';
import { notFound, RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import { DecisionPoint } from '../../entities/distribution/decision-point.entity.js';
import type { DistributionWave } from '../../entities/distribution/distribution-wave.entity.js';
import { decisionPointFacts } from '../../facts/distribution/decision-point.facts.js';
import { factsOf } from '../facts-of.js';
import { expectVersion, lock } from '../load.js';
import { optionalReason, requiredReason } from '../text.js';
import { demand, transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { topicsOfDecision } from './decision-point-open.service.js';
import { beginAttempt } from './distribution-attempt.service.js';
import { stopByRule } from './distribution-control.service.js';
import { finishDistribution } from './distribution-end.service.js';
import { lockDistribution, type HeldRun } from './distribution-run.service.js';
import { countWaveTargets, thresholdsOf, findWave } from './distribution-wave.service.js';
import { passWave } from './rollout.service.js';
import { countTargetStates } from './target-state.service.js';
import { tellManyTargets, type ToldTarget } from './told-targets.js';
import type { ToolDirectory } from './tool-directory.js';

/** What every command on a decision point is given. */
export interface DecisionPointCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

interface Opened extends Omit<HeldRun, 'run'> {
  readonly decision: DecisionPoint;
  readonly wave: DistributionWave;
}

/** Locks a decision with everything that hangs on it: the release first, as everywhere. */
async function open(uow: UnitOfWork, id: string): Promise<Opened> {
  const [row] = await uow.query<{ distribution: string }>(sql`
    select distribution_id as distribution from decision_point where id = ${id}`);
  if (!row) throw notFound('DecisionPoint');
  const held = await lockDistribution(uow, row.distribution);
  const decision = await lock(uow, DecisionPoint, 'DecisionPoint', id);
  const wave = await findWave(uow, { id: decision.waveId });
  if (wave === undefined) throw notFound('DistributionWave');
  return { ...held, decision, wave };
}

async function openFor(uow: UnitOfWork, input: DecisionPointCommandInput): Promise<Opened> {
  const opened = await open(uow, fromNodeId('DecisionPoint', input.id, 'id'));
  expectVersion(opened.decision, input.expectedVersion);
  return opened;
}

const factsOfDecision = async (uow: UnitOfWork, decision: DecisionPoint): Promise<DecisionPointFacts> =>
  await factsOf(uow, decisionPointFacts, 'DecisionPoint', decision);

async function claim(
  uow: UnitOfWork,
  input: DecisionPointCommandInput,
  command: 'decisionPointClaim' | 'decisionPointUnclaim',
  by: string | null,
): Promise<DecisionPoint> {
  const { decision, distribution } = await openFor(uow, input);
  demand(decisionPointMachine, decision, command, await factsOfDecision(uow, decision));
  if (decision.claimedById === by) return decision;
  decision.claimedById = by;
  decision.claimedAt = by === null ? null : uow.now;
  uow.record({
    type: by === null ? 'decision-point.unclaimed' : 'decision-point.claimed',
    subjectType: 'DecisionPoint',
    subject: decision,
    topics: topicsOfDecision(decision, distribution),
    reason: optionalReason(input.reason),
  });
  return decision;
}

/** Claims a decision, so that others know who takes care of it. A claim by somebody else is taken over. */
export const decisionPointClaim = async (uow: UnitOfWork, input: DecisionPointCommandInput): Promise<DecisionPoint> =>
  await claim(uow, input, 'decisionPointClaim', uow.actorId);

/** Gives back a claimed decision. */
export const decisionPointUnclaim = async (uow: UnitOfWork, input: DecisionPointCommandInput): Promise<DecisionPoint> =>
  await claim(uow, input, 'decisionPointUnclaim', null);

const impossible = (message: string, path?: string, subject?: { type: string; id: string }): Blocker =>
  blocker('DECISION_NOT_POSSIBLE', message, ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER', 'RELEASE_OWNER'], {
    ...(path && { path: [path] }),
    ...(subject && { subject }),
  });

interface WaveTargetRow {
  readonly id: string;
  readonly ciId: string;
  readonly name: string;
  readonly state: TargetState;
  readonly attempt: number;
  readonly verifiedDigest: string | null;
}

const targetsOfWave = async (uow: UnitOfWork, wave: DistributionWave): Promise<WaveTargetRow[]> =>
  await uow.query<WaveTargetRow>(sql`
    select e.id, e.ci_id as "ciId", c.name, e.state, e.attempt, e.verified_digest as "verifiedDigest"
    from target_execution e join configuration_item c on c.id = e.ci_id
    where e.wave_id = ${wave.id} and not e.excluded order by e.id`);

const countOf = (targets: readonly WaveTargetRow[]): TargetCounts => countTargets(targets.map(({ state }) => state));

/** What speaks against taking targets out of the wave. */
function exclusionProblems(
  wave: DistributionWave,
  targets: readonly WaveTargetRow[],
  excluded: readonly string[],
): Blocker[] {
  if (excluded.length === 0) return [impossible('Name the targets to take out of the rollout.', 'targetIds')];
  const byCi = new Map(targets.map((target) => [target.ciId, target]));
  const problems = excluded.flatMap((id): Blocker[] => {
    const subject = { type: 'ConfigurationItem', id };
    const target = byCi.get(id);
    if (target === undefined)
      return [impossible(`This configuration item is no target of ${wave.name}.`, 'targetIds', subject)];
    return target.state === 'SUCCEEDED'
      ? [impossible(`The delivery to ${target.name} succeeded, so it cannot be left out.`, 'targetIds', subject)]
      : [];
  });
  if (problems.length > 0) return problems;
  const left = targets.filter(({ ciId }) => !excluded.includes(ciId));
  const over = !left.some(({ state }) => NOT_STARTED_TARGET_STATES.includes(state));
  const tripped = judgeWave(thresholdsOf(wave), tallyWave(countOf(left), wave.acceptedFailures), over);
  return tripped === undefined
    ? []
    : [impossible(`Also without these targets: ${tripped.message} Exclude more, or choose otherwise.`, 'targetIds')];
}

async function exclude(
  uow: UnitOfWork,
  { distribution, wave }: Opened,
  targets: readonly WaveTargetRow[],
  ciIds: readonly string[],
): Promise<void> {
  await uow.query(sql`
    update target_execution set excluded = true, version = version + 1, updated_at = ${uow.now}
    where wave_id = ${wave.id} and ci_id = any(${ciIds}::uuid[])`);
  await tellManyTargets(
    uow,
    targets
      .filter(({ ciId }) => ciIds.includes(ciId))
      .map(({ id, ciId, state, attempt, verifiedDigest }) => {
        const told = { distributionId: distribution.id, waveId: wave.id, ciId, state, attempt, verifiedDigest };
        const before: ToldTarget = { ...told, excluded: false };
        return { id, told: { before, after: { ...told, excluded: true } } };
      }),
  );
}

/** Goes on with what the wave has not started, or with the rollout where nothing of it is left. */
async function goOn(uow: UnitOfWork, opened: Opened, tools: ToolDirectory, reason: string): Promise<void> {
  const { release, distribution, wave } = opened;
  const counts = await countWaveTargets(uow, wave.id);
  if (NOT_STARTED_TARGET_STATES.some((state) => counts[state] > 0))
    return await beginAttempt(uow, opened, 'distributionRepeatWave', tools, reason, 'NOT_STARTED');
  if ((await passWave(uow, distribution, wave)) === 'WAVE_ENDED') return;
  await finishDistribution(
    uow,
    { release, distribution },
    await countTargetStates(uow, distribution.id),
    'COMPLETE',
    true,
  );
}

async function carryOut(
  uow: UnitOfWork,
  opened: Opened,
  choice: DecisionChoice,
  excluded: readonly string[],
  targets: readonly WaveTargetRow[],
  tools: ToolDirectory,
  reason: string,
): Promise<void> {
  const { wave } = opened;
  switch (choice) {
    case 'RETRY':
      return await beginAttempt(uow, opened, 'distributionRepeatWave', tools, reason);
    case 'EXCLUDE':
      await exclude(uow, opened, targets, excluded);
      return await goOn(uow, opened, tools, reason);
    case 'CONTINUE':
      wave.acceptedFailures += tallyWave(countOf(targets), wave.acceptedFailures).failed;
      return await goOn(uow, opened, tools, reason);
    case 'BACK_OUT':
      return await beginAttempt(uow, opened, 'distributionStartBackOut', tools, reason);
    case 'STOP':
      return await stopByRule(uow, opened, 'GRACEFUL', reason);
  }
}

async function decideOpened(
  uow: UnitOfWork,
  opened: Opened,
  how: { readonly choice: DecisionChoice; readonly excluded: readonly string[]; readonly byDefault: boolean },
  tools: ToolDirectory,
  reason: string,
): Promise<void> {
  const { decision, distribution, wave } = opened;
  const { choice, excluded, byDefault } = how;
  const targets = await targetsOfWave(uow, wave);
  const choiceProblems = choice === 'EXCLUDE' ? exclusionProblems(wave, targets, excluded) : [];
  transition(
    uow,
    decisionPointMachine,
    decision,
    'decisionPointDecide',
    { ...(await factsOfDecision(uow, decision)), choice, byDefault, choiceProblems },
    {
      type: 'decision-point.decided',
      subjectType: 'DecisionPoint',
      topics: [...topicsOfDecision(decision, distribution), ...excluded],
      reason,
      data: { choice, byDefault, excluded: excluded.map((id) => toNodeId('ConfigurationItem', id)) },
    },
  );
  Object.assign(decision, { choice, decidedById: uow.actor.id ?? null, decidedAt: uow.now, reason });
  await carryOut(uow, opened, choice, excluded, targets, tools, reason);
}

/**
 * Decides how a rollout goes on whose wave has tripped a threshold, and does it: every rule is asked again.
 * @throws Refusal with what speaks against the choice; then the decision stays open and nothing has changed.
 */
export async function decisionPointDecide(
  uow: UnitOfWork,
  input: DecisionPointCommandInput & {
    readonly choice: DecisionChoice;
    readonly targetIds?: readonly string[] | null;
  },
  tools: ToolDirectory,
): Promise<DecisionPoint> {
  const { choice, targetIds } = input;
  if (targetIds != null && choice !== 'EXCLUDE')
    throw new RequestError('BAD_USER_INPUT', '"targetIds" belong to the choice EXCLUDE.', { field: 'targetIds' });
  const reason = requiredReason(input.reason);
  const opened = await openFor(uow, input);
  const excluded = [...new Set((targetIds ?? []).map((id) => fromNodeId('ConfigurationItem', id, 'targetIds')))];
  await decideOpened(uow, opened, { choice, excluded, byDefault: false }, tools, reason);
  return opened.decision;
}

/** Has the default of a decision take effect that nobody has made in time. Does nothing if somebody was faster. */
export async function decideByDefault(uow: UnitOfWork, id: string, tools: ToolDirectory): Promise<void> {
  const opened = await open(uow, id);
  const { decision } = opened;
  if (decision.state !== 'OPEN' || decision.dueAt == null || decision.dueAt > uow.now) return;
  await decideOpened(
    uow,
    opened,
    { choice: decision.defaultChoice, excluded: [], byDefault: true },
    tools,
    'Nobody decided in time.',
  );
}

/** Notes that the default of a decision cannot take effect. The decision stays open, and only a person makes it. */
export async function defaultRefused(uow: UnitOfWork, id: string, blockers: readonly Blocker[]): Promise<void> {
  const { decision, distribution } = await open(uow, id);
  if (decision.state !== 'OPEN' || decision.dueAt == null) return;
  decision.dueAt = null;
  const why = blockers.map(({ message }) => message).join(' ');
  distribution.stateReason = `The default ${decision.defaultChoice} was refused. ${why}`.slice(0, 2_000);
  uow.record({
    type: 'decision-point.default-refused',
    subjectType: 'DecisionPoint',
    subject: decision,
    topics: topicsOfDecision(decision, distribution),
    tells: [distribution.id],
    reason: distribution.stateReason,
    data: { blockers: blockers.map(({ code, message }) => ({ code, message })) },
  });
}
