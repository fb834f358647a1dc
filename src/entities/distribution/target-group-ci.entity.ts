import { defineEntity, p } from '@mikro-orm/core';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { id } from '../columns.js';
import { TargetGroup } from './target-group.entity.js';

const TargetGroupCiSchema = defineEntity({
  name: 'TargetGroupCi',
  tableName: 'target_group_ci',
  properties: {
    id: id(),
    targetGroupId: () => p.manyToOne(TargetGroup).mapToPk().fieldName('target_group_id').deleteRule('restrict'),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
  },
  uniques: [{ properties: ['targetGroupId', 'ciId'] }],
  indexes: [{ properties: ['ciId'] }],
});

/** A member of a target group. */
export class TargetGroupCi extends TargetGroupCiSchema.class {}
TargetGroupCiSchema.setClass(TargetGroupCi);
