import { mediaBlobList, type MediaBlobType } from '../../schema/library/media-blob.type.js';
import { dmlRepositoryList, type DmlRepositoryType } from '../../schema/library/dml-repository.type.js';
import { dmlItemList, type DmlItemType } from '../../schema/library/dml-item.type.js';
import { dmlItemVersionList, type DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { sql } from 'kysely';
import { externalRefColumn } from '../external-ref.js';
import { column, defineEdge, defineRead } from '../model.js';
import { releaseRead } from '../release/release.reads.js';

/** How repositories of the DML are read. */
export const dmlRepositoryRead = defineRead<DmlRepositoryType>({
  list: dmlRepositoryList,
  type: 'DmlRepository',
  table: 'dml_repository',
  fields: ['number', 'name', 'description', 'location', 'version', 'createdAt', 'updatedAt', 'deploymentToolId'],
});

/** How DML items are read. */
export const dmlItemRead = defineRead<DmlItemType>({
  list: dmlItemList,
  type: 'DmlItem',
  table: 'dml_item',
  fields: [
    'number',
    'name',
    'description',
    'kind',
    'vendor',
    'licence',
    'version',
    'createdAt',
    'updatedAt',
    'repositoryId',
    'configurationItemId',
  ],
  computed: { externalRef: externalRefColumn },
});

/** How media versions are read. */
export const dmlItemVersionRead = defineRead<DmlItemVersionType>({
  list: dmlItemVersionList,
  type: 'DmlItemVersion',
  table: 'dml_item_version',
  fields: [
    'number',
    'label',
    'state',
    'stateReason',
    'source',
    'claimedDigest',
    'fileName',
    'mediaType',
    'bindings',
    'verifiedAt',
    'authorisedAt',
    'version',
    'createdAt',
    'updatedAt',
    'itemId',
    'mediaId',
    'authorId',
    'uploadedById',
    'authorisedById',
  ],
  filters: {
    repository: {
      kind: 'id',
      type: 'DmlRepository',
      column: sql`(select i.repository_id from dml_item i where i.id = t.item_id)`,
    },
    digest: { kind: 'text', column: sql`(select b.digest from media_blob b where b.id = t.media_id)` },
    release: {
      kind: 'related',
      type: 'Release',
      column: sql`x.release_id`,
      exists: (condition) =>
        sql`exists (select from release_content x where x.dml_item_version_id = t.id and ${condition})`,
    },
  },
});

/** How stored media are read. */
export const mediaBlobRead = defineRead<MediaBlobType>({
  list: mediaBlobList,
  type: 'MediaBlob',
  table: 'media_blob',
  fields: ['digest', 'size', 'createdAt', 'verifiedAt', 'checkedAt', 'problem'],
  computed: { url: sql`'/media/' || t.digest` },
  order: { SIZE: { column: column('size'), type: 'bigint' } },
  filters: {
    damaged: {
      kind: 'custom',
      where: (damaged: boolean) => (damaged ? sql`t.problem is not null` : sql`t.problem is null`),
    },
  },
});

/** Items of a repository. */
export const itemsOfRepository = defineEdge({
  name: 'DmlRepository.items',
  model: dmlItemRead,
  on: sql`t.repository_id = p.id`,
});

/** Versions of an item. */
export const versionsOfItem = defineEdge({
  name: 'DmlItem.versions',
  model: dmlItemVersionRead,
  on: sql`t.item_id = p.id`,
});

/** Versions that share the same bytes. */
export const versionsOfMedia = defineEdge({
  name: 'MediaBlob.versions',
  model: dmlItemVersionRead,
  on: sql`t.media_id = p.id`,
});

/** DML items that a configuration item stands for. */
export const dmlItemsOfConfigurationItem = defineEdge({
  name: 'ConfigurationItem.dmlItems',
  model: dmlItemRead,
  on: sql`t.configuration_item_id = p.id`,
});

/** Releases whose package contains a version. */
export const releasesOfVersion = defineEdge({
  name: 'DmlItemVersion.releases',
  model: releaseRead,
  join: sql`join release_content x on x.release_id = t.id`,
  on: sql`x.dml_item_version_id = p.id`,
});
