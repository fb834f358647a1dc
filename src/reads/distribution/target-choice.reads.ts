import { sql } from 'kysely';
import type { PageInput } from '../../domain/list.js';
import { choiceConditions, ofParent } from '../../facts/distribution/target-choice.facts.js';
import type { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { configurationItemRead } from '../cmdb/configuration-item.reads.js';
import { defineEdge, type ManyEdge } from '../model.js';
import type { Page } from '../page.js';
import type { BatchRead, Reads } from '../reads.js';
import { targetGroupRead } from './target-group.reads.js';

interface TargetChangeEdges {
  readonly joined: ManyEdge<ConfigurationItemType>;
  readonly left: ManyEdge<ConfigurationItemType>;
}

const ofRelease = sql`t.id in (
  select s.ci_id from release_ci s join distribution d on d.release_id = s.release_id
  where d.id = p.id and s.role = 'TARGET')`;

const ofDistribution = sql`t.id in (select e.ci_id from target_execution e where e.distribution_id = p.id)`;

// The distributions that are asked for at the same time share their edges, so that their pages come in one statement.
const targetChanges: BatchRead<TargetChangeEdges> = async (ids, db) => {
  const conditions = await choiceConditions(db, ids);
  const edge = (name: string, on: typeof ofRelease) =>
    defineEdge({
      name: `TargetChanges.${name} ${ids.join(' ')}`,
      model: configurationItemRead,
      on,
      defaultOrder: [{ field: 'NAME', direction: 'ASC' }],
    });
  const kept = [...conditions.keys()];
  const edges = {
    joined: edge('joined', sql`${ofRelease} and not ${ofDistribution} and ${ofParent(conditions)}`),
    left: edge(
      'left',
      sql`p.id = any(${kept}::uuid[]) and ${ofDistribution} and not (${ofRelease} and ${ofParent(conditions)})`,
    ),
  };
  return new Map(ids.map((id) => [id, edges]));
};

/** A page of the targets that would come or go if the choice was made again now, by name. */
export async function changedTargets(
  reads: Reads,
  distributionId: string,
  which: keyof TargetChangeEdges,
  page: PageInput,
): Promise<Page<ConfigurationItemType> | null> {
  const edges = await reads.batch('distribution.targetChanges', targetChanges, distributionId);
  return edges && (await reads.edge(edges[which], distributionId, page));
}

/** Target groups that the targets of a distribution were chosen by, by name. */
export const chosenGroups = defineEdge({
  name: 'Distribution.targetGroups',
  model: targetGroupRead,
  on: sql`t.id in (
    select x::uuid from distribution d, jsonb_array_elements_text(d.target_choice->'groupIds') x where d.id = p.id)`,
  defaultOrder: [{ field: 'NAME', direction: 'ASC' }],
});
