import { atOnce, type Steps } from '../steps.js';

/** A target to be placed. `rank` orders the waves: the least critical first. */
export interface WaveTarget {
  readonly id: string;
  readonly name: string;
  readonly rank: number;
}

/** An item of a redundancy group. */
export interface RedundancyMember {
  readonly id: string;
  readonly name: string;
  /** Ids of targets whose loss takes this member: itself when it is a target, a host that carries it, ... */
  readonly takenBy: readonly string[];
  /** Whether it is out of service already. */
  readonly down: boolean;
}

/** Items that stand in for each other, such as the members of a cluster, and how many must stay in service. */
export interface RedundancyGroup {
  readonly id: string;
  readonly name: string;
  readonly members: readonly RedundancyMember[];
  /** Members that must stay up; see {@link membersToKeep}. */
  readonly keep: number;
}

/** How many members of a group must stay up: one of two, and a strict majority of three or more. */
export const membersToKeep = (size: number): number => (size <= 2 ? size - 1 : Math.floor(size / 2) + 1);

/** How targets are divided into waves. */
export type WaveStrategy =
  /** Waves of given numbers of targets, or of given shares of all targets in percent. The last size repeats. */
  | { readonly by: 'COUNT' | 'PERCENT'; readonly sizes: readonly number[] }
  /** Waves that break no redundancy group, with at most `maxSize` targets. */
  | { readonly by: 'REDUNDANCY'; readonly maxSize?: number | null }
  /** The given waves. A target that is named twice counts where it is named first. */
  | { readonly by: 'LIST'; readonly lists: readonly (readonly string[])[] };

/** One wave. It is never empty. */
export interface PlannedWave {
  /** In the order of the plan; in that of the list for LIST. */
  readonly targetIds: readonly string[];
  /** Why the wave is as it is, in a few sentences. */
  readonly explanation: readonly string[];
  /** For GROUP and LIST: which group or list it is, from 0; after the last group come the targets of none. */
  readonly part?: number;
}

/** A target group with those of its members that are targets. */
export interface TargetGroupMembers {
  readonly name: string;
  readonly memberIds: ReadonlySet<string>;
}

/**
 * A wave for each target group, in their order. A target of several groups is in the wave of the first one; targets of
 * none are in a last wave. Groups without a target of their own have no wave.
 */
export function wavesOfGroups(
  targetIds: readonly string[],
  groups: readonly TargetGroupMembers[],
): (PlannedWave & { readonly name: string })[] {
  const firstOf = new Map<string, number>();
  for (const [index, { memberIds }] of groups.entries())
    for (const id of memberIds) if (!firstOf.has(id)) firstOf.set(id, index);
  const byGroup = Map.groupBy(targetIds, (id) => firstOf.get(id) ?? groups.length);
  const waves = groups.map(({ name }, index) => ({
    name,
    part: index,
    targetIds: byGroup.get(index) ?? [],
    explanation: [`The targets of the target group ${name}.`],
  }));
  const rest = {
    name: 'Rest',
    part: groups.length,
    targetIds: byGroup.get(groups.length) ?? [],
    explanation: ['The targets that are in none of the target groups.'],
  };
  return [...waves, rest].filter((wave) => wave.targetIds.length > 0);
}

/** Why no division into waves keeps every group in service. */
export interface WavesImpossible {
  readonly groupId: string;
  /** Targets that break the group, each of them alone. */
  readonly targetIds: readonly string[];
  readonly message: string;
}

/** The waves, or the proof that there are none. `unplaced`: targets that no list names. */
export type WavePlanResult =
  | { readonly waves: readonly PlannedWave[]; readonly unplaced: readonly string[] }
  | { readonly impossible: WavesImpossible };

/** Most sentences of an explanation. */
const SENTENCES = 5;

const number = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const inOrder = (targets: readonly WaveTarget[]): WaveTarget[] =>
  [...targets].sort((a, b) => a.rank - b.rank || compare(a.name, b.name) || compare(a.id, b.id));

