import { sql } from 'kysely';
import { epochMs } from '../../database/expressions.js';
import type { Release } from '../../entities/release/release.entity.js';
import { ReleaseContent } from '../../entities/release/release-content.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';

interface BaselineRow {
  readonly id: string;
  readonly dmlItemVersionId: string;
  readonly addedById: string;
  readonly digestBefore: string | null;
  /** In milliseconds. */
  readonly atBefore: number | null;
  readonly digest: string | null;
}

/**
 * Freezes the digests of the package of a release: what is distributed later is compared with them.
 * @param onlyMissing whether contents that have a baseline keep it.
 */
export async function baselineContents(uow: UnitOfWork, release: Release, onlyMissing: boolean): Promise<void> {
  const rows = await uow.query<BaselineRow>(sql`
    update release_content c set baseline_digest = b.digest, baselined_at = ${uow.now}
    from release_content o
      join dml_item_version v on v.id = o.dml_item_version_id
      left join media_blob b on b.id = v.media_id
    where o.release_id = ${release.id} and c.id = o.id and (not ${onlyMissing} or o.baselined_at is null)
    returning c.id, c.dml_item_version_id as "dmlItemVersionId", c.added_by_id as "addedById",
      o.baseline_digest as "digestBefore", ${epochMs('o.baselined_at')} as "atBefore", c.baseline_digest as digest`);
  uow.wrote(
    ReleaseContent,
    rows.map(({ id, digestBefore, atBefore, digest, ...row }) => {
      const content = { ...row, releaseId: release.id };
      const baselinedAt = atBefore === null ? null : new Date(atBefore);
      return {
        id,
        before: { ...content, baselineDigest: digestBefore, baselinedAt },
        after: { ...content, baselineDigest: digest, baselinedAt: uow.now },
      };
    }),
  );
}
