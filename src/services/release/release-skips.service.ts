import { sql } from 'kysely';
import { blocker, type Blocker } from '../../domain/blocker.js';
import { refuse } from '../../domain/errors.js';
import { phaseRank, skipsFollowScope } from '../../domain/release/release-plan.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { findCycle } from '../../domain/release/task-graph.js';
import type { TemplatePhase, TemplatePlan } from '../../domain/release/template.js';
import type { Release } from '../../entities/release/release.entity.js';
import { Task } from '../../entities/release/task.entity.js';
import { TaskDependency } from '../../entities/release/task-dependency.entity.js';
import { closeGaps, refreshReadiness, templatePlanOf, writePhases } from './release-plan.service.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { Phase } from '../../entities/release/phase.entity.js';
import { skippedStatesOf, type ApplicableSkips } from '../../domain/release/template-skips.js';
import {
  addedKeys,
  applicableSteps,
  phasesWithAdditions,
  type AddedStep,
} from '../../domain/release/template-additions.js';
import { addedChange, addedPast, addGained, removeLost } from './release-added-steps.service.js';
import { linksOf, removeTasks } from './release-remove-tasks.service.js';
import { releaseTargets, type ReleaseTarget } from '../../facts/release/release-target.facts.js';
import { hasReached } from '../../domain/release/template-passed.js';
import { instantiate } from '../../domain/release/template-copies.js';

// Phases that somebody added, or added a task to, are wanted: their state is not left out.
async function statesWithAddedWork(uow: UnitOfWork, releaseId: string): Promise<Set<ReleaseState>> {
  const rows = await uow.query<{ release_state: ReleaseState }>(sql`
    select distinct f.release_state from phase f left join task t on t.phase_id = f.id
    where f.release_id = ${releaseId} and (f.template_key is null or (t.id is not null and t.template_key is null))`);
  return new Set(rows.map((row) => row.release_state));
}

