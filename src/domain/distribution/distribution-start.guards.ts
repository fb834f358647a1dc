import { protectedTargetsAreCovered, targetsAreInService } from '../cmdb/target.guards.js';
import { tasksBeforeAreDone } from '../release/task-distribution.js';
import {
  conflictsOfItsTimeAreResolved,
  nothingIsLeftOut,
  releaseIsBooked,
  slotIsNow,
  timeIsInsideTheSlot,
  timeIsNotPast,
} from './distribution-time.guards.js';
import {
  type DistributionGuard,
  digestsAreAsBaselined,
  distributedReleaseIsNotOnHold,
  distributionApprovalIsFresh,
  distributionHasPlannedStart,
  distributionHasTargets,
  everyMediaIsAuthorised,
  everyTargetIsAuthorised,
  noBlackoutCoversNow,
  nothingElseWorksThere,
  nothingIsPinned,
  releaseAllowsRetry,
  releaseLetsItStart,
  scopeIsStillTheReleases,
  someTargetFailed,
  toolIsHealthy,
  windowIsOpenNow,
} from './distribution.guards.js';
import { limitsHaveRoom, wavesFitTheLimits } from './target-limit.js';
import { waveKeepsEveryGroup } from './wave.guards.js';

/** What is asked of the targets and the contents of a delivery. */
export const MATERIAL_IS_RIGHT: readonly DistributionGuard[] = [
  distributionHasTargets,
  scopeIsStillTheReleases,
  everyTargetIsAuthorised,
  targetsAreInService,
  protectedTargetsAreCovered,
  everyMediaIsAuthorised,
  digestsAreAsBaselined,
  nothingIsPinned,
  nothingIsLeftOut,
];
/** What commits to a time asks whether that time is free. */
export const TIME_IS_RIGHT: readonly DistributionGuard[] = [
  releaseIsBooked,
  distributionHasPlannedStart,
  timeIsNotPast,
  timeIsInsideTheSlot,
  conflictsOfItsTimeAreResolved,
  wavesFitTheLimits,
];
/** What is asked of the moment at which something begins or goes on. */
export const MOMENT_IS_RIGHT: readonly DistributionGuard[] = [
  distributedReleaseIsNotOnHold,
  windowIsOpenNow,
  noBlackoutCoversNow,
  conflictsOfItsTimeAreResolved,
  toolIsHealthy,
  limitsHaveRoom,
];

/** What is asked before a wave, or its repetition, goes to the tool. */
export const WORK_MAY_GO_ON: readonly DistributionGuard[] = [
  releaseLetsItStart,
  distributionApprovalIsFresh,
  slotIsNow,
  ...MOMENT_IS_RIGHT,
  ...MATERIAL_IS_RIGHT,
];

/** What is asked before the targets that did not succeed get another attempt. */
export const RETRY_IS_RIGHT: readonly DistributionGuard[] = [
  releaseAllowsRetry,
  releaseLetsItStart,
  someTargetFailed,
  distributionApprovalIsFresh,
  slotIsNow,
  tasksBeforeAreDone,
  nothingElseWorksThere,
  waveKeepsEveryGroup,
  ...MOMENT_IS_RIGHT,
  ...MATERIAL_IS_RIGHT,
];
