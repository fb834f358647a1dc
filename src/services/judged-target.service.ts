import { sql, type RawBuilder } from 'kysely';
import type { EntityClass } from '@mikro-orm/postgresql';
import type { ApprovalBasis } from '../domain/approval-basis.js';
import type { Steps } from '../domain/steps.js';
import { ApprovedTarget } from '../entities/distribution/approved-target.entity.js';
import { AcceptedTarget } from '../entities/release/accepted-target.entity.js';
import { acceptanceBasis, judgedOfDistribution, judgedOfRelease } from '../facts/approval-basis.facts.js';
import { ImpactReader } from '../facts/cmdb/impact-reader.js';
import { withForced } from '../facts/judged-target.facts.js';
import { inTurns } from '../facts/turns.js';
import type { UnitOfWork } from './unit-of-work.js';

/** How many rows one step tells the event log of. */
const PER_STEP = 250;

type Row = Readonly<Record<string, unknown>> & { readonly ciId: string };

/** Tells the event log of rows that came or left: the next event about their object shows them in its basis. */
async function tell(
  uow: UnitOfWork,
  entity: EntityClass<object>,
  rows: readonly Row[],
  as: 'before' | 'after',
): Promise<void> {
  await inTurns(
    (function* (): Steps<void> {
      for (let from = 0; from < rows.length; from += PER_STEP) {
        yield;
        uow.wrote(
          entity,
          rows.slice(from, from + PER_STEP).map((row) => ({ id: row.ciId, before: null, after: null, [as]: row })),
        );
      }
    })(),
  );
}

const APPROVED = sql`distribution_id as "distributionId", ci_id as "ciId", name, lifecycle_state as "lifecycleState",
  criticality, forced_by as "forcedBy", binding`;

const ACCEPTED = sql`release_id as "releaseId", ci_id as "ciId", name, lifecycle_state as "lifecycleState",
  criticality, forced_by as "forcedBy"`;

const idsOf = async (uow: UnitOfWork, statement: RawBuilder<{ id: string }>): Promise<string[]> =>
  (await uow.query(statement)).map(({ id }) => id);

/** Keeps what is judged of the targets of a distribution now. @param impact what has been read of what they impact */
export async function approveTargets(
  uow: UnitOfWork,
  distributionId: string,
  impact = new ImpactReader(uow),
): Promise<void> {
  await forgetApprovedTargets(uow, distributionId);
  const ids = await idsOf(uow, sql`select ci_id as id from target_execution where distribution_id = ${distributionId}`);
  const judged = judgedOfDistribution(
    sql`distribution d join target_execution e on e.distribution_id = d.id`,
    await withForced(impact, ids),
    sql`d.id = ${distributionId}`,
  );
  const rows = await uow.query<Row>(sql`
    insert into approved_target (distribution_id, ci_id, name, lifecycle_state, criticality, forced_by, binding)
    ${judged} returning ${APPROVED}`);
  await tell(uow, ApprovedTarget, rows, 'after');
}

/** Forgets what was judged of the targets of a distribution, because it is planned again. */
export async function forgetApprovedTargets(uow: UnitOfWork, distributionId: string): Promise<void> {
  const rows = await uow.query<Row>(
    sql`delete from approved_target where distribution_id = ${distributionId} returning ${APPROVED}`,
  );
  await tell(uow, ApprovedTarget, rows, 'before');
}

/**
 * What the owner of a release accepts now. What is judged of its targets is kept as rows, in place of those before.
 * @returns the rest of the basis
 */
export async function acceptedNow(uow: UnitOfWork, releaseId: string): Promise<ApprovalBasis | null> {
  const before = await uow.query<Row>(
    sql`delete from accepted_target where release_id = ${releaseId} returning ${ACCEPTED}`,
  );
  await tell(uow, AcceptedTarget, before, 'before');
  const targets = sql`(select distinct release_id as id, ci_id from release_ci
    where release_id = ${releaseId} and role = 'TARGET') x`;
  const ids = await idsOf(uow, sql`select x.ci_id as id from ${targets}`);
  const rows = await uow.query<Row>(sql`
    insert into accepted_target (release_id, ci_id, name, lifecycle_state, criticality, forced_by)
    ${judgedOfRelease(targets, await withForced(new ImpactReader(uow), ids))} returning ${ACCEPTED}`);
  await tell(uow, AcceptedTarget, rows, 'after');
  const [row] = await uow.query<{ basis: ApprovalBasis }>(
    sql`select ${acceptanceBasis} as basis from release r where r.id = ${releaseId}`,
  );
  return row?.basis ?? null;
}