function bySizes(sizes: readonly number[], targets: readonly WaveTarget[]): PlannedWave[] {
  const waves: PlannedWave[] = [];
  for (let from = 0, n = 0; from < targets.length; n++) {
    const size = sizes[Math.min(n, sizes.length - 1)] ?? targets.length;
    const targetIds = targets.slice(from, from + Math.max(1, Math.floor(size))).map(({ id }) => id);
    const [first, last] = [from + 1, from + targetIds.length];
    const which = first === last ? `Target ${first}` : `Targets ${first} to ${last}`;
    waves.push({ targetIds, explanation: [`${which} of ${targets.length}, the least critical first.`] });
    from = last;
  }
  return waves;
}

function byLists(lists: readonly (readonly string[])[], targets: readonly WaveTarget[]): WavePlanResult {
  const open = new Set(targets.map(({ id }) => id));
  const waves = lists
    .map((list, part) => ({ part, targetIds: list.filter((id) => open.delete(id)) }))
    .filter(({ targetIds }) => targetIds.length > 0)
    .map((wave) => ({ ...wave, explanation: [`The ${number(wave.targetIds.length, 'target')} that were listed.`] }));
  return { waves, unplaced: inOrder(targets).flatMap(({ id }) => (open.has(id) ? [id] : [])) };
}

/** Members of a constraint that the same targets take. They are lost together, so they count as one. */
interface Unit {
  readonly constraint: Constraint;
  /** How many members. */
  readonly weight: number;
  /** Name of one. */
  readonly member: string;
  readonly takenBy: readonly string[];
  /** Waves that take it and that may have room. */
  waves: number[];
}

/** What one group, or several that the same targets take alike, allow a wave. */
interface Constraint {
  readonly group: RedundancyGroup;
  /** How many members a wave may take; negative when too many are down. */
  readonly slack: number;
  /** A sentence about members that are down, or nothing. */
  readonly down: string;
  /** All waves before this one take so many members that they can take no further one. */
  full: number;
}

const downOf = ({ members }: RedundancyGroup): string => {
  const down = members.flatMap((member) => (member.down ? [member.name] : []));
  if (down.length === 0) return '';
  const [first, ...others] = down;
  return others.length === 0 ? ` ${first} is down.` : ` ${first} and ${others.length} more are down.`;
};

/** The constraints, and what each target takes. Groups of which no target takes a member are irrelevant. */
function* constraintsOf(groups: readonly RedundancyGroup[]): Steps<Map<string, Unit[]>> {
  const takers = new Map<readonly string[], number>();
  const known = new Set<string>();
  const byTarget = new Map<string, Unit[]>();
  for (const group of groups) {
    yield;
    const up = group.members.filter(({ down }) => !down);
    const slack = up.length - group.keep;
    const alike = new Map<readonly string[], { weight: number; member: string }>();
    for (const { takenBy, name } of up) {
      if (takenBy.length === 0) continue;
      if (!takers.has(takenBy)) takers.set(takenBy, takers.size);
      const unit = alike.get(takenBy);
      if (unit) unit.weight++;
      else alike.set(takenBy, { weight: 1, member: name });
    }
    // Where a network connects everything, thousands of groups are taken by the same targets: one stands for them all.
    const key = [...alike].map(([takenBy, { weight }]) => `${takers.get(takenBy)}*${weight}`).sort();
    const signature = [slack, ...key].join(' ');
    if (alike.size === 0 || known.has(signature)) continue;
    known.add(signature);
    const constraint = { group, slack, down: downOf(group), full: 0 };
    for (const [takenBy, { weight, member }] of alike) {
      const unit: Unit = { constraint, weight, member, takenBy, waves: [] };
      for (const id of takenBy) {
        const own = byTarget.get(id);
        if (own) own.push(unit);
        else byTarget.set(id, [unit]);
      }
    }
  }
  return byTarget;
}

