import { sql } from 'kysely';
import type { Blocker } from '../../domain/blocker.js';
import type { DistributionOperation } from '../../domain/distribution/distribution.state.js';
import { DeploymentTool } from '../../entities/distribution/deployment-tool.entity.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { DistributionWave } from '../../entities/distribution/distribution-wave.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';
import {
  gatherTargets,
  packageBlockers,
  parameterBlockers,
  type PackageTarget,
} from './distribution-package.service.js';
import { plannedContents, type PackageContent } from './package-contents.service.js';
import type { ToolDirectory } from './tool-directory.js';

/** A part of an order: what one tool gets, with the same parameters for all of its targets. */
export interface OrderPart {
  readonly tool: DeploymentTool;
  readonly parameters: Record<string, unknown>;
  readonly targets: readonly PackageTarget[];
  readonly contents: readonly PackageContent[];
}

type WaveTool = Partial<Pick<DistributionWave, 'deploymentToolId' | 'parameters'>>;

/**
 * The parameters that a tool gets for a wave: those of the distribution, with those of the wave in their place. A tool
 * of the wave's own gets only those of the wave, because those of the distribution are meant for another tool.
 */
export const parametersFor = ({ parameters }: Distribution, wave: WaveTool | undefined): Record<string, unknown> =>
  wave?.deploymentToolId == null ? { ...parameters, ...wave?.parameters } : { ...wave.parameters };

/** What a run of one wave, or of a distribution without waves, would order. */
export async function orderOfWave(
  uow: UnitOfWork,
  distribution: Distribution,
  wave: DistributionWave | undefined,
  ciIds: readonly string[],
): Promise<OrderPart> {
  const tool = await uow.em.findOneOrFail(DeploymentTool, wave?.deploymentToolId ?? distribution.deploymentToolId);
  return {
    tool,
    parameters: parametersFor(distribution, wave),
    targets: await gatherTargets(uow, ciIds, tool.name),
    contents: await plannedContents(uow, distribution.id, tool.name),
  };
}

interface WaveRow {
  readonly ownToolId: string | null;
  readonly parameters: Record<string, unknown> | null;
  readonly ciIds: string[];
}

/**
 * The order for some targets of several waves, by tool and parameters, the last wave first. The number of statements
 * depends on the number of tools only.
 * @param own whether waves without a tool of their own bring their parameters, too.
 */
export async function orderOfWaves(
  uow: UnitOfWork,
  distribution: Distribution,
  ciIds: readonly string[],
  own: boolean,
): Promise<OrderPart[]> {
  const rows = await uow.query<WaveRow>(sql`
    select w.deployment_tool_id as "ownToolId", w.parameters, json_agg(e.ci_id) as "ciIds"
    from target_execution e left join distribution_wave w on w.id = e.wave_id
    where e.distribution_id = ${distribution.id} and e.ci_id = any(${ciIds}::uuid[])
    group by w.deployment_tool_id, w.parameters
    order by max(w.position) desc nulls last`);
  const toolIds = [...new Set(rows.map(({ ownToolId }) => ownToolId ?? distribution.deploymentToolId))];
  const tools = new Map((await uow.em.find(DeploymentTool, { id: { $in: toolIds } })).map((tool) => [tool.id, tool]));
  const parts = new Map<string, { toolId: string; parameters: Record<string, unknown>; ciIds: Set<string> }>();
  for (const { ownToolId, parameters, ciIds: ids } of rows) {
    const toolId = ownToolId ?? distribution.deploymentToolId;
    const given = parametersFor(distribution, {
      deploymentToolId: ownToolId,
      parameters: ownToolId === null && !own ? null : parameters,
    });
    const key = `${toolId} ${JSON.stringify(given)}`;
    const part = parts.get(key) ?? { toolId, parameters: given, ciIds: new Set() };
    for (const id of ids) part.ciIds.add(id);
    parts.set(key, part);
  }
  const gathered = new Map<string, Pick<OrderPart, 'targets' | 'contents'>>();
  for (const [id, { name }] of tools) {
    const ids = [...parts.values()].filter(({ toolId }) => toolId === id).flatMap((part) => [...part.ciIds]);
    gathered.set(id, {
      targets: await gatherTargets(uow, ids, name),
      contents: await plannedContents(uow, distribution.id, name),
    });
  }
  return [...parts.values()].map(({ toolId, parameters, ciIds: ids }) => {
    const { targets = [], contents = [] } = gathered.get(toolId) ?? {};
    return {
      tool: tools.get(toolId) as DeploymentTool,
      parameters,
      targets: targets.filter(({ id }) => ids.has(id)),
      contents,
    };
  });
}

/**
 * Everything for which the tools could not take an order. Tools that are not READY are left to the rules.
 * @param atOnce whether each part is one run, so that a tool has to take all of its targets at a time
 */
export const orderBlockers = (
  parts: readonly OrderPart[],
  operation: DistributionOperation,
  tools: ToolDirectory,
  atOnce = true,
): Blocker[] =>
  parts.flatMap(({ tool, parameters, targets, contents }) => {
    const connected = tools.connected(tool.name);
    return [
      ...parameterBlockers(tool, connected, parameters),
      ...packageBlockers(tool, connected, operation, targets, contents, atOnce).filter(
        ({ code }) => code !== 'ADAPTER_UNHEALTHY' || tool.state === 'READY',
      ),
    ];
  });
