import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { collectBlockers, type Blocker } from '../../domain/blocker.js';
import { refuse } from '../../domain/errors.js';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import { planWavesInSteps, wavesOfGroups, type PlannedWave } from '../../domain/distribution/wave-plan.js';
import type { WavePlan } from '../../domain/distribution/wave.js';
import { fromNodeId } from '../../domain/node-id.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import { DistributionWave } from '../../entities/distribution/distribution-wave.entity.js';
import { ImpactReader } from '../../facts/cmdb/impact-reader.js';
import { redundancyGroups, targetRanks } from '../../facts/distribution/redundancy.facts.js';
import { inTurns } from '../../facts/turns.js';
import { actorRunsTheRelease } from '../../domain/release/release-scope.js';
import { recordAuthor } from '../contribution.service.js';
import { expectVersion } from '../load.js';
import { jsonObject, optionalReason, name as nameOf } from '../text.js';
import { touch } from '../touch.js';
import { whole } from '../whole.js';
import { demand } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { factsOfDistribution } from './distribution-attempt.service.js';
import { lockDistribution } from './distribution-run.service.js';
import { wavesOf } from './distribution-wave.service.js';
import {
  bad,
  checkRules,
  MAX_WAIT_MINUTES,
  MAX_WAVES,
  planOf,
  type WavePlanInput,
  type WaveRulesInput,
} from './wave-plan-input.js';
import { groupsOfTargets } from './target-group-choice.service.js';
import { orderBlockers, orderOfWaves } from './order-part.service.js';
import { keptWaves, problem, specialProblems, specialWaves, type SpecialWave } from './special-wave.service.js';
import { tellManyTargets, type ToldTarget } from './told-targets.js';
import type { ToolDirectory } from './tool-directory.js';

interface TargetRow extends Omit<ToldTarget, 'distributionId'> {
  readonly id: string;
  readonly name: string;
}

/** Targets that no wave has begun to work on. */
const placeable = async (uow: UnitOfWork, { id }: Distribution): Promise<TargetRow[]> =>
  await uow.query<TargetRow>(sql`
    select e.id, e.ci_id as "ciId", c.name, e.wave_id as "waveId", e.excluded, e.state, e.attempt,
      e.verified_digest as "verifiedDigest"
    from target_execution e
    join configuration_item c on c.id = e.ci_id
    left join distribution_wave w on w.id = e.wave_id
    where e.distribution_id = ${id} and not e.excluded and (w.id is null or w.state = 'PLANNED')
    order by e.id`);

interface Division {
  /** A wave without a name is called by its position. */
  readonly waves: readonly (PlannedWave & { readonly name?: string })[];
  readonly problems: readonly Blocker[];
}

/** Divides targets into waves, and says what does not fit. Only what the strategy needs is read. */
async function divide(
  uow: UnitOfWork,
  plan: WavePlan | null,
  targets: readonly TargetRow[],
  impact = new ImpactReader(uow),
): Promise<Division> {
  if (plan === null) return { waves: [], problems: [] };
  const ids = targets.map(({ ciId }) => ciId);
  if (plan.by === 'GROUP') {
    const { groups, blockers } = await groupsOfTargets(uow, plan.groups ?? [], ids);
    return { waves: wavesOfGroups(ids, groups), problems: blockers };
  }
  const ranks = plan.by === 'LIST' ? new Map<string, number>() : await targetRanks(uow, ids, impact);
  const groups = plan.by === 'REDUNDANCY' ? await redundancyGroups(uow, ids, { atWork: false, impact }) : [];
  const lists = (plan.lists ?? []).map((list) => list.map((id) => fromNodeId('ConfigurationItem', id, 'lists')));
  const known = new Set(ids);
  const strays = lists.flat().filter((id) => !known.has(id));
  const strategy =
    plan.by === 'LIST'
      ? { by: plan.by, lists: lists.map((list) => list.filter((id) => known.has(id))) }
      : plan.by === 'REDUNDANCY'
        ? { by: plan.by, maxSize: plan.maxSize ?? null }
        : { by: plan.by, sizes: plan.sizes ?? [] };
  const wanted = targets.map(({ ciId, name }) => ({ id: ciId, name, rank: ranks.get(ciId) ?? 0 }));
  const result = await inTurns(planWavesInSteps(strategy, wanted, groups));
  if ('impossible' in result) {
    const { groupId, message } = result.impossible;
    return { waves: [], problems: [problem(message, 'by', { type: 'ConfigurationItem', id: groupId })] };
  }
  const problems = strays.map((id) =>
    problem('This configuration item is no target that a wave could still take.', 'lists', {
      type: 'ConfigurationItem',
      id,
    }),
  );
  const waves = result.waves.filter(({ targetIds }) => targetIds.length > 0);
  if (waves.length > MAX_WAVES)
    problems.push(problem(`These are ${waves.length} waves; a distribution has at most ${MAX_WAVES}.`, 'by'));
  return { waves, problems };
}

