import { phaseRank, skipsFollowScope } from './release-plan.js';
import type { ReleaseState } from './release.state.js';
import type { TemplatePlan } from './template.js';
import { applicableSteps } from './template-additions.js';
import { skippedStatesOf, type ReleaseTraits, type SkipTarget } from './template-skips.js';

/** How far a release is in the plan of its template. */
export interface ReleaseProgress extends ReleaseTraits {
  readonly state: ReleaseState;
  readonly skippedStates: readonly ReleaseState[];
  /** Keys of the template tasks that the plan has, or that add rules have given it before. */
  readonly knownTasks: ReadonlySet<string>;
}

/** Whether a release is in a state or past it, so that it cannot go back to what it left out there. */
export const hasReached = (state: ReleaseState, step: ReleaseState): boolean => phaseRank(step) <= phaseRank(state);

/** Whether a release is past a state, so that tasks for it come too late. */
export const hasPassed = (state: ReleaseState, step: ReleaseState): boolean => phaseRank(step) < phaseRank(state);

/**
 * Whether some targets ask for a step that a release has left out, or for tasks that it does not have, and that it is
 * past: it can no longer have them as its targets.
 * @param targets all that the release would have.
 */
export function isTooLateFor(
  plan: Pick<TemplatePlan, 'skipRules' | 'addRules'>,
  release: ReleaseProgress,
  targets: readonly SkipTarget[],
): boolean {
  if (targets.length === 0 || !skipsFollowScope(release.state)) return false;
  const steps = applicableSteps(plan, release, targets);
  const skipped: readonly ReleaseState[] = skippedStatesOf(steps);
  return (
    release.skippedStates.some((state) => !skipped.includes(state) && hasReached(release.state, state)) ||
    steps.added.some(
      ({ rule }) =>
        hasPassed(release.state, rule.releaseState) && rule.tasks.some(({ key }) => !release.knownTasks.has(key)),
    )
  );
}
