import type { ObservationStatus } from '../../domain/cmdb/ci-observation.js';
import { type ObservedBy, RowFailure, type RowOutcome, type TakeOptions } from '../../domain/file-import.js';
import { failureOf } from '../row-failure.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { ciObservationsRecord, type ObservationResult } from './ci-observation.service.js';
import type { ObservationInput } from './observation-input.js';

const STATUS = {
  NEW: 'CREATED',
  CHANGED: 'UPDATED',
  UNCHANGED: 'UNCHANGED',
  OUTDATED: 'UNCHANGED',
  FAILED: 'FAILED',
} as const satisfies Readonly<Record<ObservationStatus, RowOutcome['status']>>;

const outcomeOf = ({ status, ciId, code, message, field }: ObservationResult): RowOutcome =>
  status === 'FAILED'
    ? { status, id: ciId, code: code ?? 'BAD_USER_INPUT', message: message ?? '', field }
    : { status: STATUS[status], id: ciId };

/** What the source calls an item in its file. */
const keyOf = ({ key, ciId, ciClass, name }: ObservationInput): string =>
  JSON.stringify(key == null ? (ciId ?? [ciClass, name]) : { key });

const DUPLICATE = new RowFailure('DUPLICATE_ROW', 'An earlier row of this import is about the same item.');

/**
 * Records the observations of rows as `ciObservationsRecord` does. If rows fail, or in a dry run, the caller decides
 * whether to roll back: the others are written.
 * @returns the outcomes of all rows in their order.
 */
export async function takeObservations(
  uow: UnitOfWork,
  rows: readonly (ObservationInput | RowFailure)[],
  { observed, earlier, remember }: TakeOptions,
): Promise<RowOutcome[]> {
  const given = rows.flatMap((row, at) => (row instanceof RowFailure ? [] : [{ at, row, key: keyOf(row) }]));
  const known = (await earlier?.(given.map(({ key }) => key))) ?? new Set();
  const seen = new Set<string>();
  const fresh = given.filter(({ key }) => !known.has(key) && !seen.has(key) && seen.add(key));
  const { results } = await ciObservationsRecord(uow, {
    ...(observed as ObservedBy),
    observations: fresh.map(({ row }) => row),
  });
  if (seen.size > 0) await remember?.([...seen]);
  const byRow = new Map(results.map((result) => [fresh[result.index]?.at, outcomeOf(result)]));
  return rows.map((row, at) => (row instanceof RowFailure ? failureOf(row) : (byRow.get(at) ?? failureOf(DUPLICATE))));
}
