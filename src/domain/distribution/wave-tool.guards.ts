import { blocker, type NamedRef } from '../blocker.js';
import type { Guard } from '../state-machine.js';
import type { DeploymentToolState } from './deployment-tool.machine.js';
import { toolCanUndo, toolIsHealthy, type DistributionFacts, type DistributionGuard } from './distribution.guards.js';

/** A tool that has delivered something, as far as a back-out needs to know it. */
export interface ToolToUndo extends NamedRef {
  readonly state: DeploymentToolState;
  /** What the last probe said about the state; null if it said nothing. */
  readonly detail: string | null;
  readonly canUndo: boolean;
}

/** What the rules need to know where waves have tools of their own. */
export interface WaveToolFacts {
  /** Tools that delivered to some target; absent where one tool does all. */
  readonly toolsToUndo?: readonly ToolToUndo[];
  /** Tools that were planned for waves of their own and that no wave has. */
  readonly idleTools?: readonly NamedRef[];
}

/** Every tool that was planned for waves of its own has one. Otherwise nobody knows which targets it is for. */
export const everyToolHasAWave: Guard<WaveToolFacts> = ({ idleTools }) =>
  (idleTools ?? []).map((tool) =>
    blocker(
      'PLAN_INVALID',
      `No wave has deployment tool ${tool.name}. Give it one with "distributionPlanWaves", or take the tool out of ` +
        '"furtherDeploymentToolIds".',
      ['DEPLOYMENT_OPERATOR'],
      { subject: { type: 'DeploymentTool', id: tool.id } },
    ),
  );

/** Asks a rule about each tool that has delivered something: a back-out needs all of them. */
const ofEachToolToUndo =
  (rule: DistributionGuard): DistributionGuard =>
  (facts: DistributionFacts) =>
    facts.toolsToUndo === undefined || facts.toolsToUndo.length === 0
      ? rule(facts)
      : facts.toolsToUndo.flatMap((tool) => [rule({ ...facts, tool: { ...facts.tool, ...tool } }) ?? []].flat());

/** Every tool that has delivered something answers. */
export const everyToolToUndoIsHealthy: DistributionGuard = ofEachToolToUndo(toolIsHealthy);

/** Every tool that has delivered something can undo. */
export const everyToolCanUndo: DistributionGuard = ofEachToolToUndo(toolCanUndo);
