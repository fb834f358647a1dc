import { blocker, type Blocker } from '../../domain/blocker.js';
import { UNSTARTED_TASK_STATES } from '../../domain/release/task.machine.js';
import type { TemplatePlan } from '../../domain/release/template.js';
import {
  addedKeys,
  applicableSteps,
  keysOfAddedPhases,
  type AddedStep,
} from '../../domain/release/template-additions.js';
import { instantiate, type PlannedTask } from '../../domain/release/template-copies.js';
import { hasPassed } from '../../domain/release/template-passed.js';
import { skippedStatesOf } from '../../domain/release/template-skips.js';
import { Phase } from '../../entities/release/phase.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import { Task } from '../../entities/release/task.entity.js';
import type { ReleaseTarget } from '../../facts/release/release-target.facts.js';
import { closeGaps, writePhases } from './release-plan.service.js';
import { removeTasks } from './release-remove-tasks.service.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Writes the plan of a new release from its template, for a release without targets. */
export async function planFromTemplate(uow: UnitOfWork, release: Release, plan: TemplatePlan): Promise<void> {
  const steps = applicableSteps(plan, release, []);
  release.skippedStates = skippedStatesOf(steps);
  release.addedTasks = addedKeys(steps.added);
  const start = release.planStart ?? uow.now;
  await writePhases(uow, release, instantiate(plan, start, release.skippedStates, steps.added));
}

/** What add rules change in a plan. */
export interface AddedChange {
  /** The rules that add something that the plan does not have. */
  readonly gained: readonly AddedStep[];
  /** Keys of the tasks whose rule no longer applies. */
  readonly lost: readonly string[];
}

/**
 * What the add rules change in the plan of a release. Tasks that somebody took out of the plan with a waiver do not
 * come back while their rule goes on to apply.
 */
export async function addedChange(
  uow: UnitOfWork,
  release: Release,
  added: readonly AddedStep[],
): Promise<AddedChange> {
  const wanted = addedKeys(added);
  const known = new Set(release.addedTasks);
  const fresh = wanted.filter((key) => !known.has(key));
  const there =
    fresh.length === 0 ? [] : await uow.em.find(Task, { releaseId: release.id, templateKey: { $in: fresh } });
  const present = new Set([...known, ...there.map(({ templateKey }) => templateKey)]);
  return {
    gained: added.flatMap((step) => {
      const tasks = step.rule.tasks.filter(({ key }) => !present.has(key));
      return tasks.length === 0 ? [] : [{ ...step, rule: { ...step.rule, tasks } }];
    }),
    lost: release.addedTasks.filter((key) => !wanted.includes(key)),
  };
}

/** The blockers of steps that a rule adds to a state that the release has passed. */
export function addedPast(
  release: Release,
  gained: readonly AddedStep[],
  targets: readonly ReleaseTarget[],
): Blocker[] {
  return gained
    .filter(({ rule }) => hasPassed(release.state, rule.releaseState))
    .map(({ rule, targets: [first, ...others], reason }) => {
      const target = targets.find(({ ciId }) => ciId === first?.ciId);
      const tasks = rule.tasks.map(({ name }) => `"${name}"`).join(', ');
      const who = target === undefined ? 'The release' : target.name;
      return blocker(
        'RELEASE_NOT_OPEN_FOR_SCOPE',
        `${who}${others.length > 0 ? ` and ${others.length} more` : ''} cannot do without ${tasks} in ` +
          `${rule.releaseState}, which release ${release.number} has passed. ${reason} Use another release for it.`,
        ['RELEASE_MANAGER', 'RELEASE_OWNER'],
        target === undefined
          ? {}
          : {
              subject: { type: 'ConfigurationItem', id: target.ciId },
              ...(target.effective.path.length > 1 && {
                via: target.effective.path.map((id) => ({ type: 'ConfigurationItem', id })),
              }),
            },
      );
    });
}

/**
 * Removes tasks whose rule no longer applies. Tasks that were started or are done stay. A phase that only such tasks
 * needed goes with them.
 * @returns names of the tasks that went.
 */
export async function removeLost(
  uow: UnitOfWork,
  release: Release,
  plan: TemplatePlan,
  lost: readonly string[],
): Promise<string[]> {
  if (lost.length === 0) return [];
  const tasks = await uow.em.find(
    Task,
    { releaseId: release.id, templateKey: { $in: [...lost] }, state: { $in: [...UNSTARTED_TASK_STATES] } },
    { orderBy: { position: 'asc', id: 'asc' } },
  );
  if (tasks.length === 0) return [];
  await removeTasks(uow, release, tasks);
  const phases = await uow.em.find(Phase, { releaseId: release.id, templateKey: { $in: keysOfAddedPhases(plan) } });
  const left = await uow.em.find(Task, { phaseId: { $in: phases.map(({ id }) => id) } });
  for (const phase of phases) if (!left.some(({ phaseId }) => phaseId === phase.id)) uow.em.remove(phase);
  await uow.em.flush();
  await closeGaps(uow, release.id);
  return tasks.map(({ name }) => name);
}

/**
 * Adds the tasks of rules that a plan does not have yet to the phase of their state, or to a new one.
 * @param added all rules that apply.
 */
export async function addGained(
  uow: UnitOfWork,
  release: Release,
  plan: TemplatePlan,
  added: readonly AddedStep[],
  gained: readonly AddedStep[],
): Promise<void> {
  const tasks = await uow.em.find(Task, { releaseId: release.id, templateKey: { $ne: null } });
  const known = new Map(tasks.map((task) => [task.templateKey as string, task.id]));
  const missing = new Set(addedKeys(gained).filter((key) => !known.has(key)));
  if (missing.size === 0) return;
  const isMissing = ({ key }: PlannedTask) => missing.has(key);
  const phases = instantiate(plan, release.planStart ?? uow.now, release.skippedStates, added)
    .map((phase) => ({ ...phase, tasks: phase.tasks.filter(isMissing) }))
    .filter((phase) => phase.tasks.length > 0);
  const there = await uow.em.find(Phase, { releaseId: release.id }, { orderBy: { position: 'asc', id: 'asc' } });
  const homes = new Map(
    phases.flatMap(({ key, releaseState }) => {
      const fitting = there.filter((phase) => phase.releaseState === releaseState);
      const home = fitting.find(({ templateKey }) => templateKey === key) ?? fitting.at(-1);
      return home === undefined ? [] : [[key, home.id] as const];
    }),
  );
  await writePhases(uow, release, phases, known, homes);
}