function forcedPast(
  { forcedBy }: ApplicableSkips,
  release: Release,
  targets: readonly ReleaseTarget[],
  past: readonly ReleaseState[],
): Blocker[] {
  return past.map((state) => {
    const forcing = forcedBy.filter((forced) => forced.state === state);
    const first = forcing[0];
    const target = targets.find(({ ciId }) => ciId === first?.ciId);
    const others = forcing.length > 1 ? ` and ${forcing.length - 1} more` : '';
    return blocker(
      'RELEASE_NOT_OPEN_FOR_SCOPE',
      first === undefined || target === undefined
        ? `The step ${state} can no longer be skipped, and release ${release.number} has passed it.`
        : `${target.name}${others} cannot skip ${state}, which release ${release.number} has skipped and passed. ` +
            `${first.reason} Use another release for it.`,
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

// The target that decided, and the item that its criticality comes from.
const namesOf = (targets: readonly ReleaseTarget[], ciId: string | undefined) => {
  const target = targets.find((one) => one.ciId === ciId);
  return { name: target?.name ?? null, because: target?.effective.forcedBy.name ?? null };
};

/**
 * Brings the plan of a release in line with its kind, its packaging and its targets after one of them changed:
 * evaluates the rules of its template afresh, puts back the phases of steps that may no longer be left out and takes
 * out those that may. The tasks of add rules that apply now come in; unstarted tasks of those that no longer do go out.
 * Once planning has ended, no further step is skipped, and what has been passed cannot come back. The release is
 * locked.
 * @throws Refusal RELEASE_NOT_OPEN_FOR_SCOPE when a target asks for a step that the release has left out and passed.
 */
export async function followScope(uow: UnitOfWork, release: Release): Promise<void> {
  const plan = await templatePlanOf(uow, release);
  if (plan === undefined || !skipsFollowScope(release.state)) return;
  const targets = await releaseTargets(uow, release.id);
  const steps = applicableSteps(plan, release, targets);
  const skipped = skippedStatesOf(steps);
  const before = release.skippedStates;
  const planning = release.state === 'DRAFT' || release.state === 'PLANNING';
  // Past planning, a release that has lost its last target keeps its plan until it has targets again.
  if (!planning && targets.length === 0) return;
  const restored = before.filter((state) => !(skipped as readonly ReleaseState[]).includes(state));
  const { gained, lost } = await addedChange(uow, release, steps.added);
  const withWork = await statesWithAddedWork(uow, release.id);
  const dropped = planning
    ? skipped.filter(
        (state) => !before.includes(state) && !withWork.has(state) && phaseRank(state) > phaseRank(release.state),
      )
    : [];
  if (restored.length + dropped.length + gained.length + lost.length === 0) return;
  const past = restored.filter((state) => hasReached(release.state, state));
  const late = gained.filter(({ rule }) => !(past as readonly ReleaseState[]).includes(rule.releaseState));
  refuse([...forcedPast(steps, release, targets, past), ...addedPast(release, late, targets)]);
  release.skippedStates = [...before.filter((state) => !restored.includes(state)), ...dropped].sort(
    (a, b) => phaseRank(a) - phaseRank(b),
  );
  const removed = await removeLost(uow, release, plan, lost);
  if (dropped.length > 0) await dropPhases(uow, release, dropped);
  if (restored.length > 0) await restorePhases(uow, release, plan, restored, steps.added);
  await addGained(uow, release, plan, steps.added, gained);
  release.addedTasks = addedKeys(steps.added);
  uow.record({
    type: 'release.replanned',
    subjectType: 'Release',
    subject: release,
    data: {
      skippedStates: release.skippedStates,
      restored,
      dropped,
      forcedBy: steps.forcedBy.map(({ state, ciId, rules, reason }) => {
        return { state, ...namesOf(targets, ciId), rules, reason };
      }),
      added: gained.flatMap(({ rule, label, targets: [first], reason }) =>
        rule.tasks.map((task) => ({ task: task.name, rule: label, ...namesOf(targets, first?.ciId), reason })),
      ),
      removed,
    },
  });
  await refreshReadiness(uow, release);
}

// What came after a task that goes comes after that task's own predecessors.
async function dropPhases(uow: UnitOfWork, release: Release, states: readonly ReleaseState[]): Promise<void> {
  const phases = await uow.em.find(Phase, { releaseId: release.id, releaseState: { $in: [...states] } });
  const tasks = await uow.em.find(Task, { phaseId: { $in: phases.map(({ id }) => id) } });
  await removeTasks(uow, release, tasks);
  for (const phase of phases) uow.em.remove(phase);
  await closeGaps(uow, release.id);
}

async function restorePhases(
  uow: UnitOfWork,
  release: Release,
  plan: TemplatePlan,
  states: readonly ReleaseState[],
  added: readonly AddedStep[],
): Promise<void> {
  const existing = await uow.em.find(Task, { releaseId: release.id, templateKey: { $ne: null } });
  const known = new Map(existing.map((task) => [task.templateKey as string, task.id]));
  const phases = instantiate(plan, release.planStart ?? uow.now, release.skippedStates, added).filter((phase) =>
    states.includes(phase.releaseState),
  );
  await writePhases(uow, release, phases, known);
  await relink(
    uow,
    release,
    phasesWithAdditions(plan, added),
    new Set(phases.flatMap((phase) => phase.tasks.map(({ key }) => key))),
  );
}

// Tasks that the template puts after a task that has come back follow it again, unless the plan was re-ordered so that
// they cannot.
async function relink(
  uow: UnitOfWork,
  release: Release,
  phasesOfPlan: readonly TemplatePhase[],
  restored: ReadonlySet<string>,
): Promise<void> {
  const tasks = await uow.em.find(Task, { releaseId: release.id });
  const byKey = new Map(
    tasks.filter((task) => task.templateKey != null).map((task) => [task.templateKey as string, task]),
  );
  const graph = new Map(tasks.map((task) => [task.id, [] as string[]]));
  for (const { task_id, predecessor_id } of await linksOf(uow, release.id)) graph.get(task_id)?.push(predecessor_id);
  for (const { key, after } of phasesOfPlan.flatMap((phase) => phase.tasks)) {
    const task = byKey.get(key);
    if (task === undefined || restored.has(key)) continue;
    for (const predecessor of after.filter((other) => restored.has(other)).map((other) => byKey.get(other))) {
      const links = graph.get(task.id);
      if (predecessor === undefined || links === undefined || links.includes(predecessor.id)) continue;
      links.push(predecessor.id);
      if (findCycle([...graph].map(([id, before]) => ({ id, after: before }))) === null)
        uow.em.create(TaskDependency, { taskId: task.id, predecessorId: predecessor.id });
      else links.pop();
    }
  }
  await uow.em.flush();
}
