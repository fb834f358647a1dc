import { RequestError } from '../domain/errors.js';
import { type FileImportKind, RowFailure, type RowOutcome, type TakeOptions } from '../domain/file-import.js';
import { toNodeId } from '../domain/node-id.js';
import { takeObservations } from './cmdb/ci-observation-import.service.js';
import { takeRelations, type RelationRow } from './cmdb/ci-relation-import.service.js';
import type { ObservationInput } from './cmdb/observation-input.js';
import { oneImportAtATime, takeItems, type ItemRow } from './cmdb/configuration-item-import.service.js';
import {
  BATCH_ROWS,
  claimRows,
  earlierKeys,
  endFileImport,
  type FileImportRecord,
  keepOutcomes,
  rememberKeys,
  restartResults,
} from './file-import.service.js';
import { keysOfPerson, takePerson, type PersonRow } from './people/person-import.service.js';
import { transact, type TransactionOrigin, type TransactionServices, type UnitOfWork } from './unit-of-work.js';

/** A row of a file in the shape of its kind, or why it has another. */
export type FileRow = Record<string, unknown> | RowFailure;

/** Thrown to roll a batch back, whose rows have outcomes all the same. */
class RolledBack extends Error {
  constructor(
    readonly outcomes: readonly RowOutcome[],
    readonly keys: readonly string[],
  ) {
    super('A batch of an import was rolled back.');
  }
}

/** Thrown to roll a batch back of which only the rows before one that failed are to be written. */
class StoppedAt extends Error {
  constructor(
    readonly row: number,
    readonly outcome: RowOutcome,
  ) {
    super('A row of a batch of an import failed.');
  }
}

/** How rows of a kind are taken. */
interface Kind {
  /** Rows of a transaction at most. */
  readonly batch: number;
  readonly take: (uow: UnitOfWork, rows: readonly FileRow[], options: TakeOptions) => Promise<RowOutcome[]>;
}

const KINDS: Readonly<Record<FileImportKind, Kind>> = {
  CONFIGURATION_ITEMS: {
    batch: BATCH_ROWS,
    take: async (uow, rows, options) => await takeItems(uow, rows as (ItemRow | RowFailure)[], options),
  },
  RELATIONS: {
    batch: BATCH_ROWS,
    take: async (uow, rows, options) =>
      await takeRelations(uow, rows as unknown as (RelationRow | RowFailure)[], options),
  },
  // The rules about people look at one at a time, with locks of their own. So each has a transaction of its own.
  PEOPLE: {
    batch: 1,
    take: async (uow, [row], options) => {
      if (row instanceof RowFailure)
        return [{ status: 'FAILED', id: null, code: row.code, message: row.message, field: row.field }];
      const person = row as unknown as PersonRow;
      const outcome = await takePerson(uow, person, options);
      if (outcome.status === 'FAILED' || !options.write) throw new RolledBack([outcome], keysOfPerson(person));
      return [outcome];
    },
  },
  OBSERVATIONS: {
    batch: BATCH_ROWS,
    take: async (uow, rows, options) => {
      const keys: string[] = [];
      const remember = async (more: readonly string[]) => {
        keys.push(...more);
        await options.remember?.(more);
      };
      const outcomes = await takeObservations(uow, rows as (ObservationInput | RowFailure)[], { ...options, remember });
      const failed = options.stop ? outcomes.findIndex(({ status }) => status === 'FAILED') : -1;
      if (!options.write) {
        const would = outcomes.map((outcome) => (outcome.status === 'CREATED' ? { ...outcome, id: null } : outcome));
        throw new RolledBack(failed < 0 ? would : would.slice(0, failed + 1), keys);
      }
      if (failed >= 0) throw new StoppedAt(failed, outcomes[failed] as RowOutcome);
      return outcomes;
    },
  },
};

/** A number of rows that follow each other, as the file is read. */
export type RowsOfFile = (from: number, most: number) => AsyncIterable<readonly FileRow[]>;

/** What is needed to import a file whose record exists. */
export interface FileImportRun {
  readonly services: TransactionServices;
  readonly record: FileImportRecord;
  readonly rowsFrom: RowsOfFile;
  /** Who imports. Asked before each batch: a right that was lost ends the import. */
  readonly origin: () => Promise<TransactionOrigin>;
  /** Ends the import after the running batch. */
  readonly signal: AbortSignal;
  /** Told after each batch how many rows have their result. */
  readonly onProgress: (position: number) => void;
}

/**
 * Imports the rows of a file from its position on. Each batch of rows is one transaction, with its events and the new
 * position of the import. Under REJECT_EVERYTHING all rows are looked at first, and then written in one transaction.
 * @returns the record at the end.
 * @throws RequestError when the import was interrupted. It can go on later.
 */
export async function runFileImport(run: FileImportRun): Promise<FileImportRecord> {
  const { record } = run;
  try {
    const whole = record.errorPolicy === 'REJECT_EVERYTHING' && !record.dryRun;
    const { stopped, failed } = await inBatches(run, !record.dryRun && !whole);
    if (whole && failed === 0) return await atOnce(run);
    const state = whole ? 'REJECTED' : stopped ? 'STOPPED' : 'COMPLETED';
    return await transact(run.services, await run.origin(), async (uow) => await endFileImport(uow, record.id, state));
  } catch (error) {
    await interrupt(run, error);
    throw error;
  }
}

