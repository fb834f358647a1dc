import { blocker, type NamedRef } from '../blocker.js';
import type { ActorFacts } from '../roles.js';
import type { Guard, Machine } from '../state-machine.js';

/** The states of a deployment tool, as the server sees it. */
export const DEPLOYMENT_TOOL_STATES = ['READY', 'STARTING', 'BROKEN', 'DISABLED'] as const;

/** One of {@link DEPLOYMENT_TOOL_STATES}. */
export type DeploymentToolState = (typeof DEPLOYMENT_TOOL_STATES)[number];

/** What each state means. */
export const DEPLOYMENT_TOOL_STATE_DESCRIPTIONS: Readonly<Record<DeploymentToolState, string>> = {
  READY: 'It answered the last probe and takes distributions.',
  STARTING: 'Not probed yet since the server or the tool came up.',
  BROKEN: 'It did not answer the last probe, or answered that it cannot work.',
  DISABLED: 'An administrator took it out of use; it is not probed.',
};

/** Commands on a deployment tool. */
export const DEPLOYMENT_TOOL_COMMANDS = [
  'deploymentToolProbeReady',
  'deploymentToolProbeStarting',
  'deploymentToolProbeBroken',
  'deploymentToolDisable',
  'deploymentToolEnable',
] as const;

/** One of {@link DEPLOYMENT_TOOL_COMMANDS}. */
export type DeploymentToolCommand = (typeof DEPLOYMENT_TOOL_COMMANDS)[number];

/** What the rules of a deployment tool need to know. */
export interface DeploymentToolFacts extends ActorFacts {
  /** Distributions that have been given to the tool and are not over. */
  readonly liveDistributions: readonly NamedRef[];
}

/** Nothing that the tool has in hand would be left without an observer. */
export const toolHasNothingInHand: Guard<DeploymentToolFacts> = ({ liveDistributions }) =>
  liveDistributions.map((distribution) =>
    blocker(
      'TOOL_IN_USE',
      `Distribution ${distribution.name} is in the hands of this tool. Let it end or stop it first.`,
      ['DEPLOYMENT_OPERATOR'],
      {
        subject: { type: 'Distribution', id: distribution.id },
      },
    ),
  );

/** The life cycle of a deployment tool. It has no end: a tool that is gone for good stays disabled. */
export const deploymentToolMachine: Machine<DeploymentToolState, DeploymentToolCommand, DeploymentToolFacts> = {
  name: 'deployment tool',
  initial: 'STARTING',
  states: DEPLOYMENT_TOOL_STATES,
  final: [],
  commands: DEPLOYMENT_TOOL_COMMANDS,
  rows: [
    { from: ['READY', 'STARTING', 'BROKEN'], command: 'deploymentToolProbeReady', to: 'READY', system: true },
    { from: ['READY', 'STARTING', 'BROKEN'], command: 'deploymentToolProbeStarting', to: 'STARTING', system: true },
    { from: ['READY', 'STARTING', 'BROKEN'], command: 'deploymentToolProbeBroken', to: 'BROKEN', system: true },
    {
      from: ['READY', 'STARTING', 'BROKEN'],
      command: 'deploymentToolDisable',
      to: 'DISABLED',
      guards: [toolHasNothingInHand],
    },
    { from: 'DISABLED', command: 'deploymentToolEnable', to: 'STARTING' },
  ],
};
