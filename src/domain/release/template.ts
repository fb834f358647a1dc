import type { CiClass, Criticality } from '../cmdb/configuration-item.machine.js';
import { SKIPPABLE_RELEASE_STATES, type ReleaseState, type SkippableReleaseState } from './release.state.js';
import type { Role } from '../roles.js';
import { findCycle } from './task-graph.js';
import type { TaskKind } from './task.machine.js';

/** The sizes of a release. */
export const RELEASE_KINDS = ['MAJOR', 'MINOR', 'PATCH', 'EMERGENCY'] as const;

/** One of {@link RELEASE_KINDS}. */
export type ReleaseKind = (typeof RELEASE_KINDS)[number];

/** What each kind of release means. */
export const RELEASE_KIND_DESCRIPTIONS: Readonly<Record<ReleaseKind, string>> = {
  MAJOR: 'Large areas of new function. Can make earlier fixes redundant.',
  MINOR: 'Small enhancements and fixes.',
  PATCH: 'Fixes only, e.g. security patches.',
  EMERGENCY: 'Fixes a severe fault and cannot wait.',
};

/** How much of the release unit a package contains. */
export const PACKAGINGS = ['FULL', 'DELTA', 'PACKAGE'] as const;

/** One of {@link PACKAGINGS}. */
export type Packaging = (typeof PACKAGINGS)[number];

/** What each way of packaging means. */
export const PACKAGING_DESCRIPTIONS: Readonly<Record<Packaging, string>> = {
  FULL: 'All components of the release unit are built, tested and distributed together.',
  DELTA: 'Only the components that changed since the last release.',
  PACKAGE: 'Several full or delta releases bundled, so that they are deployed together.',
};

/** A task of a template. It has a role instead of a person, and offsets instead of dates. */
export interface TemplateTask {
  /** Unique in the plan; letters, digits, `-` and `_`. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly kind: TaskKind;
  /** Role that the task is assigned to; null leaves the choice to the release manager. */
  readonly role: Role | null;
  /** A mandatory task can be skipped only with a waiver. */
  readonly mandatory: boolean;
  /** Keys of the predecessors: tasks that must be done first. */
  readonly after: readonly string[];
  /** Planned start, in minutes after the start of the release. */
  readonly startOffsetMinutes: number;
  /** Planned duration in minutes. */
  readonly durationMinutes: number;
}

/** A phase of a template: the tasks of one release state. */
export interface TemplatePhase {
  /** Unique among the phases of the plan. */
  readonly key: string;
  readonly name: string;
  readonly releaseState: ReleaseState;
  readonly tasks: readonly TemplateTask[];
}

/** When a skip rule applies: all conditions that are present must be true. */
export interface SkipCondition {
  readonly releaseKinds?: readonly ReleaseKind[];
  readonly packagings?: readonly Packaging[];
  readonly ciClasses?: readonly CiClass[];
  /** Highest criticality of a target that the rule applies to. */
  readonly maxCriticality?: Criticality;
}

/** States that a release can skip, and for which releases and targets. */
export interface SkipRule {
  /** What answers call it; without a name, they call it by its place, e.g. "Skip rule 2". */
  readonly name?: string;
  readonly states: readonly SkippableReleaseState[];
  readonly when: SkipCondition;
}

/** What a release must have before it is accepted, when it was created from the template. */
export interface TemplateRequirements {
  readonly backOutPlan: boolean;
  readonly testEvidence: boolean;
}

/** The plan of a template: phases, tasks and rules, without people and dates. */
export interface TemplatePlan {
  readonly phases: readonly TemplatePhase[];
  readonly skipRules: readonly SkipRule[];
  readonly requires: TemplateRequirements;
}

/**
 * The states that can have tasks, in the order in which a release passes them. Tasks of BACKING_OUT matter only in a
 * back-out.
 */
export const PHASE_STATES = [
  'PLANNING',
  'BUILDING',
  'TESTING',
  'ACCEPTED',
  'SCHEDULED',
  'COMMUNICATED',
  'DISTRIBUTING',
  'BACKING_OUT',
  'IN_REVIEW',
] as const satisfies readonly ReleaseState[];

/** A problem of a plan. */
export interface PlanProblem {
  /** Path inside the plan, e.g. `['phases', 0, 'tasks', 2, 'after', 0]`. */
  readonly path: readonly (string | number)[];
  /** What is wrong, as a sentence. */
  readonly message: string;
}

const KEY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const MAX_NAME = 200;
const MAX_MINUTES = 2 * 366 * 24 * 60;

function minutesAreWrong(value: number): boolean {
  return !Number.isSafeInteger(value) || value < 0 || value > MAX_MINUTES;
}

function nameIsWrong(name: string): boolean {
  return name.trim() === '' || name.length > MAX_NAME;
}

