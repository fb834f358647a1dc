import { sql } from 'kysely';
import { auditFindingList, AuditFindingType } from '../../schema/cmdb/audit-finding.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How audit findings are read. */
export const auditFindingRead = defineRead<AuditFindingType>({
  list: auditFindingList,
  type: 'AuditFinding',
  table: 'audit_finding',
  of: AuditFindingType,
  keys: ['auditId', 'ciId', 'driftId', 'dmlItemVersionId', 'ownerId', 'closedById'],
  order: { DUE_AT: { column: sql`coalesce(t.due_at, 'infinity')`, type: 'timestamptz' } },
});

/** What an audit found. */
export const findingsOfAudit = defineEdge({
  name: 'ConfigurationAudit.findings',
  model: auditFindingRead,
  on: sql`t.audit_id = p.id`,
});

/** What audits found about a configuration item. */
export const findingsOfCi = defineEdge({
  name: 'ConfigurationItem.auditFindings',
  model: auditFindingRead,
  on: sql`t.ci_id = p.id`,
});
