import { sql } from 'kysely';
import { targetGroupList, TargetGroupType } from '../../schema/distribution/target-group.type.js';
import { configurationItemRead } from '../cmdb/configuration-item.reads.js';
import { defineEdge, defineRead } from '../model.js';

/** How target groups are read. */
export const targetGroupRead = defineRead<TargetGroupType>({
  list: targetGroupList,
  type: 'TargetGroup',
  table: 'target_group',
  of: TargetGroupType,
  filters: {
    member: {
      kind: 'related',
      of: 'id',
      type: 'ConfigurationItem',
      column: sql`m.ci_id`,
      exists: (condition) =>
        sql`exists (select 1 from target_group_ci m where m.target_group_id = t.id and ${condition})`,
    },
  },
});

/** Members of a target group, by name. */
export const membersOfTargetGroup = defineEdge({
  name: 'TargetGroup.members',
  model: configurationItemRead,
  join: sql`join target_group_ci m on m.ci_id = t.id`,
  on: sql`m.target_group_id = p.id`,
  defaultOrder: [{ field: 'NAME', direction: 'ASC' }],
});
