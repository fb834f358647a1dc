import { sql } from 'kysely';
import { blocker } from '../../domain/blocker.js';
import { notFound, Refusal } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import type { TargetState } from '../../domain/distribution/observation.js';
import { DeploymentTool } from '../../entities/distribution/deployment-tool.entity.js';
import { expectVersion } from '../load.js';
import { latestRun, lockDistribution } from './distribution-run.service.js';
import { recordObservation } from './observation.service.js';
import { text } from '../text.js';
import type { ToolDirectory } from './tool-directory.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** What a person reports about a target. */
export interface TargetReportInput {
  readonly id: string;
  readonly state: TargetState;
  readonly evidence?: string | null;
  readonly reason?: string | null;
  readonly expectedVersion?: number | null;
}

const OPERATORS = ['DEPLOYMENT_OPERATOR', 'TASK_ASSIGNEE'] as const;

const optional = (value: string | null | undefined, field: string) =>
  value == null ? undefined : text(value, field, { max: 4_000 }) || undefined;

/**
 * Records what a person saw on a target: for tools that are people, and for a run whose start a person has vouched for.
 * @throws Refusal when the tool reports by itself, nothing is under way, or a success comes without evidence.
 */
export async function targetExecutionReport(
  uow: UnitOfWork,
  input: TargetReportInput,
  tools: ToolDirectory,
): Promise<{ id: string }> {
  const id = fromNodeId('TargetExecution', input.id, 'id');
  const [row] = await uow.query<{ distribution: string; ci: string; version: number; attempt: number }>(sql`
    select distribution_id as distribution, ci_id as ci, version, attempt from target_execution where id = ${id}`);
  if (!row) throw notFound('TargetExecution');
  const held = await lockDistribution(uow, row.distribution);
  const { distribution } = held;
  const [now] = await uow.query<{ version: number; attempt: number }>(
    sql`select version, attempt from ${sql.table('target_execution')} where id = ${id} for update`,
  );
  expectVersion(now ?? row, input.expectedVersion);
  const run = await latestRun(uow, distribution);
  const tool = await uow.em.findOneOrFail(DeploymentTool, distribution.deploymentToolId);
  if (!run || (now ?? row).attempt !== run.attempt || ['INTENT', 'REFUSED', 'UNKNOWN'].includes(run.state)) {
    throw new Refusal([
      blocker(
        'ILLEGAL_TRANSITION',
        `Nothing is under way on this target: distribution ${distribution.number} is ${distribution.state}.`,
        [],
      ),
    ]);
  }
  const byPeople =
    tools.connected(tool.name)?.capabilities.observe.includes('reported') === true || run.handle === null;
  if (!byPeople) {
    throw new Refusal([
      blocker(
        'ADAPTER_UNSUPPORTED',
        `Deployment tool ${tool.name} reports its targets itself; what people say about them does not count.`,
        ['DEPLOYMENT_OPERATOR'],
        { subject: { type: 'DeploymentTool', id: tool.id } },
      ),
    ]);
  }
  const evidence = optional(input.evidence, 'evidence');
  const reason = optional(input.reason, 'reason');
  if (input.state === 'SUCCEEDED' && evidence === undefined) {
    throw new Refusal([
      blocker(
        'EVIDENCE_MISSING',
        'A success needs evidence: a serial number, a ticket, the address of a photograph.',
        OPERATORS,
        { path: ['evidence'] },
      ),
    ]);
  }
  if (!['SUCCEEDED', 'INSTALLING'].includes(input.state) && reason === undefined) {
    throw new Refusal([blocker('EVIDENCE_MISSING', `Say why it is ${input.state}.`, OPERATORS, { path: ['reason'] })]);
  }
  await recordObservation(
    uow,
    { ...held, run },
    {
      reports: [
        {
          ciId: row.ci,
          state: input.state,
          nativeStatus: 'REPORTED',
          at: uow.now,
          evidence,
          reason: reason === undefined ? undefined : { code: 'REPORTED', message: reason, retryable: null },
          reportedById: uow.actorId,
          payload: {
            by: uow.actorId,
            state: input.state,
            at: uow.now.toISOString(),
            evidence: evidence ?? null,
            reason: reason ?? null,
          },
        },
      ],
    },
  );
  return { id };
}
