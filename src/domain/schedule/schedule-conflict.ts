import { scopedWindow, type ConflictWindow } from './conflict-window.js';
import { blackoutConflicts, changeWindowConflicts } from './window-conflict.js';
import type { NamedRef, SubjectRef } from '../blocker.js';
import type { CiClass } from '../cmdb/configuration-item.machine.js';
import { atOnce, type Steps } from '../steps.js';
import { lostRedundancy, nearestShared, reachFrom, type ImpactGraph, type Reach } from '../cmdb/impact.js';
import { distributionOf, entryParty, type ConflictEntry, type ConflictParty } from './conflict-entry.js';
import { withMessage } from './conflict-message.js';
import { intersection, intervalsOverlap, type Interval } from './interval.js';
import { lostAlone, lostTogether } from './redundancy-conflict.js';

/** The kinds of schedule conflict. Each is also the code of the blocker that the conflict becomes. */
export const SCHEDULE_CONFLICT_KINDS = [
  'CI_CONFLICT',
  'IMPACTED_CI_CONFLICT',
  'REDUNDANCY_CONFLICT',
  'BLACKOUT',
  'OUTSIDE_CHANGE_WINDOW',
  'RESOURCE_OVERLOAD',
  'TEAM_OVERLOAD',
  'MEDIA_NOT_AUTHORISED',
  'DEPENDENCY_ORDER',
  'NO_TIME_TO_BACK_OUT',
] as const;

/** One of {@link SCHEDULE_CONFLICT_KINDS}. */
export type ScheduleConflictKind = (typeof SCHEDULE_CONFLICT_KINDS)[number];

/** What each kind of conflict means. */
export const SCHEDULE_CONFLICT_KIND_DESCRIPTIONS: Readonly<Record<ScheduleConflictKind, string>> = {
  CI_CONFLICT: 'Two entries work on the same configuration item at the same time.',
  IMPACTED_CI_CONFLICT: 'One entry works on a configuration item that the other impacts, or both impact the same item.',
  REDUNDANCY_CONFLICT:
    'Two entries work at the same time on, or impact, different members of one group, e.g. both nodes of a cluster, ' +
    'or one entry, or several distributions of one release at the same time, do so on all of its members.',
  BLACKOUT: 'An entry works on or impacts a configuration item during a blackout that applies to it.',
  OUTSIDE_CHANGE_WINDOW: 'An entry is not entirely inside the change and maintenance windows of a target.',
  RESOURCE_OVERLOAD:
    'A person has more entries at the same time than their capacity allows, or works at no time of an entry: by ' +
    'their working calendar, or because they are absent.',
  TEAM_OVERLOAD:
    'The active members of a team together have more tasks at the same time than the team may have at once.',
  MEDIA_NOT_AUTHORISED: 'An entry delivers a media version that is not authorised in the Definitive Media Library.',
  DEPENDENCY_ORDER: 'A release begins before a release that it depends on has ended.',
  NO_TIME_TO_BACK_OUT:
    'After the end of an entry, a change or maintenance window closes, or a blackout begins, before a back-out would ' +
    'have ended.',
};

/** The severity of a conflict, in rising order. LOW is a notice and does not block scheduling. */
export const CONFLICT_SEVERITIES = ['LOW', 'MEDIUM', 'HIGH'] as const;

/** One of {@link CONFLICT_SEVERITIES}. */
export type ConflictSeverity = (typeof CONFLICT_SEVERITIES)[number];

/** What each severity means. */
export const CONFLICT_SEVERITY_DESCRIPTIONS: Readonly<Record<ConflictSeverity, string>> = {
  LOW: 'A notice for review. It does not block scheduling.',
  MEDIUM:
    'A risk to an impacted configuration item, such as a cluster whose members all run on the target. Requires ' +
    'another time or a waiver. Also a media version that can still be authorised in time.',
  HIGH:
    'A conflict on a target, on everything that can replace it, or with a window or blackout. Requires ' +
    'another time or a waiver. Also a media version that can never be authorised again: replace it.',
};

