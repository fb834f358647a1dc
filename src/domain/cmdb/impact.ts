import type { CiClass, Criticality } from './configuration-item.machine.js';
import type { Steps } from '../steps.js';

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
  /** What the loss of `from` does to `to`; see `impact-effect.ts`. Absent means {@link TAKES}, or a membership. */
  readonly force?: StepForce;
}

/** Without `from`, `to` goes on in part. */
export const WEAKENS = 0;
/** Without `from`, `to` is down. */
export const TAKES = 1;
/** `from` is a member of `to`, which is down when all members are. */
export const COUNTS = 2;

/** What the loss of one end of a step does to the other. */
export type StepForce = typeof WEAKENS | typeof TAKES | typeof COUNTS;

/** The part of the configuration that work on some items impacts. */
export interface ImpactGraph<Node extends ImpactNode = ImpactNode> {
  readonly nodes: ReadonlyMap<string, Node>;
  /** Groups of items that stand in for each other, by member. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** How many members a group has, those that are not impacted among them. */
  readonly groupSizes: ReadonlyMap<string, number>;
  /** The steps, for walking. */
  readonly flow: Flow;
}

/**
 * The steps of a graph. Its items have numbers, and the steps from item `n` are those from `starts[n]` to before
 * `starts[n + 1]`. A walk through ten thousand items takes a fraction of a millisecond.
 */
export interface Flow {
  /** Ids of the items, by number. */
  readonly ids: readonly string[];
  readonly numbers: ReadonlyMap<string, number>;
  readonly starts: Int32Array;
  /** Number of the item that a step starts from, and of the one that it leads to. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly relationIds: readonly string[];
  /** The {@link StepForce} of each step. */
  readonly forces: Uint8Array;
}

/** Steps between items by their numbers, in parallel lists. */
interface StepLists {
  readonly relationIds: readonly string[];
  readonly from: ArrayLike<number>;
  readonly to: ArrayLike<number>;
  readonly forces: ArrayLike<number>;
}

function flowOf(ids: readonly string[], numbers: ReadonlyMap<string, number>, steps: StepLists): Flow {
  const count = steps.relationIds.length;
  const starts = new Int32Array(ids.length + 1);
  for (let step = 0; step < count; step++) (starts[(steps.from[step] as number) + 1] as number)++;
  for (let n = 0; n < ids.length; n++) (starts[n + 1] as number) += starts[n] as number;
  const next = starts.slice();
  const [from, to] = [new Int32Array(count), new Int32Array(count)];
  const relationIds: string[] = Array.from({ length: count });
  const forces = new Uint8Array(count);
  for (let step = 0; step < count; step++) {
    const start = steps.from[step] as number;
    const at = (next[start] as number)++;
    from[at] = start;
    to[at] = steps.to[step] as number;
    relationIds[at] = steps.relationIds[step] as string;
    forces[at] = steps.forces[step] as number;
  }
  return { ids, numbers, starts, from, to, relationIds, forces };
}

/** Builds a graph piece by piece, so that nobody has to wait for a large one. */
export class ImpactGraphBuilder<Node extends ImpactNode = ImpactNode> {
  readonly #nodes = new Map<string, Node>();
  readonly #ids: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #groups = new Map<string, string[]>();
  readonly #groupSizes = new Map<string, number>();
  readonly #relationIds: string[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #forces: StepForce[] = [];

  /** The number of an item: that of its turn. */
  #number(id: string): number {
    let number = this.#numbers.get(id);
    if (number === undefined) {
      number = this.#ids.push(id) - 1;
      this.#numbers.set(id, number);
    }
    return number;
  }

  /** Adds an item. */
  node(node: Node): void {
    this.#number(node.id);
    this.#nodes.set(node.id, node);
  }

  /** Adds a step. The order of the steps decides between paths of the same length. */
  step({ relationId, from, to, isMembership = false, force = isMembership ? COUNTS : TAKES }: ImpactStep): void {
    this.numberedStep(relationId, this.#number(from), this.#number(to), force);
    if (isMembership) this.member(from, to);
  }

  /** Adds a step between two items by their turns, from 0, in which they were added. */
  numberedStep(relationId: string, from: number, to: number, force: StepForce): void {
    this.#relationIds.push(relationId);
    this.#from.push(from);
    this.#to.push(to);
    this.#forces.push(force);
  }

  /** Says that an item is a member of a group. */
  member(id: string, group: string): void {
    const groups = this.#groups.get(id);
    if (groups === undefined) this.#groups.set(id, [group]);
    else groups.push(group);
  }

  /** Says how many members a group has. */
  group(id: string, size: number): void {
    this.#groupSizes.set(id, size);
  }

  /** The graph of all that was added. */
  build(): ImpactGraph<Node> {
    return {
      nodes: this.#nodes,
      groups: this.#groups,
      groupSizes: this.#groupSizes,
      flow: flowOf(this.#ids, this.#numbers, {
        relationIds: this.#relationIds,
        from: this.#from,
        to: this.#to,
        forces: this.#forces,
      }),
    };
  }
}

