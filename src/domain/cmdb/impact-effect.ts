import { CI_RELATIONS, type CiClass, type CiRelationKind } from './configuration-item.machine.js';
import {
  COUNTS,
  MAX_IMPACT_DEPTH,
  TAKES,
  WEAKENS,
  type ImpactGraph,
  type ImpactNode,
  type Reach,
  type StepForce,
} from './impact.js';

/** What the loss of some items does to another one, in rising order. */
export const OUTAGE_EFFECTS = {
  DEGRADED:
    'It goes on, in part: other members of a group stand in, e.g. of a cluster, or it only uses what is impacted.',
  DOWN: 'It is lost, or something that it cannot do without.',
} as const;

/** One of the keys of {@link OUTAGE_EFFECTS}. */
export type OutageEffect = keyof typeof OUTAGE_EFFECTS;

/** What the loss of the one end does to the other, for each kind of relation that carries impact. */
const FORCES: Readonly<Record<CiRelationKind, StepForce>> = {
  DEPENDS_ON: TAKES,
  RUNS_ON: TAKES,
  HOSTED_BY: TAKES,
  USES: WEAKENS,
  MEMBER_OF: COUNTS,
  CONTAINS: TAKES,
  PROTECTS: TAKES,
  CONNECTED_TO: WEAKENS,
  DOCUMENTS: WEAKENS,
  SPARE_FOR: WEAKENS,
};

/** Classes that others are out of reach without. Among themselves they are a network, with more than one way. */
const CARRIERS: ReadonlySet<CiClass> = new Set(['NETWORK_DEVICE', 'LOAD_BALANCER', 'STORAGE']);

/** Classes that never are down because something else is: a site goes on without its servers. */
const AT_MOST_DEGRADED: ReadonlySet<CiClass> = new Set(['LOCATION', 'DOCUMENT', 'SPARE']);

/**
 * What the loss of one end of a relation does to the other.
 * @param from class of the item that is lost. @param to class of the item that feels it.
 */
export function forceOf(kind: CiRelationKind, from: CiClass, to: CiClass): StepForce {
  if (AT_MOST_DEGRADED.has(to)) return WEAKENS;
  if (CI_RELATIONS[kind].impact === 'BOTH' && CARRIERS.has(from) && !CARRIERS.has(to)) return TAKES;
  return FORCES[kind];
}

/** What is down when some items are lost together. */
export interface Loss {
  readonly size: number;
  isDown(ciId: string): boolean;
  /** The step by which an item went down; -1 for one that was lost itself, or is not down. */
  cause(ciId: string): number;
  /** How many members of a group are down. */
  membersDown(groupId: string): number;
}

/**
 * What is down when some items are lost together: they, what cannot do without one that is down, and groups whose
 * members all are. Each item is looked at once, so cycles are harmless: a ring does not keep itself down.
 * This is the one definition of down: the impact of an item and the Projected Service Outage both ask here.
 * @param depth maximum number of relations from one of the items.
 */
export function lossOf(graph: ImpactGraph, ciIds: readonly string[], depth: number = MAX_IMPACT_DEPTH): Loss {
  const { flow, groupSizes } = graph;
  const alone = new Set<string>();
  const isDown = new Uint8Array(flow.ids.length);
  const causes = new Int32Array(flow.ids.length).fill(-1);
  const lostMembers = new Map<number, number>();
  let frontier: number[] = [];
  for (const ciId of ciIds) {
    const number = flow.numbers.get(ciId);
    if (number === undefined) alone.add(ciId);
    else if (isDown[number] === 0) {
      isDown[number] = 1;
      frontier.push(number);
    }
  }
  let size = alone.size + frontier.length;
  for (let distance = 1; distance <= depth && frontier.length > 0; distance++) {
    const next: number[] = [];
    for (const number of frontier)
      for (let step = flow.starts[number] as number; step < (flow.starts[number + 1] as number); step++) {
        const force = flow.forces[step];
        if (force === WEAKENS) continue;
        const to = flow.to[step] as number;
        if (force === COUNTS) {
          const lost = (lostMembers.get(to) ?? 0) + 1;
          lostMembers.set(to, lost);
          if (lost < (groupSizes.get(flow.ids[to] as string) ?? Number.POSITIVE_INFINITY)) continue;
        }
        if (isDown[to] === 1) continue;
        isDown[to] = 1;
        causes[to] = step;
        next.push(to);
      }
    size += next.length;
    frontier = next;
  }
  const numberOf = (ciId: string) => flow.numbers.get(ciId) ?? -1;
  return {
    size,
    isDown: (ciId) => isDown[numberOf(ciId)] === 1 || alone.has(ciId),
    cause: (ciId) => causes[numberOf(ciId)] ?? -1,
    membersDown: (groupId) => lostMembers.get(numberOf(groupId)) ?? 0,
  };
}

