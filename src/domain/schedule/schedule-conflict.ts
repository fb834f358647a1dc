import type { CiClass } from '../cmdb/configuration-item.machine.js';
import { reachFrom, type ImpactGraph, type Reach } from '../cmdb/impact.js';
import { intersection, intervalsOverlap, subtractIntervals, type Interval } from './interval.js';
import type { WindowKind } from './schedule.js';

/** The kinds of conflict that the schedule can have. Each is also the code of the blocker it becomes. */
export const SCHEDULE_CONFLICT_KINDS = [
  'CI_CONFLICT',
  'IMPACTED_CI_CONFLICT',
  'BLACKOUT',
  'OUTSIDE_CHANGE_WINDOW',
  'RESOURCE_OVERLOAD',
] as const;

/** One of {@link SCHEDULE_CONFLICT_KINDS}. */
export type ScheduleConflictKind = (typeof SCHEDULE_CONFLICT_KINDS)[number];

/** What each kind of conflict means. */
export const SCHEDULE_CONFLICT_KIND_DESCRIPTIONS: Readonly<Record<ScheduleConflictKind, string>> = {
  CI_CONFLICT: 'Two entries work on the same configuration item at the same time.',
  IMPACTED_CI_CONFLICT: 'One entry works on a configuration item that the other impacts, or both impact the same one.',
  BLACKOUT: 'An entry works on or impacts a configuration item during a blackout that covers it.',
  OUTSIDE_CHANGE_WINDOW: 'An entry is not wholly inside the change and maintenance windows of a target.',
  RESOURCE_OVERLOAD: 'A person has more entries at the same time than they can carry.',
};

/** How bad a conflict is, in rising order. LOW is a notice: it does not stand in the way of scheduling. */
export const CONFLICT_SEVERITIES = ['LOW', 'MEDIUM', 'HIGH'] as const;

/** One of {@link CONFLICT_SEVERITIES}. */
export type ConflictSeverity = (typeof CONFLICT_SEVERITIES)[number];

/** What each severity means. */
export const CONFLICT_SEVERITY_DESCRIPTIONS: Readonly<Record<ConflictSeverity, string>> = {
  LOW: 'A notice: look at it. It does not stand in the way.',
  MEDIUM: 'A risk to something that is impacted: it needs another time or a waiver.',
  HIGH: 'A clash on a target or with a rule: it needs another time or a waiver.',
};

/** An entry of the schedule, as far as conflicts depend on it. */
export interface ConflictEntry extends Interval {
  readonly id: string;
  readonly name: string;
  /** Entries of one group, such as a release with its distributions, do not clash on configuration items; null for none. */
  readonly groupId: string | null;
  /** Target configuration items. Without any, only people can be overloaded by the entry. */
  readonly ciIds: readonly string[];
  /** People who are busy with it. */
  readonly personIds: readonly string[];
  /** How conflicts point at it; absent for a booked entry, which is pointed at as a ScheduleEntry. */
  readonly party?: ConflictParty;
}

/** A window with its occurrences in the time under consideration. It holds for its items and classes, or with neither for everything. */
export interface ConflictWindow {
  readonly id: string;
  readonly name: string;
  readonly kind: WindowKind;
  readonly occurrences: readonly Interval[];
  readonly ciIds: readonly string[];
  readonly ciClasses: readonly CiClass[];
  /** When a change window is over: it does not bind work that starts then or later. Null or absent when it repeats without end. */
  readonly bindsUntil?: Date | null;
}

/** Whether a window still binds work that starts at an instant. */
export const windowBinds = ({ bindsUntil }: ConflictWindow, startsAt: Date): boolean =>
  bindsUntil == null || bindsUntil > startsAt;

/** One side of a conflict: an object of the API with its database id. */
export interface ConflictParty {
  readonly type: 'ScheduleEntry' | 'ScheduleWindow' | 'Person' | 'Release' | 'Distribution';
  readonly id: string;
  readonly name: string;
}

