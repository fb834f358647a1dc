import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { blocker, collectBlockers, type Blocker } from '../../domain/blocker.js';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import type { DistributionOperation } from '../../domain/distribution/distribution.state.js';
import { refuse, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { STRICT_POLICY } from '../../domain/distribution/outcome-policy.js';
import { isDriftCheck } from '../../domain/distribution/drift-check.js';
import { pastTimes } from '../../domain/schedule/past.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { DeploymentTool } from '../../entities/distribution/deployment-tool.entity.js';
import { Distribution } from '../../entities/distribution/distribution.entity.js';
import { DistributionContent } from '../../entities/distribution/distribution-content.entity.js';
import { Release } from '../../entities/release/release.entity.js';
import { gatherTargets, type PackageTarget } from './distribution-package.service.js';
import { furtherTools, toolBlockers, toolsInUse } from './wave-tool.service.js';
import {
  chooseContents,
  chooseTargets,
  MAX_DEADLINE_MINUTES,
  choosesSome,
  MAX_TARGETS,
  returnBlockers,
  returnChoice,
  type TargetChoiceInput,
} from './distribution-choice.service.js';
import { packageContents, type PackageContent } from './package-contents.service.js';
import { factsOfDistribution } from './distribution-attempt.service.js';
import { effectiveCriticalities } from '../../facts/cmdb/effective-criticality.facts.js';
import { lockDistribution } from './distribution-run.service.js';
import { expectVersion, lock, refer } from '../load.js';
import { expectInterval } from '../../domain/schedule/interval.js';
import { jsonObject, name } from '../text.js';
import { touch } from '../touch.js';
import { whole } from '../whole.js';
import { demand } from '../transition.js';
import {
  asColumns,
  policyBlockers,
  policyOf,
  wantedPolicy,
  type OutcomePolicyInput,
} from './outcome-policy.service.js';
import { applyRetryPolicy, type RetryPolicyInput } from './retry-policy.service.js';
import { placeNewTargets } from './wave-plan.service.js';
import { targetsChanged } from './target-state.service.js';
import { tellManyTargets, type ToldTarget } from './told-targets.js';
import type { ToolDirectory } from './tool-directory.js';
import { actorMayPlanForTheRelease } from '../../domain/distribution/distribution.guards.js';
import { planFactsOf } from '../release/release-plan.service.js';
import { recordAuthor } from '../contribution.service.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** What planning and editing a distribution have in common. Absent means: as it is, or the default. */
export interface DistributionFieldsInput extends TargetChoiceInput, OutcomePolicyInput, RetryPolicyInput {
  readonly name?: string | null;
  /** Node ids of tools that single waves can have in place of that of the distribution. */
  readonly furtherDeploymentToolIds?: readonly string[] | null;
  /** Node ids of DML item versions of the release. */
  readonly contentIds?: readonly string[] | null;
  readonly scheduledStart?: string | null;
  readonly scheduledEnd?: string | null;
  readonly deadlineMinutes?: number | null;
  readonly maxParallel?: number | null;
  readonly stopAfterFailures?: number | null;
  readonly parameters?: Record<string, unknown> | null;
  readonly approvalRequired?: boolean | null;
}

const CLOSED_TO_PLANNING: readonly ReleaseState[] = ['DEPLOYED', 'IN_REVIEW', 'CLOSED', 'BACKED_OUT', 'CANCELLED'];

function applyFields(distribution: Distribution, input: DistributionFieldsInput): void {
  whole(input.deadlineMinutes, 'deadlineMinutes', 1, MAX_DEADLINE_MINUTES);
  whole(input.maxParallel, 'maxParallel', 1, MAX_TARGETS);
  whole(input.stopAfterFailures, 'stopAfterFailures', 1, MAX_TARGETS);
  applyRetryPolicy(distribution, input);
  if (input.name != null) distribution.name = name(input.name);
  if (input.deadlineMinutes != null) distribution.deadlineMinutes = input.deadlineMinutes;
  if (input.maxParallel !== undefined) distribution.maxParallel = input.maxParallel;
  if (input.stopAfterFailures !== undefined) distribution.stopAfterFailures = input.stopAfterFailures;
  if (input.parameters != null)
    distribution.parameters = jsonObject(input.parameters, 'parameters', distribution.parameters);
  if (input.scheduledStart !== undefined)
    distribution.scheduledStart = input.scheduledStart === null ? null : new Date(input.scheduledStart);
  if (input.scheduledEnd !== undefined)
    distribution.scheduledEnd = input.scheduledEnd === null ? null : new Date(input.scheduledEnd);
  const { scheduledStart, scheduledEnd } = distribution;
  if (scheduledEnd != null && scheduledStart == null)
    throw new RequestError('BAD_USER_INPUT', 'A scheduled end needs a scheduled start.', { field: 'scheduledEnd' });
  if (scheduledStart != null && scheduledEnd != null) expectInterval(scheduledStart, scheduledEnd, 'scheduledEnd');
}

// Times that are set lie ahead. Others may be past by now: what is scheduled or started asks for that.
const pastDates = (uow: UnitOfWork, input: DistributionFieldsInput, was?: Distribution): Blocker[] => {
  const instant = (value: string | null | undefined) => (value == null ? value : new Date(value));
  return pastTimes(
    { field: 'scheduledStart', given: instant(input.scheduledStart), was: was?.scheduledStart },
    { field: 'scheduledEnd', given: instant(input.scheduledEnd), was: was?.scheduledEnd },
    uow.now,
    ['DEPLOYMENT_OPERATOR'],
  );
};

async function store(
  uow: UnitOfWork,
  distribution: Distribution,
  targets: readonly PackageTarget[],
  contents: readonly PackageContent[],
): Promise<void> {
  const distributionId = distribution.id;
  targetsChanged(uow, distributionId);
  const left = await uow.query<Omit<ToldTarget, 'distributionId'> & { id: string }>(sql`
    delete from target_execution
    where distribution_id = ${distribution.id} and ci_id <> all(${targets.map(({ id }) => id)}::uuid[])
    returning id, ci_id as "ciId", wave_id as "waveId", excluded, state, attempt, verified_digest as "verifiedDigest"`);
  const present = await uow.query<{ id: string; dmlItemVersionId: string; digest: string | null }>(sql`
    select id, dml_item_version_id as "dmlItemVersionId", digest from distribution_content
    where distribution_id = ${distribution.id}`);
  const isOf = (row: (typeof present)[number]) => (content: PackageContent) =>
    content.id === row.dmlItemVersionId && content.digest === row.digest;
  const before = present.filter((row) => !contents.some(isOf(row)));
  if (before.length > 0)
    await uow.query(sql`delete from distribution_content where id = any(${before.map(({ id }) => id)}::uuid[])`);
  const kept = await uow.query<{ id: string }>(
    sql`select ci_id as id from target_execution where distribution_id = ${distribution.id}`,
  );
  const known = new Set(kept.map(({ id }) => id));
  const fresh = targets.filter(({ id }) => !known.has(id));
  const came = fresh.map(({ id }) => ({
    id: newId(),
    ciId: id,
    waveId: null,
    excluded: false,
    state: 'PENDING' as const,
    attempt: 0,
    verifiedDigest: null,
  }));
  await uow.query(sql`
    insert into target_execution (id, distribution_id, ci_id, state, version, created_at, updated_at)
    select v.id, ${distributionId}, v.ci_id, 'PENDING', 1, ${uow.now}, ${uow.now}
    from unnest(${came.map(({ id }) => id)}::uuid[], ${came.map(({ ciId }) => ciId)}::uuid[]) v(id, ci_id)`);
  const after = contents
    .filter((content) => !present.some((row) => isOf(row)(content)))
    .map(({ id, digest }) => ({ id: newId(), dmlItemVersionId: id, digest }));
  await uow.em.insertMany(
    DistributionContent,
    after.map((row) => ({ ...row, distributionId })),
  );
  const gone = (row: { readonly id: string }) => ({ id: row.id, before: { ...row, distributionId }, after: null });
  const added = (row: { readonly id: string }) => ({ id: row.id, before: null, after: { ...row, distributionId } });
  await tellManyTargets(uow, [
    ...left.map(({ id, ...row }) => ({ id, told: { before: { ...row, distributionId }, after: null } })),
    ...came.map(({ id, ...row }) => ({ id, told: { before: null, after: { ...row, distributionId } } })),
  ]);
  uow.wrote(DistributionContent, [...before.map(gone), ...after.map(added)]);
}

/**
 * Plans the delivery of a release to some of its targets, or to all of them with `allTargets`.
 * @throws Refusal listing every target and every content that does not fit.
 */
export async function distributionPlan(
  uow: UnitOfWork,
  input: DistributionFieldsInput & {
    readonly releaseId: string;
    readonly deploymentToolId: string;
    readonly operation?: DistributionOperation | null;
  },
  tools: ToolDirectory,
): Promise<Distribution> {
  const release = await lock(uow, Release, 'Release', fromNodeId('Release', input.releaseId, 'releaseId'));
  refuse(collectBlockers([actorMayPlanForTheRelease(planFactsOf(uow, release))]));
  const tool = await refer(uow, DeploymentTool, 'DeploymentTool', input.deploymentToolId, 'deploymentToolId');
  const further = await furtherTools(uow, tool, input.furtherDeploymentToolIds);
  const operation = input.operation ?? 'INSTALL';
  const choice = await returnChoice(uow, release, operation);
  const chosen = await chooseTargets(uow, release, input, choice);
  if (chosen === undefined)
    throw new RequestError(
      'BAD_USER_INPUT',
      'Choose the targets with "targetIds", "targetGroupIds", "targetFilter" or "allTargets: true".',
      { field: 'targetIds' },
    );
  const policy = wantedPolicy(input);
  const content = await chooseContents(uow, release, input.contentIds, choice, chosen.ids);
  const targets = await gatherTargets(uow, chosen.ids, tool.name);
  const contents = await packageContents(uow, release, choice, content.ids, tool.name);
  const blockers = [
    ...chosen.blockers,
    ...content.blockers,
    ...returnBlockers(release, choice, { targets, contents }),
    ...(await toolBlockers(
      uow,
      release,
      { tool, further },
      { operation, parameters: input.parameters, targets, contents, contentIds: content.ids, choice },
      tools,
    )),
    ...pastDates(uow, input),
    ...policyBlockers(uow, release, STRICT_POLICY, policy),
  ];
  if (CLOSED_TO_PLANNING.includes(release.state) && !isDriftCheck({ operation, release })) {
    blockers.unshift(
      blocker(
        'RELEASE_NOT_READY',
        `Release ${release.number} is ${release.state}, so nothing more of it can be delivered. A distribution with ` +
          'the operation VERIFY can check what is there while it is DEPLOYED, IN_REVIEW or CLOSED.',
        ['RELEASE_MANAGER'],
        {
          subject: { type: 'Release', id: release.id },
        },
      ),
    );
  }
  refuse(blockers);
  const distribution = uow.em.create(Distribution, {
    releaseId: release.id,
    deploymentToolId: tool.id,
    furtherToolIds: further.map(({ id }) => id),
    name: `${release.name} by ${tool.name}`.slice(0, 200),
    operation,
    plannedById: uow.actorId,
    approvalRequired: await needsApproval(uow, targets, input.approvalRequired),
    allTargets: input.allTargets === true,
    targetChoice: chosen.kept,
    allContents: input.contentIds == null,
    ...asColumns(policy),
  });
  applyFields(distribution, input);
  await uow.em.flush();
  await store(uow, distribution, targets, contents);
  await recordAuthor(uow, 'Distribution', distribution.id);
  uow.record({
    type: 'distribution.planned',
    subjectType: 'Distribution',
    subject: distribution,
    topics: [release.id, ...targets.map(({ id }) => id)],
    data: {
      operation,
      deploymentTool: [tool, ...further].map((one) => one.name).join(', '),
      release: release.number,
      targets: targets.length,
      contents: contents.map((c) => c.name),
    },
  });
  return distribution;
}

/**
 * Whether somebody else has to approve: always where work on a target can harm something critical, otherwise when the
 * planner says so.
 */
async function needsApproval(
  uow: UnitOfWork,
  targets: readonly PackageTarget[],
  asked: boolean | null | undefined,
): Promise<boolean> {
  if (asked === true) return true;
  const effective = await effectiveCriticalities(
    uow,
    targets.map(({ id }) => id),
  );
  return [...effective.values()].some(({ criticality }) => criticality === 'CRITICAL');
}

/**
 * Edits a distribution that is still PLANNED. The person who edits it becomes a planner of it, beside those before.
 * @throws Refusal when it is not PLANNED, or with everything that does not fit.
 */
export async function distributionUpdate(
  uow: UnitOfWork,
  input: DistributionFieldsInput & { readonly id: string; readonly expectedVersion: number },
  tools: ToolDirectory,
): Promise<Distribution> {
  const { release, distribution } = await lockDistribution(uow, fromNodeId('Distribution', input.id, 'id'));
  expectVersion(distribution, input.expectedVersion);
  const policy = wantedPolicy(input, policyOf(distribution));
  const tool = await uow.em.findOneOrFail(DeploymentTool, distribution.deploymentToolId);
  const further = await furtherTools(uow, tool, input.furtherDeploymentToolIds, distribution.furtherToolIds);
  const all = distribution.allTargets && !choosesSome(input);
  const choice = await returnChoice(uow, release, distribution.operation);
  const chosen = await chooseTargets(uow, release, all ? { allTargets: true } : input, choice);
  const before = await uow.query<{ kind: string; id: string }>(sql`
    select 'target' as kind, ci_id as id from target_execution where distribution_id = ${distribution.id}
    union all
    select 'content', dml_item_version_id from distribution_content where distribution_id = ${distribution.id}`);
  const had = (kind: string) => before.filter((row) => row.kind === kind).map(({ id }) => id);
  const content =
    input.contentIds == null && !distribution.allContents
      ? { ids: had('content'), blockers: [] }
      : await chooseContents(uow, release, input.contentIds, choice, chosen?.ids ?? had('target'));
  const targets = await gatherTargets(uow, chosen?.ids ?? had('target'), tool.name);
  const contents = await packageContents(uow, release, choice, content.ids, tool.name);
  const planProblems = [
    ...(chosen?.blockers ?? []),
    ...content.blockers,
    ...returnBlockers(release, choice, { targets, contents }),
    ...(await toolBlockers(
      uow,
      release,
      { tool, further },
      {
        operation: distribution.operation,
        parameters: input.parameters ?? distribution.parameters,
        targets,
        contents,
        contentIds: content.ids,
        choice,
      },
      tools,
    )),
    ...(await toolsInUse(uow, distribution, { tool, further })),
    ...pastDates(uow, input, distribution),
    ...policyBlockers(uow, release, policyOf(distribution), policy),
  ];
  demand(distributionMachine, distribution, 'distributionUpdate', {
    ...(await factsOfDistribution(uow, distribution)),
    planProblems,
  });
  applyFields(distribution, input);
  Object.assign(distribution, asColumns(policy));
  const furtherToolIds = further.map(({ id }) => id);
  if (furtherToolIds.join() !== distribution.furtherToolIds.join()) distribution.furtherToolIds = furtherToolIds;
  if (chosen !== undefined)
    Object.assign(distribution, { allTargets: all || input.allTargets === true, targetChoice: chosen.kept });
  if (input.contentIds != null) distribution.allContents = false;
  const asked = input.approvalRequired ?? distribution.approvalRequired;
  distribution.approvalRequired = await needsApproval(uow, targets, asked);
  await store(uow, distribution, targets, contents);
  if (!uow.isChanged(distribution)) return distribution;
  await placeNewTargets(uow, distribution, tools);
  Object.assign(distribution, { plannedById: uow.actorId, approvedById: null, approvedAt: null });
  touch(distribution); // also when only its targets or contents differ
  await recordAuthor(uow, 'Distribution', distribution.id);
  uow.record({
    type: 'distribution.updated',
    subjectType: 'Distribution',
    subject: distribution,
    topics: [release.id],
  });
  return distribution;
}
