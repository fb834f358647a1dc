import { criticalityIsAtMost } from '../cmdb/configuration-item.machine.js';
import type { ReleaseState } from './release.state.js';
import { phaseRank } from './release-plan.js';
import type { AddRule, TemplatePhase, TemplatePlan, TemplateTask } from './template.js';
import {
  applicableSkips,
  ruleFitsRelease,
  type ApplicableSkips,
  type ForcedStep,
  type ReleaseTraits,
  type SkipTarget,
} from './template-skips.js';

/** A target that an add rule applies to, and what about it does. */
export interface AddingTarget {
  readonly ciId: string;
  /** As a sentence. */
  readonly reason: string;
}

/** An add rule that applies to a release. */
export interface AddedStep {
  readonly rule: AddRule;
  /** What answers call the rule. */
  readonly label: string;
  /** The targets that the rule applies to; empty for a rule that asks nothing of them. */
  readonly targets: readonly AddingTarget[];
  /** Why the rule applies, as a sentence. */
  readonly reason: string;
}

/** What a release leaves out and what it gets, with the rules and the targets that decided. */
export interface ApplicableSteps extends ApplicableSkips {
  readonly added: readonly AddedStep[];
}

type WithRules = Pick<TemplatePlan, 'skipRules' | 'addRules'>;

/** What answers call an add rule: its name, or its place among the add rules. */
export const addRuleName = (rule: Pick<AddRule, 'name'>, index: number): string => rule.name ?? `Add rule ${index + 1}`;

const asksForTargets = ({ when }: AddRule): boolean =>
  when.ciClasses !== undefined || when.minCriticality !== undefined;

function targetFits({ when }: AddRule, { ciClass, criticality }: SkipTarget): boolean {
  return (
    (when.ciClasses?.includes(ciClass) ?? true) &&
    (when.minCriticality === undefined || criticalityIsAtMost(when.minCriticality, criticality))
  );
}

function whyItFits({ when }: AddRule, label: string, { ciClass, criticality, forcedBy }: SkipTarget): string {
  const found: string[] = [];
  if (when.ciClasses !== undefined) found.push(`its class is ${ciClass}`);
  if (when.minCriticality !== undefined)
    found.push(
      `its criticality is ${criticality}${forcedBy === undefined ? '' : ` because of ${forcedBy.name}`}, ` +
        `at least ${when.minCriticality}`,
    );
  return `${label} applies: ${found.join(', and ')}.`;
}

/**
 * The add rules that apply to a release. One target is enough: the strictest decides. Without targets, only rules
 * without conditions about targets count.
 */
export function applicableAdditions(
  { addRules = [] }: Pick<TemplatePlan, 'addRules'>,
  release: ReleaseTraits,
  targets: readonly SkipTarget[],
): AddedStep[] {
  return addRules.flatMap((rule, index): AddedStep[] => {
    if (!ruleFitsRelease(rule, release)) return [];
    const label = addRuleName(rule, index);
    if (!asksForTargets(rule))
      return [{ rule, label, targets: [], reason: `${label} applies to every target of such a release.` }];
    const fitting = targets
      .filter((target) => targetFits(rule, target))
      .map((target) => ({ ciId: target.ciId, reason: whyItFits(rule, label, target) }));
    const [first] = fitting;
    return first === undefined ? [] : [{ rule, label, targets: fitting, reason: first.reason }];
  });
}

/**
 * What a release leaves out and what it gets. A state for which a rule adds tasks is not left out, whatever the skip
 * rules say.
 */
export function applicableSteps(
  plan: WithRules,
  release: ReleaseTraits,
  targets: readonly SkipTarget[],
): ApplicableSteps {
  const skips = applicableSkips(plan, release, targets);
  const added = applicableAdditions(plan, release, targets);
  const wanted = (state: ReleaseState) => added.filter(({ rule }) => rule.releaseState === state);
  const kept = skips.skipped.flatMap(({ state }) =>
    wanted(state).flatMap(({ label, targets: forcing }) =>
      forcing.map(({ ciId, reason }): ForcedStep => ({ state, ciId, rules: [label], reason })),
    ),
  );
  return {
    skipped: skips.skipped.filter(({ state }) => wanted(state).length === 0),
    forcedBy: [...skips.forcedBy, ...kept].sort((a, b) => phaseRank(a.state) - phaseRank(b.state)),
    added,
  };
}

