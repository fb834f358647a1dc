import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { instantText } from '../database/expressions.js';
import { newId } from '../database/new-id.js';
import type { ImportErrorPolicy } from '../domain/cmdb/configuration-item-import.js';
import { RequestError } from '../domain/errors.js';
import type {
  FileFormat,
  FileImportCounts,
  FileImportKind,
  FileImportState,
  ObservedBy,
  RowOutcome,
} from '../domain/file-import.js';
import { refuseFuture } from './cmdb/late-fact.js';
import type { UnitOfWork } from './unit-of-work.js';

/** An import as its bookkeeping has it. */
export interface FileImportRecord extends FileImportCounts {
  readonly id: string;
  readonly kind: FileImportKind;
  readonly digest: string;
  readonly rows: number;
  readonly errorPolicy: ImportErrorPolicy;
  readonly dryRun: boolean;
  readonly validFrom: string | null;
  /** Null unless the rows are observations. */
  readonly observed: ObservedBy | null;
  readonly state: FileImportState;
  /** Number of rows that have their result. */
  readonly position: number;
}

/** A file that was received, and how it is to be imported. */
export interface FileToImport {
  readonly kind: FileImportKind;
  readonly format: FileFormat;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** Number of rows. */
  readonly rows: number;
  readonly errorPolicy: ImportErrorPolicy;
  readonly dryRun: boolean;
  /** Since when what the rows say has been so. Null: since now. */
  readonly validFrom: string | null;
  /** Set for observations, and only for them. */
  readonly observed: ObservedBy | null;
  /** Whether to import a file again that is the last one of its kind. */
  readonly again: boolean;
}

const RECORD = sql`id, kind, digest, rows, error_policy as "errorPolicy", dry_run as "dryRun",
  ${instantText(sql`valid_from`)} as "validFrom", observed, state, position,
  created, updated, unchanged, failed`;

/** How many rows of results stand in one row of `file_import_result` at most, and in one transaction. */
export const BATCH_ROWS = 500;

/**
 * Begins the import of a file, or goes on with one that was interrupted or stopped. A file that its person imported
 * last of its kind, and that is complete, is not imported again.
 * @throws RequestError BAD_USER_INPUT when the rows say what will be so
 * @returns the record, and whether it is that of an earlier import that is complete.
 */
