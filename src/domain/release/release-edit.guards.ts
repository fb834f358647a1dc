import { blocker, type Blocker } from '../blocker.js';
import { releaseIsOpenForScope } from '../change/change-release-request.machine.js';
import type { ReleaseGuard } from './release.guards.js';
import { actorRunsTheRelease } from './release-scope.js';
import { phaseRank } from './release-plan.js';
import type { ReleaseState } from './release.state.js';

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
