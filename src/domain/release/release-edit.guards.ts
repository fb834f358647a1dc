import { blocker, collectBlockers, type Blocker } from '../blocker.js';
import { releaseIsOpenForScope } from '../change/change-release-request.machine.js';
import { lacksRole, type NamedPerson } from '../people/person.js';
import { actorHolds } from '../roles.js';
import type { ReleaseGuard } from './release.guards.js';
import { actorRunsTheRelease } from './release-scope.js';
import { phaseRank } from './release-plan.js';
import type { ReleaseState } from './release.state.js';
import type { Guard } from '../state-machine.js';

/** Fields of a release that an edit can name and that are not open in every state. */
export type GuardedReleaseField =
  'plannedStart' | 'plannedEnd' | 'kind' | 'packaging' | 'backOutPlan' | 'backOutMinutes' | 'ownerId' | 'managerId';

/** States in which the planned times are edited directly; later they belong to the schedule. */
const FREELY_DATED: readonly ReleaseState[] = ['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED'];

const late = (path: GuardedReleaseField, state: ReleaseState, advice: string): Blocker =>
  blocker('ILLEGAL_TRANSITION', `"${path}" cannot be edited while the release is ${state}. ${advice}`, [], {
    path: [path],
  });

/**
 * Each edited field is still open: planned times until the release is scheduled, its nature until its distribution
 * starts. Owner and manager pass on by a command of their own, also where another system edits the release.
 */
export const editedFieldsAreOpen: ReleaseGuard = ({ release: { state }, edited = [] }) =>
  edited.flatMap((field) => {
    if (field === 'ownerId' || field === 'managerId') return [late(field, state, 'Use releaseHandOver.')];
    if (field === 'plannedStart' || field === 'plannedEnd')
      return FREELY_DATED.includes(state) ? [] : [late(field, state, 'Use releaseMoveSchedule or releaseUnschedule.')];
    return phaseRank(state) < phaseRank('DISTRIBUTING') ? [] : [late(field, state, 'Its distribution has started.')];
  });

/** Who runs the release begins its tests, or any test manager: the tests are theirs. */
export const actorMayStartTests: ReleaseGuard = (facts) =>
  actorHolds(facts, 'TEST_MANAGER') ? undefined : actorRunsTheRelease(facts);

/** The parts in a release that a command passes on. */
export interface HandOverFacts {
  /** With `releaseHandOver`: the parts that pass to somebody else; absent for `availableCommands`. */
  readonly handedOver?: readonly ('ownerId' | 'managerId')[];
}

/**
 * A part in a release passes on only by the person who has it. The owner, who answers for the release, can also name
 * another manager, and an administrator steps in for people who cannot.
 */
export const holderHandsOver: ReleaseGuard = (facts) => {
  const { release, actorId, handedOver } = facts;
  if (actorHolds(facts, 'ADMINISTRATOR')) return undefined;
  if (handedOver === undefined) return actorRunsTheRelease(facts);
  const mayPass = { ownerId: [release.ownerId], managerId: [release.managerId, release.ownerId] };
  return handedOver
    .filter((part) => !mayPass[part].includes(actorId))
    .map((part) =>
      blocker(
        'NOT_RELEASE_OWNER',
        part === 'ownerId'
          ? `Only the owner of release ${release.name} or an administrator can name another owner.`
          : `Only the manager or the owner of release ${release.name} or an administrator can name another manager.`,
        part === 'ownerId' ? ['RELEASE_OWNER', 'ADMINISTRATOR'] : ['RELEASE_MANAGER', 'RELEASE_OWNER', 'ADMINISTRATOR'],
        { subject: { type: 'Release', id: release.id }, path: [part] },
      ),
    );
};

/** The times that an edit sets lie ahead. */
export const editedTimesLieAhead: ReleaseGuard = ({ timeProblems = [] }) => [...timeProblems];

/** The scope is open, or the release was communicated and the actor agrees to plan it again. */
export const scopeIsOpen: ReleaseGuard = ({ release, replanningAgreed = false }) =>
  releaseIsOpenForScope({ release, replanningAgreed });

/** What is named in the command can be added or removed; the use case judges it by the rules of the scope. */
export const namedItemsCanMove: ReleaseGuard = ({ itemBlockers = [] }) => [...itemBlockers];

/** The people that a command names for a release, and those they are judged against. */
export interface NamedPeopleFacts {
  /** Absent, or a part of it, where the command does not name somebody else. */
  readonly named?: { readonly owner?: NamedPerson; readonly manager?: NamedPerson };
  /** The owner after the command. */
  readonly ownerId: string;
  /** Everybody who wrote the plan, including the manager. */
  readonly plannerIds: readonly string[];
}

const ownedByAPlanner = (person: NamedPerson, path: 'ownerId' | 'managerId'): Blocker =>
  blocker(
    'SELF_APPROVAL',
    path === 'ownerId'
      ? `${person.name} manages or planned this release, so they could never accept it. Name another owner.`
      : `${person.name} owns this release, and as its manager could never accept it. Name another manager.`,
    ['RELEASE_MANAGER', 'RELEASE_OWNER'],
    { subject: { type: 'Person', id: person.id }, path: [path] },
  );

/** The named owner can accept the release, and the named manager can plan it: each holds the role, and they differ. */
export const namedPeopleFitTheirParts: Guard<NamedPeopleFacts> = ({ named: { owner, manager } = {}, ...facts }) =>
  collectBlockers([
    owner && lacksRole(owner, 'RELEASE_OWNER', 'the owner of a release', 'ownerId'),
    owner && facts.plannerIds.includes(owner.id) ? ownedByAPlanner(owner, 'ownerId') : undefined,
    manager && lacksRole(manager, 'RELEASE_MANAGER', 'the manager of a release', 'managerId'),
    manager && manager.id === (owner?.id ?? facts.ownerId) ? ownedByAPlanner(manager, 'managerId') : undefined,
  ]);
