import { normalName } from '../../domain/name.js';
import { canonicalJson } from '../../adapters/fingerprint.js';
import { factsOf } from '../facts-of.js';
import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { notFound, refuse, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { planBlockers, templateVersionMachine } from '../../domain/release/template-version.machine.js';
import { validatePlan } from '../../domain/release/template-check.js';
import type { AddCondition, AddRule, SkipCondition, TemplatePlan } from '../../domain/release/template.js';
import { ReleaseTemplate } from '../../entities/release/release-template.entity.js';
import { ReleaseTemplateVersion } from '../../entities/release/release-template-version.entity.js';
import { templateVersionFacts } from '../../facts/release/template-version.facts.js';
import { expectVersion, lock } from '../load.js';
import { name, text } from '../text.js';
import { demand, transition } from '../transition.js';
import { recordAuthor } from '../contribution.service.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Maximum number of tasks of a plan. */
export const MAX_PLAN_TASKS = 500;

type TaskInput = Omit<AddRule['tasks'][number], 'role'> & { readonly role?: AddRule['tasks'][number]['role'] };

/** A plan as clients send it: conditions can be null where the domain has no property. */
export interface PlanInput extends Omit<TemplatePlan, 'skipRules' | 'addRules' | 'phases'> {
  readonly phases: readonly (Omit<TemplatePlan['phases'][number], 'tasks'> & {
    readonly tasks: readonly TaskInput[];
  })[];
  readonly addRules?: readonly {
    readonly name?: string | null;
    readonly when: { readonly [K in keyof AddCondition]?: AddCondition[K] | null };
    readonly releaseState: AddRule['releaseState'];
    readonly tasks: readonly TaskInput[];
  }[];
  readonly skipRules: readonly {
    readonly name?: string | null;
    readonly states: TemplatePlan['skipRules'][number]['states'];
    readonly when: { readonly [K in keyof SkipCondition]?: SkipCondition[K] | null };
  }[];
}

const dropNulls = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null && part !== undefined)) as T;

const storedTask = (task: TaskInput): AddRule['tasks'][number] => ({
  ...task,
  name: normalName(task.name),
  description: text(task.description, 'plan.phases.tasks.description'),
  role: task.role ?? null,
});

/** Brings the plan of an input into the form in which it is stored. @throws RequestError LIMIT_EXCEEDED */
function storedPlan(input: PlanInput): TemplatePlan {
  const { addRules = [] } = input;
  const tasks = [...input.phases, ...addRules].reduce((sum, part) => sum + part.tasks.length, 0);
  if (tasks > MAX_PLAN_TASKS)
    throw new RequestError('LIMIT_EXCEEDED', `A plan has at most ${MAX_PLAN_TASKS} tasks.`, {
      field: 'plan.phases',
      max: MAX_PLAN_TASKS,
    });
  return {
    phases: input.phases.map((phase) => ({
      key: phase.key,
      name: normalName(phase.name),
      releaseState: phase.releaseState,
      tasks: phase.tasks.map(storedTask),
    })),
    skipRules: input.skipRules.map(({ name: ruleName, states, when }) => ({
      ...(ruleName != null && { name: normalName(ruleName) }),
      states,
      when: dropNulls(when) as SkipCondition,
    })),
    ...(addRules.length > 0 && {
      addRules: addRules.map(({ name: ruleName, when, releaseState, tasks: added }) => ({
        ...(ruleName != null && { name: normalName(ruleName) }),
        when: dropNulls(when) as AddCondition,
        releaseState,
        tasks: added.map(storedTask),
      })),
    }),
    requires: { backOutPlan: input.requires.backOutPlan, testEvidence: input.requires.testEvidence },
  };
}

/**
 * The plan of an input, checked and in the form in which it is stored.
 * @throws Refusal PLAN_INVALID with every problem and its path; RequestError LIMIT_EXCEEDED when the plan is too large
 */
export function checkedPlan(input: PlanInput): TemplatePlan {
  const plan = storedPlan(input);
  refuse(planBlockers(validatePlan(plan)));
  return plan;
}

