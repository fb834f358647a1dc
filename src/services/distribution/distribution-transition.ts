import type { DistributionFacts } from '../../domain/distribution/distribution.guards.js';
import { DISTRIBUTION_SYSTEM_ROWS, distributionMachine } from '../../domain/distribution/distribution.machine.js';
import type {
  DistributionCommand,
  DistributionState,
  DistributionSystemCommand,
} from '../../domain/distribution/distribution.state.js';
import { decideSystem, type Allowed } from '../../domain/state-machine.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import { snapshotOf } from './distribution-event.js';
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
  enter(uow, distribution, allowed, {
    type: event.type,
    subjectType: 'Distribution',
    topics: [distribution.releaseId],
    reason: event.reason ?? null,
    data: { ...event.data, distribution: snapshotOf(distribution, counts, allowed.to) },
  });
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
