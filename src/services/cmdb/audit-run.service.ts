import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { configurationAuditMachine } from '../../domain/cmdb/audit.machine.js';
import { decideSystem, type SystemRow } from '../../domain/state-machine.js';
import { AuditFinding } from '../../entities/cmdb/audit-finding.entity.js';
import { Baseline } from '../../entities/cmdb/baseline.entity.js';
import { ConfigurationAudit } from '../../entities/cmdb/configuration-audit.entity.js';
import { auditItems, type Found } from '../../facts/cmdb/audit.facts.js';
import { baselineItems } from '../../facts/cmdb/baseline.facts.js';
import { pastOf } from '../../facts/past.js';
import { lock } from '../load.js';
import { enter } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** How many items an audit looks at in one transaction. */
const PER_STEP = 500;

const SYSTEM_ROWS = configurationAuditMachine.rows.filter(({ system }) => system === true) as unknown as SystemRow<
  ConfigurationAudit['state'],
  'configurationAuditComplete'
>[];

/** Ids of the audits that are running. */
export const runningAudits = () => sql<{ id: string }>`
  select id from configuration_audit where state = 'RUNNING' order by id limit 20`;

const baselineOf = async (uow: UnitOfWork, { baselineId }: ConfigurationAudit): Promise<Baseline | null> =>
  baselineId == null ? null : await uow.em.findOne(Baseline, { id: baselineId });

/** Notes the items to look at: those of the item or of the baseline, at the moment of the baseline and now. */
async function begin(uow: UnitOfWork, audit: ConfigurationAudit): Promise<void> {
  const baseline = await baselineOf(uow, audit);
  const items = baselineItems({
    ciId: baseline?.ciId ?? audit.ciId ?? null,
    withDependencies: audit.withDependencies,
    baselineId: baseline?.id ?? null,
  });
  const all = sql`select x.id from ${items} x(id)`;
  const moment = baseline && { asOf: baseline.asOf.toISOString(), knownAt: baseline.knownAt.toISOString() };
  const [row] = await uow.query<{ total: number }>(sql`
    with noted as (
      insert into configuration_audit_item (audit_id, ci_id)
      select ${audit.id}::uuid, i.id
      from (${all} ${moment === null ? sql`` : sql`union (${pastOf(moment, all)}${all})`}) i(id) where i.id is not null
      returning 1)
    select count(*)::int as total from noted`);
  audit.total = row?.total ?? 0;
  uow.record({ type: 'configuration-audit.advanced', subjectType: 'ConfigurationAudit', subject: audit });
}

async function insertFindings(uow: UnitOfWork, audit: ConfigurationAudit, found: readonly Found[]): Promise<void> {
  if (found.length === 0) return;
  const rows = found.map((one) => ({ ...one, id: newId(), auditId: audit.id }));
  await uow.query(sql`
    insert into audit_finding (id, audit_id, ci_id, kind, message, drift_id, dml_item_version_id, version, created_at,
      updated_at)
    select r.id, r."auditId", r."ciId", r.kind, r.message, r."driftId", r."dmlItemVersionId", 1, ${uow.now}, ${uow.now}
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(id uuid, "auditId" uuid, "ciId" uuid, kind text,
      message text, "driftId" uuid, "dmlItemVersionId" uuid)`);
  for (const { id, ...row } of rows) {
    const after = { ...row, state: 'OPEN', ownerId: null, dueAt: null, reason: null, closedById: null, closedAt: null };
    uow.wrote(AuditFinding, [{ id, before: null, after }]);
    uow.record({
      type: 'audit-finding.found',
      subjectType: 'AuditFinding',
      subject: Object.assign({ id, version: 1 }, { state: 'OPEN' }),
      topics: [audit.id, row.ciId, row.driftId],
    });
  }
}

/**
 * Looks at the next items of an audit, in one short transaction that holds nothing but the audit.
 * @returns whether there is more to look at.
 */
export async function stepAudit(uow: UnitOfWork, id: string): Promise<boolean> {
  const audit = await lock(uow, ConfigurationAudit, 'ConfigurationAudit', id);
  const allowed = decideSystem(SYSTEM_ROWS, audit.state, 'configurationAuditComplete');
  if (allowed === undefined) return false;
  if (audit.total == null) {
    await begin(uow, audit);
    return true;
  }
  const next = await uow.query<{ ci: string }>(sql`
    delete from configuration_audit_item where audit_id = ${id} and ci_id in (
      select ci_id from configuration_audit_item where audit_id = ${id} order by ci_id limit ${PER_STEP})
    returning ci_id as ci`);
  if (next.length > 0) {
    const baseline = await baselineOf(uow, audit);
    const found = await auditItems(
      uow,
      next.map(({ ci }) => ci),
      {
        record: { asOf: audit.asOf.toISOString(), knownAt: null },
        baseline: baseline && { asOf: baseline.asOf.toISOString(), knownAt: baseline.knownAt.toISOString() },
        expectsObservations: audit.expectsObservations,
      },
    );
    await insertFindings(uow, audit, found);
    audit.done += next.length;
    audit.findings += found.length;
  }
  if (audit.done < audit.total) {
    uow.record({ type: 'configuration-audit.advanced', subjectType: 'ConfigurationAudit', subject: audit });
    return true;
  }
  audit.endedAt = uow.now;
  enter(uow, audit, allowed, {
    type: 'configuration-audit.completed',
    subjectType: 'ConfigurationAudit',
    topics: [audit.ciId, audit.baselineId],
  });
  return false;
}
