import { sql } from 'kysely';
import { instantText } from '../../database/expressions.js';
import { newId } from '../../database/new-id.js';
import type { LatestObservation, ObservedContent } from '../../domain/cmdb/ci-observation.js';
import {
  differencesOf,
  reconcile,
  type Difference,
  type KnownDrift,
  type Reconciled,
} from '../../domain/cmdb/drift.js';
import { attributeField, overrulerOf, type SourceOrder } from '../../domain/cmdb/source-precedence.js';
import type { DriftState } from '../../domain/cmdb/drift.machine.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import { eachOf } from '../../domain/steps.js';
import { Drift } from '../../entities/cmdb/drift.entity.js';
import { explainingChange, explainingDistribution } from '../../facts/cmdb/drift.facts.js';
import { recordedItems, type NamedRecord } from '../../facts/cmdb/recorded-item.facts.js';
import { sourceOrders } from '../../facts/cmdb/source-precedence.facts.js';
import { inTurns } from '../../facts/turns.js';
import type { UnitOfWork } from '../unit-of-work.js';

interface ObservationRow {
  readonly id: string;
  readonly ciId: string;
  readonly ciClass: string;
  readonly source: string;
  readonly content: ObservedContent;
  readonly gone: boolean;
  readonly overdue: boolean;
  readonly since: string;
  readonly observedAt: string;
  readonly change: string | null;
  readonly distribution: string | null;
}

interface DriftRow extends KnownDrift {
  readonly ciId: string;
  readonly observationId: string;
  readonly source: string;
  readonly name: string;
  readonly targetId: string | null;
  readonly dmlItemId: string | null;
  readonly since: string;
  readonly observedAt: string;
  readonly changeId: string | null;
  readonly reason: string | null;
  readonly decidedById: string | null;
  readonly version: number;
}

/** Where the drift of an item and a source stands, and what becomes of it. */
interface Compared extends Reconciled<DriftRow> {
  readonly observation: ObservationRow;
  readonly item: NamedRecord;
}

const DRIFT = sql`d.id, d.ci_id as "ciId", d.observation_id as "observationId", d.source, d.aspect, d.key, d.name,
  d.kind, d.recorded, d.observed, d.target_id as "targetId", d.dml_item_id as "dmlItemId",
  ${instantText(sql`d.since`)} as since,
  ${instantText(sql`d.observed_at`)} as "observedAt", d.state, d.change_id as "changeId", d.reason,
  d.decided_by_id as "decidedById", d.version`;

const told = ({ id: _id, version: _version, ...fields }: DriftRow, more: Record<string, unknown> = {}) => ({
  ...fields,
  since: new Date(fields.since),
  observedAt: new Date(fields.observedAt),
  closedAt: null,
  ...more,
});

/**
 * Compares the records of configuration items with the latest that each source says of them, in a number of statements
 * that does not depend on their number. The caller holds the items, so that no record changes meanwhile.
 * @returns how many drifts were found or opened again.
 */
export async function compareItems(uow: UnitOfWork, ciIds: readonly string[]): Promise<number> {
  if (ciIds.length === 0) return 0;
  const observations = await uow.query<ObservationRow>(sql`
    select o.id, o.ci_id as "ciId", c.ci_class as "ciClass", o.source, o.content, o.gone, o.overdue,
      ${instantText(sql`o.since`)} as since, ${instantText(sql`o.observed_at`)} as "observedAt",
      ${explainingChange(sql`o.ci_id`)} as change,
      ${explainingDistribution(sql`o.ci_id`)} as distribution
    from ci_observation o join configuration_item c on c.id = o.ci_id where o.ci_id = any(${ciIds}::uuid[])`);
  if (observations.length === 0) return 0;
  const records = await recordedItems(uow, ciIds);
  const known = await uow.query<DriftRow>(sql`
    select ${DRIFT} from drift d
    where d.ci_id = any(${ciIds}::uuid[]) and d.closed_at is null order by d.id for update`);
  const byObservation = Map.groupBy(known, ({ observationId }) => observationId);
  const byItem = Map.groupBy(observations, ({ ciId }) => ciId);
  const orders = await sourceOrders(uow);
  const compared = await inTurns(
    eachOf(observations, (observation): Compared | undefined => {
      const item = records.get(observation.ciId);
      if (item === undefined) return undefined;
      const seen: LatestObservation = observation;
      const others = byItem.get(observation.ciId) ?? [];
      const counting = differencesOf(item, seen).filter((one) => !isOverruled(orders, observation, others, one));
      return { observation, item, ...reconcile(byObservation.get(observation.id) ?? [], counting) };
    }),
  );
  const all = compared.filter((one) => one !== undefined);
  await insertFound(uow, all);
  await updateChanged(uow, all);
  await closeResolved(uow, all);
  return all.reduce((sum, one) => sum + one.found.length + one.changed.filter(({ reopens }) => reopens).length, 0);
}

/** Whether a source with precedence says the field: then the difference is a disagreement of sources, and no drift. */
function isOverruled(
  orders: readonly SourceOrder[],
  { ciClass, source }: ObservationRow,
  statements: readonly ObservationRow[],
  { aspect, name }: Difference,
): boolean {
  if (statements.length < 2 || (aspect !== 'FIELD' && aspect !== 'ATTRIBUTE')) return false;
  const field = aspect === 'FIELD' ? name : attributeField(name);
  return overrulerOf(orders, { ciClass, field, source }, statements) !== undefined;
}

