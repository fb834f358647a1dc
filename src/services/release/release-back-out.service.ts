import { Release } from '../../entities/release/release.entity.js';
import { releaseDeliveries, type ReleaseDelivery } from '../../facts/distribution/delivery.facts.js';
import { lockForCommand } from '../load.js';
import { optionalReason } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { releaseCommand, type ReleaseCommandInput } from './release-command.service.js';

/** What stays, as the event tells it. */
const residualOf = (reason: string, { leftInAll, leftTargets }: ReleaseDelivery) => ({
  reason,
  targets: leftTargets,
  distributions: leftInAll.map(({ name, targets, targetNames }) => ({ distribution: name, targets, targetNames })),
});

/**
 * Records that everything the release delivered was returned. What stays is recorded as residual, with the reason that
 * the owner gives.
 * @throws Refusal naming each distribution of which something is left, when no reason is given.
 */
export async function releaseCompleteBackOut(
  uow: UnitOfWork,
  input: ReleaseCommandInput & { readonly residualReason?: string | null },
): Promise<Release> {
  const release = await lockForCommand(uow, Release, 'Release', input);
  const given = optionalReason(input.residualReason, 'residualReason');
  const delivery = (await releaseDeliveries(uow, [release.id])).get(release.id);
  const stays = given !== null && delivery !== undefined && delivery.left.length > 0;
  // The guards ask who decides; where they refuse, the transaction takes this back.
  const facts = { leftByDistributions: delivery?.left ?? [], residualGiven: given !== null };
  if (!stays)
    return await releaseCommand(uow, release.id, 'releaseCompleteBackOut', { reason: input.reason ?? null }, facts);
  Object.assign(release, {
    residualReason: given,
    residualById: uow.actorId,
    residualAt: uow.now,
    residualTargets: delivery.leftTargets,
  });
  const event = { reason: input.reason ?? null, data: { residual: residualOf(given, delivery) } };
  return await releaseCommand(uow, release.id, 'releaseCompleteBackOut', event, facts);
}
