import { sql } from 'kysely';
import type { JsonObject } from '../../adapters/adapter.js';
import type { Release } from '../../entities/release/release.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { ReturnChoice } from './distribution-choice.service.js';

/** One DML item version of a package. */
export interface PackageContent {
  readonly id: string;
  readonly itemId: string;
  /** Item and label, for messages. */
  readonly name: string;
  readonly itemName: string;
  readonly label: string;
  /** Null for items without media. */
  readonly digest: string | null;
  readonly size: number | null;
  readonly fileName: string | null;
  readonly mediaType: string | null;
  readonly binding: JsonObject;
}

// The media are those of `m`, which the statement around it chooses.
const contentColumns = (tool: string) => sql`
  v.id, i.id as "itemId", i.name || ' ' || v.label as name, i.name as "itemName", v.label,
  m.digest, m.size::float8 as size, v.file_name as "fileName", v.media_type as "mediaType",
  coalesce(v.bindings->${tool}, '{}') as binding`;

/** DML item versions with their media and what a tool needs to know about them, in id order. */
async function gatherContents(uow: UnitOfWork, versionIds: readonly string[], tool: string): Promise<PackageContent[]> {
  return await uow.query<PackageContent>(sql`
    select ${contentColumns(tool)}
    from dml_item_version v
    join dml_item i on i.id = v.item_id
    left join media_blob m on m.id = v.media_id
    where v.id = any(${versionIds}::uuid[]) order by v.id`);
}

/**
 * DML item versions as a release delivered them, like {@link gatherContents}: with the media of the last distribution
 * that began to do something with them, as nobody may know yet how that ended. Who takes a version back names the bytes
 * that are there, whatever the library says by now. A version that was never delivered has the media of today.
 */
async function deliveredContents(
  uow: UnitOfWork,
  releaseId: string,
  versionIds: readonly string[],
  tool: string,
): Promise<PackageContent[]> {
  return await uow.query<PackageContent>(sql`
    select ${contentColumns(tool)}
    from dml_item_version v
    join dml_item i on i.id = v.item_id
    left join media_blob today on today.id = v.media_id
    left join lateral (
      select c.digest from distribution_content c
      join distribution d on d.id = c.distribution_id
      where c.dml_item_version_id = v.id and d.release_id = ${releaseId}
        and d.operation in ('INSTALL', 'REMOVE') and d.started_at is not null
      order by d.started_at desc, d.id desc limit 1
    ) there on true
    left join media_blob m on m.digest = coalesce(there.digest, today.digest)
    where v.id = any(${versionIds}::uuid[]) order by v.id`);
}

/**
 * What a distribution was planned with, like {@link gatherContents}: with the media of that time. A back-out has to
 * name what was delivered, whatever the library says by now.
 */
export async function plannedContents(
  uow: UnitOfWork,
  distributionId: string,
  tool: string,
): Promise<PackageContent[]> {
  return await uow.query<PackageContent>(sql`
    select ${contentColumns(tool)}
    from distribution_content c
    join dml_item_version v on v.id = c.dml_item_version_id
    join dml_item i on i.id = v.item_id
    left join media_blob m on m.digest = c.digest
    where c.distribution_id = ${distributionId} order by v.id`);
}

/**
 * The DML item versions that a distribution of a release is planned with, in id order: as the library has them, and as
 * they were delivered where the release takes them back.
 * @param choice what can be taken back; undefined while the release delivers.
 * @param tool name of the tool whose bindings are asked for.
 */
export const packageContents = async (
  uow: UnitOfWork,
  release: Release,
  choice: ReturnChoice | undefined,
  ids: readonly string[],
  tool: string,
): Promise<PackageContent[]> =>
  choice === undefined ? await gatherContents(uow, ids, tool) : await deliveredContents(uow, release.id, ids, tool);
