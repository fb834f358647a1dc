import { blocker, type Blocker } from '../../domain/blocker.js';
import type { DistributionOperation } from '../../domain/distribution/distribution.state.js';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { DeploymentTool } from '../../entities/distribution/deployment-tool.entity.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import { refer } from '../load.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { ReturnChoice } from './distribution-choice.service.js';
import {
  gatherTargets,
  packageBlockers,
  parameterBlockers,
  type PackageTarget,
} from './distribution-package.service.js';
import { wavesOf } from './distribution-wave.service.js';
import { packageContents, type PackageContent } from './package-contents.service.js';
import type { ToolDirectory } from './tool-directory.js';

/** Maximum number of tools of a distribution beside the one that delivers where a wave has none of its own. */
const MAX_FURTHER_TOOLS = 9;

/** The tools that a distribution is planned for. */
export interface PlannedTools {
  readonly tool: DeploymentTool;
  /** Tools for waves of their own. */
  readonly further: readonly DeploymentTool[];
}

/**
 * The tools that waves of a distribution may have in place of its own.
 * @param nodeIds absent or null: those that it has.
 * @throws RequestError NOT_FOUND | LIMIT_EXCEEDED
 */
export async function furtherTools(
  uow: UnitOfWork,
  tool: DeploymentTool,
  nodeIds: readonly string[] | null | undefined,
  present: readonly string[] = [],
): Promise<DeploymentTool[]> {
  if (nodeIds == null)
    return present.length === 0
      ? []
      : await uow.em.find(DeploymentTool, { id: { $in: [...present] } }, { orderBy: { id: 'asc' } });
  const field = 'furtherDeploymentToolIds';
  if (nodeIds.length > MAX_FURTHER_TOOLS)
    throw new RequestError('LIMIT_EXCEEDED', `A distribution has at most ${MAX_FURTHER_TOOLS} further tools.`, {
      field,
      max: MAX_FURTHER_TOOLS,
    });
  const found = new Map<string, DeploymentTool>();
  for (const nodeId of nodeIds) {
    const one = await refer(uow, DeploymentTool, 'DeploymentTool', nodeId, field);
    if (one.id !== tool.id) found.set(one.id, one);
  }
  return [...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** What is planned, as far as tools have to take it. */
interface Planned {
  readonly operation: DistributionOperation;
  readonly parameters: Record<string, unknown> | null | undefined;
  readonly targets: readonly PackageTarget[];
  readonly contents: readonly PackageContent[];
  readonly contentIds: readonly string[];
  readonly choice: ReturnChoice | undefined;
}

/**
 * Everything for which the tools could not deliver what is planned. With further tools, a target has to fit one of
 * them; which one gets it is decided with the waves.
 */
export async function toolBlockers(
  uow: UnitOfWork,
  release: Release,
  { tool, further }: PlannedTools,
  planned: Planned,
  tools: ToolDirectory,
): Promise<Blocker[]> {
  const { operation, targets, contents, contentIds, choice } = planned;
  const connected = tools.connected(tool.name);
  const found = parameterBlockers(tool, connected, planned.parameters);
  if (further.length === 0) return [...packageBlockers(tool, connected, operation, targets, contents), ...found];
  const ids = targets.map(({ id }) => id);
  const misfits = new Set(ids);
  const fit = (one: DeploymentTool, bound: readonly PackageTarget[]) => {
    for (const { id, binding } of bound)
      if ((tools.connected(one.name)?.targetProblems(binding) ?? []).length === 0) misfits.delete(id);
  };
  fit(tool, targets);
  for (const one of further) {
    fit(one, await gatherTargets(uow, ids, one.name));
    const theirs = await packageContents(uow, release, choice, contentIds, one.name);
    found.push(...packageBlockers(one, tools.connected(one.name), operation, [], theirs));
  }
  const left = targets.filter(({ id }) => misfits.has(id));
  return [...packageBlockers(tool, connected, operation, left, contents), ...found];
}

/** What speaks against taking tools away from a distribution: waves that have them. */
export async function toolsInUse(
  uow: UnitOfWork,
  distribution: Distribution,
  { further }: PlannedTools,
): Promise<Blocker[]> {
  if (distribution.furtherToolIds.length === 0) return [];
  const kept = new Set(further.map(({ id }) => id));
  return (await wavesOf(uow, distribution.id))
    .filter(({ deploymentToolId }) => deploymentToolId != null && !kept.has(deploymentToolId))
    .map(({ name, deploymentToolId }) =>
      blocker(
        'PLAN_INVALID',
        `${name} has this deployment tool. Plan the waves without it first.`,
        ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
        { subject: { type: 'DeploymentTool', id: deploymentToolId as string }, path: ['furtherDeploymentToolIds'] },
      ),
    );
}

/**
 * The tool that is named for a wave; null for that of the distribution.
 * @returns a blocker for one that the distribution was not planned with.
 */
export function toolOfWave(distribution: Distribution, nodeId: string | null | undefined): string | null | Blocker {
  if (nodeId == null) return null;
  const id = fromNodeId('DeploymentTool', nodeId, 'waves');
  if (id === distribution.deploymentToolId) return null;
  if (distribution.furtherToolIds.includes(id)) return id;
  return blocker(
    'PLAN_INVALID',
    'The distribution is not planned with this deployment tool. Add it to "furtherDeploymentToolIds" first.',
    ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    { subject: { type: 'DeploymentTool', id }, path: ['waves'] },
  );
}
