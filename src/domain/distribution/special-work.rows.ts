import { actorRunsTheRelease } from '../release/release-scope.js';
import { tasksBeforeAreDone } from '../release/task-distribution.js';
import { targetsAreInService } from '../cmdb/target.guards.js';
import type { Row } from '../state-machine.js';
import { MOMENT_IS_RIGHT } from './distribution-start.guards.js';
import { timeIsNotPast } from './distribution-time.guards.js';
import {
  type DistributionFacts,
  type DistributionGuard,
  actorMayPlanForTheRelease,
  approvalIsNotRequired,
  approverDidNotPlan,
  digestsAreAsBaselined,
  distributionApprovalIsFresh,
  distributionHasTargets,
  everyTargetIsAuthorised,
  nothingElseWorksThere,
  scopeIsStillTheReleases,
  someTargetFailed,
  toolIsHealthy,
} from './distribution.guards.js';
import type { DistributionCommand, DistributionState } from './distribution.state.js';
import { isDriftCheck } from './drift-check.js';
import { isReturn, itTakesAway, itTakesOnlyWhatWasDelivered } from './return.guards.js';
import { everyToolHasAWave } from './wave-tool.guards.js';
import { everyTargetHasAWave, WAVE_MAY_BEGIN, waveKeepsEveryGroup } from './wave.guards.js';

type DistributionRow = Row<DistributionState, DistributionCommand, DistributionFacts>;

/** Work that delivers nothing, with its own rules. */
interface SpecialWork {
  /** Whether a distribution is such work. */
  readonly when: (facts: DistributionFacts) => boolean;
  /** Asked before it is committed to. It may have any time, or none: then a person starts it. */
  readonly isRight: readonly DistributionGuard[];
  /** Asked when it begins or goes on, beside its approval. */
  readonly mayRun: readonly DistributionGuard[];
  /** Asked when it goes on after a pause. */
  readonly mayResume: readonly DistributionGuard[];
}

function rowsOf({ when, isRight, mayRun, mayResume }: SpecialWork): DistributionRow[] {
  const byPeople = [
    ['PLANNED', 'distributionRequestApproval', 'AWAITING_APPROVAL', [actorMayPlanForTheRelease, ...isRight]],
    ['AWAITING_APPROVAL', 'distributionApprove', 'SCHEDULED', [actorRunsTheRelease, approverDidNotPlan, ...isRight]],
    ['PLANNED', 'distributionSchedule', 'SCHEDULED', [actorMayPlanForTheRelease, approvalIsNotRequired, ...isRight]],
    [
      'SCHEDULED',
      'distributionStart',
      'STARTING',
      [distributionApprovalIsFresh, tasksBeforeAreDone, ...WAVE_MAY_BEGIN, ...mayRun],
    ],
    ['BETWEEN_WAVES', 'distributionAdvance', 'STARTING', [distributionApprovalIsFresh, ...WAVE_MAY_BEGIN, ...mayRun]],
    ['PAUSED', 'distributionResume', 'RUNNING', mayResume],
  ] as const;
  return [
    ...byPeople.map(([from, command, to, guards]) => ({ from, command, to, guards, when })),
    {
      from: 'AWAITING_DECISION',
      command: 'distributionRepeatWave',
      to: 'STARTING',
      guards: [waveKeepsEveryGroup, distributionApprovalIsFresh, ...mayRun],
      when,
      system: true,
    },
  ];
}

/**
 * What a return asks when it begins or goes on. As for a back-out by the tool, neither slot, window, conflict nor hold
 * keeps it from beginning, and the state of its targets and media does not matter.
 */
const RETURN_MAY_RUN: readonly DistributionGuard[] = [
  itTakesAway,
  itTakesOnlyWhatWasDelivered,
  nothingElseWorksThere,
  toolIsHealthy,
];

/** The rows of distributions that return what a release delivered. */
export const RETURN_ROWS: readonly DistributionRow[] = [
  ...rowsOf({
    when: isReturn,
    isRight: [itTakesAway, distributionHasTargets, everyToolHasAWave, itTakesOnlyWhatWasDelivered, timeIsNotPast],
    mayRun: RETURN_MAY_RUN,
    mayResume: RETURN_MAY_RUN,
  }),
  {
    from: ['PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'],
    command: 'distributionRetryFailed',
    to: 'STARTING',
    guards: [someTargetFailed, distributionApprovalIsFresh, tasksBeforeAreDone, ...RETURN_MAY_RUN],
    when: isReturn,
  },
  {
    from: 'SUCCEEDED',
    command: 'distributionRetryFailed',
    to: 'STARTING',
    guards: [distributionApprovalIsFresh, tasksBeforeAreDone, ...RETURN_MAY_RUN],
    when: (facts) => isReturn(facts) && facts.someTargetFailed,
  },
];

/** What a drift check asks of its targets and of the media that it looks for. */
const CHECKED_IS_RIGHT: readonly DistributionGuard[] = [
  scopeIsStillTheReleases,
  everyTargetIsAuthorised,
  targetsAreInService,
  digestsAreAsBaselined,
];

/**
 * What a drift check asks when it begins or goes on. It changes nothing on a target, so neither the slot of the
 * release, which is over, nor its changes and acceptance matter. The calendar does: during other work it would find
 * nothing certain.
 */
const CHECK_MAY_RUN: readonly DistributionGuard[] = [...CHECKED_IS_RIGHT, nothingElseWorksThere, ...MOMENT_IS_RIGHT];

/** The rows of distributions that look whether a release is still there. */
export const CHECK_ROWS: readonly DistributionRow[] = rowsOf({
  when: isDriftCheck,
  isRight: [distributionHasTargets, everyTargetHasAWave, everyToolHasAWave, ...CHECKED_IS_RIGHT, timeIsNotPast],
  mayRun: CHECK_MAY_RUN,
  mayResume: [distributionApprovalIsFresh, ...CHECK_MAY_RUN],
});
