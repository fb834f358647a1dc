import { defineEntity, p } from '@mikro-orm/core';
import { MEDIA_PROBLEMS } from '../../domain/library/media.js';
import { createdAt, id } from '../columns.js';

const MediaBlobSchema = defineEntity({
  name: 'MediaBlob',
  tableName: 'media_blob',
  properties: {
    id: id(),
    digest: p.text().unique(),
    size: p.bigint('number'),
    createdAt: createdAt(),
    verifiedAt: p.datetime().nullable(),
    checkedAt: p.datetime().nullable(),
    problem: p.enum(MEDIA_PROBLEMS).nullable(),
  },
  indexes: [{ properties: ['checkedAt', 'id'] }],
});

/**
 * Bytes stored under their SHA-256 (lower-case hex); several versions can share one blob. `verifiedAt` is the last time
 * the stored bytes matched the digest, `checkedAt` the last check, `problem` what that check found wrong.
 */
export class MediaBlob extends MediaBlobSchema.class {}

MediaBlobSchema.setClass(MediaBlob);