/** Two things in the schedule that do not go together. */
export interface ScheduleConflict {
  /** The same for the same conflict whenever it is computed. */
  readonly key: string;
  readonly kind: ScheduleConflictKind;
  readonly severity: ConflictSeverity;
  /** The time they share; for OUTSIDE_CHANGE_WINDOW the first time that no window covers. */
  readonly interval: Interval;
  /** The entry; of two, the one that starts later. */
  readonly left: ConflictParty;
  readonly right: ConflictParty;
  /** The configuration item it is about; null for RESOURCE_OVERLOAD. */
  readonly ciId: string | null;
  /** Ids of configuration items from a target of `left` to what `right` is about. */
  readonly path: readonly string[];
  /** A sentence that names both sides and the time. */
  readonly message: string;
}

/** Narrows the search for conflicts. */
export interface ConflictOptions {
  /** Only conflicts in which one of these entries takes part. All, when absent. */
  readonly focus?: ReadonlySet<string>;
  /** Stop looking once more conflicts than this are found; what is returned is then incomplete. */
  readonly atMost?: number;
  /** How many entries one person can carry at the same time; 1 when absent. */
  readonly personCapacity?: number;
  /** How to find what work on some items touches; when absent, by following the graph. Lets the caller keep an account of the effort. */
  readonly reach?: (ciIds: readonly string[]) => Reach;
}

function entryParty({ id, name, party }: ConflictEntry): ConflictParty {
  return party ?? { type: 'ScheduleEntry', id, name };
}

function timeText({ startsAt, endsAt }: Interval): string {
  const text = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `${text(startsAt)} to ${text(endsAt)}`;
}

/** Of two entries that clash on many items this many conflicts are told, those on the nearest items. */
export const MAX_CONFLICTS_OF_PAIR = 20;

const byNearness = (
  a: { readonly ciId: string; readonly steps: number },
  b: { readonly ciId: string; readonly steps: number },
): number => a.steps - b.steps || (a.ciId < b.ciId ? -1 : 1);

interface Reaching {
  readonly entry: ConflictEntry;
  readonly reach: Reach;
}

const startsLater = (a: ConflictEntry, b: ConflictEntry): boolean =>
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
    return pairConflict(
      kind,
      weak ? 'LOW' : steps === 0 ? 'HIGH' : 'MEDIUM',
      interval,
      left,
      right,
      ciId,
      path,
      nameOf,
    );
  };
  // One of them works on it and the other works on it too or impacts it: told by the targets alone, however far they reach.
  const targets = new Set([
    ...left.ciIds.filter((ciId) => rightReach.has(ciId)),
    ...right.ciIds.filter((ciId) => leftReach.has(ciId)),
  ]);
  if (targets.size > 0) {
    const nearest = [...targets].map((ciId) => ({ ciId, steps: stepsTo(ciId) })).sort(byNearness);
    return nearest.slice(0, MAX_CONFLICTS_OF_PAIR).map((one) => conflict(one, false));
  }
  // What both merely impact is worth a notice, and only one.
  const [smaller, larger] = leftReach.size <= rightReach.size ? [leftReach, rightReach] : [rightReach, leftReach];
  let shared: { readonly ciId: string; readonly steps: number } | undefined;
  for (const ciId of smaller.ids()) {
    if (!larger.has(ciId)) continue;
    const candidate = { ciId, steps: stepsTo(ciId) };
    if (shared === undefined || byNearness(candidate, shared) < 0) shared = candidate;
  }
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
  nameOf: (ciId: string) => string,
): ScheduleConflict {
  const way = path.length === 1 ? `on ${nameOf(ciId)}` : `through ${path.map(nameOf).join(' > ')}`;
  const message = `"${left.name}" and "${right.name}" clash ${way} from ${timeText(interval)}.`;
  return {
    key: [kind, left.id, right.id, ciId].join(':'),
    kind,
    severity,
    interval,
    left: entryParty(left),
    right: entryParty(right),
    ciId,
    path,
    message,
  };
}

