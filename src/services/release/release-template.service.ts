import { sql } from 'kysely';
import { v7 } from 'uuid';
import { blocker, type Blocker } from '../../domain/blocker.js';
import { notFound, Refusal, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { templateVersionMachine, type TemplateVersionFacts } from '../../domain/release/template-version.machine.js';
import { validatePlan, type SkipCondition, type TemplatePlan } from '../../domain/release/template.js';
import { ReleaseTemplate, ReleaseTemplateVersion } from '../../entities/release/release-template.entity.js';
import { expectVersion, lock } from '../load.js';
import { name, text } from '../text.js';
import { transition } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { Actor } from '../../domain/actor.js';
import type { Queryable } from '../../database/queryable.js';

/** Most tasks that a plan can have. */
export const MAX_PLAN_TASKS = 500;

/** A plan as it comes from a client: conditions may be null where the domain leaves them out. */
export interface PlanInput extends Omit<TemplatePlan, 'skipRules' | 'phases'> {
  readonly phases: readonly (Omit<TemplatePlan['phases'][number], 'tasks'> & {
    readonly tasks: readonly (Omit<TemplatePlan['phases'][number]['tasks'][number], 'role'> & {
      readonly role?: TemplatePlan['phases'][number]['tasks'][number]['role'];
    })[];
  })[];
  readonly skipRules: readonly {
    readonly states: TemplatePlan['skipRules'][number]['states'];
    readonly when: { readonly [K in keyof SkipCondition]?: SkipCondition[K] | null };
  }[];
}

/** The versions of templates as the rules see them, for any number of them in one statement. */
export async function templateVersionFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, TemplateVersionFacts>> {
  const rows = await db.query<{ id: string; author_id: string; plan: TemplatePlan }>(sql`
    select id, author_id, plan from release_template_version where id = any(${ids}::uuid[])`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        actorId: actor.id ?? '',
        actorRoles: actor.roles,
        authorId: row.author_id,
        planProblems: validatePlan(row.plan),
      },
    ]),
  );
}

const dropNulls = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null && part !== undefined)) as T;

function planProblems(plan: TemplatePlan): Blocker[] {
  return validatePlan(plan).map(({ message, path }) =>
    blocker('PLAN_INVALID', message, ['RELEASE_MANAGER'], { path: ['plan', ...path.map(String)] }),
  );
}

/** A plan as it is kept. @throws Refusal PLAN_INVALID with everything that is wrong with it and where; RequestError LIMIT_EXCEEDED when it is too large. */
export function checkedPlan(input: PlanInput): TemplatePlan {
  const tasks = input.phases.reduce((sum, phase) => sum + phase.tasks.length, 0);
  if (tasks > MAX_PLAN_TASKS)
    throw new RequestError('LIMIT_EXCEEDED', `A plan has at most ${MAX_PLAN_TASKS} tasks.`, {
      field: 'plan.phases',
      max: MAX_PLAN_TASKS,
    });
  const plan: TemplatePlan = {
    phases: input.phases.map((phase) => ({
      key: phase.key,
      name: phase.name.trim(),
      releaseState: phase.releaseState,
      tasks: phase.tasks.map((task) => ({
        ...task,
        name: task.name.trim(),
        description: text(task.description, 'plan.phases.tasks.description'),
        role: task.role ?? null,
      })),
    })),
    skipRules: input.skipRules.map(({ states, when }) => ({ states, when: dropNulls(when) as SkipCondition })),
    requires: { backOutPlan: input.requires.backOutPlan, testEvidence: input.requires.testEvidence },
  };
  const problems = planProblems(plan);
  if (problems.length > 0) throw new Refusal(problems);
  return plan;
}

/** Makes a template with its first revision, a draft. The plan has been checked. */
export async function makeTemplate(
  uow: UnitOfWork,
  input: { readonly name: string; readonly description?: string | null },
  plan: TemplatePlan,
  data: Record<string, unknown> = {},
): Promise<ReleaseTemplate> {
  const template = uow.em.create(ReleaseTemplate, {
    id: v7(),
    name: name(input.name),
    description: text(input.description ?? '', 'description'),
  });
  await uow.em.flush();
  uow.em.create(ReleaseTemplateVersion, {
    id: v7(),
    templateId: template.id,
    revision: 1,
    plan,
    authorId: uow.actorId,
  });
  uow.record({ type: 'release-template.created', subjectType: 'ReleaseTemplate', subject: template, data });
  return template;
}

/** Makes a template from a plan. @throws Refusal PLAN_INVALID */
export async function releaseTemplateCreate(
  uow: UnitOfWork,
  input: { readonly name: string; readonly description?: string | null; readonly plan: PlanInput },
): Promise<ReleaseTemplate> {
  return await makeTemplate(uow, input, checkedPlan(input.plan));
}

