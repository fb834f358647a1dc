import { sql } from 'kysely';
import { versionPinList, VersionPinType } from '../../schema/cmdb/version-pin.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How pins are read. */
export const versionPinRead = defineRead<VersionPinType>({
  list: versionPinList,
  type: 'VersionPin',
  table: 'version_pin',
  of: VersionPinType,
  keys: ['ciId', 'dmlItemVersionId', 'distributionId', 'pinnedById', 'liftedById'],
});

const newestFirst = [{ field: 'PINNED_AT', direction: 'DESC' }] as const;

/** Pins that are or were in force on a configuration item, newest first. */
export const ciVersionPins = defineEdge({
  name: 'ConfigurationItem.versionPins',
  model: versionPinRead,
  on: sql`t.ci_id = p.id`,
  defaultOrder: newestFirst,
});

/** Pins that keep or kept a version away, newest first. */
export const pinsOfVersion = defineEdge({
  name: 'DmlItemVersion.pins',
  model: versionPinRead,
  on: sql`t.dml_item_version_id = p.id`,
  defaultOrder: newestFirst,
});
