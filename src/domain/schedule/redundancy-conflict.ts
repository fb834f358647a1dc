import { groupsLost, groupsLostWith, type ImpactGraph } from '../cmdb/impact.js';
import type { Steps } from '../steps.js';
import { distributionOf, entryParty, type ConflictEntry } from './conflict-entry.js';
import { withMessage } from './conflict-message.js';
import { intersection, type Interval } from './interval.js';
import type { Reaching, ScheduleConflict, UnsaidConflict } from './schedule-conflict.js';

/** One search for groups, such as clusters, that a release takes as a whole. */
export interface RedundancySearch {
  readonly graph: ImpactGraph;
  /** What was found for a release already, by release and group: its distribution need not repeat it. */
  readonly said: Map<string, Interval>;
  /** Most conflicts for one entry. */
  readonly atMost: number;
}

const nameIn = ({ nodes }: ImpactGraph, ciId: string): string => nodes.get(ciId)?.name ?? ciId;

/**
 * Groups of which an entry takes every member by itself. It is of severity MEDIUM where they all hang on one target:
 * then no order of the work spares the group, and somebody has to agree to its loss.
 */
export function* lostAlone(
  { graph, said, atMost }: RedundancySearch,
  { entry, reach }: Reaching,
): Steps<ScheduleConflict[]> {
  const party = entryParty(entry);
  const found: ScheduleConflict[] = [];
  for (const { groupId, left, right, hangsOnOne } of yield* groupsLost(graph, reach)) {
    if (found.length === atMost) break;
    const key = `${entry.groupId}:${groupId}`;
    const before = entry.groupId === null ? undefined : said.get(key);
    if (before !== undefined && before.endsAt >= entry.endsAt) continue;
    said.set(key, entry);
    const conflict: UnsaidConflict = {
      key: ['REDUNDANCY_CONFLICT', entry.id, groupId].join(':'),
      kind: 'REDUNDANCY_CONFLICT',
      severity: hangsOnOne ? 'MEDIUM' : 'HIGH',
      interval: { startsAt: entry.startsAt, endsAt: entry.endsAt },
      left: party,
      right: party,
      ciId: groupId,
      person: null,
      path: [...reach.path(left), groupId, ...reach.path(right).reverse()],
    };
    found.push(withMessage(conflict, (ciId) => nameIn(graph, ciId)));
  }
  return found;
}

/**
 * Groups of which a distribution takes the last members while others of its release have the rest.
 * @param active entries that began before and go on.
 */
export function* lostTogether(
  { graph, atMost }: RedundancySearch,
  { entry, reach }: Reaching,
  active: readonly Reaching[],
  inFocus: (entry: ConflictEntry) => boolean,
): Steps<ScheduleConflict[]> {
  const own = distributionOf(entry);
  if (own === null || entry.groupId === null) return [];
  const beside = active.filter((other) => {
    const distribution = distributionOf(other.entry);
    return other.entry.groupId === entry.groupId && distribution !== null && distribution !== own;
  });
  if (beside.length === 0) return [];
  yield;
  const found: ScheduleConflict[] = [];
  const reaches = beside.map((other) => other.reach);
  for (const { groupId, own: member, others } of groupsLostWith(graph, reach, reaches)) {
    if (found.length === atMost) break;
    const taking = beside.filter((other) => others.has(other.reach));
    const right = taking.find((other) => inFocus(other.entry)) ?? taking[0];
    if (right === undefined || !(inFocus(entry) || inFocus(right.entry))) continue;
    const interval = taking.reduce<Interval>((all, other) => intersection(all, other.entry) ?? all, entry);
    const conflict: UnsaidConflict = {
      key: ['REDUNDANCY_CONFLICT', entry.id, right.entry.id, groupId].join(':'),
      kind: 'REDUNDANCY_CONFLICT',
      severity: 'HIGH',
      interval: { startsAt: interval.startsAt, endsAt: interval.endsAt },
      left: entryParty(entry),
      right: entryParty(right.entry),
      ciId: groupId,
      person: null,
      path: [...reach.path(member), groupId, ...right.reach.path(others.get(right.reach) as string).reverse()],
    };
    found.push(withMessage(conflict, (ciId) => nameIn(graph, ciId)));
  }
  return found;
}