export async function beginFileImport(
  uow: UnitOfWork,
  file: FileToImport,
): Promise<{ readonly record: FileImportRecord; readonly replayed: boolean }> {
  if (file.validFrom !== null) {
    refuseFuture(uow, file.validFrom, 'validFrom');
    if (file.kind === 'PEOPLE' || file.kind === 'OBSERVATIONS')
      throw new RequestError('BAD_USER_INPUT', '"validFrom" applies to configuration items and relations.', {
        field: 'validFrom',
      });
  }
  const observed = file.observed === null ? null : JSON.stringify(file.observed);
  const key = JSON.stringify([uow.actorId, file.kind, file.digest]);
  await uow.query(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
  const [latest] = await uow.query<FileImportRecord & { isLast: boolean }>(sql`
    select ${RECORD}, not exists (
      select 1 from file_import l where l.kind = i.kind and l.id > i.id and not l.dry_run
    ) as "isLast"
    from file_import i
    where person_id = ${uow.actorId} and kind = ${file.kind} and digest = ${file.digest}
      and error_policy = ${file.errorPolicy} and rows = ${file.rows} and not dry_run
      and valid_from is not distinct from ${file.validFrom}::timestamptz
      and observed is not distinct from ${observed}::jsonb
    order by id desc limit 1 for update`);
  if (!file.dryRun && latest !== undefined) {
    if (latest.state === 'COMPLETED' && latest.isLast && !file.again) return { record: latest, replayed: true };
    if (latest.state === 'RUNNING' || latest.state === 'INTERRUPTED' || latest.state === 'STOPPED')
      return { record: await resume(uow, latest), replayed: false };
  }
  const [record] = await uow.query<FileImportRecord>(sql`
    insert into file_import (id, kind, format, person_id, digest, size, rows, error_policy, dry_run, valid_from,
      observed, state, position, created, updated, unchanged, failed, created_at, updated_at)
    values (${newId()}, ${file.kind}, ${file.format}, ${uow.actorId}, ${file.digest}, ${file.size}, ${file.rows},
      ${file.errorPolicy}, ${file.dryRun}, ${file.validFrom}, ${observed}::jsonb, 'RUNNING', 0, 0, 0,
      0, 0, ${uow.now}, ${uow.now})
    returning ${RECORD}`);
  return { record: record as FileImportRecord, replayed: false };
}

// Under REJECT_EVERYTHING nothing is written before the end. Otherwise only a row that stopped the import is repeated.
async function resume(uow: UnitOfWork, latest: FileImportRecord): Promise<FileImportRecord> {
  const from = latest.errorPolicy === 'REJECT_EVERYTHING' ? 0 : latest.position;
  await uow.query(sql`delete from file_import_result where file_import_id = ${latest.id} and first_row >= ${from}`);
  if (from === 0) await forgetKeys(uow, latest.id);
  const [record] = await uow.query<FileImportRecord>(sql`
    update file_import set state = 'RUNNING', position = ${from}, updated_at = ${uow.now}, ended_at = null,
      failed = case when state = 'STOPPED' or ${from} = 0 then 0 else failed end,
      created = case when ${from} = 0 then 0 else created end,
      updated = case when ${from} = 0 then 0 else updated end,
      unchanged = case when ${from} = 0 then 0 else unchanged end
    where id = ${latest.id} returning ${RECORD}`);
  return record as FileImportRecord;
}

/**
 * Claims the next rows of an import: nobody else takes them until the unit of work ends.
 * @throws RequestError CONFLICT when another request is further already.
 */
export async function claimRows(uow: UnitOfWork, { id }: FileImportRecord, position: number): Promise<void> {
  const [row] = await uow.query<{ position: number; state: FileImportState }>(
    sql`select position, state from file_import where id = ${id} for update`,
  );
  if (row?.position !== position || row.state !== 'RUNNING')
    throw new RequestError('CONFLICT', 'Another request goes on with this import. Send the file again to see its end.');
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 32);

/** Which of some keys earlier rows of the import had. */
export async function earlierKeys(uow: UnitOfWork, id: string, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const byHash = new Map(keys.map((key) => [hashOf(key), key]));
  const rows = await uow.query<{ key: string }>(sql`
    select replace(key::text, '-', '') as key from file_import_key
    where file_import_id = ${id} and key = any(${[...byHash.keys()]}::uuid[])`);
  return new Set(rows.flatMap(({ key }) => byHash.get(key) ?? []));
}

/** Remembers the keys of rows that were taken. */
export const rememberKeys = async (uow: UnitOfWork, id: string, keys: readonly string[]): Promise<void> =>
  void (await uow.query(sql`
    insert into file_import_key (file_import_id, key) select ${id}, unnest(${keys.map(hashOf)}::uuid[])
    on conflict do nothing`));

/** Forgets the keys of an import that does not go on. */
export const forgetKeys = async (uow: UnitOfWork, id: string): Promise<void> =>
  void (await uow.query(sql`delete from file_import_key where file_import_id = ${id}`));

const countsOf = (outcomes: readonly RowOutcome[]): FileImportCounts => {
  const count = (status: RowOutcome['status']) => outcomes.filter((outcome) => outcome.status === status).length;
  return {
    created: count('CREATED'),
    updated: count('UPDATED'),
    unchanged: count('UNCHANGED'),
    failed: count('FAILED'),
  };
};

/** Stores the outcomes of rows from a position on, and moves the import behind them. */
export async function keepOutcomes(
  uow: UnitOfWork,
  { id }: FileImportRecord,
  position: number,
  outcomes: readonly RowOutcome[],
  moves = true,
): Promise<void> {
  if (outcomes.length === 0) return;
  const { created, updated, unchanged, failed } = countsOf(outcomes);
  await uow.query(sql`
    with kept as (
      insert into file_import_result (file_import_id, first_row, outcomes)
      values (${id}, ${position}, ${JSON.stringify(outcomes)}::jsonb)
    )
    update file_import set position = ${moves ? position + outcomes.length : position},
      created = created + ${created}, updated = updated + ${updated}, unchanged = unchanged + ${unchanged},
      failed = failed + ${failed}, updated_at = ${uow.now}
    where id = ${id}`);
}

/** Ends an import, for now or for good. Its rows keep their results. @returns the record */
export async function endFileImport(
  uow: UnitOfWork,
  id: string,
  state: Exclude<FileImportState, 'RUNNING'>,
): Promise<FileImportRecord> {
  if (state === 'COMPLETED' || state === 'REJECTED') await forgetKeys(uow, id);
  const [record] = await uow.query<FileImportRecord>(sql`
    update file_import set state = ${state}, updated_at = ${uow.now},
      ended_at = ${state === 'INTERRUPTED' ? null : uow.now},
      created = case when ${state === 'REJECTED'} then 0 else created end,
      updated = case when ${state === 'REJECTED'} then 0 else updated end,
      unchanged = case when ${state === 'REJECTED'} then 0 else unchanged end
    where id = ${id} and state = 'RUNNING' returning ${RECORD}`);
  if (record === undefined)
    throw new RequestError('CONFLICT', 'Another request goes on with this import. Send the file again to see its end.');
  return record;
}

/** Clears the results of an import, before its rows are written after all of them were found to be right. */
export async function restartResults(uow: UnitOfWork, id: string): Promise<void> {
  await forgetKeys(uow, id);
  await uow.query(sql`delete from file_import_result where file_import_id = ${id}`);
  await uow.query(sql`
    update file_import set position = 0, created = 0, updated = 0, unchanged = 0, failed = 0 where id = ${id}`);
}