function newRow({ observation }: Compared, difference: Difference): DriftRow {
  const { aspect, key, name, kind, recorded, observed, target, dmlItem } = difference;
  return {
    id: newId(),
    ciId: observation.ciId,
    observationId: observation.id,
    source: observation.source,
    aspect,
    key,
    name,
    kind,
    recorded,
    observed,
    targetId: target === undefined ? null : fromNodeId('ConfigurationItem', target, 'target'),
    dmlItemId: dmlItem === undefined ? null : fromNodeId('DmlItem', dmlItem, 'dmlItem'),
    since: observation.since,
    observedAt: observation.observedAt,
    state: 'OPEN',
    changeId: null,
    reason: null,
    decidedById: null,
    version: 1,
  };
}

const RECORD = sql`as r(id uuid, "ciId" uuid, "observationId" uuid, source text, aspect text, key text, name text,
  kind text, recorded jsonb, observed jsonb, "targetId" uuid, "dmlItemId" uuid, since timestamptz,
  "observedAt" timestamptz, state text, reason text, "decidedById" uuid)`;

function tell(
  uow: UnitOfWork,
  type: string,
  row: DriftRow,
  { observation, item }: Pick<Compared, 'observation' | 'item'>,
  state: DriftState,
): void {
  const { change, distribution } = observation;
  const explained = change === null ? (distribution === null ? 'UNEXPLAINED' : 'DISTRIBUTION') : 'CHANGE';
  uow.record({
    type,
    subjectType: 'Drift',
    subject: Object.assign({ id: row.id, version: row.version }, { name: row.name, state }),
    topics: [row.ciId, row.targetId, row.dmlItemId],
    data: {
      configurationItem: toNodeId('ConfigurationItem', row.ciId),
      name: item.name,
      explanation: explained,
      ...(change !== null && { change: toNodeId('Change', change) }),
      ...(distribution !== null && { distribution: toNodeId('Distribution', distribution) }),
    },
  });
}

async function insertFound(uow: UnitOfWork, compared: readonly Compared[]): Promise<void> {
  const rows = compared.flatMap((one) => one.found.map((difference) => ({ one, row: newRow(one, difference) })));
  if (rows.length === 0) return;
  await uow.query(sql`
    insert into drift (id, ci_id, observation_id, source, aspect, key, name, kind, recorded, observed, target_id,
      dml_item_id, since, observed_at, state, version, created_at, updated_at)
    select r.id, r."ciId", r."observationId", r.source, r.aspect, r.key, r.name, r.kind, r.recorded,
      r.observed, r."targetId", r."dmlItemId", r.since, r."observedAt", r.state, 1, ${uow.now}, ${uow.now}
    from json_to_recordset(${JSON.stringify(rows.map(({ row }) => row))}::json) ${RECORD}`);
  uow.wrote(
    Drift,
    rows.map(({ row }) => ({ id: row.id, before: null, after: told(row) })),
  );
  for (const { one, row } of rows) tell(uow, 'drift.found', row, one, 'OPEN');
}

async function updateChanged(uow: UnitOfWork, compared: readonly Compared[]): Promise<void> {
  const rows = compared.flatMap((one) =>
    one.changed.map(({ drift, difference, reopens }) => {
      const { kind, recorded, observed } = difference;
      const again = kind === drift.kind && JSON.stringify(observed) === JSON.stringify(drift.observed);
      const seen = again ? {} : { since: one.observation.since, observedAt: one.observation.observedAt };
      const undone = reopens ? ({ state: 'OPEN', reason: null, decidedById: null } as const) : {};
      const row: DriftRow = { ...drift, kind, recorded, observed, ...seen, ...undone, version: drift.version + 1 };
      return { one, drift, row, reopens };
    }),
  );
  if (rows.length === 0) return;
  await uow.query(sql`
    update drift d set kind = r.kind, recorded = r.recorded, observed = r.observed,
      since = r.since, observed_at = r."observedAt", state = r.state, reason = r.reason,
      decided_by_id = r."decidedById", version = d.version + 1, updated_at = ${uow.now}
    from json_to_recordset(${JSON.stringify(rows.map(({ row }) => row))}::json) ${RECORD}
    where d.id = r.id`);
  uow.wrote(
    Drift,
    rows.map(({ drift, row }) => ({ id: row.id, before: told(drift), after: told(row) })),
  );
  for (const { one, row, reopens } of rows)
    tell(uow, reopens ? 'drift.reopened' : 'drift.updated', row, one, row.state);
}

async function closeResolved(uow: UnitOfWork, compared: readonly Compared[]): Promise<void> {
  const rows = compared.flatMap((one) => one.resolved.map((drift) => ({ one, drift })));
  if (rows.length === 0) return;
  await uow.query(sql`
    update drift d set state = 'RESOLVED', closed_at = ${uow.now}, version = d.version + 1, updated_at = ${uow.now}
    where d.id = any(${rows.map(({ drift }) => drift.id)}::uuid[])`);
  uow.wrote(
    Drift,
    rows.map(({ drift }) => ({
      id: drift.id,
      before: told(drift),
      after: told(drift, { state: 'RESOLVED', closedAt: uow.now }),
    })),
  );
  for (const { one, drift } of rows)
    tell(uow, 'drift.resolved', { ...drift, version: drift.version + 1 }, one, 'RESOLVED');
}
