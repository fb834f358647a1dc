import type { DistributionFacts } from '../../domain/distribution/distribution.guards.js';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import type { DistributionCommand } from '../../domain/distribution/distribution.state.js';
import { decide } from '../../domain/state-machine.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import { snapshotOf } from './distribution-event.js';
import { countTargetStates } from './target-execution.service.js';
import { transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** What is said about a move of a distribution. */
export interface MoveEvent {
  readonly type: string;
  readonly reason?: string | null;
  readonly data?: Record<string, unknown>;
}

/**
 * Moves a distribution by a command and records the event with a snapshot of its progress.
 * @throws Refusal when the machine does not allow it; then nothing has changed.
 */
export async function moveDistribution(
  uow: UnitOfWork,
  distribution: Distribution,
  command: DistributionCommand,
  facts: DistributionFacts,
  event: MoveEvent,
): Promise<void> {
  const counts = await countTargetStates(uow, distribution.id);
  const decision = decide(distributionMachine, distribution.state, command, facts);
  transition(uow, distributionMachine, distribution, command, facts, {
    type: event.type,
    subjectType: 'Distribution',
    topics: [distribution.releaseId],
    reason: event.reason ?? null,
    data: {
      ...event.data,
      distribution: snapshotOf(distribution, counts, decision.ok ? decision.to : distribution.state),
    },
  });
}

/** Facts for commands of the server itself that no rule guards: the rows of the machine look at none of them. */
export const UNGUARDED = {} as DistributionFacts;
