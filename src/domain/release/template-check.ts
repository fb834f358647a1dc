import { normalName, problemOfName } from '../name.js';
import { SKIPPABLE_RELEASE_STATES, type ReleaseState } from './release.state.js';
import { findCycle } from './task-graph.js';
import { PHASE_STATES, type AddRule, type TemplatePlan, type TemplateTask } from './template.js';

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
  return normalName(name) === '' || name.length > MAX_NAME || problemOfName(normalName(name)) !== undefined;
}

type Report = (message: string, ...path: (string | number)[]) => void;

/** A task with its place: the rank of its state, and the rule that adds it, if one does. */
interface PlacedTask {
  readonly task: TemplateTask;
  readonly rank: number;
  readonly state: ReleaseState;
  readonly rule: AddRule | null;
}

const rankOf = (state: ReleaseState): number => (PHASE_STATES as readonly ReleaseState[]).indexOf(state);

/** Everything that is wrong with a plan; empty for one that can be published. */
export function validatePlan(plan: TemplatePlan): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const report: Report = (message, ...path) => void problems.push({ path, message });
  const addRules = plan.addRules ?? [];
  if (plan.phases.length === 0) report('A plan needs at least one phase.', 'phases');
  const phaseKeys = new Set<string>();
  const tasks = new Map<string, PlacedTask>();
  let latest = 0;
  plan.phases.forEach((phase, p) => {
    const rank = rankOf(phase.releaseState);
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
      checkTask({ task, rank, state: phase.releaseState, rule: null }, ['phases', p, 'tasks', t], tasks, report);
    });
  });
  addRules.forEach((rule, r) => {
    const rank = rankOf(rule.releaseState);
    if (rank < 0) report(`${rule.releaseState} cannot have phases.`, 'addRules', r, 'releaseState');
    if (rule.tasks.length === 0) report('An add rule must list at least one task.', 'addRules', r, 'tasks');
    rule.tasks.forEach((task, t) => {
      checkTask({ task, rank, state: rule.releaseState, rule }, ['addRules', r, 'tasks', t], tasks, report);
    });
  });
  plan.phases.forEach((phase, p) => {
    phase.tasks.forEach((task, t) => checkPredecessors(task, phase, null, ['phases', p, 'tasks', t], tasks, report));
  });
  addRules.forEach((rule, r) => {
    rule.tasks.forEach((task, t) => checkPredecessors(task, rule, rule, ['addRules', r, 'tasks', t], tasks, report));
  });
  const cycle = findCycle([...tasks.values()].map(({ task }) => ({ id: task.key, after: task.after })));
  if (cycle !== null) report(`The tasks wait for one another: ${cycle.join(' after ')}.`, 'phases');
  plan.skipRules.forEach((rule, r) => {
    if (rule.states.length === 0) report('A skip rule must list at least one state.', 'skipRules', r, 'states');
    rule.states.forEach((state, s) => {
      if (!SKIPPABLE_RELEASE_STATES.includes(state))
        report(`The state ${state} cannot be skipped.`, 'skipRules', r, 'states', s);
      if (rule.states.indexOf(state) !== s) report(`The state ${state} is listed twice.`, 'skipRules', r, 'states', s);
    });
  });
  checkRules(plan, report);
  return problems;
}

// What skip rules and add rules have in common.
function checkRules({ skipRules, addRules = [] }: TemplatePlan, report: Report): void {
  const names = new Set<string>();
  for (const [list, rules] of Object.entries({ skipRules, addRules })) {
    rules.forEach(({ name, when }, r) => {
      if (name !== undefined && nameIsWrong(name))
        report(`The name of a rule must have 1 to ${MAX_NAME} characters.`, list, r, 'name');
      if (name !== undefined && names.has(name)) report(`Another rule has the name "${name}".`, list, r, 'name');
      if (name !== undefined) names.add(name);
      for (const condition of ['releaseKinds', 'packagings', 'ciClasses'] as const) {
        if (when[condition]?.length === 0)
          report('An empty list never matches. Omit the condition instead.', list, r, 'when', condition);
      }
    });
  }
}

function checkTask(
  placed: PlacedTask,
  at: readonly (string | number)[],
  tasks: Map<string, PlacedTask>,
  report: Report,
): void {
  const { task } = placed;
  if (!KEY.test(task.key))
    report(`"${task.key}" is not a valid key. Use up to 64 letters, digits, "-" and "_".`, ...at, 'key');
  if (tasks.has(task.key)) report(`Another task has the key "${task.key}".`, ...at, 'key');
  else tasks.set(task.key, placed);
  if (nameIsWrong(task.name)) report(`The name of a task must have 1 to ${MAX_NAME} characters.`, ...at, 'name');
  if (minutesAreWrong(task.startOffsetMinutes))
    report(`An offset must be a whole number of minutes from 0 to ${MAX_MINUTES}.`, ...at, 'startOffsetMinutes');
  if (minutesAreWrong(task.durationMinutes))
    report(`A duration must be a whole number of minutes from 0 to ${MAX_MINUTES}.`, ...at, 'durationMinutes');
}

function checkPredecessors(
  task: TemplateTask,
  { releaseState }: Pick<AddRule, 'releaseState'>,
  rule: AddRule | null,
  at: readonly (string | number)[],
  tasks: ReadonlyMap<string, PlacedTask>,
  report: Report,
): void {
  const own = tasks.get(task.key);
  task.after.forEach((key, a) => {
    const before = tasks.get(key);
    if (task.after.indexOf(key) !== a) report(`The predecessor "${key}" is listed twice.`, ...at, 'after', a);
    else if (key === task.key) report('A task cannot be its own predecessor.', ...at, 'after', a);
    else if (before === undefined) report(`The plan has no task "${key}".`, ...at, 'after', a);
    else if (before.rule !== null && before.rule !== rule)
      report(
        `The predecessor "${key}" is in the plan only where a rule adds it, so "${task.key}" cannot wait for it.`,
        ...at,
        'after',
        a,
      );
    else if (own !== undefined && before.rank > own.rank)
      report(
        `The predecessor "${key}" belongs to the later state ${before.state}. Each would wait for the other.`,
        ...at,
        'after',
        a,
      );
    else if (before.state === 'BACKING_OUT' && releaseState !== 'BACKING_OUT')
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
