import { ReleaseChangeType } from '../../schema/release/release-change.type.js';
import { sql } from 'kysely';
import { changeRead } from '../change/change.reads.js';
import { defineEdge, defineRead } from '../model.js';

/** How memberships of changes in releases are read. */
export const releaseChangeRead = defineRead<ReleaseChangeType>({
  type: 'ReleaseChange',
  table: 'release_change',
  of: ReleaseChangeType,
  keys: ['releaseId', 'changeId', 'addedById'],
});

const newestFirst = [{ field: 'ID', direction: 'DESC' }] as const;

/** Changes that belong to a release now. */
export const changesOfRelease = defineEdge({
  name: 'Release.changes',
  model: changeRead,
  join: sql`join release_change x on x.change_id = t.id and x.live`,
  on: sql`x.release_id = p.id`,
});

/** Every change that belongs or belonged to a release. */
export const changeHistoryOfRelease = defineEdge({
  name: 'Release.changeHistory',
  model: releaseChangeRead,
  on: sql`t.release_id = p.id`,
  defaultOrder: newestFirst,
});

/** Every release that a change belongs or belonged to. */
export const releaseHistoryOfChange = defineEdge({
  name: 'Change.releaseHistory',
  model: releaseChangeRead,
  on: sql`t.change_id = p.id`,
  defaultOrder: newestFirst,
});
