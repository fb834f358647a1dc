import { ReleaseContentType } from '../../schema/release/release-content.type.js';
import { sql } from 'kysely';
import { defineEdge, defineRead } from '../model.js';

/** How the content of a release package is read. */
export const releaseContentRead = defineRead<ReleaseContentType>({
  type: 'ReleaseContent',
  table: 'release_content',
  of: ReleaseContentType,
  keys: ['releaseId', 'dmlItemVersionId', 'addedById'],
});

/** The package of a release. */
export const contentsOfRelease = defineEdge({
  name: 'Release.contents',
  model: releaseContentRead,
  on: sql`t.release_id = p.id`,
});