/** Adds a draft revision to a template: with a plan of its own, or as a copy of the latest revision. @throws Refusal PLAN_INVALID */
export async function releaseTemplateRevise(
  uow: UnitOfWork,
  input: { readonly id: string; readonly plan?: PlanInput | null },
): Promise<ReleaseTemplateVersion> {
  const template = await lock(uow, ReleaseTemplate, 'ReleaseTemplate', fromNodeId('ReleaseTemplate', input.id, 'id'));
  const latest = await uow.em.findOneOrFail(
    ReleaseTemplateVersion,
    { templateId: template.id },
    { orderBy: { revision: 'desc' } },
  );
  const plan = input.plan == null ? structuredClone(latest.plan) : checkedPlan(input.plan);
  const version = uow.em.create(ReleaseTemplateVersion, {
    id: v7(),
    templateId: template.id,
    revision: latest.revision + 1,
    plan,
    authorId: uow.actorId,
  });
  await uow.em.flush();
  uow.record({
    type: 'release-template.revised',
    subjectType: 'ReleaseTemplateVersion',
    subject: version,
    topics: [template.id],
    data: { revision: version.revision, template: template.name },
  });
  return version;
}

// Versions of one template are decided on one after the other: the template is locked first.
async function lockVersion(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null },
): Promise<{ template: ReleaseTemplate; version: ReleaseTemplateVersion }> {
  const id = fromNodeId('ReleaseTemplateVersion', input.id, 'id');
  const [known] = await uow.query<{ template_id: string }>(
    sql`select template_id from release_template_version where id = ${id}`,
  );
  if (!known) throw notFound('ReleaseTemplateVersion');
  const template = await lock(uow, ReleaseTemplate, 'ReleaseTemplate', known.template_id);
  const version = await lock(uow, ReleaseTemplateVersion, 'ReleaseTemplateVersion', id);
  expectVersion(version, input.expectedVersion);
  return { template, version };
}

/** Gives a draft revision another plan; whoever does becomes its author. @throws Refusal PLAN_INVALID, or when it is no draft any more */
export async function releaseTemplateVersionUpdate(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion: number; readonly plan: PlanInput },
): Promise<ReleaseTemplateVersion> {
  const { template, version } = await lockVersion(uow, input);
  if (version.state !== 'DRAFT')
    throw new Refusal([
      blocker(
        'ILLEGAL_TRANSITION',
        `Revision ${version.revision} is ${version.state}: its plan is fixed. Make a new revision.`,
        [],
      ),
    ]);
  version.plan = checkedPlan(input.plan);
  version.authorId = uow.actorId;
  uow.record({
    type: 'release-template.drafted',
    subjectType: 'ReleaseTemplateVersion',
    subject: version,
    topics: [template.id],
    data: { revision: version.revision, template: template.name },
  });
  return version;
}

/** Input of the commands on a version. */
export interface VersionCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

async function factsOf(uow: UnitOfWork, version: ReleaseTemplateVersion): Promise<TemplateVersionFacts> {
  const facts = (await templateVersionFacts(uow, uow.actor, [version.id])).get(version.id);
  if (!facts) throw notFound('ReleaseTemplateVersion');
  return facts;
}

async function retire(
  uow: UnitOfWork,
  template: ReleaseTemplate,
  version: ReleaseTemplateVersion,
  reason: string | null | undefined,
): Promise<void> {
  transition(uow, templateVersionMachine, version, 'releaseTemplateVersionRetire', await factsOf(uow, version), {
    type: 'release-template.retired',
    subjectType: 'ReleaseTemplateVersion',
    topics: [template.id],
    reason,
    data: { revision: version.revision, template: template.name },
  });
}

/** Publishes a draft revision, so that releases can be made from it, and retires the one that was published before. Never by its author. */
export async function releaseTemplateVersionPublish(
  uow: UnitOfWork,
  input: VersionCommandInput,
): Promise<ReleaseTemplateVersion> {
  const { template, version } = await lockVersion(uow, input);
  const facts = await factsOf(uow, version);
  const before = await uow.em.findOne(ReleaseTemplateVersion, { templateId: template.id, state: 'PUBLISHED' });
  // The database allows one published revision per template, so the old one goes before the new one comes.
  if (before && before.id !== version.id && version.state === 'DRAFT') {
    await retire(uow, template, before, `Revision ${version.revision} took its place.`);
    await uow.em.flush();
  }
  transition(uow, templateVersionMachine, version, 'releaseTemplateVersionPublish', facts, {
    type: 'release-template.published',
    subjectType: 'ReleaseTemplateVersion',
    topics: [template.id],
    reason: input.reason,
    data: { revision: version.revision, template: template.name },
  });
  version.publishedById = uow.actorId;
  version.publishedAt = uow.now;
  return version;
}

/** Takes a revision out of use. Releases made from it keep their plan. */
export async function releaseTemplateVersionRetire(
  uow: UnitOfWork,
  input: VersionCommandInput,
): Promise<ReleaseTemplateVersion> {
  const { template, version } = await lockVersion(uow, input);
  await retire(uow, template, version, input.reason);
  return version;
}
