import { sql } from 'kysely';
import { blocker } from '../../domain/blocker.js';
import { Refusal } from '../../domain/errors.js';
import { phaseRank, skipsFollowScope } from '../../domain/release/release-plan.js';
import type { ReleaseState, SkippableReleaseState } from '../../domain/release/release.state.js';
import { findCycle } from '../../domain/release/task-graph.js';
import type { TemplatePlan } from '../../domain/release/template.js';
import type { Release } from '../../entities/release/release.entity.js';
import { Task, TaskDependency } from '../../entities/release/task.entity.js';
import { closeGaps, refreshReadiness, templatePlanOf, writePhases } from './release-plan.service.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { Phase } from '../../entities/release/phase.entity.js';
import { applicableSkips, skippedStatesOf, type ApplicableSkips } from '../../domain/release/template-skips.js';
import { releaseTargets, type ReleaseTarget } from '../../facts/release/release-target.facts.js';
import { instantiate } from '../../domain/release/template-copies.js';

/** States that a release made from a template leaves out while it has no targets. */
export function skipsWithoutTargets(
  plan: TemplatePlan,
  release: Pick<Release, 'kind' | 'packaging'>,
): SkippableReleaseState[] {
  return skippedStatesOf(applicableSkips(plan, release, []));
}

// Phases that somebody added, or added a task to, are wanted: their state is not left out.
async function statesWithAddedWork(uow: UnitOfWork, releaseId: string): Promise<Set<ReleaseState>> {
  const rows = await uow.query<{ release_state: ReleaseState }>(sql`
    select distinct f.release_state from phase f left join task t on t.phase_id = f.id
    where f.release_id = ${releaseId} and (f.template_key is null or (t.id is not null and t.template_key is null))`);
  return new Set(rows.map((row) => row.release_state));
}

