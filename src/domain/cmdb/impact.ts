import type { CiClass, Criticality } from './configuration-item.machine.js';

/** Maximum number of relations that impact is followed along. */
export const MAX_IMPACT_DEPTH = 20;

/** A configuration item in the impact graph. */
export interface ImpactNode {
  readonly id: string;
  readonly name: string;
  readonly ciClass: CiClass;
}

/** An item in the impact graph with how much it counts by itself. */
export interface RatedImpactNode extends ImpactNode {
  readonly criticality: Criticality;
}

/** One step of impact: work on `from` impacts `to`, because of a relation between them. */
export interface ImpactStep {
  readonly relationId: string;
  readonly from: string;
  readonly to: string;
  /** Whether `from` is a member of `to`, e.g. a node of a cluster, so that other members can stand in for it. */
  readonly isMembership?: boolean;
}

/** The part of the configuration that work on some items impacts. */
export interface ImpactGraph<Node extends ImpactNode = ImpactNode> {
  readonly nodes: ReadonlyMap<string, Node>;
  /** Steps by the item they start from. */
  readonly steps: ReadonlyMap<string, readonly ImpactStep[]>;
  /** Groups of items that stand in for each other, by member. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/** Indexes nodes and steps for walking. The order of the steps decides between paths of the same length. */
export function impactGraph<Node extends ImpactNode>(
  nodes: readonly Node[],
  steps: readonly ImpactStep[],
): ImpactGraph<Node> {
  const byFrom = new Map<string, ImpactStep[]>();
  const groups = new Map<string, string[]>();
  for (const step of steps) {
    const known = byFrom.get(step.from);
    if (known === undefined) byFrom.set(step.from, [step]);
    else known.push(step);
    if (step.isMembership) groups.set(step.from, [...(groups.get(step.from) ?? []), step.to]);
  }
  return { nodes: new Map(nodes.map((node) => [node.id, node])), steps: byFrom, groups };
}

/** Everything that work on some items impacts. Paths are computed on demand: there can be very many items. */
export interface Reach {
  /** Number of items. */
  readonly size: number;
  has(ciId: string): boolean;
  /** The items, nearest first, starting with those that are worked on. */
  ids(): Iterable<string>;
  /** Number of relations on the shortest path; 0 for an item that is worked on, NaN for one that is not impacted. */
  distance(ciId: string): number;
  /** The shortest path from an item that is worked on to the item itself. Empty if not impacted. */
  path(ciId: string): string[];
  /** Impacted members of groups, nearest first, by group. Computed once, on demand. */
  members(): ReadonlyMap<string, readonly string[]>;
}

interface Visit {
  readonly ciId: string;
  readonly from: Visit | undefined;
  readonly distance: number;
}

/**
 * Everything that work on some items impacts: the items themselves and those reachable from them, by the shortest
 * paths. Each item is visited once, so cycles are harmless.
 * @param depth maximum number of relations of a path.
 */
export function reachFrom(graph: ImpactGraph, ciIds: readonly string[], depth: number = MAX_IMPACT_DEPTH): Reach {
  const visits = new Map<string, Visit>(ciIds.map((ciId) => [ciId, { ciId, from: undefined, distance: 0 }]));
  // A map iterates in insertion order, including entries added during the walk, so it serves as the queue.
  for (const visit of visits.values()) {
    if (visit.distance >= depth) break;
    for (const { to } of graph.steps.get(visit.ciId) ?? [])
      if (!visits.has(to)) visits.set(to, { ciId: to, from: visit, distance: visit.distance + 1 });
  }
  let members: Map<string, string[]> | undefined;
  const findMembers = (): Map<string, string[]> => {
    const found = new Map<string, string[]>();
    // Either there are few members in the graph, or few items are impacted.
    const visited =
      graph.groups.size < visits.size
        ? [...graph.groups.keys()].flatMap((ciId) => visits.get(ciId) ?? [])
        : [...visits.values()].filter(({ ciId }) => graph.groups.has(ciId));
    const nearest = visited.sort((a, b) => a.distance - b.distance || (a.ciId < b.ciId ? -1 : 1));
    for (const { ciId } of nearest)
      for (const group of graph.groups.get(ciId) ?? []) found.set(group, [...(found.get(group) ?? []), ciId]);
    return found;
  };
  return {
    size: visits.size,
    members: () => (members ??= findMembers()),
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

/** The reversed graph: what is reached from an item are the items whose work impacts it. */
export function againstTheFlow(graph: ImpactGraph): ImpactGraph {
  const steps = [...graph.steps.values()].flat();
  return impactGraph(
    [...graph.nodes.values()],
    steps.map(({ relationId, from, to }) => ({ relationId, from: to, to: from })),
  );
}

/** A group of which two works impact different members, with the nearest member of each. */
export interface LostRedundancy {
  readonly groupId: string;
  readonly left: string;
  readonly right: string;
}

/**
 * Groups of which two works together impact more members than either does alone, e.g. one works on each node of a
 * cluster of two: what stands in for the one is then impacted by the other.
 */
export function lostRedundancy(left: Reach, right: Reach): LostRedundancy[] {
  const lost: LostRedundancy[] = [];
  const others = right.members();
  for (const [groupId, own] of left.members()) {
    const l = own.find((ciId) => !right.has(ciId));
    const r = others.get(groupId)?.find((ciId) => !left.has(ciId));
    if (l !== undefined && r !== undefined) lost.push({ groupId, left: l, right: r });
  }
  return lost;
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