/** Everything that is wrong with a plan; empty for one that can be published. */
export function validatePlan(plan: TemplatePlan): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const report = (message: string, ...path: (string | number)[]): void => void problems.push({ path, message });
  if (plan.phases.length === 0) report('A plan needs at least one phase.', 'phases');
  const phaseKeys = new Set<string>();
  const tasks = new Map<string, { task: TemplateTask; rank: number; state: ReleaseState }>();
  let latest = 0;
  plan.phases.forEach((phase, p) => {
    const rank = (PHASE_STATES as readonly ReleaseState[]).indexOf(phase.releaseState);
    if (!KEY.test(phase.key))
      report(`"${phase.key}" is not a valid key. Use up to 64 letters, digits, "-" and "_".`, 'phases', p, 'key');
    if (phaseKeys.has(phase.key)) report(`Another phase has the key "${phase.key}".`, 'phases', p, 'key');
    phaseKeys.add(phase.key);
    if (nameIsWrong(phase.name))
      report(`The name of a phase must have 1 to ${MAX_NAME} characters.`, 'phases', p, 'name');
    if (rank < 0) report(`${phase.releaseState} cannot have phases.`, 'phases', p, 'releaseState');
    else if (rank < latest)
      report(`A ${phase.releaseState} phase must come before the phases of later states.`, 'phases', p, 'releaseState');
    latest = Math.max(latest, rank);
    phase.tasks.forEach((task, t) => {
      const at = ['phases', p, 'tasks', t] as const;
      if (!KEY.test(task.key))
        report(`"${task.key}" is not a valid key. Use up to 64 letters, digits, "-" and "_".`, ...at, 'key');
      if (tasks.has(task.key)) report(`Another task has the key "${task.key}".`, ...at, 'key');
      else tasks.set(task.key, { task, rank, state: phase.releaseState });
      if (nameIsWrong(task.name)) report(`The name of a task must have 1 to ${MAX_NAME} characters.`, ...at, 'name');
      if (minutesAreWrong(task.startOffsetMinutes))
        report(`An offset must be a whole number of minutes from 0 to ${MAX_MINUTES}.`, ...at, 'startOffsetMinutes');
      if (minutesAreWrong(task.durationMinutes))
        report(`A duration must be a whole number of minutes from 0 to ${MAX_MINUTES}.`, ...at, 'durationMinutes');
    });
  });
  plan.phases.forEach((phase, p) => {
    phase.tasks.forEach((task, t) => checkPredecessors(task, phase, ['phases', p, 'tasks', t], tasks, report));
  });
  const cycle = findCycle([...tasks.values()].map(({ task }) => ({ id: task.key, after: task.after })));
  if (cycle !== null) report(`The tasks wait for one another: ${cycle.join(' after ')}.`, 'phases');
  plan.skipRules.forEach((rule, r) => {
    if (rule.name !== undefined && nameIsWrong(rule.name))
      report(`The name of a rule must have 1 to ${MAX_NAME} characters.`, 'skipRules', r, 'name');
    if (rule.name !== undefined && plan.skipRules.findIndex(({ name }) => name === rule.name) !== r)
      report(`Another rule has the name "${rule.name}".`, 'skipRules', r, 'name');
    if (rule.states.length === 0) report('A skip rule must list at least one state.', 'skipRules', r, 'states');
    rule.states.forEach((state, s) => {
      if (!SKIPPABLE_RELEASE_STATES.includes(state))
        report(`The state ${state} cannot be skipped.`, 'skipRules', r, 'states', s);
      if (rule.states.indexOf(state) !== s) report(`The state ${state} is listed twice.`, 'skipRules', r, 'states', s);
    });
    for (const condition of ['releaseKinds', 'packagings', 'ciClasses'] as const) {
      if (rule.when[condition]?.length === 0)
        report('An empty list never matches. Omit the condition instead.', 'skipRules', r, 'when', condition);
    }
  });
  return problems;
}

function checkPredecessors(
  task: TemplateTask,
  phase: TemplatePhase,
  at: readonly (string | number)[],
  tasks: ReadonlyMap<string, { task: TemplateTask; rank: number; state: ReleaseState }>,
  report: (message: string, ...path: (string | number)[]) => void,
): void {
  const own = tasks.get(task.key);
  task.after.forEach((key, a) => {
    const before = tasks.get(key);
    if (task.after.indexOf(key) !== a) report(`The predecessor "${key}" is listed twice.`, ...at, 'after', a);
    else if (key === task.key) report('A task cannot be its own predecessor.', ...at, 'after', a);
    else if (before === undefined) report(`The plan has no task "${key}".`, ...at, 'after', a);
    else if (own !== undefined && before.rank > own.rank)
      report(
        `The predecessor "${key}" belongs to the later state ${before.state}. Each would wait for the other.`,
        ...at,
        'after',
        a,
      );
    else if (before.state === 'BACKING_OUT' && phase.releaseState !== 'BACKING_OUT')
      report(
        `The predecessor "${key}" happens only in a back-out, so no other phase can wait for it.`,
        ...at,
        'after',
        a,
      );
    else if (before.task.startOffsetMinutes + before.task.durationMinutes > task.startOffsetMinutes)
      report(`The task would start before its predecessor "${key}" ends.`, ...at, 'startOffsetMinutes');
  });
}