const date = (value: string | null | undefined): Date | null => (value == null ? null : new Date(value));

function rulesOf(common: WaveRulesInput, own: WaveRulesInput | undefined) {
  const has = (rules: WaveRulesInput | undefined) =>
    rules !== undefined &&
    (rules.maxFailures != null || rules.maxFailurePercent != null || rules.minSuccessPercent != null);
  const thresholds = has(own) ? own : common;
  return {
    advance: own?.advance ?? common.advance ?? ('AUTOMATIC' as const),
    soakMinutes: own?.soakMinutes ?? common.soakMinutes ?? 0,
    deadlineMinutes: own?.deadlineMinutes ?? common.deadlineMinutes ?? null,
    maxFailures: thresholds?.maxFailures ?? null,
    maxFailurePercent: thresholds?.maxFailurePercent ?? null,
    minSuccessPercent: thresholds?.minSuccessPercent ?? null,
  };
}

type WaveFields = ReturnType<typeof rulesOf> &
  Pick<
    DistributionWave,
    'position' | 'name' | 'opensAt' | 'closesAt' | 'parameters' | 'deploymentToolId' | 'explanation'
  >;

const isAs = (wave: DistributionWave, fields: WaveFields): boolean =>
  Object.entries(fields).every(
    ([name, value]) => JSON.stringify(wave[name as keyof WaveFields] ?? null) === JSON.stringify(value),
  );

/**
 * Puts waves in the place of those that have not begun, and the targets into them.
 * @returns whether that changes anything.
 */
async function store(
  uow: UnitOfWork,
  distribution: Distribution,
  division: Division,
  targets: readonly TargetRow[],
  common: WaveRulesInput,
  waves: readonly SpecialWave[],
): Promise<boolean> {
  const before = await wavesOf(uow, distribution.id);
  const begun = before.filter(({ state }) => state !== 'PLANNED');
  const first = Math.max(0, ...begun.map(({ position }) => position)) + 1;
  const special = new Map(waves.map((wave) => [wave.position, wave]));
  const spare = before.filter(({ state }) => state === 'PLANNED');
  const waveOf = new Map<string, string>();
  let changed = spare.length !== division.waves.length;
  for (const [index, { targetIds, explanation, name = `Wave ${first + index}` }] of division.waves.entries()) {
    const position = first + index;
    const own = special.get(position);
    const present = spare.shift();
    const fields = {
      position,
      name: own?.name == null ? name : nameOf(own.name),
      ...rulesOf(common, own),
      opensAt: date(own?.opensAt),
      closesAt: date(own?.closesAt),
      parameters:
        own?.parameters == null ? null : jsonObject(own.parameters, 'waves', present?.parameters ?? undefined),
      deploymentToolId: own?.toolId ?? null,
      explanation: [...explanation],
    };
    const wave =
      present ?? uow.em.create(DistributionWave, { id: newId(), distributionId: distribution.id, ...fields });
    changed ||= present === undefined || !isAs(present, fields);
    if (present && !isAs(present, fields)) Object.assign(present, fields);
    for (const id of targetIds) waveOf.set(id, wave.id);
  }
  await uow.em.flush();
  const moved = targets.filter(({ ciId, waveId }) => waveId !== (waveOf.get(ciId) ?? null));
  const rows = moved.map(({ id, ciId }) => ({ id, wave: waveOf.get(ciId) ?? null }));
  if (rows.length > 0)
    await uow.query(sql`
      update target_execution e set wave_id = v.wave, version = e.version + 1, updated_at = ${uow.now}
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as v(id uuid, wave uuid) where e.id = v.id`);
  await tellManyTargets(
    uow,
    moved.map(({ id, name: _, ...row }) => {
      const told = { ...row, distributionId: distribution.id };
      return { id, told: { before: told, after: { ...told, waveId: waveOf.get(row.ciId) ?? null } } };
    }),
  );
  for (const wave of spare) uow.em.remove(wave);
  await uow.em.flush();
  return changed || moved.length > 0;
}

/**
 * Divides the targets of a distribution into waves. While the rollout runs, it divides those that no wave has begun
 * to work on: waves that have begun stay as they are.
 * @throws Refusal with everything that does not fit; RequestError BAD_USER_INPUT for malformed rules
 */