/** A window with its scope in a form that is quick to ask: windows and entries can name thousands of items. */
export interface ScopedWindow extends ConflictWindow {
  readonly everywhere: boolean;
  readonly holdsForItem: (ciId: string) => boolean;
  readonly holdsForClass: (ciClass: CiClass | undefined) => boolean;
}

/** Prepares a window for being asked whether it holds. */
export function scopedWindow(window: ConflictWindow): ScopedWindow {
  const items = new Set(window.ciIds);
  const classes = new Set<CiClass | undefined>(window.ciClasses);
  return {
    ...window,
    everywhere: items.size === 0 && classes.size === 0,
    holdsForItem: (ciId) => items.has(ciId),
    holdsForClass: (ciClass) => classes.has(ciClass),
  };
}

/** The most specific windows that hold for an item: its own, else those of its class, else those for everything. */
export function windowsFor(
  ciId: string,
  ciClass: CiClass | undefined,
  windows: readonly ScopedWindow[],
): readonly ScopedWindow[] {
  const own = windows.filter((window) => window.holdsForItem(ciId));
  if (own.length > 0) return own;
  const ofClass = windows.filter((window) => window.holdsForClass(ciClass));
  return ofClass.length > 0 ? ofClass : windows.filter((window) => window.everywhere);
}

/** The nearest item that work touches and a blackout holds for. */
export function firstCovered(
  window: ScopedWindow,
  reach: Reach,
  classOf: (ciId: string) => CiClass | undefined,
): string | undefined {
  for (const ciId of reach.ids())
    if (window.everywhere || window.holdsForItem(ciId) || window.holdsForClass(classOf(ciId))) return ciId;
  return undefined;
}

function blackoutConflicts(
  entry: ConflictEntry,
  blackouts: readonly ScopedWindow[],
  reach: Reach,
  classOf: (ciId: string) => CiClass | undefined,
  nameOf: (ciId: string) => string,
): ScheduleConflict[] {
  const found: ScheduleConflict[] = [];
  for (const window of blackouts) {
    const ciId = firstCovered(window, reach, classOf);
    if (ciId === undefined) continue;
    const path = reach.path(ciId);
    for (const occurrence of window.occurrences) {
      const interval = intersection(entry, occurrence);
      if (interval === null) continue;
      const message = `"${entry.name}" ${path.length === 1 ? 'works on' : 'impacts'} ${path.map(nameOf).join(' > ')} during blackout "${window.name}" from ${timeText(interval)}.`;
      const key = ['BLACKOUT', entry.id, window.id, occurrence.startsAt.toISOString()].join(':');
      found.push({
        key,
        kind: 'BLACKOUT',
        severity: 'HIGH',
        interval,
        left: entryParty(entry),
        right: { type: 'ScheduleWindow', id: window.id, name: window.name },
        ciId,
        path,
        message,
      });
    }
  }
  return found;
}

function changeWindowConflicts(
  entry: ConflictEntry,
  windows: readonly ScopedWindow[],
  classOf: (ciId: string) => CiClass | undefined,
  nameOf: (ciId: string) => string,
): ScheduleConflict[] {
  const found = new Map<string, ScheduleConflict>();
  const binding = windows.filter((window) => windowBinds(window, entry.startsAt));
  for (const ciId of entry.ciIds) {
    const applicable = windowsFor(ciId, classOf(ciId), binding);
    const nearest = applicable[0];
    if (nearest === undefined) continue;
    const key = ['OUTSIDE_CHANGE_WINDOW', entry.id, ...applicable.map((window) => window.id)].join(':');
    if (found.has(key)) continue;
    const uncovered = subtractIntervals(
      entry,
      applicable.flatMap((window) => window.occurrences),
    )[0];
    if (uncovered === undefined) continue;
    const names = applicable.map((window) => `"${window.name}"`).join(', ');
    const message = `"${entry.name}" works on ${nameOf(ciId)} outside ${names} from ${timeText(uncovered)}.`;
    const right: ConflictParty = { type: 'ScheduleWindow', id: nearest.id, name: nearest.name };
    found.set(key, {
      key,
      kind: 'OUTSIDE_CHANGE_WINDOW',
      severity: 'HIGH',
      interval: uncovered,
      left: entryParty(entry),
      right,
      ciId,
      path: [ciId],
      message,
    });
  }
  return [...found.values()];
}

