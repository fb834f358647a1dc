import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { reconcileDuplicates, type DuplicatePair, type KnownDuplicate } from '../../domain/cmdb/suspected-duplicate.js';
import { SuspectedDuplicate } from '../../entities/cmdb/suspected-duplicate.entity.js';
import { duplicatePairs } from '../../facts/cmdb/suspected-duplicate.facts.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Lists something when triggers have noted items that {@link findDuplicates} has to compare. */
export const duplicatesToFind = () => sql`select from duplicate_stale limit 1`;

interface Row extends KnownDuplicate {
  readonly reason: string | null;
  readonly decidedById: string | null;
  readonly version: number;
}

const told = ({ id: _id, version: _version, ...fields }: Row, closedAt: Date | null = null) => ({
  ...fields,
  closedAt,
});

const RECORD = sql`as r(id uuid, "ciId" uuid, "otherId" uuid, signs json, digest text, state text, reason text,
  "decidedById" uuid)`;
const SIGNS = sql`array(select json_array_elements_text(r.signs))`;

function tell(uow: UnitOfWork, verb: string, { id, version, state, ciId, otherId, signs }: Row): void {
  uow.record({
    type: `suspected-duplicate.${verb}`,
    subjectType: 'SuspectedDuplicate',
    subject: Object.assign({ id, version }, { state }),
    topics: [ciId, otherId],
    data: { signs },
  });
}

async function insertFound(uow: UnitOfWork, pairs: readonly DuplicatePair[]): Promise<void> {
  if (pairs.length === 0) return;
  const rows = pairs.map((pair): Row => ({
    ...pair,
    id: newId(),
    state: 'OPEN',
    reason: null,
    decidedById: null,
    version: 1,
  }));
  await uow.query(sql`
    insert into suspected_duplicate (id, ci_id, other_id, signs, digest, state, version, created_at, updated_at)
    select r.id, r."ciId", r."otherId", ${SIGNS}, r.digest, r.state, 1, ${uow.now}, ${uow.now}
    from json_to_recordset(${JSON.stringify(rows)}::json) ${RECORD}`);
  uow.wrote(
    SuspectedDuplicate,
    rows.map((row) => ({ id: row.id, before: null, after: told(row) })),
  );
  for (const row of rows) tell(uow, 'found', row);
}

async function updateChanged(
  uow: UnitOfWork,
  changed: readonly { readonly known: Row; readonly pair: DuplicatePair; readonly reopens: boolean }[],
): Promise<void> {
  if (changed.length === 0) return;
  const rows = changed.map(({ known, pair, reopens }): Row => ({
    ...known,
    ...pair,
    ...(reopens && { state: 'OPEN', reason: null, decidedById: null }),
    version: known.version + 1,
  }));
  await uow.query(sql`
    update suspected_duplicate d set signs = ${SIGNS}, digest = r.digest, state = r.state, reason = r.reason,
      decided_by_id = r."decidedById", version = d.version + 1, updated_at = ${uow.now}
    from json_to_recordset(${JSON.stringify(rows)}::json) ${RECORD} where d.id = r.id`);
  uow.wrote(
    SuspectedDuplicate,
    rows.map((row, at) => ({ id: row.id, before: told(changed[at]?.known as Row), after: told(row) })),
  );
  for (const [at, row] of rows.entries()) tell(uow, changed[at]?.reopens === true ? 'reopened' : 'updated', row);
}

async function closeResolved(uow: UnitOfWork, resolved: readonly Row[]): Promise<void> {
  if (resolved.length === 0) return;
  await uow.query(sql`
    with closed as (
      update suspected_duplicate d set state = 'RESOLVED', closed_at = ${uow.now}, version = d.version + 1,
        updated_at = ${uow.now}
      where d.id = any(${resolved.map(({ id }) => id)}::uuid[]) returning d.ci_id, d.other_id
    )
    -- What stood on either side of an item that left are neighbours now.
    insert into duplicate_stale (ci_id) select ci_id from closed union select other_id from closed`);
  const rows = resolved.map((row): Row => ({ ...row, state: 'RESOLVED', version: row.version + 1 }));
  uow.wrote(
    SuspectedDuplicate,
    rows.map((row, at) => ({ id: row.id, before: told(resolved[at] as Row), after: told(row, uow.now) })),
  );
  for (const row of rows) tell(uow, 'resolved', row);
}

/**
 * Compares items with others when what identifies them changed, in a number of statements that does not depend on their
 * number.
 * @param atMost how many notes of triggers to work on.
 * @returns how many there were.
 */
export async function findDuplicates(uow: UnitOfWork, atMost: number): Promise<number> {
  // One search at a time: two that find the same pair would be in each other's way.
  await uow.query(sql`select pg_advisory_xact_lock(730_194_212)`);
  const notes = await uow.query<{ ci: string }>(sql`
    delete from duplicate_stale where id in (select id from duplicate_stale order by id limit ${atMost})
    returning ci_id as ci`);
  if (notes.length === 0) return 0;
  const ids = [...new Set(notes.map(({ ci }) => ci))];
  const known = await uow.query<Row>(sql`
    select id, ci_id as "ciId", other_id as "otherId", signs, digest, state, reason, decided_by_id as "decidedById",
      version
    from suspected_duplicate
    where (ci_id = any(${ids}::uuid[]) or other_id = any(${ids}::uuid[])) and closed_at is null
    order by id for update`);
  const { found, changed, resolved } = reconcileDuplicates(known, await duplicatePairs(uow, ids, known));
  await insertFound(uow, found);
  await updateChanged(uow, changed);
  await closeResolved(uow, resolved);
  return notes.length;
}