/** The object behind a party, where somebody can be asked: its distribution, task or release, else the party itself. */
export function partySubject({ type, id, work }: ConflictParty): SubjectRef {
  if (work?.distributionId != null) return { type: 'Distribution', id: work.distributionId };
  if (work?.taskId != null) return { type: 'Task', id: work.taskId };
  if (work?.releaseId != null) return { type: 'Release', id: work.releaseId };
  return { type, id };
}

/** Whether an entry conflicts with nobody but itself. */
const isAlone = ({ left, right }: Pick<ScheduleConflict, 'left' | 'right'>): boolean =>
  left.type === right.type && left.id === right.id;

/** What stands against an entry: the object behind the other party, or the group that it takes away as a whole. */
export const conflictSubject = (conflict: Pick<ScheduleConflict, 'left' | 'right' | 'ciId'>): SubjectRef =>
  isAlone(conflict) && conflict.ciId !== null
    ? { type: 'ConfigurationItem', id: conflict.ciId }
    : partySubject(conflict.right);

/** Whether both parties belong to one release. */
const isInside = ({ left, right }: Pick<ScheduleConflict, 'left' | 'right'>): boolean =>
  left.work?.releaseId != null && left.work.releaseId === right.work?.releaseId;

/**
 * Database ids by which a waiver can name the other party of a conflict: the object behind it, or its entry in the
 * schedule. What a release does to a group by itself, all at once or by several distributions, is named by the group.
 */
export function waivableSubjects(conflict: Pick<ScheduleConflict, 'left' | 'right' | 'ciId'>): string[] {
  const group = isInside(conflict) && conflict.ciId !== null ? [conflict.ciId] : [];
  return [conflict.right.id, conflictSubject(conflict).id, ...group];
}

/** A conflict between two parties of the schedule. */
export interface ScheduleConflict {
  /** Stable: the same conflict always has the same key. */
  readonly key: string;
  readonly kind: ScheduleConflictKind;
  readonly severity: ConflictSeverity;
  /** The time of the overlap; for OUTSIDE_CHANGE_WINDOW the first time that no window covers. */
  readonly interval: Interval;
  /** The entry; of two entries, the one that starts later. */
  readonly left: ConflictParty;
  /** The same as `left` for an entry that takes every member of a group by itself. */
  readonly right: ConflictParty;
  /** Database id of the configuration item in conflict; null where the conflict is on none. */
  readonly ciId: string | null;
  /** The person who is overloaded; null for every other kind. */
  readonly person: NamedRef | null;
  /** The team that is overloaded; absent for every other kind. */
  readonly team?: NamedRef;
  /** Ids of configuration items, from a target of `left` to a target of `right`. */
  readonly path: readonly string[];
  /** A sentence that names both parties and the time. */
  readonly message: string;
}

/** A conflict as far as its message is made of it. */
export type UnsaidConflict = Omit<ScheduleConflict, 'message'>;

/** Options that narrow the search for conflicts. */
export interface ConflictOptions {
  /** Only conflicts of these entries. Default: all. */
  readonly focus?: ReadonlySet<string>;
  /** Stop once more conflicts than this are found. The result is then incomplete. */
  readonly atMost?: number;
  /** Number of entries that one person can have at the same time. Default: 1. */
  readonly personCapacity?: number;
  /** Computes what work on some items impacts. Default: {@link reachFrom}. Lets the caller limit the effort. */
  readonly reach?: (ciIds: readonly string[]) => Reach;
}

/** Maximum number of conflicts reported for one pair of entries: those on the nearest items. */
export const MAX_CONFLICTS_OF_PAIR = 20;

const byNearness = (
  a: { readonly ciId: string; readonly steps: number },
  b: { readonly ciId: string; readonly steps: number },
): number => a.steps - b.steps || (a.ciId < b.ciId ? -1 : 1);

/** An entry with everything that work on its targets impacts. */
export interface Reaching {
  readonly entry: ConflictEntry;
  readonly reach: Reach;
}

/** Of two entries, whether the first one starts later; it is `left` in their conflicts. */
export const startsLater = (a: ConflictEntry, b: ConflictEntry): boolean =>
  a.startsAt > b.startsAt || (a.startsAt.getTime() === b.startsAt.getTime() && a.id > b.id);