/** What happens to an item, and why, in a sentence for people. */
export interface ExplainedEffect {
  readonly effect: OutageEffect;
  readonly reason: string;
}

const nameIn = ({ nodes }: ImpactGraph, ciId: string): string => nodes.get(ciId)?.name ?? ciId;

/** What the loss of some items does to an item that they impact. */
export function explainEffect(graph: ImpactGraph, reach: Reach, loss: Loss, ciId: string): ExplainedEffect {
  const { flow, groupSizes } = graph;
  const name = nameIn(graph, ciId);
  const size = groupSizes.get(ciId) ?? 0;
  if (loss.isDown(ciId)) {
    const step = loss.cause(ciId);
    if (step < 0) return { effect: 'DOWN', reason: `${name} is lost itself.` };
    const from = nameIn(graph, flow.ids[flow.from[step] as number] as string);
    const reason =
      flow.forces[step] === COUNTS
        ? `All members of ${name} are down.`
        : `${name} cannot do without ${from}, which is down.`;
    return { effect: 'DOWN', reason };
  }
  const down = loss.membersDown(ciId);
  if (down > 0) return { effect: 'DEGRADED', reason: `${down} of ${size} members of ${name} are down.` };
  const via = reach.via(ciId) ?? ciId;
  const reason = loss.isDown(via)
    ? `${name} goes on in part without ${nameIn(graph, via)}, which is down.`
    : `${name} stands on ${nameIn(graph, via)}, which is degraded.`;
  return { effect: 'DEGRADED', reason };
}

/** Which items take another one down by steps that need no group, by number in the reversed graph. */
function takersAlone({ flow }: ImpactGraph, ciId: string, depth: number): Uint8Array {
  const takers = new Uint8Array(flow.ids.length);
  let frontier = [flow.numbers.get(ciId)].filter((number) => number !== undefined);
  for (const number of frontier) takers[number] = 1;
  for (let distance = 1; distance <= depth && frontier.length > 0; distance++) {
    const next: number[] = [];
    for (const number of frontier)
      for (let step = flow.starts[number] as number; step < (flow.starts[number + 1] as number); step++) {
        const from = flow.to[step] as number;
        if (flow.forces[step] !== TAKES || takers[from] === 1) continue;
        takers[from] = 1;
        next.push(from);
      }
    frontier = next;
  }
  return takers;
}

/**
 * What the loss of single items, each alone, does to an item that they impact.
 * @param backwards the reversed graph. @returns a function that answers for one of these items.
 */
export function effectOfEach<Node extends ImpactNode>(
  graph: ImpactGraph<Node>,
  backwards: ImpactGraph<Node>,
  ciId: string,
  depth: number = MAX_IMPACT_DEPTH,
): (fromId: string) => ExplainedEffect {
  // Most answers come from one walk backwards: what leads here by steps that take. The others lose a group, or do not.
  let takers: Uint8Array | undefined;
  const name = nameIn(graph, ciId);
  return (fromId) => {
    const from = nameIn(graph, fromId);
    takers ??= takersAlone(backwards, ciId, depth);
    const takes = takers[backwards.flow.numbers.get(fromId) ?? -1] === 1;
    if (takes || lossOf(graph, [fromId], depth).isDown(ciId))
      return { effect: 'DOWN', reason: `${name} cannot do without ${from}.` };
    return { effect: 'DEGRADED', reason: `${name} goes on in part without ${from}.` };
  };
}
