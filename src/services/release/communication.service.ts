import { newId } from '../../database/new-id.js';
import { collectBlockers } from '../../domain/blocker.js';
import { refuse } from '../../domain/errors.js';
import { actorRunsTheRelease } from '../../domain/release/release-scope.js';
import { planFactsOf } from './release-plan.service.js';
import { fromNodeId } from '../../domain/node-id.js';
import { Release } from '../../entities/release/release.entity.js';
import { lock } from '../load.js';
import { line, text } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { Communication } from '../../entities/release/communication.entity.js';

/** Records a message to the stakeholders of a release. The state of the release stays as it is. @throws Refusal */
export async function communicationRecord(
  uow: UnitOfWork,
  input: { readonly releaseId: string; readonly audience: string; readonly message: string },
): Promise<Communication> {
  const release = await lock(uow, Release, 'Release', fromNodeId('Release', input.releaseId, 'releaseId'));
  refuse(collectBlockers([actorRunsTheRelease(planFactsOf(uow, release))]));
  const audience = line(input.audience, 'audience', { min: 1, max: 500 });
  const message = text(input.message, 'message', { min: 1 });
  const row = uow.em.create(Communication, {
    id: newId(),
    releaseId: release.id,
    audience,
    message,
    sentById: uow.actorId,
  });
  uow.record({
    type: 'communication.recorded',
    subjectType: 'Communication',
    subject: row,
    topics: [release.id],
    data: { audience, message, release: release.number },
  });
  return row;
}