function conflictsOfPair(a: Reaching, b: Reaching, nameOf: (ciId: string) => string): ScheduleConflict[] {
  const [later, earlier] = startsLater(a.entry, b.entry) ? [a, b] : [b, a];
  const { entry: left, reach: leftReach } = later;
  const { entry: right, reach: rightReach } = earlier;
  const interval = intersection(left, right);
  if (interval === null) return [];
  const stepsTo = (ciId: string): number => leftReach.distance(ciId) + rightReach.distance(ciId);
  const conflict = (
    { ciId, steps }: { readonly ciId: string; readonly steps: number },
    weak: boolean,
  ): ScheduleConflict => {
    const path = [...leftReach.path(ciId), ...rightReach.path(ciId).slice(0, -1).reverse()];
    const kind = steps === 0 ? 'CI_CONFLICT' : 'IMPACTED_CI_CONFLICT';
    return withMessage(
      pairConflict(kind, weak ? 'LOW' : steps === 0 ? 'HIGH' : 'MEDIUM', interval, left, right, ciId, path),
      nameOf,
    );
  };
  // Items that one entry works on and the other works on or impacts. The targets suffice to find them.
  const targets = new Set([
    ...left.ciIds.filter((ciId) => rightReach.has(ciId)),
    ...right.ciIds.filter((ciId) => leftReach.has(ciId)),
  ]);
  const found: ScheduleConflict[] = [];
  if (targets.size > 0) {
    const nearest = [...targets].map((ciId) => ({ ciId, steps: stepsTo(ciId) })).sort(byNearness);
    found.push(...nearest.slice(0, MAX_CONFLICTS_OF_PAIR).map((one) => conflict(one, false)));
  }
  // What stands in for the members that the one takes away is taken away by the other.
  for (const { groupId, left: l, right: r } of lostRedundancy(leftReach, rightReach).slice(0, MAX_CONFLICTS_OF_PAIR)) {
    const path = [...leftReach.path(l), groupId, ...rightReach.path(r).reverse()];
    found.push(withMessage(pairConflict('REDUNDANCY_CONFLICT', 'HIGH', interval, left, right, groupId, path), nameOf));
  }
  if (found.length > 0) return found;
  // Items that both entries only impact give one notice, on the nearest of them.
  const shared = nearestShared(leftReach, rightReach);
  return shared === undefined ? [] : [conflict(shared, true)];
}

function pairConflict(
  kind: ScheduleConflictKind,
  severity: ConflictSeverity,
  interval: Interval,
  left: ConflictEntry,
  right: ConflictEntry,
  ciId: string,
  path: readonly string[],
): UnsaidConflict {
  return {
    key: [kind, left.id, right.id, ciId].join(':'),
    kind,
    severity,
    interval,
    left: entryParty(left),
    right: entryParty(right),
    ciId,
    person: null,
    path,
  };
}

/**
 * The notice about two works that have no conflict but impact the same item. @param a and `b`: the works, in any order
 * @param path from a target of the one that starts later to a target of the other
 */
export function sharedNotice(
  a: ConflictEntry,
  b: ConflictEntry,
  ciId: string,
  path: readonly string[],
): UnsaidConflict | undefined {
  const [later, earlier] = startsLater(a, b) ? [a, b] : [b, a];
  const interval = intersection(later, earlier);
  return interval === null
    ? undefined
    : pairConflict('IMPACTED_CI_CONFLICT', 'LOW', interval, later, earlier, ciId, path);
}

