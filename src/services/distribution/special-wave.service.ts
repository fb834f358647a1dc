import { blocker, type Blocker } from '../../domain/blocker.js';
import type { PlannedWave } from '../../domain/distribution/wave-plan.js';
import type { WavePlan } from '../../domain/distribution/wave.js';
import { fromNodeId } from '../../domain/node-id.js';
import { DeploymentTool } from '../../entities/distribution/deployment-tool.entity.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { DistributionWave } from '../../entities/distribution/distribution-wave.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { parameterBlockers } from './distribution-package.service.js';
import { wavesOf } from './distribution-wave.service.js';
import { parametersFor } from './order-part.service.js';
import type { ToolDirectory } from './tool-directory.js';
import { bad, checkRules, type WaveInput, type WaveRulesInput } from './wave-plan-input.js';
import { toolOfWave } from './wave-tool.service.js';

/** What is special about the wave at a position. */
export interface SpecialWave extends WaveRulesInput, Pick<WaveInput, 'name' | 'opensAt' | 'closesAt' | 'parameters'> {
  readonly position: number;
  /** Database id of its own tool; null for that of the distribution. */
  readonly toolId: string | null;
}

/** An error of a plan of waves that names what is wrong. */
export const problem = (message: string, path: string, subject?: { type: string; id: string }): Blocker =>
  blocker('PLAN_INVALID', message, ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'], {
    path: [path],
    ...(subject && { subject }),
  });

/**
 * What is asked for single waves, by their positions.
 * @param first position of the first wave that can still be changed
 * @throws RequestError BAD_USER_INPUT for malformed waves
 */
export function specialWaves(
  distribution: Distribution,
  plan: WavePlan | null,
  waves: readonly PlannedWave[],
  inputs: readonly WaveInput[],
  first: number,
): { readonly special: readonly SpecialWave[]; readonly problems: readonly Blocker[] } {
  const problems: Blocker[] = [];
  const special = new Map<number, SpecialWave>();
  for (const input of inputs) {
    checkRules(input);
    const { opensAt, closesAt, targetGroupId, deploymentToolId, ...rest } = input;
    if (opensAt != null && closesAt != null && new Date(opensAt) >= new Date(closesAt))
      throw bad('waves', 'A wave must close after it opens.');
    const position = positionOf(input, plan, waves, first);
    if (position === undefined) {
      const id = fromNodeId('TargetGroup', targetGroupId ?? '', 'waves');
      problems.push(problem('No target comes in the wave of this target group.', 'waves', { type: 'TargetGroup', id }));
      continue;
    }
    if (position < first || position >= first + waves.length)
      problems.push(problem(`There is no wave ${position} that could still be changed.`, 'waves'));
    if (special.has(position)) throw bad('waves', `Wave ${position} is named twice.`);
    const tool = toolOfWave(distribution, deploymentToolId);
    const unknown = tool !== null && typeof tool !== 'string';
    if (unknown) problems.push(tool);
    special.set(position, { ...rest, opensAt, closesAt, position, toolId: unknown ? null : tool });
  }
  return { special: [...special.values()], problems };
}

/** Position of the wave that an input means; undefined for a group without a target of its own. */
function positionOf(
  { position, targetGroupId }: WaveInput,
  plan: WavePlan | null,
  waves: readonly PlannedWave[],
  first: number,
): number | undefined {
  if ((position == null) === (targetGroupId == null))
    throw bad('waves', 'Name each wave by "position" or by "targetGroupId".');
  if (position != null) return position;
  if (plan?.by !== 'GROUP') throw bad('waves', '"targetGroupId" of a wave belongs to the strategy GROUP.');
  const id = fromNodeId('TargetGroup', targetGroupId ?? '', 'waves');
  const part = (plan.groups ?? []).findIndex((group) => fromNodeId('TargetGroup', group, 'targetGroupIds') === id);
  if (part < 0) throw bad('waves', 'The target group of a wave is not among "targetGroupIds".');
  const index = waves.findIndex((wave) => wave.part === part);
  return index < 0 ? undefined : first + index;
}

/**
 * What speaks against tools and parameters of single waves: the tool would refuse them, or they were approved as they
 * are. A new division of a rollout that runs would give them to other targets, or to none.
 */
export async function specialProblems(
  uow: UnitOfWork,
  distribution: Distribution,
  special: readonly SpecialWave[],
  tools: ToolDirectory,
): Promise<Blocker[]> {
  const own = special.filter(({ parameters, toolId }) => parameters != null || toolId !== null);
  if (distribution.state !== 'PLANNED') {
    const planned = await wavesOf(uow, distribution.id);
    const fixed = planned.some(
      ({ state, parameters, deploymentToolId }) =>
        state === 'PLANNED' && (parameters != null || deploymentToolId != null),
    );
    return own.length > 0 || fixed
      ? [
          problem(
            'Waves have tools or parameters of their own, which were approved. They stay as they are while it runs.',
            'waves',
          ),
        ]
      : [];
  }
  // With several tools, all waves are checked once they are divided.
  if (own.length === 0 || distribution.furtherToolIds.length > 0) return [];
  const tool = await uow.em.findOneOrFail(DeploymentTool, distribution.deploymentToolId);
  return own.flatMap(({ parameters }) =>
    parameterBlockers(
      tool,
      tools.connected(tool.name),
      parametersFor(distribution, { parameters: parameters ?? null }),
    ),
  );
}

const keptRules = (wave: DistributionWave, position: number): SpecialWave => ({
  position,
  name: wave.name,
  opensAt: wave.opensAt?.toISOString() ?? null,
  closesAt: wave.closesAt?.toISOString() ?? null,
  parameters: wave.parameters ?? null,
  toolId: wave.deploymentToolId ?? null,
  advance: wave.advance,
  soakMinutes: wave.soakMinutes,
  deadlineMinutes: wave.deadlineMinutes ?? null,
  maxFailures: wave.maxFailures ?? null,
  maxFailurePercent: wave.maxFailurePercent ?? null,
  minSuccessPercent: wave.minSuccessPercent ?? null,
});

/**
 * What stays special when the targets of a plan change. The wave of a group or a list keeps its rules wherever it comes
 * to stand, other waves keep those of their position.
 */
export function keptWaves(
  { parts }: WavePlan,
  before: readonly DistributionWave[],
  waves: readonly PlannedWave[],
): SpecialWave[] {
  if (parts === undefined) return before.map((wave) => keptRules(wave, wave.position));
  return waves.flatMap(({ part }, n) => {
    const wave = before[parts.findIndex((known) => known === part)];
    return wave === undefined ? [] : [keptRules(wave, n + 1)];
  });
}
