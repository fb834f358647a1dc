import { sql } from 'kysely';
import { fromNodeId } from '../../domain/node-id.js';
import type { Role } from '../../domain/roles.js';
import type { TemplatePlan } from '../../domain/release/template.js';
import { validatePlan } from '../../domain/release/template-check.js';
import type { ReleaseTemplate } from '../../entities/release/release-template.entity.js';
import { Release } from '../../entities/release/release.entity.js';
import { Task } from '../../entities/release/task.entity.js';
import { blocker } from '../../domain/blocker.js';
import { Refusal } from '../../domain/errors.js';
import { lock } from '../load.js';
import { templatePlanOf } from './release-plan.service.js';
import { makeTemplate } from './release-template.service.js';
import { REQUIREMENTS_WITHOUT_TEMPLATE } from '../../domain/release/test-evidence.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { Phase } from '../../entities/release/phase.entity.js';
import { addedKeys, keysOfAddedPhases, withAddRules } from '../../domain/release/template-additions.js';
import { type LivePlan, saveAsTemplate, withSkippedPhases } from '../../domain/release/template-copies.js';

interface LinkRow {
  readonly task_id: string;
  readonly predecessor_id: string;
}

// Tasks that were dropped from the plan are no part of it; what came after them comes after their predecessors.
function predecessors(links: readonly LinkRow[], kept: ReadonlySet<string>): (taskId: string) => string[] {
  const after = new Map<string, string[]>();
  for (const { task_id, predecessor_id } of links) after.set(task_id, [...(after.get(task_id) ?? []), predecessor_id]);
  return (taskId) => {
    const found = new Set<string>();
    const seen = new Set<string>();
    const todo = [...(after.get(taskId) ?? [])];
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      if (kept.has(id)) found.add(id);
      else todo.push(...(after.get(id) ?? []));
    }
    return [...found];
  };
}

// Tasks that a rule added stay with their rule, and so does a phase that only they needed.
async function livePlan(uow: UnitOfWork, release: Release, plan: TemplatePlan | undefined): Promise<LivePlan> {
  const phases = await uow.em.find(Phase, { releaseId: release.id }, { orderBy: { position: 'asc', id: 'asc' } });
  const live = await uow.em.find(
    Task,
    { releaseId: release.id, state: { $ne: 'CANCELLED' } },
    { orderBy: { position: 'asc', id: 'asc' } },
  );
  const added = new Set(addedKeys((plan?.addRules ?? []).map((rule) => ({ rule }))));
  const tasks = live.filter(({ templateKey }) => templateKey == null || !added.has(templateKey));
  const phasesOfRules = plan === undefined ? [] : keysOfAddedPhases(plan);
  const isEmptied = (phase: Phase) =>
    phasesOfRules.includes(phase.templateKey ?? '') && !tasks.some((task) => task.phaseId === phase.id);
  const links = await uow.query<LinkRow>(
    sql`
      select d.task_id, d.predecessor_id from task_dependency d join task t on t.id = d.task_id
        where t.release_id = ${release.id}`,
  );
  const roles = await uow.query<{ id: string; roles: Role[] }>(sql`
    select p.id, p.roles from person p where p.id in (select t.assignee_id from task t
      where t.release_id = ${release.id})`);
  const rolesOf = new Map(roles.map((row) => [row.id, row.roles]));
  const before = predecessors(links, new Set(tasks.map(({ id }) => id)));
  return {
    start: release.planStart ?? null,
    phases: phases
      .filter((phase) => !isEmptied(phase))
      .map((phase) => ({
        ...(phase.templateKey != null && { key: phase.templateKey }),
        name: phase.name,
        releaseState: phase.releaseState,
        tasks: tasks
          .filter((task) => task.phaseId === phase.id)
          .map((task) => ({
            ...(task.templateKey != null && { key: task.templateKey }),
            id: task.id,
            name: task.name,
            description: task.description,
            kind: task.kind,
            role: task.assigneeRole ?? null,
            assigneeRoles: task.assigneeId == null ? [] : (rolesOf.get(task.assigneeId) ?? []),
            mandatory: task.mandatory,
            predecessorIds: before(task.id),
            plannedStart: task.plannedStart ?? null,
            plannedEnd: task.plannedEnd ?? null,
          })),
      })),
    skipRules: plan?.skipRules ?? [],
    keysOfRules: [...added],
    requires: plan?.requires ?? REQUIREMENTS_WITHOUT_TEMPLATE,
  };
}

/**
 * Keeps the plan of a release as a new template, a draft: people become roles, dates become offsets. The rules and
 * requirements of its own template are in it, and the phases that the release skipped as well.
 * @throws Refusal PLAN_INVALID for a plan without phases
 */
export async function releaseSaveAsTemplate(
  uow: UnitOfWork,
  input: { readonly releaseId: string; readonly name: string; readonly description?: string | null },
): Promise<ReleaseTemplate> {
  const release = await lock(uow, Release, 'Release', fromNodeId('Release', input.releaseId, 'releaseId'));
  const pinned = await templatePlanOf(uow, release);
  const saved = saveAsTemplate(await livePlan(uow, release, pinned));
  const plan =
    pinned === undefined ? saved : withAddRules(withSkippedPhases(saved, pinned, release.skippedStates), pinned);
  const problems = validatePlan(plan);
  if (problems.length > 0)
    throw new Refusal(
      problems.map(({ message, path }) =>
        blocker('PLAN_INVALID', message, ['RELEASE_MANAGER'], { path: path.map(String) }),
      ),
    );
  const template = await makeTemplate(uow, input, plan, { release: release.number });
  uow.record({
    type: 'release.saved-as-template',
    subjectType: 'Release',
    subject: release,
    topics: [template.id],
    data: { template: template.name },
  });
  return template;
}
