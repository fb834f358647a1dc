import { sql } from 'kysely';
import { WaiverType } from '../../schema/release/waiver.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How waivers are read. */
export const waiverRead = defineRead<WaiverType>({
  type: 'Waiver',
  table: 'waiver',
  of: WaiverType,
  keys: ['releaseId', 'grantedById', 'revokedById', 'subjectType', 'subjectId'],
});

/** The waivers of a release, oldest first. */
export const waiversOfRelease = defineEdge({
  name: 'Release.waivers',
  model: waiverRead,
  on: sql`t.release_id = p.id`,
});
