import type { DistributionFacts } from '../../domain/distribution/distribution.guards.js';
import { DISTRIBUTION_SYSTEM_ROWS, distributionMachine } from '../../domain/distribution/distribution.machine.js';
import {
  DISTRIBUTION_STATES_AT_TOOL,
  distributionHasEnded,
  type DistributionCommand,
  type DistributionState,
  type DistributionSystemCommand,
} from '../../domain/distribution/distribution.state.js';
import { decideSystem, type Allowed } from '../../domain/state-machine.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import { snapshotOf } from './distribution-event.js';
import { endBookingOfDistribution } from '../schedule/schedule-entry.service.js';
import { letTasksFollow } from '../release/task-distribution.service.js';
import { forgetApprovedTargets } from '../judged-target.service.js';
import { demand, enter } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { countTargetStates } from './target-state.service.js';

/** What the event log keeps about a move of a distribution. */
export interface MoveEvent {
  readonly type: string;
  readonly reason?: string | null;
  readonly data?: Record<string, unknown>;
}

/**
 * Moves a distribution into the state that its machine allowed, and records the event with a snapshot of its progress.
 */
export async function enterDistribution(
  uow: UnitOfWork,
  distribution: Distribution,
  allowed: Allowed<DistributionState>,
  event: MoveEvent,
): Promise<void> {
  const counts = await countTargetStates(uow, distribution.id);
  const wasAtTool = (DISTRIBUTION_STATES_AT_TOOL as readonly DistributionState[]).includes(distribution.state);
  if (distribution.state === 'PAUSED') distribution.pausedByHold = false;
  const from = distribution.state;
  enter(uow, distribution, allowed, {
    type: event.type,
    subjectType: 'Distribution',
    topics: [distribution.releaseId],
    reason: event.reason ?? null,
    data: { ...event.data, distribution: snapshotOf(distribution, counts, allowed.to) },
  });
  await letTasksFollow(uow, distribution, from, event.reason ?? null);
  // Work that has ended blocks nobody. What never began is taken back by the command that ends it.
  if (wasAtTool && distributionHasEnded(allowed.to)) await endBookingOfDistribution(uow, distribution.id);
}

/**
 * Moves a distribution by a command of a person.
 * @throws Refusal when the machine does not allow it; then nothing has changed.
 */
export async function moveDistribution(
  uow: UnitOfWork,
  distribution: Distribution,
  command: Exclude<DistributionCommand, DistributionSystemCommand>,
  facts: DistributionFacts,
  event: MoveEvent,
): Promise<void> {
  await enterDistribution(uow, distribution, demand(distributionMachine, distribution, command, facts), event);
}

/** Voids what was decided about a distribution that goes back to PLANNED, and the time of a start that never was. */
export async function planAfresh(uow: UnitOfWork, distribution: Distribution): Promise<void> {
  Object.assign(distribution, { approvedById: null, approvedAt: null, approvedBasis: null, startedAt: null });
  await forgetApprovedTargets(uow, distribution.id);
}

/**
 * Moves a distribution by a command of the server itself.
 * @returns whether it moved: false when the command does not exist in its state; then nothing has changed.
 */
export async function moveBySystem(
  uow: UnitOfWork,
  distribution: Distribution,
  command: DistributionSystemCommand,
  event: MoveEvent,
): Promise<boolean> {
  const allowed = decideSystem(DISTRIBUTION_SYSTEM_ROWS, distribution.state, command);
  if (allowed === undefined) return false;
  await enterDistribution(uow, distribution, allowed, event);
  return true;
}
