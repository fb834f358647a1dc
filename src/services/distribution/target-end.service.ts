import { sql } from 'kysely';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import { TARGET_ENDED } from '../../domain/distribution/target-end.guards.js';
import { notFound } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import { isSilent } from '../../facts/distribution/target-end.facts.js';
import { expectVersion } from '../load.js';
import { optionalReason } from '../text.js';
import { demand } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { factsOfDistribution } from './distribution-attempt.service.js';
import type { DistributionCommandInput } from './distribution-command.service.js';
import { presentRun } from './distribution-control.service.js';
import { lockDistribution } from './distribution-run.service.js';
import { recordObservation } from './observation.service.js';

/** How long after its end a run whose last target a person ended is looked at again, in milliseconds. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Ends one target that the tool says nothing about, while its run goes on: it becomes UNKNOWN, never CANCELLED. Its
 * configuration item stays kept until the run ends, and what the tool or people report later still counts. The
 * distribution ends when no other target is left without a result.
 * @throws RequestError NOT_FOUND when the target is not one of the distribution.
 */
export async function distributionEndTarget(
  uow: UnitOfWork,
  input: DistributionCommandInput & { readonly targetExecutionId: string },
): Promise<Distribution> {
  const executionId = fromNodeId('TargetExecution', input.targetExecutionId, 'targetExecutionId');
  const held = await lockDistribution(uow, fromNodeId('Distribution', input.id, 'id'));
  const { distribution } = held;
  expectVersion(distribution, input.expectedVersion);
  const reason = optionalReason(input.reason) || '';
  const [target] = await uow.query<{ ciId: string; name: string; isSilent: boolean }>(sql`
    select e.ci_id as "ciId", n.name, ${isSilent(uow.now)} as "isSilent"
    from target_execution e
    join distribution d on d.id = e.distribution_id
    join configuration_item n on n.id = e.ci_id
    where e.id = ${executionId} and e.distribution_id = ${distribution.id}`);
  if (!target) throw notFound('TargetExecution', 'targetExecutionId');
  const { ciId, name } = target;
  demand(distributionMachine, distribution, 'distributionEndTarget', {
    ...(await factsOfDistribution(uow, distribution)),
    targetToEnd: { id: ciId, name, isSilent: target.isSilent },
    reasonGiven: reason !== '',
  });
  const run = await presentRun(uow, distribution);
  await recordObservation(
    uow,
    { ...held, run },
    {
      reports: [
        {
          ciId,
          state: 'UNKNOWN',
          nativeStatus: TARGET_ENDED,
          at: uow.now,
          reason: { code: TARGET_ENDED, message: reason, retryable: true },
          reportedById: uow.actorId,
          payload: { by: uow.actorId, state: 'UNKNOWN', at: uow.now.toISOString(), reason },
        },
      ],
      lookAgainAt: new Date(uow.now.getTime() + LOOK_AGAIN_MS),
    },
  );
  return distribution;
}
