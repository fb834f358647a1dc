import { blocker, collectBlockers, type Blocker } from '../blocker.js';
import { releaseIsOpenForScope } from '../change/change-release-request.machine.js';
import { lacksRole, type NamedPerson } from '../people/person.js';
import type { ReleaseGuard } from './release.guards.js';
import { actorRunsTheRelease } from './release-scope.js';
import { phaseRank } from './release-plan.js';
import type { ReleaseState } from './release.state.js';
import type { Guard } from '../state-machine.js';

/** Fields of a release that an edit can name and that are not open in every state. */
export type GuardedReleaseField = 'plannedStart' | 'plannedEnd' | 'kind' | 'packaging' | 'backOutPlan';

/** States in which the planned times are edited directly; later they belong to the schedule. */
const FREELY_DATED: readonly ReleaseState[] = ['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED'];

const late = (path: GuardedReleaseField, state: ReleaseState, advice: string): Blocker =>
  blocker('ILLEGAL_TRANSITION', `"${path}" cannot be edited while the release is ${state}. ${advice}`, [], {
    path: [path],
  });

/**
 * Each edited field is still open: planned times until the release is scheduled, its nature until its distribution
 * starts.
 */
export const editedFieldsAreOpen: ReleaseGuard = ({ release: { state }, edited = [] }) =>
  edited.flatMap((field) => {
    if (field === 'plannedStart' || field === 'plannedEnd')
      return FREELY_DATED.includes(state) ? [] : [late(field, state, 'Use releaseMoveSchedule or releaseUnschedule.')];
    return phaseRank(state) < phaseRank('DISTRIBUTING') ? [] : [late(field, state, 'Its distribution has started.')];
  });

/** The actor is the owner or the manager of the release. */
export const actorMayChangeTheScope: ReleaseGuard = (facts) => actorRunsTheRelease(facts);

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
