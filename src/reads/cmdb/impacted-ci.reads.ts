import { reachFrom, type ImpactGraph, type Reach } from '../../domain/cmdb/impact.js';
import type { PageInput } from '../../domain/list.js';
import { readImpactGraph } from '../../facts/cmdb/impact.facts.js';
import type { ImpactedCiType } from '../../schema/schedule/schedule-conflict.type.js';
import { orderedPage, type ListPage } from '../list-page.js';
import type { BatchRead, Reads } from '../reads.js';

/** A walk takes so much of a turn: up to half a millisecond in a configuration of ten thousand items. */
const WALK_WEIGHT = 50;

/** An impacted item with the text it is sorted by: nearest first, then by name. */
type ImpactedCi = ImpactedCiType & { readonly sortKey: string };

const keyOf = (ciId: string, depth: number) => `${depth} ${ciId}`;

// One graph for all items and depths that are asked about at the same time: it is as deep as the deepest.
const impactGraphs: BatchRead<ImpactGraph> = async (keys, db) => {
  const asked = keys.map((key) => key.split(' ') as [string, string]);
  const graph = await readImpactGraph(
    db,
    asked.map(([, ciId]) => ciId),
    Math.max(...asked.map(([depth]) => Number(depth))),
  );
  return new Map(keys.map((key) => [key, graph]));
};

// The graph has its items in the order of their names, and so has each distance.
function* nearestFirst({ nodes }: ImpactGraph, reach: Reach, backward: boolean): Generator<ImpactedCi> {
  for (let nth = 1; nth <= reach.depth; nth++) {
    const depth = backward ? reach.depth + 1 - nth : nth;
    for (const ciId of backward ? reach.at(depth).reverse() : reach.at(depth))
      yield {
        ciId,
        depth,
        pathIds: reach.path(ciId),
        relationIds: reach.relations(ciId),
        sortKey: `${String(depth).padStart(2, '0')} ${nodes.get(ciId)?.name ?? ''} ${ciId}`,
      };
  }
}

/** A page of what work on an item is felt by, nearest first, then by name: one statement for all items of a request. */
export async function impactedCis(
  reads: Reads,
  ciId: string,
  depth: number,
  page: PageInput,
): Promise<ListPage<ImpactedCiType>> {
  const graph = await reads.batch('configurationItem.impactGraph', impactGraphs, keyOf(ciId, depth));
  if (graph === null) return orderedPage<ImpactedCi>({ size: 0, items: () => [] }, page, ({ sortKey }) => sortKey);
  const turn = reads.turn(WALK_WEIGHT);
  if (turn) await turn;
  const reach = reachFrom(graph, [ciId], depth);
  const list = {
    size: reach.size - 1,
    items: (backward: boolean) => nearestFirst(graph, reach, backward),
  };
  return orderedPage(list, page, ({ sortKey }) => sortKey);
}
