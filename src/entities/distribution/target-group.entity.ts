import { defineEntity, p } from '@mikro-orm/core';
import type { KeptFilter } from '../../domain/distribution/target-choice.js';
import { TARGET_GROUP_STATES } from '../../domain/distribution/target-group.machine.js';
import { id, mutable, oneName } from '../columns.js';

const TargetGroupSchema = defineEntity({
  name: 'TargetGroup',
  tableName: 'target_group',
  properties: {
    id: id(),
    name: p.text().unique(),
    description: p.text().default(''),
    filter: p.json<KeptFilter>().nullable(),
    maxTargetsAtOnce: p.integer().nullable(),
    state: p.enum(TARGET_GROUP_STATES).default('ACTIVE'),
    ...mutable(),
  },
  uniques: [oneName('target_group', ['name'])],
});

/**
 * A named set of configuration items that distributions can be planned for. Its members are what its filter finds or,
 * without one, in target_group_ci.
 */
export class TargetGroup extends TargetGroupSchema.class {}
TargetGroupSchema.setClass(TargetGroup);
