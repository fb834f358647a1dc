import { CiRelationType } from '../../schema/cmdb/ci-relation.type.js';
import { sql } from 'kysely';
import { defineEdge, defineRead } from '../model.js';

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
