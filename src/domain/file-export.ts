import { columnsOf } from './import-row.js';
import type { NodeType } from './node-id.js';
import { writeCell } from './spreadsheet-cell.js';

/** What can be exported, by the last part of the address. */
export const EXPORT_KINDS = [
  'configuration-items',
  'relations',
  'installations',
  'traceability',
  'audit-findings',
] as const;

/** One of {@link EXPORT_KINDS}. */
export type ExportKind = (typeof EXPORT_KINDS)[number];

/** The item that a row of an installation is about. */
const OF_ITEM = ['ciId', 'ciNumber', 'ciName', 'ciRef.source', 'ciRef.key'] as const;

/** The columns of a CSV. In JSON, `externalRef.key` is the member `key` of the object `externalRef`. */
export const EXPORT_COLUMNS: Readonly<Record<ExportKind, readonly string[]>> = {
  'configuration-items': columnsOf('CONFIGURATION_ITEMS'),
  relations: columnsOf('RELATIONS'),
  installations: [
    'id',
    ...OF_ITEM,
    'dmlItemId',
    'dmlItemName',
    'dmlItemVersionId',
    'label',
    'digest',
    'assurance',
    'validFrom',
    'previousId',
    'releaseId',
    'distributionId',
  ],
  traceability: [
    'id',
    ...OF_ITEM,
    'ciClass',
    'dmlItemName',
    'label',
    'digest',
    'assurance',
    'validFrom',
    'versionAuthorisedBy',
    'distributionNumber',
    'deploymentTool',
    'distributionApprovedBy',
    'releaseNumber',
    'releaseName',
    'releaseAcceptedBy',
    'changes',
    'changesAuthorisedBy',
    'previousLabel',
    'previousDigest',
  ],
  'audit-findings': [
    'id',
    'auditId',
    'auditNumber',
    ...OF_ITEM,
    'kind',
    'message',
    'state',
    'ownerName',
    'dueAt',
    'reason',
    'closedAt',
    'createdAt',
  ],
};

/** Columns with database ids, and the types of what they refer to. */
const IDS: Readonly<Record<string, NodeType>> = {
  auditId: 'ConfigurationAudit',
  ciId: 'ConfigurationItem',
  dmlItemId: 'DmlItem',
  dmlItemVersionId: 'DmlItemVersion',
  previousId: 'Installation',
  releaseId: 'Release',
  distributionId: 'Distribution',
  ownerTeamId: 'Team',
  ownerId: 'Person',
  supportTeamId: 'Team',
  sourceId: 'ConfigurationItem',
  targetId: 'ConfigurationItem',
};

const OWN: Readonly<Record<ExportKind, NodeType>> = {
  'configuration-items': 'ConfigurationItem',
  relations: 'CiRelation',
  installations: 'Installation',
  traceability: 'Installation',
  'audit-findings': 'AuditFinding',
};

/** What the ids of a column are ids of. @returns undefined for other columns */
export const idTypeOf = (kind: ExportKind, column: string): NodeType | undefined =>
  column === 'id' ? OWN[kind] : IDS[column];

/** A row by its columns. */
export type ExportRow = Readonly<Record<string, unknown>>;

/** A row as an object of JSON. A reference to another system that there is not is null. */
export function exportedObject(columns: readonly string[], row: ExportRow): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const column of columns) {
    const cut = column.indexOf('.');
    const value = row[column] ?? null;
    if (cut < 0) object[column] = value;
    else if (value === null) object[column.slice(0, cut)] ??= null;
    else
      object[column.slice(0, cut)] = {
        ...(object[column.slice(0, cut)] as object | null),
        [column.slice(cut + 1)]: value,
      };
  }
  return object;
}

/** A value as a cell of a CSV that a spreadsheet does not evaluate. */
export function exportedCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return writeCell(value.join('; '));
  return writeCell(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