const needs = ({ name, keep, members }: RedundancyGroup): string =>
  `${name} needs ${keep} of ${number(members.length, 'member')}`;

/** How many members of each constraint some units take. */
function takenOf(units: readonly Unit[]): Map<Constraint, number> {
  const taken = new Map<Constraint, number>();
  for (const { constraint, weight } of units) taken.set(constraint, (taken.get(constraint) ?? 0) + weight);
  return taken;
}

/** A group that a single target breaks, so that no order of the work helps. */
function* impossibleGroup(
  targets: readonly WaveTarget[],
  byTarget: ReadonlyMap<string, readonly Unit[]>,
): Steps<WavesImpossible | undefined> {
  const breaks = (target: WaveTarget): Constraint | undefined =>
    [...takenOf(byTarget.get(target.id) ?? [])].find(([{ slack }, count]) => count > slack)?.[0];
  for (const target of targets) {
    yield;
    const constraint = breaks(target);
    if (constraint === undefined) continue;
    const { group, slack } = constraint;
    const taken = (id: string): number => takenOf(byTarget.get(id) ?? []).get(constraint) ?? 0;
    const left = Math.max(0, slack + group.keep - taken(target.id));
    return {
      groupId: group.id,
      targetIds: targets.flatMap(({ id }) => (taken(id) > Math.max(0, slack) ? [id] : [])),
      message:
        `Work on ${target.name} alone leaves ${left} of ${number(group.members.length, 'member')} of ${group.name}, ` +
        `and ${group.keep} must stay in service.${constraint.down}`,
    };
  }
  return undefined;
}

interface OpenWave {
  readonly targets: WaveTarget[];
  /** What it takes, each unit once. */
  readonly units: Set<Unit>;
  readonly taken: Map<Constraint, number>;
}

/** The constraint that keeps a target out of a wave, if any. */
function obstacle(wave: OpenWave, units: readonly Unit[]): Constraint | undefined {
  for (const [constraint, count] of takenOf(units.filter((unit) => !wave.units.has(unit))))
    if ((wave.taken.get(constraint) ?? 0) + count > constraint.slack) return constraint;
  return undefined;
}

function place(wave: OpenWave, index: number, target: WaveTarget, units: readonly Unit[]): void {
  wave.targets.push(target);
  for (const unit of units) {
    if (wave.units.has(unit)) continue;
    wave.units.add(unit);
    unit.waves.push(index);
    wave.taken.set(unit.constraint, (wave.taken.get(unit.constraint) ?? 0) + unit.weight);
  }
}

function explain(waves: readonly OpenWave[], n: number, byTarget: ReadonlyMap<string, readonly Unit[]>): string[] {
  const { targets } = waves[n] as OpenWave;
  const before = waves[n - 1];
  if (before === undefined)
    return [`${number(targets.length, 'target')} whose work leaves every group in service, the least critical first.`];
  const told = targets.length > SENTENCES ? SENTENCES - 1 : targets.length;
  const sentences = targets.slice(0, told).map((target) => {
    const stop = obstacle(before, byTarget.get(target.id) ?? []);
    if (stop === undefined) return `${target.name} waits: wave ${n} has its most targets.`;
    const taken = [...before.units].find((unit) => unit.constraint === stop && !unit.takenBy.includes(target.id));
    return (
      `${target.name} waits: wave ${n} takes ${taken?.member} of ${stop.group.name}, and ${needs(stop.group)}.` +
      stop.down
    );
  });
  const rest = targets.length - told;
  return rest === 0 ? sentences : [...sentences, `${rest} more wait for wave ${n} for such reasons.`];
}

/**
 * First fit: each target goes into the first wave that has room and breaks no group with it. A target only looks at
 * its own groups, and not at waves that are known to be full.
 */
