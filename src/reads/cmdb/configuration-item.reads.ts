import { sql } from 'kysely';
import type { CiRelationType, ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { column, defineEdge, defineRead } from '../model.js';
import { externalRefColumn } from '../external-ref.js';

/** How configuration items are read. */
export const configurationItemRead = defineRead<ConfigurationItemType>({
  type: 'ConfigurationItem',
  table: 'configuration_item',
  fields: [
    'number',
    'name',
    'description',
    'ciClass',
    'criticality',
    'state',
    'lifecycleState',
    'attributes',
    'bindings',
    'version',
    'createdAt',
    'updatedAt',
    'ownerTeamId',
  ],
  computed: { externalRef: externalRefColumn },
  order: {
    NAME: { column: column('name'), type: 'text' },
    NUMBER: { column: column('number'), type: 'text' },
    UPDATED_AT: { column: column('updatedAt'), type: 'timestamptz' },
  },
  filters: {
    number: { kind: 'text', column: column('number') },
    name: { kind: 'text', column: column('name') },
    ciClass: { kind: 'enum', column: column('ciClass') },
    criticality: { kind: 'enum', column: column('criticality') },
    state: { kind: 'enum', column: column('state') },
    lifecycleState: { kind: 'enum', column: column('lifecycleState') },
    ownerTeam: { kind: 'id', type: 'Team', column: column('ownerTeamId') },
    externalSource: { kind: 'text', column: column('externalSource') },
    externalKey: { kind: 'text', column: column('externalKey') },
  },
});

/** How relations between configuration items are read. */
export const ciRelationRead = defineRead<CiRelationType>({
  type: 'CiRelation',
  table: 'ci_relation',
  fields: ['kind', 'createdAt', 'sourceId', 'targetId'],
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
