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

/** Everything that work on some items touches. Ways are only told on demand: there can be very many items. */
export interface Reach {
  /** How many items. */
  readonly size: number;
  has(ciId: string): boolean;
  /** The items, nearest first; those that are worked on come first of all. */
  ids(): Iterable<string>;
  /** Relations on the shortest way there; 0 for an item that is worked on. NaN for one that is not touched. */
  distance(ciId: string): number;
  /** The shortest way there: from an item that is worked on to the item itself. Empty for one that is not touched. */
  path(ciId: string): string[];
}

interface Visit {
  readonly ciId: string;
  readonly from: Visit | undefined;
  readonly distance: number;
}

/**
 * Everything that work on some items touches: the items themselves and what they impact, by the shortest ways. Each item is
 * visited once, so cycles do no harm.
 * @param depth longest way in relations.
 */
export function reachFrom(graph: ImpactGraph, ciIds: readonly string[], depth: number = MAX_IMPACT_DEPTH): Reach {
  const visits = new Map<string, Visit>(ciIds.map((ciId) => [ciId, { ciId, from: undefined, distance: 0 }]));
  // A map keeps the order of insertion and shows what is inserted during the walk: it is its own queue.
  for (const visit of visits.values()) {
    if (visit.distance >= depth) break;
    for (const { to } of graph.steps.get(visit.ciId) ?? [])
      if (!visits.has(to)) visits.set(to, { ciId: to, from: visit, distance: visit.distance + 1 });
  }
  return {
    size: visits.size,
    has: (ciId) => visits.has(ciId),
    ids: () => visits.keys(),
    distance: (ciId) => visits.get(ciId)?.distance ?? Number.NaN,
    path: (ciId) => {
      const path: string[] = [];
      for (let visit = visits.get(ciId); visit !== undefined; visit = visit.from) path.push(visit.ciId);
      return path.reverse();
    },
  };
}

/** The graph against the flow of impact: what is reached from an item there are the items that impact it. */
export function againstTheFlow(graph: ImpactGraph): ImpactGraph {
  const steps = [...graph.steps.values()].flat();
  return impactGraph(
    [...graph.nodes.values()],
    steps.map(({ relationId, from, to }) => ({ relationId, from: to, to: from })),
  );
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
