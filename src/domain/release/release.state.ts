/** The states of a release, in the order of its life. */
export const RELEASE_STATES = [
  'DRAFT',
  'PLANNING',
  'BUILDING',
  'TESTING',
  'ACCEPTED',
  'SCHEDULED',
  'COMMUNICATED',
  'DISTRIBUTING',
  'DEPLOYED',
  'PARTIALLY_DEPLOYED',
  'FAILED',
  'IN_REVIEW',
  'CLOSED',
  'BACKING_OUT',
  'BACKED_OUT',
  'CANCELLED',
] as const;

/** One of {@link RELEASE_STATES}. */
export type ReleaseState = (typeof RELEASE_STATES)[number];

/** What each state means. */
export const RELEASE_STATE_DESCRIPTIONS: Readonly<Record<ReleaseState, string>> = {
  DRAFT: 'Recorded. The plan is not started, and nothing is promised.',
  PLANNING: 'The plan is being written: scope, tasks, people, dates.',
  BUILDING: 'The release package is being designed, built and configured.',
  TESTING: 'The package is being tested against its acceptance criteria.',
  ACCEPTED: 'The release owner accepted scope, package and test results; digests are baselined.',
  SCHEDULED: 'The deployment is booked in the change implementation schedule.',
  COMMUNICATED: 'The stakeholders know the content and the time of the deployment.',
  DISTRIBUTING: 'At least one distribution has started, and not all have ended.',
  DEPLOYED: 'Every target has every content of the release.',
  PARTIALLY_DEPLOYED: 'Some content is on some targets, and something is missing, failed or was never sent.',
  FAILED: 'No target received any content of the release successfully.',
  IN_REVIEW: 'The post implementation review is under way.',
  CLOSED: 'Reviewed and finished. Final.',
  BACKING_OUT: 'The targets are being returned to their previous state.',
  BACKED_OUT:
    'Everything that was delivered was returned, apart from what the owner decided to leave (`backOutResidual`).',
  CANCELLED: 'Cancelled before any distribution started. Final.',
};

/** Commands on a release. */
export const RELEASE_COMMANDS = [
  'releaseStartPlanning',
  'releaseStartBuilding',
  'releaseStartTesting',
  'releaseAccept',
  'releaseSchedule',
  'releaseUnschedule',
  'releaseMoveSchedule',
  'releaseCommunicate',
  'releaseStartDistribution',
  'releaseRecordDeployed',
  'releaseRecordPartiallyDeployed',
  'releaseRecordFailed',
  'releaseRetryDistribution',
  'releaseReopenOutcome',
  'releaseStartBackOut',
  'releaseCompleteBackOut',
  'releaseReopenBackOut',
  'releaseStartReview',
  'releaseClose',
  'releaseCancel',
  'releaseUpdate',
  'releaseHandOver',
  'releaseHold',
  'releaseResume',
  'releaseRecordReview',
  'releaseAddCi',
  'releaseRemoveCi',
  'releaseAddContent',
  'releaseRemoveContent',
  'releaseRemoveChange',
  'releaseAddDependency',
  'releaseRemoveDependency',
  'releaseSaveAsTemplate',
] as const;

/** One of {@link RELEASE_COMMANDS}. */
export type ReleaseCommand = (typeof RELEASE_COMMANDS)[number];

/** Commands that move a release from state to state, or to another time. */
export type ReleaseLifeCommand = Exclude<
  ReleaseCommand,
  | 'releaseUpdate'
  | 'releaseHandOver'
  | 'releaseHold'
  | 'releaseResume'
  | 'releaseRecordReview'
  | 'releaseSaveAsTemplate'
  | `release${'Add' | 'Remove'}${'Ci' | 'Content' | 'Dependency'}`
  | 'releaseRemoveChange'
>;

/**
 * The states that a template may leave out, in the order of a release. Without SCHEDULED a release has no slot of its
 * own: each of its distributions books its time.
 */
export const SKIPPABLE_RELEASE_STATES = [
  'PLANNING',
  'BUILDING',
  'TESTING',
  'ACCEPTED',
  'SCHEDULED',
  'COMMUNICATED',
] as const satisfies readonly ReleaseState[];

/** One of {@link SKIPPABLE_RELEASE_STATES}. */
export type SkippableReleaseState = (typeof SKIPPABLE_RELEASE_STATES)[number];

/** States in which a release is over for the rule "one live release per change". */
export const ENDED_RELEASE_STATES = ['CLOSED', 'CANCELLED'] as const satisfies readonly ReleaseState[];

/** States in which the deployment of a release has an outcome, so that its changes may be recorded as implemented. */
export const RELEASE_OUTCOME_STATES = [
  'DEPLOYED',
  'PARTIALLY_DEPLOYED',
  'FAILED',
  'BACKED_OUT',
  'IN_REVIEW',
  'CLOSED',
  'CANCELLED',
] as const satisfies readonly ReleaseState[];

