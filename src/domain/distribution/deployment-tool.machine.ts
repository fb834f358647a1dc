import { blocker, type NamedRef } from '../blocker.js';
import type { ActorFacts } from '../roles.js';
import { SAME_STATE, type Guard, type Machine, type SystemRow } from '../state-machine.js';

/** The states of a deployment tool, as the server sees it. */
export const DEPLOYMENT_TOOL_STATES = ['READY', 'STARTING', 'BROKEN', 'DISABLED'] as const;

/** One of {@link DEPLOYMENT_TOOL_STATES}. */
export type DeploymentToolState = (typeof DEPLOYMENT_TOOL_STATES)[number];

/** What each state means. */
export const DEPLOYMENT_TOOL_STATE_DESCRIPTIONS: Readonly<Record<DeploymentToolState, string>> = {
  READY: 'The tool answered the last probe and accepts distributions.',
  STARTING: 'Not probed since the server or the tool started.',
  BROKEN: 'The tool did not answer the last probe, or answered that it cannot work.',
  DISABLED: 'Taken out of use by an administrator. The tool is not probed.',
};

/** Commands on a deployment tool. */
export const DEPLOYMENT_TOOL_COMMANDS = [
  'deploymentToolProbeReady',
  'deploymentToolProbeStarting',
  'deploymentToolProbeBroken',
  'deploymentToolProbe',
  'deploymentToolDisable',
  'deploymentToolEnable',
  'deploymentToolUpdate',
] as const;

/** One of {@link DEPLOYMENT_TOOL_COMMANDS}. */
export type DeploymentToolCommand = (typeof DEPLOYMENT_TOOL_COMMANDS)[number];

/** The commands that only the server issues: what a probe found. */
export type DeploymentToolSystemCommand = Extract<
  DeploymentToolCommand,
  `deploymentToolProbe${'Ready' | 'Starting' | 'Broken'}`
>;

/** What the rules of a deployment tool need to know. */
export interface DeploymentToolFacts extends ActorFacts {
  /** Distributions that have been given to the tool and are not over. */
  readonly liveDistributions: readonly NamedRef[];
}

/** No distribution that the tool has would lose its observer. */
export const toolHasNothingInHand: Guard<DeploymentToolFacts> = ({ liveDistributions }) =>
  liveDistributions.map((distribution) =>
    blocker(
      'TOOL_IN_USE',
      `Distribution ${distribution.name} is running in this tool. Wait for its end or stop it first.`,
      ['DEPLOYMENT_OPERATOR'],
      {
        subject: { type: 'Distribution', id: distribution.id },
      },
    ),
  );

const IN_USE = ['READY', 'STARTING', 'BROKEN'] as const satisfies readonly DeploymentToolState[];

/** What probes do to a tool in use. */
export const DEPLOYMENT_TOOL_SYSTEM_ROWS: readonly SystemRow<DeploymentToolState, DeploymentToolSystemCommand>[] = [
  { from: IN_USE, command: 'deploymentToolProbeReady', to: 'READY', system: true },
  { from: IN_USE, command: 'deploymentToolProbeStarting', to: 'STARTING', system: true },
  { from: IN_USE, command: 'deploymentToolProbeBroken', to: 'BROKEN', system: true },
];

/** The life cycle of a deployment tool. It has no end: a tool that is gone for good stays disabled. */
export const deploymentToolMachine: Machine<DeploymentToolState, DeploymentToolCommand, DeploymentToolFacts> = {
  name: 'deployment tool',
  initial: 'STARTING',
  states: DEPLOYMENT_TOOL_STATES,
  final: [],
  commands: DEPLOYMENT_TOOL_COMMANDS,
  rows: [
    ...DEPLOYMENT_TOOL_SYSTEM_ROWS,
    { from: IN_USE, command: 'deploymentToolProbe', to: SAME_STATE },
    { from: IN_USE, command: 'deploymentToolDisable', to: 'DISABLED', guards: [toolHasNothingInHand] },
    { from: 'DISABLED', command: 'deploymentToolEnable', to: 'STARTING' },
    { from: DEPLOYMENT_TOOL_STATES, command: 'deploymentToolUpdate', to: SAME_STATE },
  ],
};
