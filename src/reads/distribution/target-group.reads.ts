import { sql } from 'kysely';
import type { PageInput } from '../../domain/list.js';
import { groupConditions, ofParent } from '../../facts/distribution/target-choice.facts.js';
import type { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { targetGroupList, TargetGroupType } from '../../schema/distribution/target-group.type.js';
import { configurationItemRead } from '../cmdb/configuration-item.reads.js';
import { defineEdge, defineRead, type ManyEdge } from '../model.js';
import type { Page } from '../page.js';
import type { BatchRead, Reads } from '../reads.js';

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

const listedMembers = defineEdge({
  name: 'TargetGroup.members',
  model: configurationItemRead,
  join: sql`join target_group_ci m on m.ci_id = t.id`,
  on: sql`m.target_group_id = p.id`,
  defaultOrder: [{ field: 'NAME', direction: 'ASC' }],
});

// The groups that are asked for at the same time share one edge, so that their pages come in one statement.
const foundMembers: BatchRead<ManyEdge<ConfigurationItemType>> = async (ids, db) => {
  const edge = defineEdge({
    name: `TargetGroup.members ${ids.join(' ')}`,
    model: configurationItemRead,
    on: ofParent(await groupConditions(db, ids)),
    defaultOrder: [{ field: 'NAME', direction: 'ASC' }],
  });
  return new Map(ids.map((id) => [id, edge]));
};

/** A page of the members of a target group, by name: the listed ones, or what its filter finds now. */
export async function membersOfTargetGroup(
  reads: Reads,
  { id, filter }: Pick<TargetGroupType, 'id' | 'filter'>,
  page: PageInput,
): Promise<Page<ConfigurationItemType>> {
  const found = filter === null ? null : await reads.batch('targetGroup.found', foundMembers, id);
  return await reads.edge(found ?? listedMembers, id, page);
}
