import type { NamedRef } from '../blocker.js';
import { CRITICALITIES, type Criticality } from './configuration-item.machine.js';
import { atOnce, type Steps } from '../steps.js';
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

/** How many paths are written down in one step. */
const PATHS_PER_STEP = 500;

/**
 * The effective criticality of items. The graph does not say which items back each other up, so each of them counts as
 * if it stood alone: that is the strict side.
 * @param graph everything that work on the items impacts, as `readImpactGraph` answers it: without what is retired.
 */
export function* effectiveCriticalitySteps(
  graph: ImpactGraph<RatedImpactNode>,
  ciIds: readonly string[],
): Steps<Map<string, EffectiveCriticality>> {
  const nodes = [...graph.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  yield;
  const backwards = againstTheFlow(graph);
  const found = new Map<string, EffectiveCriticality>();
  let open = ciIds;
  for (const criticality of HIGHEST_FIRST) {
    yield;
    const sources = nodes.filter((node) => node.criticality === criticality).map(({ id }) => id);
    const reach = reachFrom(backwards, sources);
    const rest: string[] = [];
    for (const id of open) {
      if (found.size % PATHS_PER_STEP === PATHS_PER_STEP - 1) yield;
      const path = reach.path(id).reverse();
      const forcing = graph.nodes.get(path.at(-1) ?? '');
      if (forcing === undefined) rest.push(id);
      else found.set(id, { criticality, forcedBy: { id: forcing.id, name: forcing.name }, path });
    }
    open = rest;
  }
  return found;
}

/** The same at once; see {@link effectiveCriticalitySteps}. */
export const effectiveCriticality = (
  graph: ImpactGraph<RatedImpactNode>,
  ciIds: readonly string[],
): Map<string, EffectiveCriticality> => atOnce(effectiveCriticalitySteps(graph, ciIds));