function* byRedundancy(
  maxSize: number,
  targets: readonly WaveTarget[],
  groups: readonly RedundancyGroup[],
): Steps<WavePlanResult> {
  const byTarget = yield* constraintsOf(groups);
  const impossible = yield* impossibleGroup(targets, byTarget);
  if (impossible) return { impossible };
  const waves: OpenWave[] = [];
  // Every wave before this one has its most targets.
  let crowded = 0;
  const hasRoom = (n: number) => (waves[n]?.targets.length ?? 0) < maxSize;
  for (const target of targets) {
    yield;
    while (!hasRoom(crowded)) crowded++;
    const units = byTarget.get(target.id) ?? [];
    let start = crowded;
    for (const unit of units) {
      const { constraint } = unit;
      unit.waves = unit.waves.filter(hasRoom);
      while ((waves[constraint.full]?.taken.get(constraint) ?? 0) >= constraint.slack) constraint.full++;
      start = Math.max(start, constraint.full);
    }
    // A wave without room for another member may already take those of this target.
    const shared = [...new Set(units.flatMap((unit) => unit.waves))].filter((n) => n < start).sort((a, b) => a - b);
    const fits = (n: number) => hasRoom(n) && (waves[n] === undefined || obstacle(waves[n], units) === undefined);
    let chosen = shared.find(fits) ?? start;
    while (!fits(chosen)) chosen++;
    const wave = (waves[chosen] ??= { targets: [], units: new Set(), taken: new Map() });
    place(wave, chosen, target, units);
  }
  const planned: PlannedWave[] = [];
  for (const [n, wave] of waves.entries()) {
    yield;
    planned.push({ targetIds: wave.targets.map(({ id }) => id), explanation: explain(waves, n, byTarget) });
  }
  return { waves: planned, unplaced: [] };
}

/**
 * Divides targets into waves. Every target is in exactly one wave, except those that LIST does not name. The order is
 * by rank, then name, then id.
 *
 * REDUNDANCY never takes so many members of a group in one wave that fewer than `keep` stay in service. Where a single
 * target does that alone, e.g. a host that carries every member, the result is that proof. Otherwise waves exist, if
 * need be with one target each.
 */
export function* planWavesInSteps(
  strategy: WaveStrategy,
  targets: readonly WaveTarget[],
  groups: readonly RedundancyGroup[],
): Steps<WavePlanResult> {
  const ordered = inOrder(targets);
  if (strategy.by === 'LIST') return byLists(strategy.lists, targets);
  if (strategy.by === 'REDUNDANCY')
    return yield* byRedundancy(Math.max(1, strategy.maxSize ?? Infinity), ordered, groups);
  const sizes =
    strategy.by === 'COUNT' ? strategy.sizes : strategy.sizes.map((share) => Math.ceil((share * ordered.length) / 100));
  return { waves: bySizes(sizes, ordered), unplaced: [] };
}

/** {@link planWavesInSteps} without a pause. */
export const planWaves = (...given: Parameters<typeof planWavesInSteps>): WavePlanResult =>
  atOnce(planWavesInSteps(...given));

/**
 * The groups that a wave breaks: it takes members that are up, and with those that are down already fewer than `keep`
 * remain. Work on members that are down makes nothing worse and breaks nothing.
 */
export function groupsBroken(
  targetIds: Iterable<string>,
  groups: readonly RedundancyGroup[],
): { readonly group: RedundancyGroup; readonly remaining: number }[] {
  const wave = new Set(targetIds);
  const known = new Map<readonly string[], boolean>();
  const isTaken = (takenBy: readonly string[]): boolean => {
    let taken = known.get(takenBy);
    if (taken === undefined) known.set(takenBy, (taken = takenBy.some((id) => wave.has(id))));
    return taken;
  };
  return groups.flatMap((group) => {
    const up = group.members.filter(({ down }) => !down);
    const remaining = up.filter(({ takenBy }) => !isTaken(takenBy)).length;
    return remaining < up.length && remaining < group.keep ? [{ group, remaining }] : [];
  });
}
