import { defineEntity, p } from '@mikro-orm/core';
import { CI_RELATION_KINDS } from '../../domain/cmdb/configuration-item.machine.js';
import { createdAt, id } from '../columns.js';
import { ConfigurationItem } from './configuration-item.entity.js';

const CiRelationSchema = defineEntity({
  name: 'CiRelation',
  tableName: 'ci_relation',
  properties: {
    id: id(),
    sourceId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('source_id').deleteRule('restrict'),
    kind: p.enum(CI_RELATION_KINDS),
    targetId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('target_id').deleteRule('restrict'),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['sourceId', 'kind', 'targetId'] }],
  indexes: [{ properties: ['targetId'] }],
});

/** A typed, directed relation: source `kind` target, as in "web-1 RUNS_ON host-7". */
export class CiRelation extends CiRelationSchema.class {}
CiRelationSchema.setClass(CiRelation);
