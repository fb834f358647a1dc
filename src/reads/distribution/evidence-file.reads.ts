import { sql } from 'kysely';
import type { EvidenceFileType } from '../../schema/distribution/evidence-file.type.js';
import type { BatchRead } from '../reads.js';

/** The evidence of targets, oldest first. */
export const evidenceOfTargets: BatchRead<EvidenceFileType[]> = async (ids, db) => {
  const rows = await db.query<EvidenceFileType & { readonly target: string }>(sql`
    select f.target_execution_id as target, f.file_name as "fileName", f.media_type as "mediaType", b.digest,
      b.size::float8 as size, f.attempt, f.created_at as "addedAt", f.added_by_id as "addedById"
    from evidence_file f join media_blob b on b.id = f.media_id
    where f.target_execution_id = any(${ids}::uuid[])
    order by f.created_at, f.id`);
  const found = new Map<string, EvidenceFileType[]>(ids.map((id) => [id, []]));
  for (const { target, ...file } of rows) found.get(target)?.push(file);
  return found;
};
