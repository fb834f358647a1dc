import {
  CiRelationType,
  configurationItemList,
  ConfigurationItemType,
} from '../../schema/cmdb/configuration-item.type.js';
import { sql } from 'kysely';
import { defineEdge, defineRead } from '../model.js';
import { externalRefColumn } from '../external-ref.js';

/** How configuration items are read. */
export const configurationItemRead = defineRead<ConfigurationItemType>({
  list: configurationItemList,
  type: 'ConfigurationItem',
  table: 'configuration_item',
  of: ConfigurationItemType,
  keys: ['ownerTeamId'],
  computed: { externalRef: externalRefColumn },
});

/** How relations between configuration items are read. */
export const ciRelationRead = defineRead<CiRelationType>({
  type: 'CiRelation',
  table: 'ci_relation',
  of: CiRelationType,
  keys: ['sourceId', 'targetId'],
});

/** Relations that start from a configuration item. */
export const outgoingRelations = defineEdge({
  name: 'ConfigurationItem.outgoing',
  model: ciRelationRead,
  on: sql`t.source_id = p.id`,
});

/** Relations that lead to a configuration item. */
export const incomingRelations = defineEdge({
  name: 'ConfigurationItem.incoming',
  model: ciRelationRead,
  on: sql`t.target_id = p.id`,
});
