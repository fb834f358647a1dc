import { sql, type RawBuilder } from 'kysely';
import { snakeCase } from '../database/expressions.js';
import type { Queryable } from '../database/queryable.js';
import { EXPORT_COLUMNS, type ExportKind, type ExportRow, idTypeOf } from '../domain/file-export.js';
import { toNodeId } from '../domain/node-id.js';
import { auditFindingRead } from './cmdb/audit-finding.reads.js';
import { ciRelationRead } from './cmdb/ci-relation.reads.js';
import { configurationItemRead } from './cmdb/configuration-item.reads.js';
import { installationRead } from './cmdb/installation.reads.js';
import type { ReadModel } from './model.js';
import { type Moment, pastDatabase } from '../facts/past.js';

/** How rows of a kind are found. */
interface Exported {
  /** Everybody who reads objects of this type exports them. */
  readonly model: Pick<ReadModel, 'readableBy'>;
  readonly from: RawBuilder<unknown>;
  /** Columns that are not those of the row's own table by their names. */
  readonly select?: Readonly<Record<string, RawBuilder<unknown>>>;
}

const refOf = (name: string, table: string) => ({
  [`${name}.source`]: sql`${sql.ref(table)}.external_source`,
  [`${name}.key`]: sql`${sql.ref(table)}.external_key`,
});

const ITEM = { ciNumber: sql`c.number`, ciName: sql`c.name`, ...refOf('ciRef', 'c') };

// What ran before has ended, so it is not among what runs at an instant. Its version and digest never change.
const INSTALLED = sql`installation t
  join configuration_item c on c.id = t.ci_id
  join dml_item m on m.id = t.dml_item_id
  join dml_item_version v on v.id = t.dml_item_version_id`;

const ORDERED = sql`
  from release_change x
  join change h on h.id = x.change_id
  join change_ci y on y.change_id = h.id and y.ci_id = t.ci_id and y.role = 'TARGET'
  left join person p on p.id = h.authorised_by_id
  where x.release_id = t.release_id and x.live`;

const EXPORTED: Readonly<Record<ExportKind, Exported>> = {
  'configuration-items': {
    model: configurationItemRead,
    from: sql`configuration_item t`,
    select: {
      ...refOf('externalRef', 't'),
      // The key of a class never changes.
      customClass: sql`(select k.key from custom_class k where k.id = t.custom_class_id)`,
    },
  },
  relations: {
    model: ciRelationRead,
    from: sql`ci_relation t
      join configuration_item s on s.id = t.source_id
      join configuration_item o on o.id = t.target_id`,
    select: { ...refOf('sourceRef', 's'), ...refOf('targetRef', 'o') },
  },
  installations: {
    model: installationRead,
    from: INSTALLED,
    select: { ...ITEM, dmlItemName: sql`m.name`, label: sql`v.label` },
  },
  traceability: {
    model: installationRead,
    from: sql`${INSTALLED}
      left join person w on w.id = v.authorised_by_id
      left join release r on r.id = t.release_id
      left join person a on a.id = r.accepted_by_id
      left join distribution d on d.id = t.distribution_id
      left join deployment_tool l on l.id = d.deployment_tool_id
      left join person q on q.id = d.approved_by_id
      left join lateral (
        select e.digest, f.label from installation_history e
        join dml_item_version f on f.id = e.dml_item_version_id
        where e.id = t.previous_id limit 1
      ) b on true`,
    select: {
      ...ITEM,
      ciClass: sql`c.ci_class`,
      dmlItemName: sql`m.name`,
      label: sql`v.label`,
      versionAuthorisedBy: sql`w.name`,
      distributionNumber: sql`d.number`,
      deploymentTool: sql`l.name`,
      distributionApprovedBy: sql`q.name`,
      releaseNumber: sql`r.number`,
      releaseName: sql`r.name`,
      releaseAcceptedBy: sql`a.name`,
      changes: sql`(select coalesce(json_agg(h.number order by h.number), '[]') ${ORDERED})`,
      changesAuthorisedBy: sql`(
        select coalesce(json_agg(distinct p.name) filter (where p.id is not null), '[]') ${ORDERED})`,
      previousLabel: sql`b.label`,
      previousDigest: sql`b.digest`,
    },
  },
  // Findings have no history: at any instant they are those of today.
  'audit-findings': {
    model: auditFindingRead,
    from: sql`audit_finding t
      join configuration_audit u on u.id = t.audit_id
      join configuration_item c on c.id = t.ci_id
      left join person o on o.id = t.owner_id`,
    select: { ...ITEM, auditNumber: sql`u.number`, ownerName: sql`o.name` },
  },
};

/** The type that an actor has to be able to read in order to export rows of a kind. */
export const exportModel = (kind: ExportKind): Pick<ReadModel, 'readableBy'> => EXPORTED[kind].model;

/** The rows of a kind that have one of some values. */
export interface ExportOf {
  readonly column: 'id' | 'source_id' | 'ci_id';
  readonly ids: readonly string[];
}

const INSTALLED_KINDS: ReadonlySet<ExportKind> = new Set(['installations', 'traceability']);

function statement(kind: ExportKind, isPast: boolean, where: RawBuilder<unknown>, limit: RawBuilder<unknown>) {
  const { from, select = {} } = EXPORTED[kind];
  const columns = EXPORT_COLUMNS[kind].map(
    (column) => sql`${select[column] ?? sql.ref(`t.${snakeCase(column)}`)} as ${sql.id(column)}`,
  );
  const runs = INSTALLED_KINDS.has(kind) && !isPast ? sql`and t.valid_to is null` : sql``;
  return sql<ExportRow>`select ${sql.join(columns)} from ${from} where ${where} ${runs} order by t.id ${limit}`;
}

const withNodeIds = (kind: ExportKind, rows: readonly ExportRow[]): ExportRow[] =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([column, value]) => {
        const type = idTypeOf(kind, column);
        return [column, type === undefined || value == null ? value : toNodeId(type, value as string)];
      }),
    ),
  );

/** A page of rows in the order of their ids. */
export interface ExportedPage {
  readonly rows: readonly ExportRow[];
  /** Database id of the last row; undefined at the end. */
  readonly last: string | undefined;
}

/**
 * Reads rows for an export.
 * @param moment undefined for the record of now. Installations are those that run then.
 * @param after database id of the last row before; undefined for the beginning.
 */
export async function exportedPage(
  db: Queryable,
  kind: ExportKind,
  {
    moment,
    after,
    limit,
  }: { readonly moment: Moment | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<ExportedPage> {
  const from = after === undefined ? sql`true` : sql`t.id > ${after}::uuid`;
  const reading = moment === undefined ? db : pastDatabase(db, moment);
  const rows = await reading.query(statement(kind, moment !== undefined, from, sql`limit ${limit}`));
  return { rows: withNodeIds(kind, rows), last: rows.length < limit ? undefined : (rows.at(-1)?.['id'] as string) };
}

/** Reads what is so now of some objects, in the order of their ids. */
export async function exportedOf(db: Queryable, kind: ExportKind, { column, ids }: ExportOf): Promise<ExportRow[]> {
  if (ids.length === 0) return [];
  const where = sql`${sql.ref(`t.${column}`)} = any(${ids}::uuid[])`;
  return withNodeIds(kind, await db.query(statement(kind, false, where, sql``)));
}
