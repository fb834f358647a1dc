import type { ReleaseState } from './release.state.js';
import { WORKING_ROLES, type Role } from '../roles.js';
import { phaseRank } from './release-plan.js';
import { taskOrder } from './task-graph.js';
import type { TaskKind } from './task.machine.js';
import type { TemplateTask, TemplatePhase, SkipRule, TemplateRequirements, TemplatePlan } from './template.js';
import { phasesWithAdditions, type AddedStep } from './template-additions.js';

/** A task of a plan with dates. */
export interface PlannedTask extends Omit<TemplateTask, 'startOffsetMinutes' | 'durationMinutes'> {
  readonly plannedStart: Date;
  readonly plannedEnd: Date;
}

/** A phase of a plan with dates. */
export interface PlannedPhase extends Omit<TemplatePhase, 'tasks'> {
  readonly tasks: readonly PlannedTask[];
}

const MINUTE = 60_000;

/**
 * The phases and tasks of a release that is created from a template: a deep copy with dates. Phases of skipped states
 * are omitted; successors of their tasks follow the predecessors of those tasks instead.
 * @param added the add rules that apply; their tasks are part of the copy.
 */
export function instantiate(
  plan: TemplatePlan,
  start: Date,
  skipped: readonly ReleaseState[] = [],
  added: readonly Pick<AddedStep, 'rule' | 'label'>[] = [],
): PlannedPhase[] {
  const phases = phasesWithAdditions(plan, added);
  const dropped = new Map(
    phases
      .filter((phase) => skipped.includes(phase.releaseState))
      .flatMap((phase) => phase.tasks.map((task) => [task.key, task] as const)),
  );
  const bridge = (keys: readonly string[], seen: Set<string>): void => {
    for (const key of keys) {
      if (seen.has(key)) continue;
      seen.add(key);
      bridge(dropped.get(key)?.after ?? [], seen);
    }
  };
  return phases
    .filter((phase) => !skipped.includes(phase.releaseState))
    .map((phase) => ({
      key: phase.key,
      name: phase.name,
      releaseState: phase.releaseState,
      tasks: phase.tasks.map(({ startOffsetMinutes, durationMinutes, after, ...task }) => {
        const before = new Set<string>();
        bridge(after, before);
        return {
          ...task,
          after: [...before].filter((key) => !dropped.has(key)),
          plannedStart: new Date(start.getTime() + startOffsetMinutes * MINUTE),
          plannedEnd: new Date(start.getTime() + (startOffsetMinutes + durationMinutes) * MINUTE),
        };
      }),
    }));
}

/** A task of a release, as it is stored. */
export interface LiveTask {
  readonly id: string;
  /** Key of the task in its template; without it, `saveAsTemplate` derives a key from the name. */
  readonly key?: string;
  readonly name: string;
  readonly description: string;
  readonly kind: TaskKind;
  readonly role: Role | null;
  /** Roles of the assignee; empty for an unassigned task. */
  readonly assigneeRoles: readonly Role[];
  readonly mandatory: boolean;
  readonly predecessorIds: readonly string[];
  readonly plannedStart: Date | null;
  readonly plannedEnd: Date | null;
}

/** The plan of a release. */
export interface LivePlan {
  /** Start of the offsets; null takes the earliest planned start. */
  readonly start: Date | null;
  readonly phases: readonly {
    readonly key?: string;
    readonly name: string;
    readonly releaseState: ReleaseState;
    readonly tasks: readonly LiveTask[];
  }[];
  readonly skipRules: readonly SkipRule[];
  /** Keys that no task gets, because tasks of add rules have them. */
  readonly keysOfRules?: readonly string[];
  readonly requires: TemplateRequirements;
}