function overloadConflicts(
  entries: readonly ConflictEntry[],
  capacity: number,
  inFocus: (entry: ConflictEntry) => boolean,
): ScheduleConflict[] {
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
      active = [...active.filter((other) => intervalsOverlap(other, entry)), entry];
      const other = active.find((one) => inFocus(entry) || inFocus(one));
      const interval = other === undefined ? null : intersection(other, entry);
      if (active.length <= capacity || other === undefined || other === entry || interval === null) continue;
      const message = `The same person is busy with ${active.map(({ name }) => `"${name}"`).join(', ')} from ${timeText(interval)}.`;
      const key = ['RESOURCE_OVERLOAD', personId, entry.id, other.id].join(':');
      found.push({
        key,
        kind: 'RESOURCE_OVERLOAD',
        severity: 'LOW',
        interval,
        left: entryParty(entry),
        right: entryParty(other),
        ciId: null,
        path: [],
        message,
      });
    }
  }
  return found;
}

/**
 * Every conflict among entries, and of entries with windows, in a fixed order.
 * @param windows blackouts, change windows and maintenance windows with their occurrences over the time of the entries.
 * @param graph the targets of the entries and what they impact.
 */
export function conflicts(
  entries: readonly ConflictEntry[],
  windows: readonly ConflictWindow[],
  graph: ImpactGraph,
  {
    focus,
    atMost = Number.POSITIVE_INFINITY,
    personCapacity = 1,
    reach: reachOf = (ciIds) => reachFrom(graph, ciIds),
  }: ConflictOptions = {},
): ScheduleConflict[] {
  const nameOf = (ciId: string): string => graph.nodes.get(ciId)?.name ?? ciId;
  const classOf = (ciId: string): CiClass | undefined => graph.nodes.get(ciId)?.ciClass;
  const inFocus = ({ id }: ConflictEntry): boolean => focus?.has(id) ?? true;
  const sorted = entries
    .filter((entry) => entry.startsAt < entry.endsAt)
    .sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime() || (a.id < b.id ? -1 : 1));
  const blackouts = windows.filter(({ kind }) => kind === 'BLACKOUT').map(scopedWindow);
  const changeWindows = windows.filter(({ kind }) => kind !== 'BLACKOUT').map(scopedWindow);
  const found: ScheduleConflict[] = [];
  let active: Reaching[] = [];
  for (const entry of sorted) {
    if (found.length > atMost) return found;
    active = active.filter((other) => other.entry.endsAt > entry.startsAt);
    if (entry.ciIds.length === 0) continue;
    const reach = reachOf(entry.ciIds);
    for (const other of active) {
      const sameGroup = entry.groupId !== null && entry.groupId === other.entry.groupId;
      if (!sameGroup && (inFocus(entry) || inFocus(other.entry)))
        found.push(...conflictsOfPair({ entry, reach }, other, nameOf));
    }
    if (inFocus(entry))
      found.push(
        ...blackoutConflicts(entry, blackouts, reach, classOf, nameOf),
        ...changeWindowConflicts(entry, changeWindows, classOf, nameOf),
      );
    active.push({ entry, reach });
  }
  return [...found, ...overloadConflicts(sorted, personCapacity, inFocus)];
}