/**
 * Indexes nodes and steps for walking. The order of the steps decides between paths of the same length.
 * @param groupSizes how many members each group has, by id; nobody takes a group as a whole whose size is not known.
 */
export function impactGraph<Node extends ImpactNode>(
  nodes: readonly Node[],
  steps: readonly ImpactStep[],
  groupSizes: Readonly<Record<string, number>> = {},
): ImpactGraph<Node> {
  const builder = new ImpactGraphBuilder<Node>();
  for (const node of nodes) builder.node(node);
  for (const step of steps) builder.step(step);
  for (const [id, size] of Object.entries(groupSizes)) builder.group(id, size);
  return builder.build();
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
  /** The item before it on that path; null for an item that is worked on, or that is not impacted. */
  via(ciId: string): string | null;
  /** Ids of the relations along that path, in order. */
  relations(ciId: string): string[];
  /** Largest distance. */
  readonly depth: number;
  /** The items at a distance, in the order in which the graph has its items. */
  at(distance: number): string[];
  /** Impacted members of groups, nearest first, by group. Computed once, on demand. */
  members(): ReadonlyMap<string, readonly string[]>;
  /** The distances by number of the item, {@link FAR} where it is not impacted, and the numbers of the impacted. */
  readonly walk: { readonly flow: Flow; readonly distances: Uint8Array; readonly reached: Int32Array };
}

/** The distance of an item that is not impacted. */
const FAR = 255;

/**
 * Everything that work on some items impacts: the items themselves and those reachable from them, by the shortest
 * paths. Each item is visited once, so cycles are harmless.
 * @param depth maximum number of relations of a path.
 */
export function reachFrom(graph: ImpactGraph, ciIds: readonly string[], depth: number = MAX_IMPACT_DEPTH): Reach {
  const { flow } = graph;
  // Items that are worked on and that the graph does not know: without relations, or retired.
  const alone = new Set<string>();
  const distances = new Uint8Array(flow.ids.length).fill(FAR);
  // The step by which each item was reached; -1 for one that is worked on.
  const via = new Int32Array(flow.ids.length).fill(-1);
  const order = new Int32Array(flow.ids.length);
  let size = 0;
  for (const ciId of ciIds) {
    const number = flow.numbers.get(ciId);
    if (number === undefined) alone.add(ciId);
    else if (distances[number] === FAR) {
      distances[number] = 0;
      order[size++] = number;
    }
  }
  // Where the items of each distance begin in the order.
  const levels = [0];
  for (let at = 0; at < size; at++) {
    const number = order[at] as number;
    const distance = (distances[number] as number) + 1;
    if (distance > depth) break;
    for (let step = flow.starts[number] as number; step < (flow.starts[number + 1] as number); step++) {
      const to = flow.to[step] as number;
      if (distances[to] !== FAR) continue;
      if (distance === levels.length) levels.push(size);
      distances[to] = distance;
      via[to] = step;
      order[size++] = to;
    }
  }
  const numberOf = (ciId: string): number | undefined => {
    const number = flow.numbers.get(ciId);
    return number === undefined || distances[number] === FAR ? undefined : number;
  };
  const stepsTo = (number: number): number[] => {
    const steps: number[] = [];
    for (let step = via[number] as number; step >= 0; step = via[flow.from[step] as number] as number) steps.push(step);
    return steps.reverse();
  };
  const has = (ciId: string): boolean => alone.has(ciId) || numberOf(ciId) !== undefined;
  function* ids(): Generator<string> {
    yield* alone;
    for (let at = 0; at < size; at++) yield flow.ids[order[at] as number] as string;
  }
  const distance = (ciId: string): number => {
    const number = numberOf(ciId);
    if (number !== undefined) return distances[number] as number;
    return alone.has(ciId) ? 0 : Number.NaN;
  };
  let members: Map<string, string[]> | undefined;
  const findMembers = (): Map<string, string[]> => {
    const found = new Map<string, string[]>();
    const nearest = [...graph.groups.keys()].filter(has).sort((a, b) => distance(a) - distance(b) || (a < b ? -1 : 1));
    for (const ciId of nearest)
      for (const group of graph.groups.get(ciId) ?? []) {
        const known = found.get(group);
        if (known === undefined) found.set(group, [ciId]);
        else known.push(ciId);
      }
    return found;
  };
  return {
    size: alone.size + size,
    walk: { flow, distances, reached: order.subarray(0, size) },
    depth: levels.length - 1,
    at: (wanted) => [
      ...(wanted === 0 ? alone : []),
      ...Array.from(
        order.slice(levels[wanted] ?? size, levels[wanted + 1] ?? size).sort(),
        (n) => flow.ids[n] as string,
      ),
    ],
    members: () => (members ??= findMembers()),
    has,
    ids,
    distance,
    path: (ciId) => {
      const number = numberOf(ciId);
      if (number === undefined) return alone.has(ciId) ? [ciId] : [];
      const steps = stepsTo(number);
      return [...steps.map((step) => flow.ids[flow.from[step] as number] as string), ciId];
    },
    via: (ciId) => {
      const step = via[numberOf(ciId) ?? -1] ?? -1;
      return step < 0 ? null : (flow.ids[flow.from[step] as number] as string);
    },
    relations: (ciId) => {
      const number = numberOf(ciId);
      return number === undefined ? [] : stepsTo(number).map((step) => flow.relationIds[step] as string);
    },
  };
}

