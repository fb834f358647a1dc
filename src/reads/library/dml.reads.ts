import { sql } from 'kysely';
import type { DmlItemType } from '../../schema/library/dml-item.type.js';
import type { DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import type { DmlRepositoryType } from '../../schema/library/dml-repository.type.js';
import type { MediaBlobType } from '../../schema/library/media-blob.type.js';
import { externalRefColumn } from '../external-ref.js';
import { column, defineEdge, defineRead } from '../model.js';
import { releaseRead } from '../release/release.reads.js';

/** How repositories of the DML are read. */
export const dmlRepositoryRead = defineRead<DmlRepositoryType>({
  type: 'DmlRepository',
  table: 'dml_repository',
  fields: ['number', 'name', 'description', 'location', 'version', 'createdAt', 'updatedAt', 'deploymentToolId'],
  order: {
    NAME: { column: column('name'), type: 'text' },
    UPDATED_AT: { column: column('updatedAt'), type: 'timestamptz' },
  },
  filters: {
    number: { kind: 'text', column: column('number') },
    name: { kind: 'text', column: column('name') },
    location: { kind: 'text', column: column('location') },
    deploymentTool: { kind: 'id', type: 'DeploymentTool', column: column('deploymentToolId') },
  },
});

/** How DML items are read. */
export const dmlItemRead = defineRead<DmlItemType>({
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
  order: {
    NAME: { column: column('name'), type: 'text' },
    NUMBER: { column: column('number'), type: 'text' },
    UPDATED_AT: { column: column('updatedAt'), type: 'timestamptz' },
  },
  filters: {
    number: { kind: 'text', column: column('number') },
    name: { kind: 'text', column: column('name') },
    kind: { kind: 'enum', column: column('kind') },
    vendor: { kind: 'text', column: column('vendor') },
    licence: { kind: 'text', column: column('licence') },
    repository: { kind: 'id', type: 'DmlRepository', column: column('repositoryId') },
    configurationItem: { kind: 'id', type: 'ConfigurationItem', column: column('configurationItemId') },
    externalSource: { kind: 'text', column: column('externalSource') },
    externalKey: { kind: 'text', column: column('externalKey') },
  },
});

/** How media versions are read. */
export const dmlItemVersionRead = defineRead<DmlItemVersionType>({
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
  order: {
    LABEL: { column: column('label'), type: 'text' },
    NUMBER: { column: column('number'), type: 'text' },
    UPDATED_AT: { column: column('updatedAt'), type: 'timestamptz' },
  },
  filters: {
    number: { kind: 'text', column: column('number') },
    label: { kind: 'text', column: column('label') },
    state: { kind: 'enum', column: column('state') },
    item: { kind: 'id', type: 'DmlItem', column: column('itemId') },
    repository: {
      kind: 'id',
      type: 'DmlRepository',
      column: sql`(select i.repository_id from dml_item i where i.id = t.item_id)`,
    },
    digest: { kind: 'text', column: sql`(select b.digest from media_blob b where b.id = t.media_id)` },
    author: { kind: 'id', type: 'Person', column: column('authorId') },
    authorisedBy: { kind: 'id', type: 'Person', column: column('authorisedById') },
    release: {
      kind: 'related',
      type: 'Release',
      column: sql`x.release_id`,
      exists: (condition) =>
        sql`exists (select from release_content x where x.dml_item_version_id = t.id and ${condition})`,
    },
    authorisedAt: { kind: 'instant', column: column('authorisedAt') },
  },
});

/** How stored media are read. */
export const mediaBlobRead = defineRead<MediaBlobType>({
  type: 'MediaBlob',
  table: 'media_blob',
  fields: ['digest', 'size', 'createdAt', 'verifiedAt', 'checkedAt', 'problem'],
  computed: { url: sql`'/media/' || t.digest` },
  order: {
    SIZE: { column: column('size'), type: 'bigint' },
    DIGEST: { column: column('digest'), type: 'text' },
  },
  filters: {
    digest: { kind: 'text', column: column('digest') },
    problem: { kind: 'enum', column: column('problem') },
    damaged: {
      kind: 'custom',
      where: (damaged: boolean) => (damaged ? sql`t.problem is not null` : sql`t.problem is null`),
    },
    verifiedAt: { kind: 'instant', column: column('verifiedAt') },
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
