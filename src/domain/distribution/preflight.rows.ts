import type { Row } from '../state-machine.js';
import { SAME_STATE } from '../state-machine.js';
import {
  type DistributionFacts,
  type DistributionGuard,
  actorMayPlanForTheRelease,
  distributionHasTargets,
  releaseAllowsRetry,
  someTargetFailed,
  toolCanPreflight,
} from './distribution.guards.js';
import type { DistributionCommand, DistributionState } from './distribution.state.js';
import { isDriftCheck } from './drift-check.js';
import { isReturn } from './return.guards.js';

const releaseWouldAllowRetry: DistributionGuard = (facts) => (isReturn(facts) ? undefined : releaseAllowsRetry(facts));

/** What is asked before a retry is checked: what could never be sent again, the tool has nothing to say to. */
const AGAIN: readonly DistributionGuard[] = [releaseWouldAllowRetry, someTargetFailed, toolCanPreflight];

/**
 * When people can ask the tool in advance: wherever a run can follow. The tool is asked later, and again while it is
 * away, so its health is no condition. Nothing that forbids a run at this moment matters either: people ask before.
 */
export const PREFLIGHT_ROWS: readonly Row<DistributionState, DistributionCommand, DistributionFacts>[] = [
  {
    from: ['PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED', 'BETWEEN_WAVES'],
    command: 'distributionPreflight',
    to: SAME_STATE,
    guards: [actorMayPlanForTheRelease, distributionHasTargets, toolCanPreflight],
  },
  // Before somebody decides to repeat a wave, or retries what failed. Like a retry, it asks no rule about people.
  { from: 'AWAITING_DECISION', command: 'distributionPreflight', to: SAME_STATE, guards: [toolCanPreflight] },
  {
    from: ['PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'],
    command: 'distributionPreflight',
    to: SAME_STATE,
    when: (facts) => !isDriftCheck(facts),
    guards: AGAIN,
  },
  {
    from: 'SUCCEEDED',
    command: 'distributionPreflight',
    to: SAME_STATE,
    when: (facts) => !isDriftCheck(facts) && facts.someTargetFailed,
    guards: AGAIN,
  },
];
