import { blocker, collectBlockers, type Blocker, type NamedRef } from '../blocker.js';
import type { ActorFacts } from '../roles.js';
import { SAME_STATE, type Guard, type Machine } from '../state-machine.js';
import { protectedEdit, type RelationEnd } from './configuration-item.machine.js';
import type { DriftAspect, DriftKind } from './drift.js';

/** The states of a drift. */
export const DRIFT_STATES = ['OPEN', 'REJECTED', 'ACCEPTED', 'RESOLVED'] as const;

/** One of {@link DRIFT_STATES}. */
export type DriftState = (typeof DRIFT_STATES)[number];

/** What each state means. */
export const DRIFT_STATE_DESCRIPTIONS: Readonly<Record<DriftState, string>> = {
  OPEN: 'Record and observation differ, and nobody has decided about it.',
  REJECTED: 'Somebody decided that the record is right. It opens again when something else is observed.',
  ACCEPTED: 'Somebody accepted the observation, and the record says it now. Final.',
  RESOLVED:
    'Record and observation agree again, or a source with precedence says the field, without a decision. Final.',
};

/** Commands on a drift. */
export const DRIFT_COMMANDS = [
  'driftAccept',
  'driftReject',
  'driftRaiseChange',
  'driftReopen',
  'driftResolve',
] as const;

/** One of {@link DRIFT_COMMANDS}. */
export type DriftCommand = (typeof DRIFT_COMMANDS)[number];

/** What the rules of a drift need to know. */
export interface DriftFacts extends ActorFacts {
  readonly aspect: DriftAspect;
  readonly kind: DriftKind;
  /** The configuration item. `wasProtected` counts since the instant that the drift began. */
  readonly item: RelationEnd;
  /** The item at the end of the relation, if it is about one. */
  readonly target: RelationEnd | null;
  /** Whether the library has the version that was observed; true if it is not about an installation. */
  readonly versionIsKnown: boolean;
  /** Who reported the observation; null when nobody did. */
  readonly observedById: string | null;
  /** The change that was raised from it and has not ended. */
  readonly change: NamedRef | null;
}

type DriftGuard = Guard<DriftFacts>;

/** Who reports does not decide that the record follows the report. */
export const observationIsOfSomebodyElse: DriftGuard = ({ observedById, actorId }) =>
  observedById === null || observedById !== actorId
    ? undefined
    : blocker('SELF_APPROVAL', 'You reported this observation. Somebody else has to accept it.', [
        'CONFIGURATION_MANAGER',
      ]);

const unwritable = (message: string): Blocker => blocker('DRIFT_NOT_RECORDABLE', message, ['CONFIGURATION_MANAGER']);

/** The record can say what was observed. */
export const observationCanBeRecorded: DriftGuard = ({ aspect, kind, item, versionIsKnown }) => {
  if (aspect === 'ITEM' && kind === 'MISSING')
    return unwritable(`Configuration item ${item.name} is gone. Retire it, or change its lifecycle state.`);
  if (aspect === 'ITEM')
    return unwritable(
      `Configuration item ${item.name} is retired, which is final. Register an item that takes its place, or have it ` +
        'taken out of service.',
    );
  return versionIsKnown
    ? undefined
    : unwritable('The library has no version with this label or digest. Register it there first.');
};

/** The ends of a new relation are in use. */
export const observedEndIsInUse: DriftGuard = ({ aspect, kind, target }) =>
  aspect === 'RELATION' && kind === 'UNEXPECTED' && target?.isRetired === true
    ? blocker(
        'CI_NOT_AUTHORISED',
        `Configuration item ${target.name} is retired and takes no new relations. Relate the item that replaces it.`,
        ['CONFIGURATION_MANAGER'],
        { subject: { type: 'ConfigurationItem', id: target.id } },
      )
    : undefined;

/** To accept an observation is an edit: a protected item needs an authorised change that names it. */
export const acceptedItemIsCovered: DriftGuard = ({ item, target }) =>
  collectBlockers([item, ...(target !== null && !target.isRetired ? [target] : [])].map((end) => protectedEdit(end)));

/** No change has been raised from it that has not ended. */
export const noChangeIsUnderWay: DriftGuard = ({ change }) =>
  change === null
    ? undefined
    : blocker(
        'DRIFT_HAS_CHANGE',
        `Change ${change.name} was raised from it and has not ended.`,
        ['CHANGE_MANAGER', 'REQUESTER'],
        { subject: { type: 'Change', id: change.id } },
      );

/** The life cycle of a drift. */
export const driftMachine: Machine<DriftState, DriftCommand, DriftFacts> = {
  name: 'drift',
  initial: 'OPEN',
  states: DRIFT_STATES,
  final: ['ACCEPTED', 'RESOLVED'],
  commands: DRIFT_COMMANDS,
  rows: [
    {
      from: ['OPEN', 'REJECTED'],
      command: 'driftAccept',
      to: 'ACCEPTED',
      guards: [observationIsOfSomebodyElse, observationCanBeRecorded, observedEndIsInUse, acceptedItemIsCovered],
    },
    { from: 'OPEN', command: 'driftReject', to: 'REJECTED' },
    { from: ['OPEN', 'REJECTED'], command: 'driftRaiseChange', to: SAME_STATE, guards: [noChangeIsUnderWay] },
    { from: 'REJECTED', command: 'driftReopen', to: 'OPEN', system: true },
    { from: ['OPEN', 'REJECTED'], command: 'driftResolve', to: 'RESOLVED', system: true },
  ],
};
