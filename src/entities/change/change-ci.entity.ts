import { defineEntity, p } from '@mikro-orm/core';
import { CI_ROLES } from '../../domain/release/release-scope.js';
import { createdAt, id } from '../columns.js';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { Change } from './change.entity.js';

const ChangeCiSchema = defineEntity({
  name: 'ChangeCi',
  tableName: 'change_ci',
  properties: {
    id: id(),
    changeId: () => p.manyToOne(Change).mapToPk().fieldName('change_id').deleteRule('cascade'),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
    role: p.enum(CI_ROLES),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['changeId', 'role', 'ciId'] }],
  indexes: [{ properties: ['ciId'] }],
});

/** One source or target CI of a change. */
export class ChangeCi extends ChangeCiSchema.class {}
ChangeCiSchema.setClass(ChangeCi);
