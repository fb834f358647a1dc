import { sql } from 'kysely';
import { notFound, Refusal } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import type { TargetState } from '../../domain/distribution/observation.js';
import { targetReportBlockers } from '../../domain/distribution/target-report.guards.js';
import { ASSURANCE_REQUIRED } from '../../domain/cmdb/assurance-policy.js';
import { DeploymentTool } from '../../entities/distribution/deployment-tool.entity.js';
import { expectVersion } from '../load.js';
import { SILENT_AFTER } from '../../domain/distribution/distribution-run.js';
import { latestRun, lockDistribution, runOfAttempt } from './distribution-run.service.js';
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

/** What is known of a target before the report. */
interface Known {
  readonly version: number;
  readonly attempt: number;
  /** Code of the reason for its state. */
  readonly reason: string | null;
}

const optional = (value: string | null | undefined, field: string) =>
  value == null ? undefined : text(value, field, { max: 4_000 }) || undefined;

/**
 * Records what a person saw on a target: for tools that are teams of people, and for a run whose start a person vouched
 * for.
 * @throws Refusal with everything that `targetReportBlockers` finds.
 */
export async function targetExecutionReport(
  uow: UnitOfWork,
  input: TargetReportInput,
  tools: ToolDirectory,
): Promise<{ id: string }> {
  const id = fromNodeId('TargetExecution', input.id, 'id');
  const [row] = await uow.query<Known & { distribution: string; ci: string }>(sql`
    select distribution_id as distribution, ci_id as ci, version, attempt, reason_code as reason
    from target_execution where id = ${id}`);
  if (!row) throw notFound('TargetExecution');
  const held = await lockDistribution(uow, row.distribution);
  const { distribution } = held;
  const [now] = await uow.query<Known>(sql`
    select version, attempt, reason_code as reason from ${sql.table('target_execution')} where id = ${id} for update`);
  expectVersion(now ?? row, input.expectedVersion);
  const { attempt, reason: known } = now ?? row;
  // A success that is held back can belong to an earlier attempt, for example to an earlier wave.
  const isHeld = known === ASSURANCE_REQUIRED;
  const run = await (isHeld ? runOfAttempt(uow, distribution.id, attempt) : latestRun(uow, distribution));
  const evidence = optional(input.evidence, 'evidence');
  const reason = optional(input.reason, 'reason');
  const underWay = run?.attempt === attempt ? run : undefined;
  const tool = await uow.em.findOneOrFail(DeploymentTool, underWay?.deploymentToolId ?? distribution.deploymentToolId);
  const reportsByPeople = tools.connected(tool.name)?.capabilities.observe.includes('reported') === true;
  const blockers = targetReportBlockers({
    distribution: { id: distribution.id, name: distribution.number, state: distribution.state },
    run: underWay?.state ?? null,
    // A run without a handle is one that a person vouched for: the tool itself cannot be asked about it. Nor does a
    // tool that has been silent, or whose answers cannot be recorded, keep people from ending what it has begun.
    tool: {
      id: tool.id,
      name: tool.name,
      reportedByPeople:
        reportsByPeople || isHeld || underWay?.handle === null || (underWay?.failures ?? 0) >= SILENT_AFTER,
    },
    state: input.state,
    hasEvidence: evidence !== undefined,
    hasReason: reason !== undefined,
  });
  if (underWay === undefined || blockers.length > 0) throw new Refusal(blockers);
  await recordObservation(
    uow,
    { ...held, run: underWay },
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