function keyMaker(taken: readonly string[] = []): (wanted: string | undefined, name: string) => string {
  const used = new Set<string>(taken);
  return (wanted, name) => {
    const slug = name
      .normalize('NFKD')
      .replace(/[^A-Za-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .toLowerCase()
      .slice(0, 48);
    const base = wanted ?? (slug === '' ? 'step' : slug);
    let key = base;
    for (let n = 2; used.has(key); n += 1) key = `${base.slice(0, 58)}-${n}`;
    used.add(key);
    return key;
  };
}

/** The first working role of the assignee; TASK_ASSIGNEE for an assignee without one. */
function roleInsteadOfPerson({ role, assigneeRoles }: LiveTask): Role | null {
  if (role !== null) return role;
  const working = assigneeRoles.find((held) => held !== 'REQUESTER' && WORKING_ROLES.includes(held));
  return working ?? (assigneeRoles.length > 0 ? 'TASK_ASSIGNEE' : null);
}

/**
 * Turns the plan of a release into a template: people become roles, dates become offsets, ids become keys. A task
 * without dates, or with a start before the end of a predecessor, starts when its predecessors end.
 * @throws RangeError when the tasks wait for one another, which those of a stored plan never do.
 */
export function saveAsTemplate(plan: LivePlan): TemplatePlan {
  const live = plan.phases.flatMap((phase) => phase.tasks);
  const order = taskOrder(live.map((task) => ({ id: task.id, after: task.predecessorIds })));
  if (order === null) throw new RangeError('The tasks of the plan wait for one another');
  const byId = new Map(live.map((task) => [task.id, task]));
  const starts = [plan.start, ...live.map((task) => task.plannedStart)]
    .filter((date) => date !== null)
    .map((date) => date.getTime());
  const anchor = starts.length > 0 ? Math.min(...starts) : 0;
  const times = new Map<string, { offset: number; duration: number }>();
  for (const id of order) {
    const task = byId.get(id) as LiveTask;
    const ends = task.predecessorIds
      .map((before) => times.get(before))
      .map((time) => (time === undefined ? 0 : time.offset + time.duration));
    const wanted = task.plannedStart === null ? 0 : Math.round((task.plannedStart.getTime() - anchor) / MINUTE);
    const duration =
      task.plannedStart === null || task.plannedEnd === null
        ? 0
        : Math.max(0, Math.round((task.plannedEnd.getTime() - task.plannedStart.getTime()) / MINUTE));
    times.set(id, { offset: Math.max(wanted, ...ends), duration });
  }
  const phaseKey = keyMaker();
  const taskKey = keyMaker(plan.keysOfRules);
  const keys = new Map(live.map((task) => [task.id, taskKey(task.key, task.name)]));
  return {
    phases: plan.phases.map((phase) => ({
      key: phaseKey(phase.key, phase.name),
      name: phase.name,
      releaseState: phase.releaseState,
      tasks: phase.tasks.map((task) => ({
        key: keys.get(task.id) as string,
        name: task.name,
        description: task.description,
        kind: task.kind,
        role: roleInsteadOfPerson(task),
        mandatory: task.mandatory,
        after: task.predecessorIds.map((id) => keys.get(id)).filter((key) => key !== undefined),
        startOffsetMinutes: times.get(task.id)?.offset ?? 0,
        durationMinutes: times.get(task.id)?.duration ?? 0,
      })),
    })),
    skipRules: structuredClone(plan.skipRules),
    requires: { ...plan.requires },
  };
}

/** The tasks that must be done before a task: known ones, and for each other key those before that one. */
function bridged(after: readonly string[], known: ReadonlySet<string>, pinned: ReadonlyMap<string, TemplateTask>) {
  const found = new Set<string>();
  const seen = new Set<string>();
  const todo = [...after];
  for (let key = todo.pop(); key !== undefined; key = todo.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    if (known.has(key)) found.add(key);
    else todo.push(...(pinned.get(key)?.after ?? []));
  }
  return [...found];
}

// Starts each task when its predecessors have ended, if it would start earlier.
function delayed(phases: readonly TemplatePhase[], order: readonly string[]): TemplatePhase[] {
  const tasks = new Map(phases.flatMap((phase) => phase.tasks.map((task) => [task.key, task] as const)));
  const starts = new Map<string, number>();
  for (const key of order) {
    const task = tasks.get(key) as TemplateTask;
    const ends = task.after.map((before) => (starts.get(before) ?? 0) + (tasks.get(before)?.durationMinutes ?? 0));
    starts.set(key, Math.max(task.startOffsetMinutes, ...ends));
  }
  return phases.map((phase) => ({
    ...phase,
    tasks: phase.tasks.map((task) => ({ ...task, startOffsetMinutes: starts.get(task.key) ?? 0 })),
  }));
}

/**
 * Puts the phases that a release skipped back into the template that is made from its plan, as its own template has
 * them. Otherwise the new template would have forgotten them, and a release that must not skip them would pass them
 * without a task.
 * @param saved the plan of the release as a template.
 * @param pinned the plan of the template version that the release was made from.
 * @param skipped the states that the release skips.
 */
export function withSkippedPhases(
  saved: TemplatePlan,
  pinned: TemplatePlan,
  skipped: readonly ReleaseState[],
): TemplatePlan {
  const present = new Set(saved.phases.flatMap((phase) => [phase.key, ...phase.tasks.map(({ key }) => key)]));
  const carried = pinned.phases
    .filter((phase) => skipped.includes(phase.releaseState) && !present.has(phase.key))
    .map((phase) => ({ ...phase, tasks: phase.tasks.filter(({ key }) => !present.has(key)) }));
  const from = new Map(pinned.phases.flatMap((phase) => phase.tasks.map((task) => [task.key, task] as const)));
  const returned = new Set(carried.flatMap((phase) => phase.tasks.map(({ key }) => key)));
  const byRank = [...saved.phases, ...carried].sort((a, b) => phaseRank(a.releaseState) - phaseRank(b.releaseState));
  const ranks = new Map(
    byRank.flatMap((phase) => phase.tasks.map(({ key }) => [key, phaseRank(phase.releaseState)] as const)),
  );
  const known = new Set(ranks.keys());
  const link = (wanted: (task: TemplateTask) => readonly string[]) =>
    byRank.map((phase) => ({
      ...phase,
      tasks: phase.tasks.map((task) => ({
        ...task,
        after: [...new Set(wanted(task))].filter((key) => (ranks.get(key) ?? 0) <= phaseRank(phase.releaseState)),
      })),
    }));
  // A task that stayed follows again what it follows in the template, unless the plan was re-ordered so that it cannot.
  const attempts = [
    (task: TemplateTask) =>
      returned.has(task.key)
        ? bridged(task.after, known, from)
        : [...task.after, ...(from.get(task.key)?.after ?? []).filter((key) => returned.has(key))],
    (task: TemplateTask) => (returned.has(task.key) ? task.after.filter((key) => returned.has(key)) : task.after),
  ];
  for (const attempt of attempts) {
    const phases = link(attempt);
    const order = taskOrder(phases.flatMap(({ tasks }) => tasks.map(({ key, after }) => ({ id: key, after }))));
    if (order !== null) return { ...saved, phases: delayed(phases, order) };
  }
  return saved;
}
