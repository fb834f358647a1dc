import {
  ReleaseChangeType,
  releaseCiList,
  ReleaseCiType,
  ReleaseContentType,
} from '../../schema/release/release-ci.type.js';
import { sql } from 'kysely';
import { changeRead } from '../change/change.reads.js';
import { configurationItemRead } from '../cmdb/configuration-item.reads.js';
import { defineEdge, defineRead } from '../model.js';

/** How memberships of changes in releases are read. */
export const releaseChangeRead = defineRead<ReleaseChangeType>({
  type: 'ReleaseChange',
  table: 'release_change',
  of: ReleaseChangeType,
  keys: ['releaseId', 'changeId', 'addedById'],
});

/** How the contributions of configuration items to a release are read. */
export const releaseCiRead = defineRead<ReleaseCiType>({
  list: releaseCiList,
  type: 'ReleaseCi',
  table: 'release_ci',
  of: ReleaseCiType,
  keys: ['releaseId', 'ciId', 'viaChangeId', 'addedById'],
});

/** How the content of a release package is read. */
export const releaseContentRead = defineRead<ReleaseContentType>({
  type: 'ReleaseContent',
  table: 'release_content',
  of: ReleaseContentType,
  keys: ['releaseId', 'dmlItemVersionId', 'addedById'],
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

/** The scope of a release with its provenance: one row per contribution. */
export const scopeOfRelease = defineEdge({ name: 'Release.scope', model: releaseCiRead, on: sql`t.release_id = p.id` });

/** Configuration items that a release acts on, each once. */
export const targetCisOfRelease = defineEdge({
  name: 'Release.targetCis',
  model: configurationItemRead,
  on: sql`t.id in (select x.ci_id from release_ci x where x.release_id = p.id and x.role = 'TARGET')`,
});

/** Configuration items that supply content to a release, each once. */
export const sourceCisOfRelease = defineEdge({
  name: 'Release.sourceCis',
  model: configurationItemRead,
  on: sql`t.id in (select x.ci_id from release_ci x where x.release_id = p.id and x.role = 'SOURCE')`,
});

/** The package of a release. */
export const contentsOfRelease = defineEdge({
  name: 'Release.contents',
  model: releaseContentRead,
  on: sql`t.release_id = p.id`,
});
