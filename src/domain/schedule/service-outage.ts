import { MAX_IMPACT_DEPTH, type ImpactGraph, type Reach } from '../cmdb/impact.js';

/** What work does to a service, in rising order. */
export const OUTAGE_EFFECTS = {
  DEGRADED:
    'Only members of groups that the service stands on are impacted, e.g. one node of a cluster, and others stand in.',
  DOWN: 'The service, or something that it cannot do without, is impacted.',
} as const;

/** One of the keys of {@link OUTAGE_EFFECTS}. */
export type OutageEffect = keyof typeof OUTAGE_EFFECTS;

/**
 * The items that work on some items takes down: those it impacts on a way that leads through no group of which members
 * are left. What is impacted beside them is only degraded.
 * @param reach everything that the work impacts
 */
export function takenDown(graph: ImpactGraph, ciIds: readonly string[], reach: Reach): ReadonlySet<string> {
  const { flow, groups, groupSizes } = graph;
  const members = reach.members();
  const survives = (group: string): boolean =>
    (members.get(group)?.length ?? 0) < (groupSizes.get(group) ?? Number.POSITIVE_INFINITY);
  const down = new Set(ciIds);
  let frontier = [...down];
  for (let depth = 0; depth < MAX_IMPACT_DEPTH && frontier.length > 0; depth++) {
    const next: string[] = [];
    for (const ciId of frontier) {
      const number = flow.numbers.get(ciId);
      if (number === undefined) continue;
      const memberOf = groups.get(ciId);
      for (let step = flow.starts[number] as number; step < (flow.starts[number + 1] as number); step++) {
        const to = flow.ids[flow.to[step] as number] as string;
        if (down.has(to) || (memberOf?.includes(to) === true && survives(to))) continue;
        down.add(to);
        next.push(to);
      }
    }
    frontier = next;
  }
  return down;
}
