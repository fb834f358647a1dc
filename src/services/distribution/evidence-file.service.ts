import { sql } from 'kysely';
import { notFound, RequestError } from '../../domain/errors.js';
import { toNodeId } from '../../domain/node-id.js';
import { EvidenceFile } from '../../entities/distribution/evidence-file.entity.js';
import type { StagedMedia } from '../library/media-store.port.js';
import { recordBlob } from '../library/media.service.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { recordDistributionEvent } from './distribution-event.js';
import { lockDistribution } from './distribution-run.service.js';
import { countTargetStates } from './target-state.service.js';

/** Maximum size of one file, in bytes. */
export const MAX_EVIDENCE_BYTES = 104_857_600;

/** Maximum number of files of one target. */
export const MAX_EVIDENCE_FILES = 50;

/** What came with the bytes of a file. */
export interface EvidenceDetails {
  /** Database id of the target execution. */
  readonly targetExecutionId: string;
  readonly fileName: string | null;
  readonly mediaType: string;
}

/**
 * Adds a file to the evidence of a target, in the latest attempt. The same bytes again change nothing.
 * @throws RequestError NOT_FOUND, CONFLICT before the first attempt, LIMIT_EXCEEDED with the 51st file
 */
export async function addEvidence(
  uow: UnitOfWork,
  { targetExecutionId, fileName, mediaType }: EvidenceDetails,
  staged: StagedMedia,
): Promise<{ readonly id: string; readonly replayed: boolean }> {
  const [target] = await uow.query<{ distribution: string }>(sql`
    select distribution_id as distribution from target_execution where id = ${targetExecutionId}`);
  if (target === undefined) throw notFound('TargetExecution');
  const { distribution } = await lockDistribution(uow, target.distribution);
  const [now] = await uow.query<{ attempt: number; files: number; known: boolean; ci: string; ciName: string }>(sql`
    select e.attempt, c.id as ci, c.name as "ciName",
      (select count(*)::int from evidence_file f where f.target_execution_id = e.id) as files,
      exists (select 1 from evidence_file f join media_blob b on b.id = f.media_id
        where f.target_execution_id = e.id and b.digest = ${staged.digest}) as known
    from target_execution e join configuration_item c on c.id = e.ci_id where e.id = ${targetExecutionId}`);
  // A new plan may have taken the target out meanwhile.
  if (now === undefined) throw notFound('TargetExecution');
  const { attempt, files, known, ci, ciName } = now;
  if (attempt === 0)
    throw new RequestError('CONFLICT', 'Nothing has been delivered to this target yet, so there is nothing to show.');
  // Also for a file that is known: its stored bytes may have been damaged since.
  const mediaId = await recordBlob(uow, staged);
  if (known) return { id: targetExecutionId, replayed: true };
  if (files >= MAX_EVIDENCE_FILES)
    throw new RequestError('LIMIT_EXCEEDED', `A target has at most ${MAX_EVIDENCE_FILES} files of evidence.`, {
      max: MAX_EVIDENCE_FILES,
    });
  uow.em.create(EvidenceFile, {
    targetExecutionId,
    mediaId,
    attempt,
    fileName,
    mediaType,
    addedById: uow.actorId,
    createdAt: uow.now,
  });
  recordDistributionEvent(
    uow,
    distribution,
    'distribution.evidence-added',
    await countTargetStates(uow, distribution.id),
    {
      data: {
        targetExecution: toNodeId('TargetExecution', targetExecutionId),
        item: { id: toNodeId('ConfigurationItem', ci), name: ciName },
        attempt,
        digest: staged.digest,
        size: staged.size,
        fileName,
      },
    },
  );
  return { id: targetExecutionId, replayed: false };
}