/** The reversed graph: what is reached from an item are the items whose work impacts it. */
export function againstTheFlow<Node extends ImpactNode>(graph: ImpactGraph<Node>): ImpactGraph<Node> {
  const { ids, numbers, from, to, relationIds, forces } = graph.flow;
  const flow = flowOf(ids, numbers, { relationIds, from: to, to: from, forces });
  return { nodes: graph.nodes, groups: new Map(), groupSizes: new Map(), flow };
}

/** An item that two works both impact, and how many relations it is away from them together. */
export interface SharedItem {
  readonly ciId: string;
  readonly steps: number;
}

/**
 * The item that both works impact and that is nearest to them; the one with the lowest id of several.
 * @param left and `right`: of the same graph.
 */
export function nearestShared(left: Reach, right: Reach): SharedItem | undefined {
  const [smaller, larger] = left.size <= right.size ? [left.walk, right.walk] : [right.walk, left.walk];
  let steps = 2 * FAR;
  let ciId = '';
  for (const number of smaller.reached) {
    const other = larger.distances[number] as number;
    if (other === FAR) continue;
    const sum = (smaller.distances[number] as number) + other;
    const id = smaller.flow.ids[number] as string;
    if (sum < steps || (sum === steps && id < ciId)) [steps, ciId] = [sum, id];
  }
  return steps === 2 * FAR ? undefined : { ciId, steps };
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

/** A group of which one work impacts every member, with two of them. */
export interface GroupLost extends LostRedundancy {
  /** Whether all members hang on one target, e.g. a host that carries them all, so that no order of the work helps. */
  readonly hangsOnOne: boolean;
}

/**
 * Groups of which one work impacts every member, so that nothing is left that could stand in. Of members that are
 * impacted from several targets it gives two with different ones.
 */
export function* groupsLost(graph: ImpactGraph, reach: Reach): Steps<GroupLost[]> {
  const lost: GroupLost[] = [];
  for (const [groupId, members] of reach.members()) {
    yield;
    if (members.length < 2 || members.length < (graph.groupSizes.get(groupId) ?? Infinity)) continue;
    const [left, next] = members as [string, string, ...string[]];
    const [target] = reach.path(left);
    const right = members.find((ciId) => reach.path(ciId)[0] !== target);
    lost.push({ groupId, left, right: right ?? next, hangsOnOne: right === undefined });
  }
  return lost;
}

/** A group of which several works impact every member together. */
export interface GroupLostTogether {
  readonly groupId: string;
  /** A member that the one work impacts and none of the others. */
  readonly own: string;
  /** Those of the others that impact members, and one such member of each. */
  readonly others: ReadonlyMap<Reach, string>;
}

/**
 * Groups of which a work takes the last members while others have the rest. Groups that the work takes alone are not
 * among them.
 */
export function groupsLostWith(graph: ImpactGraph, reach: Reach, others: readonly Reach[]): GroupLostTogether[] {
  const lost: GroupLostTogether[] = [];
  for (const [groupId, members] of reach.members()) {
    const size = graph.groupSizes.get(groupId) ?? Infinity;
    // One that takes the whole group is said by itself, and may end before the others do.
    const shares = others
      .map((other) => [other, other.members().get(groupId) ?? []] as const)
      .filter(([, share]) => share.length < size);
    const own = members.find((ciId) => !shares.some(([other]) => other.has(ciId)));
    if (own === undefined || members.length >= size) continue;
    if (new Set([members, ...shares.map(([, share]) => share)].flat()).size < size) continue;
    const taken = shares.flatMap(([other, share]) => {
      const member = share.find((ciId) => !reach.has(ciId));
      return member === undefined ? [] : [[other, member] as const];
    });
    lost.push({ groupId, own, others: new Map(taken) });
  }
  return lost;
}

/** Ids of the relations along a path of items, in order, in whichever direction impact flows along each. */
export function relationsAlong({ flow }: ImpactGraph, path: readonly string[]): string[] {
  const relation = (from: number | undefined, to: number | undefined): string | undefined => {
    if (from === undefined || to === undefined) return undefined;
    for (let step = flow.starts[from] as number; step < (flow.starts[from + 1] as number); step++)
      if (flow.to[step] === to) return flow.relationIds[step];
    return undefined;
  };
  return path.slice(1).flatMap((id, index) => {
    const [from, to] = [flow.numbers.get(path[index] as string), flow.numbers.get(id)];
    return relation(from, to) ?? relation(to, from) ?? [];
  });
}