/** Creates a template with its first revision, a draft. The caller has checked the plan. */
export async function makeTemplate(
  uow: UnitOfWork,
  input: { readonly name: string; readonly description?: string | null },
  plan: TemplatePlan,
  data: Record<string, unknown> = {},
): Promise<ReleaseTemplate> {
  const template = uow.em.create(ReleaseTemplate, {
    id: newId(),
    name: name(input.name),
    description: text(input.description ?? '', 'description'),
  });
  await uow.em.flush();
  const version = uow.em.create(ReleaseTemplateVersion, {
    id: newId(),
    templateId: template.id,
    revision: 1,
    plan,
    authorId: uow.actorId,
  });
  await recordAuthor(uow, 'ReleaseTemplateVersion', version.id);
  uow.record({ type: 'release-template.created', subjectType: 'ReleaseTemplate', subject: template, data });
  return template;
}

/** Creates a template from a plan. @throws Refusal PLAN_INVALID */
export async function releaseTemplateCreate(
  uow: UnitOfWork,
  input: { readonly name: string; readonly description?: string | null; readonly plan: PlanInput },
): Promise<ReleaseTemplate> {
  return await makeTemplate(uow, input, checkedPlan(input.plan));
}

/**
 * Adds a draft revision to a template, with the given plan or with a copy of the plan of the latest revision.
 * @throws Refusal PLAN_INVALID
 */
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
    id: newId(),
    templateId: template.id,
    revision: latest.revision + 1,
    plan,
    authorId: uow.actorId,
  });
  await recordAuthor(uow, 'ReleaseTemplateVersion', version.id);
  uow.record({
    type: 'release-template.revised',
    subjectType: 'ReleaseTemplateVersion',
    subject: version,
    topics: [template.id],
    data: { revision: version.revision, template: template.name },
  });
  return version;
}

// Commands on the versions of one template wait for one another, so the template is locked first.
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

/**
 * Replaces the plan of a draft revision. The actor becomes its author.
 * @throws Refusal PLAN_INVALID, or ILLEGAL_TRANSITION for a revision that is not a draft; RequestError LIMIT_EXCEEDED
 */
export async function releaseTemplateVersionUpdate(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion: number; readonly plan: PlanInput },
): Promise<ReleaseTemplateVersion> {
  const { template, version } = await lockVersion(uow, input);
  const plan = storedPlan(input.plan);
  demand(templateVersionMachine, version, 'releaseTemplateVersionUpdate', {
    ...(await factsOfVersion(uow, version)),
    newPlanProblems: validatePlan(plan),
  });
  if (canonicalJson(plan) === canonicalJson(version.plan)) return version;
  version.plan = plan;
  version.authorId = uow.actorId;
  await recordAuthor(uow, 'ReleaseTemplateVersion', version.id);
  uow.record({
    type: 'release-template.drafted',
    subjectType: 'ReleaseTemplateVersion',
    subject: version,
    topics: [template.id],
    data: { revision: version.revision, template: template.name },
  });
  return version;
}

/** Input that all commands on a version have in common. */
export interface VersionCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

const factsOfVersion = async (uow: UnitOfWork, version: ReleaseTemplateVersion) =>
  await factsOf(uow, templateVersionFacts, 'ReleaseTemplateVersion', version);

async function retire(
  uow: UnitOfWork,
  template: ReleaseTemplate,
  version: ReleaseTemplateVersion,
  reason: string | null | undefined,
): Promise<void> {
  transition(uow, templateVersionMachine, version, 'releaseTemplateVersionRetire', await factsOfVersion(uow, version), {
    type: 'release-template.retired',
    subjectType: 'ReleaseTemplateVersion',
    topics: [template.id],
    reason,
    data: { revision: version.revision, template: template.name },
  });
}

/**
 * Publishes a draft revision, so that releases can be created from it, and retires the revision that was published
 * before. The author of a revision cannot publish it.
 */
export async function releaseTemplateVersionPublish(
  uow: UnitOfWork,
  input: VersionCommandInput,
): Promise<ReleaseTemplateVersion> {
  const { template, version } = await lockVersion(uow, input);
  const facts = await factsOfVersion(uow, version);
  const before = await uow.em.findOne(ReleaseTemplateVersion, { templateId: template.id, state: 'PUBLISHED' });
  // The database allows one published revision per template, so the old one is retired first.
  if (before && before.id !== version.id && version.state === 'DRAFT') {
    await retire(uow, template, before, `Replaced by revision ${version.revision}.`);
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

/** Retires a revision. Releases that were created from it keep their plan. */
export async function releaseTemplateVersionRetire(
  uow: UnitOfWork,
  input: VersionCommandInput,
): Promise<ReleaseTemplateVersion> {
  const { template, version } = await lockVersion(uow, input);
  await retire(uow, template, version, input.reason);
  return version;
}