function refuseForcedPast(
  { forcedBy }: ApplicableSkips,
  release: Release,
  targets: readonly ReleaseTarget[],
  past: readonly ReleaseState[],
): void {
  const blockers = past.flatMap((state) => {
    const forcing = forcedBy.filter((forced) => forced.state === state);
    const first = forcing[0];
    const target = targets.find(({ ciId }) => ciId === first?.ciId);
    const others = forcing.length > 1 ? ` and ${forcing.length - 1} more` : '';
    return blocker(
      'RELEASE_NOT_OPEN_FOR_SCOPE',
      first === undefined || target === undefined
        ? `The step ${state} may no longer be left out, and release ${release.number} has passed it.`
        : `${target.name}${others} may not go without ${state}, which release ${release.number} has left out and ` +
            `passed. ${first.reason} Use another release for it.`,
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
  if (blockers.length > 0) throw new Refusal(blockers);
}

/**
 * Brings the plan of a release in line with its kind, its packaging and its targets after one of them changed:
 * evaluates the skip rules of its template afresh, puts back the phases of steps that may no longer be left out, takes
 * out those that may. Once planning has ended nothing more is taken out, and what has been passed cannot come back. The
 * release is locked.
 * @throws Refusal RELEASE_NOT_OPEN_FOR_SCOPE when a target asks for a step that the release has left out and passed.
 */
export async function followScope(uow: UnitOfWork, release: Release): Promise<void> {
  const plan = await templatePlanOf(uow, release);
  if (plan === undefined || !skipsFollowScope(release.state)) return;
  const targets = await releaseTargets(uow, release.id);
  const skips = applicableSkips(plan, release, targets);
  const skipped = skippedStatesOf(skips);
  const before = release.skippedStates;
  const planning = release.state === 'DRAFT' || release.state === 'PLANNING';
  // Past planning, a release that has lost its last target keeps its plan until it has targets again.
  if (!planning && targets.length === 0) return;
  const restored = before.filter((state) => !(skipped as readonly ReleaseState[]).includes(state));
  const added = await statesWithAddedWork(uow, release.id);
  const dropped = planning
    ? skipped.filter(
        (state) => !before.includes(state) && !added.has(state) && phaseRank(state) > phaseRank(release.state),
      )
    : [];
  if (restored.length + dropped.length === 0) return;
  refuseForcedPast(
    skips,
    release,
    targets,
    restored.filter((state) => phaseRank(state) <= phaseRank(release.state)),
  );
  release.skippedStates = [...before.filter((state) => !restored.includes(state)), ...dropped].sort(
    (a, b) => phaseRank(a) - phaseRank(b),
  );
  if (dropped.length > 0) await dropPhases(uow, release, dropped);
  if (restored.length > 0) await restorePhases(uow, release, plan, restored);
  uow.record({
    type: 'release.replanned',
    subjectType: 'Release',
    subject: release,
    data: {
      skippedStates: release.skippedStates,
      restored,
      dropped,
      forcedBy: skips.forcedBy.map(({ state, ciId, rules, reason }) => {
        const target = targets.find((one) => one.ciId === ciId);
        return { state, name: target?.name ?? null, because: target?.effective.forcedBy.name ?? null, rules, reason };
      }),
    },
  });
  await refreshReadiness(uow, release);
}

interface Link {
  readonly task_id: string;
  readonly predecessor_id: string;
}

const linksOf = async (uow: UnitOfWork, releaseId: string) =>
  await uow.query<Link>(
    sql`
      select d.task_id, d.predecessor_id from task_dependency d join task t on t.id = d.task_id
        where t.release_id = ${releaseId}`,
  );

// What came after a task that goes comes after that task's own predecessors.
async function dropPhases(uow: UnitOfWork, release: Release, states: readonly ReleaseState[]): Promise<void> {
  const phases = await uow.em.find(Phase, { releaseId: release.id, releaseState: { $in: [...states] } });
  const tasks = await uow.em.find(Task, { phaseId: { $in: phases.map(({ id }) => id) } });
  await removeTasks(uow, release, tasks);
  for (const phase of phases) uow.em.remove(phase);
  await closeGaps(uow, release.id);
}

/** Takes tasks out of a plan. What came after one of them comes after its predecessors from now on. */
export async function removeTasks(uow: UnitOfWork, release: Release, tasks: readonly Task[]): Promise<void> {
  const gone = new Set(tasks.map(({ id }) => id));
  const after = new Map<string, string[]>();
  for (const { task_id, predecessor_id } of await linksOf(uow, release.id))
    after.set(task_id, [...(after.get(task_id) ?? []), predecessor_id]);
  for (const [id, direct] of after) {
    if (gone.has(id) || !direct.some((predecessor) => gone.has(predecessor))) continue;
    const seen = new Set<string>();
    const walk = (predecessors: readonly string[]): void => {
      for (const predecessor of predecessors) {
        if (seen.has(predecessor)) continue;
        seen.add(predecessor);
        if (gone.has(predecessor)) walk(after.get(predecessor) ?? []);
      }
    };
    walk(direct);
    for (const predecessorId of seen)
      if (!gone.has(predecessorId) && !direct.includes(predecessorId))
        uow.em.create(TaskDependency, { taskId: id, predecessorId });
  }
  await uow.em.flush();
  const links = await uow.query<{ id: string; taskId: string; predecessorId: string }>(sql`
    delete from task_dependency where task_id = any(${[...gone]}::uuid[]) or predecessor_id = any(${[...gone]}::uuid[])
    returning id, task_id as "taskId", predecessor_id as "predecessorId"`);
  uow.wrote(
    TaskDependency,
    links.map((link) => ({ id: link.id, before: link, after: null })),
  );
  for (const task of tasks) uow.em.remove(task);
  await uow.em.flush();
}

async function restorePhases(
  uow: UnitOfWork,
  release: Release,
  plan: TemplatePlan,
  states: readonly ReleaseState[],
): Promise<void> {
  const existing = await uow.em.find(Task, { releaseId: release.id, templateKey: { $ne: null } });
  const known = new Map(existing.map((task) => [task.templateKey as string, task.id]));
  const phases = instantiate(plan, release.planStart ?? uow.now, release.skippedStates).filter((phase) =>
    states.includes(phase.releaseState),
  );
  await writePhases(uow, release, phases, known);
  await relink(uow, release, plan, new Set(phases.flatMap((phase) => phase.tasks.map(({ key }) => key))));
}

// Tasks that the template puts after a task that has come back follow it again, unless the plan was re-ordered so that
// they cannot.
async function relink(
  uow: UnitOfWork,
  release: Release,
  plan: TemplatePlan,
  restored: ReadonlySet<string>,
): Promise<void> {
  const tasks = await uow.em.find(Task, { releaseId: release.id });
  const byKey = new Map(
    tasks.filter((task) => task.templateKey != null).map((task) => [task.templateKey as string, task]),
  );
  const graph = new Map(tasks.map((task) => [task.id, [] as string[]]));
  for (const { task_id, predecessor_id } of await linksOf(uow, release.id)) graph.get(task_id)?.push(predecessor_id);
  for (const { key, after } of plan.phases.flatMap((phase) => phase.tasks)) {
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
