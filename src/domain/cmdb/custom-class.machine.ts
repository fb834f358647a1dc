import { blocker, type NamedRef } from '../blocker.js';
import type { ActorFacts } from '../roles.js';
import { SAME_STATE, type Guard, type Machine } from '../state-machine.js';

/** The states of a class of one's own. */
export const CUSTOM_CLASS_STATES = ['ACTIVE', 'RETIRED'] as const;

/** One of {@link CUSTOM_CLASS_STATES}. */
export type CustomClassState = (typeof CUSTOM_CLASS_STATES)[number];

/** What each state means. */
export const CUSTOM_CLASS_STATE_DESCRIPTIONS: Readonly<Record<CustomClassState, string>> = {
  ACTIVE: 'Items can be of this class, and classes can be defined below it.',
  RETIRED: 'No further item can be of this class. Those that are stay so, and still have to fit its schema.',
};

/** Commands on a class of one's own. */
export const CUSTOM_CLASS_COMMANDS = ['customClassUpdate', 'customClassRetire', 'customClassReactivate'] as const;

/** One of {@link CUSTOM_CLASS_COMMANDS}. */
export type CustomClassCommand = (typeof CUSTOM_CLASS_COMMANDS)[number];

/** What the rules of a class need to know. */
export interface CustomClassFacts extends ActorFacts {
  /** Active classes right below it. */
  readonly activeBelow: readonly NamedRef[];
  /** The class above it, if that is retired; null otherwise. */
  readonly retiredAbove: NamedRef | null;
}

/** A class is retired after those below it. */
export const nothingActiveBelow: Guard<CustomClassFacts> = ({ activeBelow }) =>
  activeBelow.map(({ id, name }) =>
    blocker('CLASS_IN_USE', `Class ${name} is below this one and active. Retire it first.`, ['CONFIGURATION_MANAGER'], {
      subject: { type: 'CustomClass', id },
    }),
  );

/** A class comes back after the one above it. */
export const nothingRetiredAbove: Guard<CustomClassFacts> = ({ retiredAbove }) =>
  retiredAbove === null
    ? undefined
    : blocker(
        'CLASS_RETIRED',
        `Class ${retiredAbove.name} above this one is retired. Reactivate it first.`,
        ['CONFIGURATION_MANAGER'],
        { subject: { type: 'CustomClass', id: retiredAbove.id } },
      );

/** The life cycle of a class of one's own. */
export const customClassMachine: Machine<CustomClassState, CustomClassCommand, CustomClassFacts> = {
  name: 'custom class',
  initial: 'ACTIVE',
  states: CUSTOM_CLASS_STATES,
  final: [],
  commands: CUSTOM_CLASS_COMMANDS,
  rows: [
    { from: CUSTOM_CLASS_STATES, command: 'customClassUpdate', to: SAME_STATE },
    { from: 'ACTIVE', command: 'customClassRetire', to: 'RETIRED', guards: [nothingActiveBelow] },
    { from: 'RETIRED', command: 'customClassReactivate', to: 'ACTIVE', guards: [nothingRetiredAbove] },
  ],
};
