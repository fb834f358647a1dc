import { blocker, type Blocker, type NamedRef } from '../blocker.js';
import type { ChangeDates } from '../release/release-slot.js';
import { actorHolds, type ActorFacts } from '../roles.js';
import { intervalCovers, intervalOf, intervalText, type Interval } from '../schedule/interval.js';
import type { Guard } from '../state-machine.js';
import type { ChangeType } from './change.machine.js';

/** Input fields that edit a change. `ciIds` are the configuration items that a command adds or removes. */
export const CHANGE_EDIT_FIELDS = [
  'title',
  'description',
  'type',
  'risk',
  'backOutPlan',
  'assessment',
  'plannedStart',
  'plannedEnd',
  'sourceCiIds',
  'targetCiIds',
  'ciIds',
] as const;

/** One of {@link CHANGE_EDIT_FIELDS}. */
export type ChangeEditField = (typeof CHANGE_EDIT_FIELDS)[number];

/** A configuration item that an edit adds to a change. */
export interface AddedCi extends NamedRef {
  readonly isRetired: boolean;
  /** Whether it would become a target although it is out of service. */
  readonly isDecommissionedTarget?: boolean;
  /** The input field that names it. */
  readonly field: ChangeEditField;
}

/** What the rules for editing a change need to know. */
export interface ChangeEditFacts extends ActorFacts {
  /** Number of the change, e.g. `CHG-12`. */
  readonly name: string;
  readonly type: ChangeType;
  /** Database id of the person who raised the change. */
  readonly requesterId: string;
  /** Database ids of everybody who wrote what the change authority decides on, with the requester. */
  readonly authorIds: readonly string[];
  /** The live release that the change belongs to, with its slot while that is booked. */
  readonly release: (NamedRef & { readonly slot?: Interval | null }) | null;
  /** The planned dates after the command. Absent while no input is known. */
  readonly dates?: ChangeDates;
  /** What speaks against the dates that the command sets by themselves. Absent while no input is known. */
  readonly dateProblems?: readonly Blocker[];
  /** Fields whose values the command changes. Absent while no input is known: then only the object is judged. */
  readonly edited?: readonly ChangeEditField[];
  /** Configuration items that the command adds. Absent while no input is known. */
  readonly addedCis?: readonly AddedCi[];
}

type EditGuard = Guard<ChangeEditFacts>;

/** What the change authority decides on. */
export const CONTENT_FIELDS: readonly ChangeEditField[] = [
  'title',
  'description',
  'type',
  'risk',
  'backOutPlan',
  'sourceCiIds',
  'targetCiIds',
  'ciIds',
];
const DATES: readonly ChangeEditField[] = ['plannedStart', 'plannedEnd'];

/** Only the requester and change managers edit or cancel a change. */
export const actorIsRequesterOrChangeManager: EditGuard = (facts) =>
  facts.actorId === facts.requesterId || actorHolds(facts, 'CHANGE_MANAGER')
    ? undefined
    : blocker('NOT_REQUESTER', `Only the requester of change ${facts.name} or a change manager can do this.`, [
        'REQUESTER',
        'CHANGE_MANAGER',
      ]);

/** The content of a change is fixed while a release carries it: an edit would bypass the scope of the release. */
export const contentIsNotInRelease: EditGuard = ({ name, release, edited = [] }) =>
  release === null
    ? undefined
    : edited
        .filter((field) => CONTENT_FIELDS.includes(field))
        .map((field) =>
          blocker(
            'CHANGE_CONTENT_FIXED',
            `Change ${name} belongs to release ${release.name}, so "${field}" cannot be edited. ` +
              'Remove the change from the release first.',
            ['CHANGE_MANAGER'],
            { path: [field], subject: { type: 'Release', id: release.id } },
          ),
        );

/**
 * The content of a change is fixed once it is authorised: an edit would be implemented under an authorisation given for
 * something else. The assessment is fixed too, except for an emergency change, which can be assessed afterwards.
 */
export const contentIsNotAuthorised: EditGuard = ({ name, type, edited = [] }) =>
  edited.flatMap((field): Blocker[] => {
    const fixed = CONTENT_FIELDS.includes(field) || (field === 'assessment' && type !== 'EMERGENCY');
    if (!fixed) return [];
    const message =
      `Change ${name} has been authorised, so "${field}" can no longer be edited. ` +
      'Cancel the change and raise another one.';
    return [blocker('CHANGE_CONTENT_FIXED', message, ['CHANGE_MANAGER'], { path: [field] })];
  });

/** The planned dates are fixed once the implementation has begun. */
export const datesAreNotPast: EditGuard = ({ name, edited = [] }) =>
  edited
    .filter((field) => DATES.includes(field))
    .map((field) =>
      blocker(
        'CHANGE_CONTENT_FIXED',
        `The implementation of change ${name} has begun, so "${field}" can no longer be edited.`,
        ['CHANGE_MANAGER'],
        { path: [field] },
      ),
    );

/** While the release of a change is booked, the dates of the change lie in its slot: they follow it when it moves. */
export const datesLieInTheSlot: EditGuard = ({ name, release, dates, edited = [] }) => {
  const slot = release?.slot;
  const own = intervalOf(dates?.plannedStart?.getTime() ?? null, dates?.plannedEnd?.getTime() ?? null);
  if (slot == null || dates === undefined || (own !== null && intervalCovers(slot, own))) return undefined;
  return edited
    .filter((field) => DATES.includes(field))
    .map((field) =>
      blocker(
        'CHANGE_OUTSIDE_RELEASE',
        `Change ${name} is implemented by release ${release?.name}, which is booked from ${intervalText(slot)}. ` +
          'Choose dates inside that time, or move the release.',
        ['CHANGE_MANAGER', 'RELEASE_MANAGER'],
        { path: [field], subject: { type: 'Release', id: release?.id ?? '' } },
      ),
    );
};

/** The dates that an edit sets lie ahead. */
export const editedDatesLieAhead: EditGuard = ({ dateProblems = [] }) => [...dateProblems];

/** A change names no configuration item that was retired before. */
export const addedCisAreInUse: Guard<Pick<ChangeEditFacts, 'addedCis'>> = ({ addedCis = [] }) =>
  addedCis
    .filter(({ isRetired }) => isRetired)
    .map((ci) =>
      blocker(
        'CI_NOT_AUTHORISED',
        `Configuration item ${ci.name} is retired and can no longer be used.`,
        ['CONFIGURATION_MANAGER'],
        { subject: { type: 'ConfigurationItem', id: ci.id }, path: [ci.field] },
      ),
    );

/** A change has no target that was taken out of service. Content can still be taken from such an item. */
export const addedTargetsAreInService: Guard<Pick<ChangeEditFacts, 'addedCis'>> = ({ addedCis = [] }) =>
  addedCis
    .filter(({ isDecommissionedTarget = false }) => isDecommissionedTarget)
    .map((ci) =>
      blocker(
        'CI_DECOMMISSIONED',
        `Configuration item ${ci.name} is decommissioned and cannot be a target. Have its lifecycle state corrected ` +
          'if it is in service.',
        ['CONFIGURATION_MANAGER'],
        { subject: { type: 'ConfigurationItem', id: ci.id }, path: [ci.field] },
      ),
    );

/** The guard as it judges a command that always edits the configuration items, even while its input is not known. */
export const forCis =
  (guard: EditGuard): EditGuard =>
  (facts) =>
    guard({ ...facts, edited: ['ciIds'] });
