import type { NamedRef } from '../blocker.js';
import { CRITICALITIES, type Criticality } from './configuration-item.machine.js';
import { againstTheFlow, reachFrom, type ImpactGraph, type RatedImpactNode } from './impact.js';

/** How much work on an item can harm: the highest criticality among the item and everything that it impacts. */
export interface EffectiveCriticality {
  readonly criticality: Criticality;
  /** The nearest item of that criticality: the item itself, or one that depends on it. */
  readonly forcedBy: NamedRef;
  /** Ids along the impact, from the item to the one that forces it; both included. */
  readonly path: readonly string[];
}

const HIGHEST_FIRST = [...CRITICALITIES].reverse();

/**
 * The effective criticality of items. The graph does not say which items back each other up, so each of them counts as
 * if it stood alone: that is the strict side.
 * @param graph everything that work on the items impacts, as `readImpactGraph` answers it: without what is retired.
 */
export function effectiveCriticality(
  graph: ImpactGraph<RatedImpactNode>,
  ciIds: readonly string[],
): Map<string, EffectiveCriticality> {
  const nodes = [...graph.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const backwards = againstTheFlow(graph);
  const found = new Map<string, EffectiveCriticality>();
  for (const criticality of HIGHEST_FIRST) {
    const sources = nodes.filter((node) => node.criticality === criticality).map(({ id }) => id);
    const reach = reachFrom(backwards, sources);
    for (const id of ciIds) {
      if (found.has(id) || !reach.has(id)) continue;
      const path = reach.path(id).reverse();
      const forcing = graph.nodes.get(path.at(-1) ?? id);
      if (forcing !== undefined) found.set(id, { criticality, forcedBy: { id: forcing.id, name: forcing.name }, path });
    }
  }
  return found;
}
