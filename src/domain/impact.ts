import type { CiClass } from './configuration-item.machine.js';

/** How far impact is followed along relations. */
export const MAX_IMPACT_DEPTH = 20;

/** A configuration item as the impact graph knows it. */
export interface ImpactNode {
  readonly id: string;
  readonly name: string;
  readonly ciClass: CiClass;
}

/** One step of impact: work on `from` is felt by `to`, because of a relation between them. */
export interface ImpactStep {
  readonly relationId: string;
  readonly from: string;
  readonly to: string;
}

/** The part of the configuration that some items impact. */
export interface ImpactGraph {
  readonly nodes: ReadonlyMap<string, ImpactNode>;
  /** Steps by the item they start from. */
  readonly steps: ReadonlyMap<string, readonly ImpactStep[]>;
}

/** Puts nodes and steps in a form that is quick to walk. The order of the steps decides between ways of the same length. */
export function impactGraph(nodes: readonly ImpactNode[], steps: readonly ImpactStep[]): ImpactGraph {
  const byFrom = new Map<string, ImpactStep[]>();
  for (const step of steps) {
    const known = byFrom.get(step.from);
    if (known === undefined) byFrom.set(step.from, [step]);
    else known.push(step);
  }
  return { nodes: new Map(nodes.map((node) => [node.id, node])), steps: byFrom };
}

/**
 * Everything that work on some items touches, nearest first: the items themselves with a path of one, and what they impact with
 * the shortest path from one of them. Each item is visited once, so cycles do no harm.
 * @param depth longest path in steps.
 */
export function reachFrom(
  graph: ImpactGraph,
  ciIds: readonly string[],
  depth: number = MAX_IMPACT_DEPTH,
): Map<string, readonly string[]> {
  const reach = new Map<string, readonly string[]>(ciIds.map((id) => [id, [id]]));
  let frontier = [...reach];
  for (let steps = 0; steps < depth && frontier.length > 0; steps++) {
    const next: [string, readonly string[]][] = [];
    for (const [from, path] of frontier) {
      for (const { to } of graph.steps.get(from) ?? []) {
        if (reach.has(to)) continue;
        const longer = [...path, to];
        reach.set(to, longer);
        next.push([to, longer]);
      }
    }
    frontier = next;
  }
  return reach;
}

/** Ids of the relations along a path of items, in order, in whichever direction impact flows along each. */
export function relationsAlong(graph: ImpactGraph, path: readonly string[]): string[] {
  return path.slice(1).flatMap((to, index) => {
    const from = path[index] as string;
    const step =
      graph.steps.get(from)?.find((one) => one.to === to) ?? graph.steps.get(to)?.find((one) => one.to === from);
    return step === undefined ? [] : [step.relationId];
  });
}
