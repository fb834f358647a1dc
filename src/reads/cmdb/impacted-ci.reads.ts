import { againstTheFlow, MAX_IMPACT_DEPTH, reachFrom, type ImpactGraph, type Reach } from '../../domain/cmdb/impact.js';
import { effectOfEach, explainEffect, lossOf, type ExplainedEffect } from '../../domain/cmdb/impact-effect.js';
import { RequestError } from '../../domain/errors.js';
import type { PageInput } from '../../domain/list.js';
import { fromNodeId } from '../../domain/node-id.js';
import { readImpactGraph, type ImpactDirection } from '../../facts/cmdb/impact.facts.js';
import type { ImpactedCiType, ImpactingCiType } from '../../schema/cmdb/impacted-ci.type.js';
import { orderedPage, type ListPage } from '../list-page.js';
import type { BatchRead, Reads } from '../reads.js';
import { configurationItemRead } from './configuration-item.reads.js';

/** A walk takes so much of a turn: up to a millisecond in a configuration of ten thousand items. */
const WALK_WEIGHT = 50;

/** An impacted item with the text it is sorted by: nearest first, then by name. */
type Sorted<Item> = Item & { readonly sortKey: string };

/** @throws RequestError BAD_USER_INPUT */
function checkDepth(depth: number): void {
  if (depth >= 1 && depth <= MAX_IMPACT_DEPTH) return;
  throw new RequestError('BAD_USER_INPUT', `"depth" is 1 to ${MAX_IMPACT_DEPTH}.`, {
    field: 'depth',
    max: MAX_IMPACT_DEPTH,
  });
}

const keyOf = (ciId: string, depth: number) => `${depth} ${ciId}`;

// One graph for all items and depths that are asked about at the same time: it is as deep as the deepest.
const impactGraphs =
  (direction: ImpactDirection): BatchRead<ImpactGraph> =>
  async (keys, db) => {
    const asked = keys.map((key) => key.split(' ') as [string, string]);
    const graph = await readImpactGraph(
      db,
      asked.map(([, ciId]) => ciId),
      Math.max(...asked.map(([depth]) => Number(depth))),
      direction,
    );
    return new Map(keys.map((key) => [key, graph]));
  };
const impacted = impactGraphs('impacted');
const impacting: BatchRead<readonly [ImpactGraph, ImpactGraph]> = async (keys, db, actor) => {
  const found = await impactGraphs('impacting')(keys, db, actor);
  const [graph] = found.values();
  const both = graph && ([graph, againstTheFlow(graph)] as const);
  return new Map(both && keys.map((key) => [key, both]));
};

interface Place {
  readonly ciId: string;
  readonly depth: number;
  readonly sortKey: string;
}

// The graph has its items in the order of their names, and so has each distance.
function* nearestFirst({ nodes }: ImpactGraph, reach: Reach, backward: boolean): Generator<Place> {
  for (let nth = 1; nth <= reach.depth; nth++) {
    const depth = backward ? reach.depth + 1 - nth : nth;
    for (const ciId of backward ? reach.at(depth).reverse() : reach.at(depth))
      yield { ciId, depth, sortKey: `${String(depth).padStart(2, '0')} ${nodes.get(ciId)?.name ?? ''} ${ciId}` };
  }
}

const emptyPage = <T>(page: PageInput): ListPage<T> =>
  orderedPage<Sorted<T>>({ size: 0, items: () => [] }, page, ({ sortKey }) => sortKey);

/** The items of a page that are looked at more closely than those before and after it. */
function pageOf<T>(
  graph: ImpactGraph,
  reach: Reach,
  { given, page }: { readonly given: number; readonly page: PageInput },
  show: (place: Place) => T,
): ListPage<T> {
  const list = { size: reach.size - given, items: (backward: boolean) => nearestFirst(graph, reach, backward) };
  const { pageInfo, count, ...found } = orderedPage<Place>(list, page, ({ sortKey }) => sortKey);
  const edges = found.edges.map(({ node, cursor }) => ({ node: show(node), cursor }));
  return { edges, nodes: edges.map(({ node }) => node), pageInfo, count };
}

