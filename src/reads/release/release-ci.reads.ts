import { releaseCiList, ReleaseCiType } from '../../schema/release/release-ci.type.js';
import { sql } from 'kysely';
import { configurationItemRead } from '../cmdb/configuration-item.reads.js';
import { defineEdge, defineRead } from '../model.js';

/** How the contributions of configuration items to a release are read. */
export const releaseCiRead = defineRead<ReleaseCiType>({
  list: releaseCiList,
  type: 'ReleaseCi',
  table: 'release_ci',
  of: ReleaseCiType,
  keys: ['releaseId', 'ciId', 'viaChangeId', 'addedById'],
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
