import { blocker, type Blocker } from '../blocker.js';
import type { Guard } from '../state-machine.js';
import type { ReleasePeopleFacts } from './release-scope.js';
import { ENDED_RELEASE_STATES, type ReleaseState } from './release.state.js';

/** What the rules of every edit of a release plan need to know. */
export interface PlanFacts extends ReleasePeopleFacts {
  /** State of the release that the plan belongs to. */
  readonly releaseState: ReleaseState;
  /**
   * What `taskPlaceProblems` finds wrong with the order and the dates of the task after the command. Absent when the
   * command changes neither, and for `availableCommands`.
   */
  readonly placeProblems?: readonly Blocker[];
}

/** Whether the plan of a release in this state can still be edited. */
export function planIsOpen(state: ReleaseState): boolean {
  return !(ENDED_RELEASE_STATES as readonly ReleaseState[]).includes(state);
}

/** The release has not ended, so its plan can be edited. */
export const releasePlanIsOpen: Guard<Pick<PlanFacts, 'releaseState'>> = ({ releaseState }) =>
  planIsOpen(releaseState)
    ? undefined
    : blocker('ILLEGAL_TRANSITION', `The release is ${releaseState}, so its plan can no longer be changed.`, []);

/** The order and the dates of a task agree with the rest of the plan. */
export const taskFitsPlan: Guard<PlanFacts> = ({ placeProblems }) => placeProblems && [...placeProblems];