/** The eight statuses of a release in IBM's Unified Process. */
export const ITUP_STATUSES = [
  'OPEN',
  'BUILT',
  'ACCEPTED',
  'SCHEDULED',
  'COMMUNICATED',
  'DEPLOYED',
  'CLOSED',
  'CANCELLED',
] as const;

/** One of {@link ITUP_STATUSES}. */
export type ItupStatus = (typeof ITUP_STATUSES)[number];

/** What each ITUP status covers here. */
export const ITUP_STATUS_DESCRIPTIONS: Readonly<Record<ItupStatus, string>> = {
  OPEN: 'Drafted, being planned or being built.',
  BUILT: 'The package is built and being tested.',
  ACCEPTED: 'Accepted by the release owner.',
  SCHEDULED: 'In the change implementation schedule.',
  COMMUNICATED: 'Announced to the stakeholders, or being distributed.',
  DEPLOYED: 'The deployment has ended, successfully or not. ITUP has no status for failure or back-out; read `state`.',
  CLOSED: 'Reviewed and finished.',
  CANCELLED: 'Cancelled before distribution.',
};

const ITUP_BY_STATE: Readonly<Record<ReleaseState, ItupStatus>> = {
  DRAFT: 'OPEN',
  PLANNING: 'OPEN',
  BUILDING: 'OPEN',
  TESTING: 'BUILT',
  ACCEPTED: 'ACCEPTED',
  SCHEDULED: 'SCHEDULED',
  COMMUNICATED: 'COMMUNICATED',
  DISTRIBUTING: 'COMMUNICATED',
  DEPLOYED: 'DEPLOYED',
  PARTIALLY_DEPLOYED: 'DEPLOYED',
  FAILED: 'DEPLOYED',
  BACKING_OUT: 'DEPLOYED',
  BACKED_OUT: 'DEPLOYED',
  IN_REVIEW: 'DEPLOYED',
  CLOSED: 'CLOSED',
  CANCELLED: 'CANCELLED',
};

/** The ITUP status that corresponds to a state. */
export function itupStatus(state: ReleaseState): ItupStatus {
  return ITUP_BY_STATE[state];
}

/** Whether the deployment of a release in this state has an outcome. */
export function releaseHasOutcome(state: ReleaseState): boolean {
  return (RELEASE_OUTCOME_STATES as readonly ReleaseState[]).includes(state);
}

/** The states that a release would pass between two others; DRAFT comes before all, DISTRIBUTING after all. */
export function statesBetween(from: ReleaseState, to: ReleaseState): readonly SkippableReleaseState[] {
  const steps: readonly ReleaseState[] = SKIPPABLE_RELEASE_STATES;
  return SKIPPABLE_RELEASE_STATES.slice(steps.indexOf(from) + 1, to === 'DISTRIBUTING' ? undefined : steps.indexOf(to));
}

/** States from which a release that skips all that is left goes straight to its distribution, without a slot. */
export const UNBOOKED_RELEASE_STATES = [
  'DRAFT',
  'PLANNING',
  'BUILDING',
  'TESTING',
  'ACCEPTED',
] as const satisfies readonly ReleaseState[];

const isUnbooked = (state: ReleaseState) => (UNBOOKED_RELEASE_STATES as readonly ReleaseState[]).includes(state);

/** Whether a release in this state has, or had, a place in the schedule: it was scheduled and not taken out again. */
export function releaseIsInSchedule(state: ReleaseState): boolean {
  return state !== 'CANCELLED' && !isUnbooked(state);
}

/** Whether distribution comes next for a release without a slot: it skips every state that is left before it. */
export function distributionIsNext(state: ReleaseState, skipped: readonly ReleaseState[]): boolean {
  return isUnbooked(state) && statesBetween(state, 'DISTRIBUTING').every((step) => skipped.includes(step));
}

/** Whether the slot comes next for a release in DRAFT: it skips every state before SCHEDULED, and keeps that one. */
export const slotIsNextOfDraft = (skipped: readonly ReleaseState[]): boolean =>
  !skipped.includes('SCHEDULED') && statesBetween('DRAFT', 'SCHEDULED').every((step) => skipped.includes(step));

/**
 * The command that a release undergoes when one of its distributions starts; null when it is being distributed already,
 * or when it cannot be and the distribution's own guards say so.
 */
export function commandToDistribute(
  state: ReleaseState,
  skipped: readonly ReleaseState[],
): 'releaseStartDistribution' | 'releaseRetryDistribution' | null {
  if (state === 'SCHEDULED' || state === 'COMMUNICATED' || distributionIsNext(state, skipped))
    return 'releaseStartDistribution';
  return state === 'PARTIALLY_DEPLOYED' || state === 'FAILED' ? 'releaseRetryDistribution' : null;
}
