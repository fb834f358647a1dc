import { dmlItemVersionList, DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { sql } from 'kysely';
import { defineEdge, defineRead } from '../model.js';
import { releaseRead } from '../release/release.reads.js';

/** How media versions are read. */
export const dmlItemVersionRead = defineRead<DmlItemVersionType>({
  list: dmlItemVersionList,
  type: 'DmlItemVersion',
  table: 'dml_item_version',
  of: DmlItemVersionType,
  keys: ['itemId', 'mediaId', 'authorId', 'uploadedById', 'authorisedById'],
  filters: {
    repository: {
      kind: 'id',
      type: 'DmlRepository',
      column: sql`(select i.repository_id from dml_item i where i.id = t.item_id)`,
    },
    digest: { kind: 'text', column: sql`(select b.digest from media_blob b where b.id = t.media_id)` },
    release: {
      kind: 'related',
      of: 'id',
      type: 'Release',
      column: sql`x.release_id`,
      exists: (condition) =>
        sql`exists (select from release_content x where x.dml_item_version_id = t.id and ${condition})`,
    },
  },
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

/** Releases whose package contains a version. */
export const releasesOfVersion = defineEdge({
  name: 'DmlItemVersion.releases',
  model: releaseRead,
  join: sql`join release_content x on x.release_id = t.id`,
  on: sql`x.dml_item_version_id = p.id`,
});
