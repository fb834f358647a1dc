import { sql } from 'kysely';
import { packageDigest } from '../../adapters/adapter.js';
import {
  asksNothing,
  ASSURANCE_REQUIRED,
  requiresVerification,
  type AssurancePolicy,
} from '../../domain/cmdb/assurance-policy.js';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import { ImpactReader } from '../../facts/cmdb/impact-reader.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { lockDistribution, runOfAttempt, type HeldRun, type Run } from './distribution-run.service.js';
import type { IncomingReport } from './incoming-report.service.js';
import type { TargetChange } from './target-execution.service.js';

/** Which of some configuration items a success on counts only when it is verified. Ids of the database. */
export async function targetsToVerify(
  uow: UnitOfWork,
  policy: AssurancePolicy,
  ciIds: readonly string[],
  impact = new ImpactReader(uow),
): Promise<string[]> {
  if (asksNothing(policy)) return [];
  const classes = await uow.query<{ id: string; ciClass: CiClass }>(
    sql`select id, ci_class as "ciClass" from configuration_item where id = any(${ciIds}::uuid[])`,
  );
  const rated = await impact.criticalities(ciIds);
  return classes.flatMap(({ id, ciClass }) => {
    const criticality = rated.get(id)?.criticality;
    return criticality !== undefined && requiresVerification(policy, { criticality, ciClass }) ? [id] : [];
  });
}

/** Those of some targets of a run on which a success counts only when it is verified. */
export async function verifiedOnly(uow: UnitOfWork, run: Run, ciIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (ciIds.length === 0 || run.backOut || !['install', 'verify'].includes(run.request.operation)) return new Set();
  const rows = await uow.query<{ id: string }>(sql`
    select ci_id as id from target_execution
    where distribution_id = ${run.distributionId} and ci_id = any(${ciIds}::uuid[]) and verification_required`);
  return new Set(rows.map(({ id }) => id));
}

/** What a check says of a target that waits for it: the digest that was read back, or the evidence of a person. */
type Proof = Pick<IncomingReport, 'verifiedDigest' | 'evidence' | 'reportedById'>;

/** @returns by configuration item; nothing for those of which the check has no proof */
function proofs(
  changes: readonly TargetChange[],
  told: readonly IncomingReport[],
  digest: string | null,
): ReadonlyMap<string, Proof> {
  const vouched = new Map(told.filter(isVouched).map((report) => [report.ciId, report]));
  return new Map(
    changes
      .filter(({ to }) => to === 'SUCCEEDED')
      .flatMap(({ ciId, verifiedDigest }): [string, Proof][] => {
        if (verifiedDigest !== null) return verifiedDigest === digest ? [[ciId, { verifiedDigest }]] : [];
        const report = vouched.get(ciId);
        return report ? [[ciId, { evidence: report.evidence, reportedById: report.reportedById }]] : [];
      }),
  );
}

/** Whether a report is the word of a person, with evidence. */
export const isVouched = ({ reportedById, evidence }: IncomingReport): boolean =>
  reportedById !== undefined && evidence !== undefined;

/**
 * The successes that a check has confirmed: targets of other distributions of the release whose success was held back,
 * and that carry what those distributions put there. Where another distribution has delivered since, that one counts.
 * @param told the reports from which the changes follow.
 * @returns for each run, what there is to report about it.
 */
export async function confirmedByCheck(
  uow: UnitOfWork,
  { release, distribution, run }: HeldRun,
  changes: readonly TargetChange[],
  told: readonly IncomingReport[],
): Promise<{ readonly held: HeldRun; readonly reports: readonly IncomingReport[] }[]> {
  if (run.request.operation !== 'verify') return [];
  const digest = packageDigest(run.request.package.artifacts) ?? null;
  const proven = proofs(changes, told, digest);
  if (proven.size === 0) return [];
  const waiting = await uow.query<{ distribution: string; attempt: number; ci: string }>(sql`
    select e.distribution_id as distribution, e.attempt, e.ci_id as ci
    from target_execution e join distribution d on d.id = e.distribution_id
    where d.release_id = ${release.id} and d.operation = 'INSTALL' and e.state = 'UNKNOWN'
      and e.reason_code = ${ASSURANCE_REQUIRED} and e.ci_id = any(${[...proven.keys()]}::uuid[])
      and not exists (
        select 1 from target_execution o join distribution n on n.id = o.distribution_id
        where n.release_id = d.release_id and n.operation = 'INSTALL' and o.ci_id = e.ci_id and o.state = 'SUCCEEDED')
    order by e.distribution_id, e.attempt, e.ci_id`);
  const confirmed: { held: HeldRun; reports: IncomingReport[] }[] = [];
  for (const rows of Map.groupBy(waiting, (row) => `${row.distribution} ${row.attempt}`).values()) {
    const { distribution: id, attempt } = rows[0] as (typeof waiting)[number];
    const held = await lockDistribution(uow, id);
    const delivering = await runOfAttempt(uow, id, attempt);
    if (delivering === undefined || (packageDigest(delivering.request.package.artifacts) ?? null) !== digest) continue;
    const reports = rows.map(({ ci }) => ({
      ciId: ci,
      state: 'SUCCEEDED' as const,
      nativeStatus: 'CONFIRMED',
      at: uow.now,
      ...proven.get(ci),
      payload: { by: 'interlock', confirmedBy: distribution.number, attempt: run.attempt, digest },
    }));
    confirmed.push({ held: { ...held, run: delivering }, reports });
  }
  return confirmed;
}
