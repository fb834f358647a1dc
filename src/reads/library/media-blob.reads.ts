import { mediaBlobList, MediaBlobType } from '../../schema/library/media-blob.type.js';
import { sql } from 'kysely';
import { column, defineRead } from '../model.js';

/** How stored media are read. */
export const mediaBlobRead = defineRead<MediaBlobType>({
  list: mediaBlobList,
  type: 'MediaBlob',
  table: 'media_blob',
  of: MediaBlobType,
  computed: { url: sql`'/media/' || t.digest` },
  order: { SIZE: { column: column('size'), type: 'bigint' } },
  filters: {
    damaged: {
      kind: 'custom',
      where: (damaged: boolean) => (damaged ? sql`t.problem is not null` : sql`t.problem is null`),
    },
  },
});
