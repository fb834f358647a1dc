import { LockMode } from '@mikro-orm/core';
import { decisionPointMachine } from '../../domain/distribution/decision-point.machine.js';
import type { Tripped } from '../../domain/distribution/wave.js';
import { toNodeId } from '../../domain/node-id.js';
import { DecisionPoint } from '../../entities/distribution/decision-point.entity.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { DistributionWave } from '../../entities/distribution/distribution-wave.entity.js';
import { decisionPointFacts } from '../../facts/distribution/decision-point.facts.js';
import { factsOf } from '../facts-of.js';
import { transition } from '../transition.js';
import { nextRetryOfWave } from './retry-policy.service.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Objects whose followers hear of a decision. */
export const topicsOfDecision = (decision: DecisionPoint, distribution: Distribution) => [
  distribution.id,
  distribution.releaseId,
  decision.waveId,
];

/**
 * Asks people what to do about a wave that has tripped. The default takes effect after the minutes of the plan. Where
 * the retry policy wants a retry, that is the default until its limit is reached.
 */
export async function openDecision(
  uow: UnitOfWork,
  distribution: Distribution,
  wave: DistributionWave,
  { trip, message }: Tripped,
): Promise<DecisionPoint> {
  const { decisionMinutes, decisionDefault, retryLimit } = distribution;
  const retry = await nextRetryOfWave(uow, distribution, wave);
  const decision = uow.em.create(DecisionPoint, {
    distributionId: distribution.id,
    waveId: wave.id,
    trip,
    message,
    defaultChoice: retry === null ? decisionDefault : 'RETRY',
    dueAt: retry?.at ?? (decisionMinutes == null ? null : new Date(uow.now.getTime() + decisionMinutes * 60_000)),
  });
  uow.record({
    type: 'decision-point.opened',
    subjectType: 'DecisionPoint',
    subject: decision,
    topics: topicsOfDecision(decision, distribution),
    reason: message,
    data: {
      distribution: toNodeId('Distribution', distribution.id),
      wave: toNodeId('DistributionWave', wave.id),
      ...(retry && { retry: { count: retry.count, limit: retryLimit, at: retry.at.toISOString() } }),
    },
  });
  await uow.em.flush();
  return decision;
}

/** Withdraws the open decision of a distribution, if there is one: a person has ended the rollout without it. */
export async function withdrawDecision(
  uow: UnitOfWork,
  distribution: Distribution,
  reason: string | null,
): Promise<void> {
  const decision = await uow.em.findOne(
    DecisionPoint,
    { distributionId: distribution.id, state: 'OPEN' },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (decision === null) return;
  transition(
    uow,
    decisionPointMachine,
    decision,
    'decisionPointWithdraw',
    await factsOf(uow, decisionPointFacts, 'DecisionPoint', decision),
    {
      type: 'decision-point.withdrawn',
      subjectType: 'DecisionPoint',
      topics: topicsOfDecision(decision, distribution),
      reason,
    },
  );
}
