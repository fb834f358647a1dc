import type { Machine, SystemRow } from '../state-machine.js';

/** The states of a wave. */
export const WAVE_STATES = ['PLANNED', 'RUNNING', 'TRIPPED', 'PASSED', 'CANCELLED'] as const;

/** One of {@link WAVE_STATES}. */
export type WaveState = (typeof WAVE_STATES)[number];

/** What each state means. */
export const WAVE_STATE_DESCRIPTIONS: Readonly<Record<WaveState, string>> = {
  PLANNED: 'Not begun. Its targets and rules can still be changed.',
  RUNNING: 'Its targets are with the deployment tool.',
  TRIPPED: 'A threshold does not hold. The rollout waits for a decision.',
  PASSED: 'It has ended, and its thresholds hold or somebody decided to go on.',
  CANCELLED: 'The rollout ended before or during the wave.',
};

/** Commands on a wave. The server issues all of them; people decide about the rollout. */
export const DISTRIBUTION_WAVE_COMMANDS = [
  'distributionWaveBegin',
  'distributionWavePass',
  'distributionWaveTrip',
  'distributionWaveCancel',
  'distributionWaveReplan',
] as const;

/** One of {@link DISTRIBUTION_WAVE_COMMANDS}. */
export type DistributionWaveCommand = (typeof DISTRIBUTION_WAVE_COMMANDS)[number];

/** What the rollout does to its waves. It follows the distribution and its targets, so no rule guards it. */
export const DISTRIBUTION_WAVE_ROWS: readonly SystemRow<WaveState, DistributionWaveCommand>[] = [
  // From TRIPPED: a decision to try again.
  { from: ['PLANNED', 'TRIPPED'], command: 'distributionWaveBegin', to: 'RUNNING', system: true },
  // From TRIPPED: a decision to go on.
  { from: ['RUNNING', 'TRIPPED'], command: 'distributionWavePass', to: 'PASSED', system: true },
  { from: 'RUNNING', command: 'distributionWaveTrip', to: 'TRIPPED', system: true },
  { from: ['PLANNED', 'RUNNING', 'TRIPPED'], command: 'distributionWaveCancel', to: 'CANCELLED', system: true },
  // A retry, or a start that certainly did not happen.
  { from: ['RUNNING', 'PASSED', 'CANCELLED'], command: 'distributionWaveReplan', to: 'PLANNED', system: true },
];

/** The life cycle of a wave. */
export const distributionWaveMachine: Machine<WaveState, DistributionWaveCommand, unknown> = {
  name: 'distribution wave',
  initial: 'PLANNED',
  states: WAVE_STATES,
  final: [],
  commands: DISTRIBUTION_WAVE_COMMANDS,
  rows: DISTRIBUTION_WAVE_ROWS,
};