function* overloadConflicts(
  entries: readonly ConflictEntry[],
  capacity: number,
  inFocus: (entry: ConflictEntry) => boolean,
): Steps<ScheduleConflict[]> {
  const byPerson = new Map<string, ConflictEntry[]>();
  for (const entry of entries) {
    for (const id of new Set(entry.personIds)) {
      const own = byPerson.get(id);
      if (own === undefined) byPerson.set(id, [entry]);
      else own.push(entry);
    }
  }
  const found: ScheduleConflict[] = [];
  for (const [personId, own] of byPerson) {
    let active: ConflictEntry[] = [];
    for (const entry of own) {
      yield;
      active = [...active.filter((other) => intervalsOverlap(other, entry)), entry];
      const other = active.find((one) => inFocus(entry) || inFocus(one));
      const interval = other === undefined ? null : intersection(other, entry);
      if (active.length <= capacity || other === undefined || other === entry || interval === null) continue;
      const known = active.find(({ personNames }) => personNames?.[personId] !== undefined);
      const person = { id: personId, name: known?.personNames?.[personId] ?? personId };
      const key = ['RESOURCE_OVERLOAD', personId, entry.id, other.id].join(':');
      const conflict: UnsaidConflict = {
        key,
        kind: 'RESOURCE_OVERLOAD',
        severity: 'LOW',
        interval,
        left: entryParty(entry),
        right: entryParty(other),
        ciId: null,
        person,
        path: [],
      };
      found.push(withMessage(conflict, () => ''));
    }
  }
  return found;
}

// A release comes before its distributions: what they take away is said for the release, once.
const isPart = (entry: ConflictEntry): boolean => distributionOf(entry) !== null;

/**
 * All conflicts among entries, and between entries and windows, in a fixed order.
 * @param windows blackouts, change windows and maintenance windows with their occurrences over the time of the entries.
 * @param graph the targets of the entries and what they impact.
 */
export function* conflictSteps(
  entries: readonly ConflictEntry[],
  windows: readonly ConflictWindow[],
  graph: ImpactGraph,
  {
    focus,
    atMost = Number.POSITIVE_INFINITY,
    personCapacity = 1,
    reach: reachOf = (ciIds) => reachFrom(graph, ciIds),
  }: ConflictOptions = {},
): Steps<ScheduleConflict[]> {
  const nameOf = (ciId: string): string => graph.nodes.get(ciId)?.name ?? ciId;
  const classOf = (ciId: string): CiClass | undefined => graph.nodes.get(ciId)?.ciClass;
  const inFocus = ({ id }: ConflictEntry): boolean => focus?.has(id) ?? true;
  const sorted = entries
    .filter((entry) => entry.startsAt < entry.endsAt)
    .sort(
      (a, b) =>
        a.startsAt.getTime() - b.startsAt.getTime() || Number(isPart(a)) - Number(isPart(b)) || (a.id < b.id ? -1 : 1),
    );
  const blackouts = windows.filter(({ kind }) => kind === 'BLACKOUT').map(scopedWindow);
  const changeWindows = windows.filter(({ kind }) => kind !== 'BLACKOUT').map(scopedWindow);
  const found: ScheduleConflict[] = [];
  const search = { graph, said: new Map<string, Interval>(), atMost: MAX_CONFLICTS_OF_PAIR };
  let active: Reaching[] = [];
  for (const entry of sorted) {
    if (found.length > atMost) return found;
    active = active.filter((other) => other.entry.endsAt > entry.startsAt);
    if (entry.ciIds.length === 0) continue;
    yield;
    const reach = reachOf(entry.ciIds);
    for (const other of active) {
      const sameGroup = entry.groupId !== null && entry.groupId === other.entry.groupId;
      if (sameGroup || !(inFocus(entry) || inFocus(other.entry))) continue;
      yield;
      found.push(...conflictsOfPair({ entry, reach }, other, nameOf));
    }
    if (inFocus(entry)) found.push(...(yield* lostAlone(search, { entry, reach })));
    found.push(...(yield* lostTogether(search, { entry, reach }, active, inFocus)));
    if (inFocus(entry))
      found.push(
        ...(yield* blackoutConflicts(entry, blackouts, reach, classOf, nameOf)),
        ...(yield* changeWindowConflicts(entry, changeWindows, classOf, nameOf)),
      );
    active.push({ entry, reach });
  }
  return [...found, ...(yield* overloadConflicts(sorted, personCapacity, inFocus))];
}

/** The same at once; see {@link conflictSteps}. */
export const conflicts = (...asked: Parameters<typeof conflictSteps>): ScheduleConflict[] =>
  atOnce(conflictSteps(...asked));
