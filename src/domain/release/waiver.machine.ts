import { blocker } from '../blocker.js';
import { actorHolds, type ActorFacts } from '../roles.js';
import type { Guard, Machine } from '../state-machine.js';

/** The states of a waiver. */
export const WAIVER_STATES = ['GRANTED', 'REVOKED'] as const;

/** One of {@link WAIVER_STATES}. */
export type WaiverState = (typeof WAIVER_STATES)[number];

/** What each state means. */
export const WAIVER_STATE_DESCRIPTIONS: Readonly<Record<WaiverState, string>> = {
  GRANTED: 'In force until it expires.',
  REVOKED: 'Withdrawn before its time; the rule applies again. Final.',
};

/** Commands on a waiver. */
export const WAIVER_COMMANDS = ['waiverRevoke'] as const;

/** One of {@link WAIVER_COMMANDS}. */
export type WaiverCommand = (typeof WAIVER_COMMANDS)[number];

/** What the rules of a waiver need to know. */
export interface WaiverFacts extends ActorFacts {
  /** Who granted it. */
  readonly grantedById: string;
  /** The owner of its release. */
  readonly ownerId: string;
}

/** A change authority, the owner of the release or the person who granted the waiver revokes it. */
export const actorAnswersForTheWaiver: Guard<WaiverFacts> = (facts) =>
  actorHolds(facts, 'CHANGE_AUTHORITY') || [facts.ownerId, facts.grantedById].includes(facts.actorId)
    ? undefined
    : blocker(
        'NOT_RELEASE_OWNER',
        'Only a change authority, the owner of the release or the person who granted the waiver can revoke it.',
        ['RELEASE_OWNER', 'CHANGE_AUTHORITY'],
      );

/** The life cycle of a waiver. Its expiry is a time, not a state: no job has to run for a waiver to lose its force. */
export const waiverMachine: Machine<WaiverState, WaiverCommand, WaiverFacts> = {
  name: 'waiver',
  initial: 'GRANTED',
  states: WAIVER_STATES,
  final: ['REVOKED'],
  commands: WAIVER_COMMANDS,
  rows: [{ from: 'GRANTED', command: 'waiverRevoke', to: 'REVOKED', guards: [actorAnswersForTheWaiver] }],
};