// What ended the import is what its sender has to hear, whether or not it can be noted.
async function interrupt(run: FileImportRun, cause: unknown): Promise<void> {
  if (cause instanceof RequestError && cause.code === 'CONFLICT') return; // it is going on elsewhere
  const system = { actor: { id: undefined, name: 'system', roles: [], via: 'system' }, requestId: '' } as const;
  await transact(run.services, system, async (uow) => await endFileImport(uow, run.record.id, 'INTERRUPTED')).catch(
    () => {},
  );
}

const interrupted = () =>
  new RequestError('UNAVAILABLE', 'The import was interrupted. Send the file again to go on where it stopped.');

// The next batch is read from the file while the database writes the last one.
async function* readAhead<T>(batches: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = batches[Symbol.asyncIterator]();
  try {
    for (let next = iterator.next(); ;) {
      const { done, value } = await next;
      if (done) return;
      next = iterator.next();
      next.catch(() => {}); // it is thrown where the batch is taken
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}

async function inBatches(run: FileImportRun, write: boolean): Promise<{ stopped: boolean; failed: number }> {
  const { record, services } = run;
  const kind = KINDS[record.kind];
  const stop = record.errorPolicy === 'STOP_AT_FAILED';
  let { position, failed } = record;
  for await (const rows of readAhead(run.rowsFrom(position, kind.batch))) {
    if (run.signal.aborted) throw interrupted();
    const origin = await run.origin();
    const first = position;
    const outcomes = await transact(services, origin, async (uow) => {
      await claimRows(uow, record, first);
      if (write) await oneImportAtATime(uow);
      const taken = await kind.take(uow, rows, optionsOf(uow, record, { write, stop }));
      await keep(uow, record, first, taken, stop);
      return taken;
    }).catch(async (error: unknown) => {
      if (error instanceof StoppedAt) return await upTo(run, origin, { first, rows, ...error });
      if (!(error instanceof RolledBack)) throw error;
      await transact(services, origin, async (uow) => {
        await claimRows(uow, record, first);
        if (!(stop && error.outcomes.at(-1)?.status === 'FAILED')) await rememberKeys(uow, record.id, error.keys);
        await keep(uow, record, first, error.outcomes, stop);
      });
      return error.outcomes;
    });
    const stopped = stop && outcomes.at(-1)?.status === 'FAILED';
    failed += outcomes.filter(({ status }) => status === 'FAILED').length;
    position += outcomes.length - (stopped ? 1 : 0);
    run.onProgress(position);
    if (stopped) return { stopped, failed };
  }
  return { stopped: false, failed };
}

// What a batch did before one of its rows failed, without what it did after.
async function upTo(
  { record, services }: FileImportRun,
  origin: TransactionOrigin,
  { first, rows, row, outcome }: Pick<StoppedAt, 'row' | 'outcome'> & { first: number; rows: readonly FileRow[] },
): Promise<readonly RowOutcome[]> {
  return await transact(services, origin, async (uow) => {
    await claimRows(uow, record, first);
    await oneImportAtATime(uow);
    const options = optionsOf(uow, record, { write: true, stop: false });
    const before = row === 0 ? [] : await KINDS[record.kind].take(uow, rows.slice(0, row), options);
    await keep(uow, record, first, [...before, outcome], true);
    return [...before, outcome];
  });
}

const optionsOf = (
  uow: UnitOfWork,
  { id, validFrom, observed }: FileImportRecord,
  how: Pick<TakeOptions, 'write' | 'stop' | 'whole'>,
): TakeOptions => ({
  ...how,
  validFrom,
  observed,
  importId: toNodeId('FileImport', id),
  earlier: async (keys) => await earlierKeys(uow, id, keys),
  remember: async (keys) => await rememberKeys(uow, id, keys),
});

// The row that stopped an import keeps its place: the import goes on with it.
async function keep(
  uow: UnitOfWork,
  record: FileImportRecord,
  first: number,
  outcomes: readonly RowOutcome[],
  stop: boolean,
): Promise<void> {
  const stopped = stop && outcomes.at(-1)?.status === 'FAILED';
  const taken = stopped ? outcomes.slice(0, -1) : outcomes;
  await keepOutcomes(uow, record, first, taken);
  if (stopped) await keepOutcomes(uow, record, first + taken.length, outcomes.slice(-1), false);
}

async function atOnce(run: FileImportRun): Promise<FileImportRecord> {
  const { record, services } = run;
  const kind = KINDS[record.kind];
  return await transact(services, await run.origin(), async (uow) => {
    await claimRows(uow, record, record.rows);
    await restartResults(uow, record.id);
    let position = 0;
    for await (const rows of readAhead(run.rowsFrom(0, kind.batch))) {
      if (run.signal.aborted) throw interrupted();
      await run.origin();
      const options = optionsOf(uow, record, { write: true, stop: false, whole: true });
      const outcomes = await kind.take(uow, rows, options);
      if (outcomes.some(({ status }) => status === 'FAILED')) throw changedMeanwhile();
      await keepOutcomes(uow, record, position, outcomes);
      await uow.publish();
      position += outcomes.length;
      run.onProgress(position);
    }
    return await endFileImport(uow, record.id, 'COMPLETED');
  }).catch((error: unknown) => {
    throw error instanceof RolledBack ? changedMeanwhile() : error;
  });
}

const changedMeanwhile = () =>
  new RequestError(
    'UNAVAILABLE',
    'Nothing was written: what the file is about changed while it was imported. Send the file again.',
  );