/** A page of what is felt by the loss of items of a graph, all lost together. */
function impactPage(graph: ImpactGraph, ciIds: readonly string[], depth: number, page: PageInput) {
  const reach = reachFrom(graph, ciIds, depth);
  const loss = lossOf(graph, ciIds, depth);
  return pageOf<ImpactedCiType>(graph, reach, { given: new Set(ciIds).size, page }, ({ ciId, ...place }) => ({
    ciId,
    depth: place.depth,
    pathIds: reach.path(ciId),
    relationIds: reach.relations(ciId),
    ...explainEffect(graph, reach, loss, ciId),
  }));
}

/** A page of what work on an item is felt by, nearest first, then by name: one statement for all items of a request. */
export async function impactedCis(
  reads: Reads,
  ciId: string,
  depth: number,
  page: PageInput,
): Promise<ListPage<ImpactedCiType>> {
  checkDepth(depth);
  const graph = await reads.batch('configurationItem.impactGraph', impacted, keyOf(ciId, depth));
  if (graph === null) return emptyPage(page);
  const turn = reads.turn(WALK_WEIGHT);
  if (turn) await turn;
  return impactPage(graph, [ciId], depth, page);
}

/** Most items that a question takes as lost together. */
export const MAX_LOST_TOGETHER = 200;

/**
 * A page of what is felt by the loss of several items together.
 * @param ids node ids. @throws RequestError BAD_USER_INPUT, FORBIDDEN, LIMIT_EXCEEDED or NOT_FOUND
 */
export async function impactedCisTogether(
  reads: Reads,
  ids: readonly string[],
  depth: number,
  page: PageInput,
): Promise<ListPage<ImpactedCiType>> {
  checkDepth(depth);
  if (ids.length === 0 || ids.length > MAX_LOST_TOGETHER)
    throw new RequestError(
      ids.length === 0 ? 'BAD_USER_INPUT' : 'LIMIT_EXCEEDED',
      `"ids" has 1 to ${MAX_LOST_TOGETHER} ids.`,
      {
        field: 'ids',
        max: MAX_LOST_TOGETHER,
      },
    );
  const ciIds = ids.map((id) => fromNodeId('ConfigurationItem', id, 'ids'));
  if ((await reads.byIds(configurationItemRead, ciIds)).includes(null))
    throw new RequestError('NOT_FOUND', 'There is no ConfigurationItem with one of these ids.', { field: 'ids' });
  const graph = await readImpactGraph(reads.db, ciIds, depth);
  const turn = reads.turn(WALK_WEIGHT);
  if (turn) await turn;
  return impactPage(graph, ciIds, depth, page);
}

/** A page of what an item stands on, nearest first, then by name: one statement for all items of a request. */
export async function impactingCis(
  reads: Reads,
  ciId: string,
  depth: number,
  page: PageInput,
): Promise<ListPage<ImpactingCiType>> {
  checkDepth(depth);
  const graphs = await reads.batch('configurationItem.impactingGraph', impacting, keyOf(ciId, depth));
  if (graphs === null) return emptyPage(page);
  const [graph, backwards] = graphs;
  const turn = reads.turn(2 * WALK_WEIGHT);
  if (turn) await turn;
  const reach = reachFrom(backwards, [ciId], depth);
  const effect = effectOfEach(graph, backwards, ciId, depth);
  return pageOf<ImpactingCiType>(graph, reach, { given: 1, page }, (place) => {
    let known: ExplainedEffect | undefined;
    return {
      ciId: place.ciId,
      depth: place.depth,
      pathIds: reach.path(place.ciId).reverse(),
      relationIds: reach.relations(place.ciId).reverse(),
      explain: () => (known ??= effect(place.ciId)),
    };
  });
}

/** What the loss of an item alone does to the one that stands on it, in a turn of its own. */
export async function lossAlone(reads: Reads, { explain }: ImpactingCiType): Promise<ExplainedEffect> {
  const turn = reads.turn(WALK_WEIGHT);
  if (turn) await turn;
  return explain();
}
