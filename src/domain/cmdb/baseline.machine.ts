import { blocker, type NamedRef } from '../blocker.js';
import type { ActorFacts } from '../roles.js';
import type { Guard, Machine } from '../state-machine.js';

/** The states of a baseline. */
export const BASELINE_STATES = ['PENDING', 'TAKEN', 'APPROVED', 'REJECTED'] as const;

/** One of {@link BASELINE_STATES}. */
export type BaselineState = (typeof BASELINE_STATES)[number];

/** What each state means. */
export const BASELINE_STATE_DESCRIPTIONS: Readonly<Record<BaselineState, string>> = {
  PENDING: 'Asked for. It is taken within seconds: when all that was being written at its moment is stored.',
  TAKEN: 'Its content is fixed by a digest. Nobody has approved it: it is a snapshot.',
  APPROVED: 'A second person approved it as a reference. Final.',
  REJECTED: 'Somebody rejected it as a reference, with a reason. Final.',
};

/** Why a baseline was taken. */
export const BASELINE_OCCASIONS = ['BY_HAND', 'BEFORE_DISTRIBUTION', 'AFTER_DISTRIBUTION'] as const;

/** One of {@link BASELINE_OCCASIONS}. */
export type BaselineOccasion = (typeof BASELINE_OCCASIONS)[number];

/** What each occasion is. */
export const BASELINE_OCCASION_DESCRIPTIONS: Readonly<Record<BaselineOccasion, string>> = {
  BY_HAND: 'A person asked for it.',
  BEFORE_DISTRIBUTION: 'A distribution started: what its targets and their dependencies were before.',
  AFTER_DISTRIBUTION: 'A distribution ended: what its targets and their dependencies were after.',
};

/** Whether the content of a baseline is still what it was. */
export const BASELINE_VERDICTS = ['INTACT', 'ALTERED', 'PENDING'] as const;

/** One of {@link BASELINE_VERDICTS}. */
export type BaselineVerdict = (typeof BASELINE_VERDICTS)[number];

/** What each verdict means. */
export const BASELINE_VERDICT_DESCRIPTIONS: Readonly<Record<BaselineVerdict, string>> = {
  INTACT: 'The history gives the content that the digest was taken of.',
  ALTERED: 'The history gives other content. Somebody has written it past the server.',
  PENDING: 'It has not been taken yet.',
};

/** Commands on a baseline. */
export const BASELINE_COMMANDS = ['baselineApprove', 'baselineReject', 'baselineFix'] as const;

/** One of {@link BASELINE_COMMANDS}. */
export type BaselineCommand = (typeof BASELINE_COMMANDS)[number];

/** What the rules of a baseline need to know. */
export interface BaselineFacts extends ActorFacts {
  /** Who took it; null for the server. */
  readonly takenBy: NamedRef | null;
  /** With an approval: whether the content is still what it was; absent before it is asked. */
  readonly isIntact?: boolean;
}

/** Nobody approves the baseline that they took. */
export const baselineIsOfSomebodyElse: Guard<BaselineFacts> = ({ takenBy, actorId }) =>
  takenBy?.id === actorId
    ? blocker('SELF_APPROVAL', 'You took this baseline. Somebody else has to approve it.', [
        'CONFIGURATION_MANAGER',
        'CHANGE_AUTHORITY',
      ])
    : undefined;

/** What is approved is what was taken. */
export const baselineIsIntact: Guard<BaselineFacts> = ({ isIntact = true }) =>
  isIntact
    ? undefined
    : blocker('BASELINE_ALTERED', 'The history no longer gives the content that the baseline was taken of.', [
        'CONFIGURATION_MANAGER',
      ]);

/** The life cycle of a baseline. */
export const baselineMachine: Machine<BaselineState, BaselineCommand, BaselineFacts> = {
  name: 'baseline',
  initial: 'PENDING',
  states: BASELINE_STATES,
  final: ['APPROVED', 'REJECTED'],
  commands: BASELINE_COMMANDS,
  rows: [
    { from: 'PENDING', command: 'baselineFix', to: 'TAKEN', system: true },
    { from: 'TAKEN', command: 'baselineApprove', to: 'APPROVED', guards: [baselineIsOfSomebodyElse, baselineIsIntact] },
    { from: 'TAKEN', command: 'baselineReject', to: 'REJECTED' },
  ],
};
