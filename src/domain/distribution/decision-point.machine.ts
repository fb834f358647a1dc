import { blocker, type Blocker, type NamedRef } from '../blocker.js';
import { SAME_STATE, type Guard, type Machine } from '../state-machine.js';
import { actorRunsTheRelease, type ReleasePeopleFacts } from '../release/release-scope.js';

/** The states of a decision point. */
export const DECISION_POINT_STATES = ['OPEN', 'DECIDED', 'WITHDRAWN'] as const;

/** One of {@link DECISION_POINT_STATES}. */
export type DecisionPointState = (typeof DECISION_POINT_STATES)[number];

/** What each state means. */
export const DECISION_POINT_STATE_DESCRIPTIONS: Readonly<Record<DecisionPointState, string>> = {
  OPEN: 'The rollout waits for the decision.',
  DECIDED: 'Somebody decided, or the default took effect when the decision was due. Final.',
  WITHDRAWN: 'The rollout was stopped or backed out without it. Final.',
};

/** Commands on a decision point. */
export const DECISION_POINT_COMMANDS = [
  'decisionPointClaim',
  'decisionPointUnclaim',
  'decisionPointDecide',
  'decisionPointWithdraw',
] as const;

/** One of {@link DECISION_POINT_COMMANDS}. */
export type DecisionPointCommand = (typeof DECISION_POINT_COMMANDS)[number];

/** What can be decided. */
export const DECISION_CHOICES = ['RETRY', 'EXCLUDE', 'CONTINUE', 'BACK_OUT', 'STOP'] as const;

/** One of {@link DECISION_CHOICES}. */
export type DecisionChoice = (typeof DECISION_CHOICES)[number];

/** What each choice does. */
export const DECISION_CHOICE_DESCRIPTIONS: Readonly<Record<DecisionChoice, string>> = {
  RETRY: 'Runs the wave again for every target that did not succeed.',
  EXCLUDE:
    'Takes targets out of the rollout. If the thresholds hold without them, the wave goes on with the targets that ' +
    'were not started, and then the rollout.',
  CONTINUE:
    'Accepts the failures and goes on with the targets that were not started. Only the owner or the manager of the ' +
    'release can choose it.',
  BACK_OUT: 'Has the tool return every target that received something to its previous state.',
  STOP: 'Ends the rollout. Nothing more starts.',
};

/** What the rules of a decision point need to know. */
export interface DecisionPointFacts extends ReleasePeopleFacts {
  /** Who has claimed it; null if nobody has. */
  readonly claimedBy: NamedRef | null;
  /** With `decisionPointDecide`: what is chosen; absent while nothing is. */
  readonly choice?: DecisionChoice;
  /** With `decisionPointDecide`: whether the default takes effect because the decision is due. */
  readonly byDefault?: boolean;
  /** With `decisionPointDecide`: what speaks against the choice; empty while nothing is chosen. */
  readonly choiceProblems?: readonly Blocker[];
}

type DecisionGuard = Guard<DecisionPointFacts>;

/** Nobody decides what somebody else has claimed. To take it over, claim it first. */
export const decisionIsNotClaimedByAnother: DecisionGuard = ({ claimedBy, actorId, byDefault }) =>
  claimedBy === null || claimedBy.id === actorId || byDefault === true
    ? undefined
    : blocker(
        'DECISION_CLAIMED',
        `${claimedBy.name} has claimed the decision. Claim it first, after asking.`,
        ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER', 'RELEASE_MANAGER'],
        { subject: { type: 'Person', id: claimedBy.id } },
      );

/** It is claimed by the one who gives it back. */
export const decisionIsClaimedByActor: DecisionGuard = ({ claimedBy, actorId }) =>
  claimedBy?.id === actorId
    ? undefined
    : blocker(
        'DECISION_CLAIMED',
        claimedBy === null
          ? 'Nobody has claimed the decision.'
          : `${claimedBy.name} has claimed the decision, not you.`,
        ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER', 'RELEASE_MANAGER'],
      );

/** Failures are accepted by those who answer for the release. A default was agreed to with the plan. */
export const failuresAreAcceptedByTheRelease: DecisionGuard = (facts) =>
  facts.choice === 'CONTINUE' && facts.byDefault !== true ? actorRunsTheRelease(facts) : undefined;

/** The choice resolves the decision. */
export const choiceIsPossible: DecisionGuard = ({ choiceProblems = [] }) => [...choiceProblems];

/** The life cycle of a decision about a rollout. */
export const decisionPointMachine: Machine<DecisionPointState, DecisionPointCommand, DecisionPointFacts> = {
  name: 'decision point',
  initial: 'OPEN',
  states: DECISION_POINT_STATES,
  final: ['DECIDED', 'WITHDRAWN'],
  commands: DECISION_POINT_COMMANDS,
  rows: [
    // A claim by somebody else is taken over: on a Friday night the first claimer may be asleep.
    { from: 'OPEN', command: 'decisionPointClaim', to: SAME_STATE },
    { from: 'OPEN', command: 'decisionPointUnclaim', to: SAME_STATE, guards: [decisionIsClaimedByActor] },
    {
      from: 'OPEN',
      command: 'decisionPointDecide',
      to: 'DECIDED',
      guards: [decisionIsNotClaimedByAnother, failuresAreAcceptedByTheRelease, choiceIsPossible],
    },
    { from: 'OPEN', command: 'decisionPointWithdraw', to: 'WITHDRAWN', system: true },
  ],
};