export async function distributionPlanWaves(
  uow: UnitOfWork,
  input: WavePlanInput,
  tools: ToolDirectory,
): Promise<Distribution> {
  const { distribution } = await lockDistribution(uow, fromNodeId('Distribution', input.id, 'id'));
  expectVersion(distribution, input.expectedVersion);
  checkRules(input);
  whole(input.decisionMinutes, 'decisionMinutes', 0, MAX_WAIT_MINUTES);
  if (input.decisionDefault === 'EXCLUDE' || input.decisionDefault === 'RETRY')
    throw bad('decisionDefault', `${input.decisionDefault} needs a person. Choose CONTINUE, BACK_OUT or STOP.`);
  const plan = planOf(input);
  const impact = new ImpactReader(uow);
  const facts = await factsOfDistribution(uow, distribution, impact);
  // Before the work: whether the command is possible at all.
  demand(distributionMachine, distribution, 'distributionPlanWaves', facts);
  const targets = await placeable(uow, distribution);
  const division = await divide(uow, plan, targets, impact);
  const begun = (await wavesOf(uow, distribution.id)).filter(({ state }) => state !== 'PLANNED');
  const first = Math.max(0, ...begun.map(({ position }) => position)) + 1;
  const { special, problems: misfits } = specialWaves(distribution, plan, division.waves, input.waves ?? [], first);
  const problems = [...division.problems, ...misfits];
  if (plan === null && distribution.state !== 'PLANNED')
    problems.push(problem('The rollout has begun, so its waves stay. Plan the rest as one wave instead.', 'by'));
  problems.push(...(await specialProblems(uow, distribution, special, tools)));
  // The default accepts failures in the name of the release, as the choice itself does.
  if (input.decisionDefault === 'CONTINUE') problems.push(...collectBlockers([actorRunsTheRelease(facts)]));
  demand(distributionMachine, distribution, 'distributionPlanWaves', { ...facts, planProblems: problems });
  distribution.wavePlan = withParts(plan, division);
  if (input.decisionDefault != null) distribution.decisionDefault = input.decisionDefault;
  if (input.decisionMinutes !== undefined) distribution.decisionMinutes = input.decisionMinutes;
  const changed = await store(uow, distribution, division, targets, input, special);
  await expectFit(uow, distribution, targets, tools);
  if (!changed && !uow.isChanged(distribution)) return distribution;
  if (distribution.state === 'PLANNED') {
    Object.assign(distribution, { plannedById: uow.actorId });
    await recordAuthor(uow, 'Distribution', distribution.id);
  }
  touch(distribution);
  uow.record({
    type: 'distribution.waves-planned',
    subjectType: 'Distribution',
    subject: distribution,
    topics: [distribution.releaseId],
    reason: optionalReason(input.reason),
    data: { by: input.by, waves: division.waves.length, targets: targets.length },
  });
  return distribution;
}

/** A plan that says which group or list each of its waves is for. */
const withParts = (plan: WavePlan | null, { waves }: Division): WavePlan | null =>
  plan?.by === 'GROUP' || plan?.by === 'LIST' ? { ...plan, parts: waves.flatMap(({ part }) => part ?? []) } : plan;

/** With several tools, each target has to fit that of its wave. @throws Refusal naming those that do not */
async function expectFit(
  uow: UnitOfWork,
  distribution: Distribution,
  targets: readonly TargetRow[],
  tools: ToolDirectory,
): Promise<void> {
  if (distribution.furtherToolIds.length === 0 || distribution.wavePlan == null) return;
  const ids = targets.map(({ ciId }) => ciId);
  const parts = await orderOfWaves(uow, distribution, ids, true);
  // How many targets a tool takes at a time is asked of each wave when it begins.
  refuse(parts.flatMap((part) => orderBlockers([part], distribution.operation, tools, false)));
}

/** Gives targets that have joined a distribution a wave, by the strategy that its waves were planned with. */
export async function placeNewTargets(
  uow: UnitOfWork,
  distribution: Distribution,
  tools: ToolDirectory,
): Promise<void> {
  if (distribution.wavePlan == null) return;
  const targets = await placeable(uow, distribution);
  const before = await wavesOf(uow, distribution.id);
  const division = await divide(uow, distribution.wavePlan, targets);
  // What does not fit any more is named when the distribution is scheduled.
  if (division.problems.length > 0 && division.waves.length === 0) return;
  const like = before.at(-1);
  const special = keptWaves(distribution.wavePlan, before, division.waves);
  distribution.wavePlan = withParts(distribution.wavePlan, division);
  await store(uow, distribution, division, targets, { ...like }, special);
  await expectFit(uow, distribution, targets, tools);
}