/** Keys of the tasks that some rules add. */
export const addedKeys = (added: readonly Pick<AddedStep, 'rule'>[]): string[] =>
  added.flatMap(({ rule }) => rule.tasks.map(({ key }) => key));

function freeKey(plan: TemplatePlan, state: ReleaseState): string {
  const base = `added-${state.toLowerCase()}`;
  let key = base;
  for (let n = 2; plan.phases.some((phase) => phase.key === key); n += 1) key = `${base}-${n}`;
  return key;
}

/**
 * The phases of a plan with the tasks that some of its rules add: at the end of the last phase of their state, or in a
 * phase of their own, named after the rule, where the plan has none of that state.
 */
export function phasesWithAdditions(
  plan: TemplatePlan,
  added: readonly Pick<AddedStep, 'rule' | 'label'>[],
): TemplatePhase[] {
  const phases: TemplatePhase[] = [...plan.phases];
  for (const { rule, label } of added) {
    const { releaseState, tasks } = rule;
    const at = phases.findLastIndex((phase) => phase.releaseState === releaseState);
    const last = phases[at];
    if (last !== undefined) phases[at] = { ...last, tasks: [...last.tasks, ...tasks] };
    else {
      const later = phases.findIndex((phase) => phaseRank(phase.releaseState) > phaseRank(releaseState));
      const own = { key: freeKey(plan, releaseState), name: label, releaseState, tasks };
      phases.splice(later < 0 ? phases.length : later, 0, own);
    }
  }
  return phases;
}

/** Keys of the phases of a plan that exist only for the tasks of its rules. */
export function keysOfAddedPhases(plan: TemplatePlan): string[] {
  const own = new Set(plan.phases.map(({ key }) => key));
  const all = (plan.addRules ?? []).map((rule) => ({ rule, label: '' }));
  return phasesWithAdditions(plan, all)
    .map(({ key }) => key)
    .filter((key) => !own.has(key));
}

// What a task of a rule comes after: tasks of the plan and of its rule, in place of others what those came after.
function keptPredecessors(
  after: readonly string[],
  fits: (key: string) => boolean,
  before: ReadonlyMap<string, TemplateTask>,
): string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const todo = [...after];
  for (let key = todo.pop(); key !== undefined; key = todo.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    if (fits(key)) found.add(key);
    else todo.push(...(before.get(key)?.after ?? []));
  }
  return [...found];
}

/**
 * Puts the add rules of a template into the template that is made from the plan of one of its releases. Their tasks
 * follow what is left in that plan of the tasks that they follow.
 * @param saved the plan of the release as a template, without the tasks that rules added.
 * @param pinned the plan of the template version that the release was made from.
 */
export function withAddRules(saved: TemplatePlan, pinned: TemplatePlan): TemplatePlan {
  const { addRules = [] } = pinned;
  if (addRules.length === 0) return saved;
  const before = new Map(pinned.phases.flatMap(({ tasks }) => tasks.map((task) => [task.key, task] as const)));
  const places = new Map(
    saved.phases.flatMap(({ releaseState, tasks }) => tasks.map((task) => [task.key, { releaseState, task }] as const)),
  );
  const rules = addRules.map((rule): AddRule => {
    const ends = new Map<string, number>();
    const own = new Set(rule.tasks.map(({ key }) => key));
    const fits = (key: string) => {
      const state = places.get(key)?.releaseState;
      if (state === undefined) return own.has(key);
      return (
        phaseRank(state) <= phaseRank(rule.releaseState) &&
        (state !== 'BACKING_OUT' || rule.releaseState === 'BACKING_OUT')
      );
    };
    const linked = new Map(rule.tasks.map((task) => [task.key, keptPredecessors(task.after, fits, before)]));
    const endOf = (key: string): number => {
      const known = ends.get(key);
      if (known !== undefined) return known;
      const task = rule.tasks.find((other) => other.key === key);
      const at = places.get(key)?.task;
      if (task === undefined) return at === undefined ? 0 : at.startOffsetMinutes + at.durationMinutes;
      const end = startOf(task) + task.durationMinutes;
      ends.set(key, end);
      return end;
    };
    const startOf = (task: TemplateTask): number =>
      Math.max(task.startOffsetMinutes, ...(linked.get(task.key) ?? []).map(endOf));
    return {
      ...rule,
      tasks: rule.tasks.map((task) => ({
        ...task,
        after: linked.get(task.key) ?? [],
        startOffsetMinutes: startOf(task),
      })),
    };
  });
  return { ...saved, addRules: rules };
}
