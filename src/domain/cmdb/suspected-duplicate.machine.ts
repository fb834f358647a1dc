import type { ActorFacts } from '../roles.js';
import { SAME_STATE, type Machine } from '../state-machine.js';

/** What two items can have in common that they should not. */
export const DUPLICATE_SIGNS = ['IDENTIFIER', 'SERIAL_NUMBER', 'EXTERNAL_REF'] as const;

/** One of {@link DUPLICATE_SIGNS}. */
export type DuplicateSign = (typeof DUPLICATE_SIGNS)[number];

/** What each sign means. */
export const DUPLICATE_SIGN_DESCRIPTIONS: Readonly<Record<DuplicateSign, string>> = {
  IDENTIFIER: 'An identifier of the rule of their class fits both, if case does not count.',
  SERIAL_NUMBER: 'They have the same serial number, if case does not count.',
  EXTERNAL_REF: 'A source tells of the one under the key that is the external reference of the other.',
};

/** The states of a suspected duplicate. */
export const SUSPECTED_DUPLICATE_STATES = ['OPEN', 'DISMISSED', 'RESOLVED'] as const;

/** One of {@link SUSPECTED_DUPLICATE_STATES}. */
export type SuspectedDuplicateState = (typeof SUSPECTED_DUPLICATE_STATES)[number];

/** What each state means. */
export const SUSPECTED_DUPLICATE_STATE_DESCRIPTIONS: Readonly<Record<SuspectedDuplicateState, string>> = {
  OPEN: 'Somebody has to look at the two items.',
  DISMISSED: 'Somebody decided that they are two. It opens again when a value that identifies one of them changes.',
  RESOLVED: 'They no longer have anything in common, or one of them is retired. Final.',
};

/** Commands on a suspected duplicate. */
export const SUSPECTED_DUPLICATE_COMMANDS = [
  'suspectedDuplicateDismiss',
  'suspectedDuplicateUpdate',
  'suspectedDuplicateReopen',
  'suspectedDuplicateResolve',
] as const;

/** One of {@link SUSPECTED_DUPLICATE_COMMANDS}. */
export type SuspectedDuplicateCommand = (typeof SUSPECTED_DUPLICATE_COMMANDS)[number];

/** The life cycle of a suspected duplicate. */
export const suspectedDuplicateMachine: Machine<SuspectedDuplicateState, SuspectedDuplicateCommand, ActorFacts> = {
  name: 'suspected duplicate',
  initial: 'OPEN',
  states: SUSPECTED_DUPLICATE_STATES,
  final: ['RESOLVED'],
  commands: SUSPECTED_DUPLICATE_COMMANDS,
  rows: [
    { from: 'OPEN', command: 'suspectedDuplicateDismiss', to: 'DISMISSED' },
    { from: ['OPEN', 'DISMISSED'], command: 'suspectedDuplicateUpdate', to: SAME_STATE, system: true },
    { from: 'DISMISSED', command: 'suspectedDuplicateReopen', to: 'OPEN', system: true },
    { from: ['OPEN', 'DISMISSED'], command: 'suspectedDuplicateResolve', to: 'RESOLVED', system: true },
  ],
};
