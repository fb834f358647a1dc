import { sql } from 'kysely';
import type { KeptFilter } from '../../domain/distribution/target-choice.js';
import { RequestError } from '../../domain/errors.js';
import { conditionsIn } from '../../domain/filter-conditions.js';
import { anyOf, expectedOf, matches } from '../../facts/distribution/target-choice.facts.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Most conditions of a filter that is kept; `contains` and `startsWith` count as ten. */
export const MAX_KEPT_CONDITIONS = 50;

/** Most conditions of the filters that choose the targets of one distribution together, counted alike. */
export const MAX_CHOICE_CONDITIONS = 500;

/**
 * A filter of configuration items as it is kept. It is compiled once, so that what is kept can be used: nothing is read
 * unless it names attributes of a class.
 * @param field name of the input field, for errors.
 * @throws RequestError BAD_USER_INPUT for a filter that is malformed or has no condition, LIMIT_EXCEEDED
 */
export async function keptFilter(uow: UnitOfWork, filter: object, field: string): Promise<KeptFilter> {
  const kept = JSON.parse(JSON.stringify(filter)) as KeptFilter;
  if (Object.keys(kept).length === 0)
    throw new RequestError('BAD_USER_INPUT', `"${field}" has no condition, and "none" never means "all".`, { field });
  const expected = expectedOf(kept, field);
  if (expected.length > 0) await uow.query(sql`select ${sql.join(expected)}`);
  if (conditionsIn(kept) > MAX_KEPT_CONDITIONS)
    throw new RequestError('LIMIT_EXCEEDED', `"${field}" has more than ${MAX_KEPT_CONDITIONS} conditions.`, {
      field,
      max: MAX_KEPT_CONDITIONS,
    });
  return kept;
}

/** @throws RequestError LIMIT_EXCEEDED when filters have too many conditions together */
export function expectFewConditions(filters: readonly KeptFilter[]): void {
  if (conditionsIn(filters) > MAX_CHOICE_CONDITIONS)
    throw new RequestError(
      'LIMIT_EXCEEDED',
      `The filters that choose the targets have more than ${MAX_CHOICE_CONDITIONS} conditions together.`,
      { field: 'targetGroupIds', max: MAX_CHOICE_CONDITIONS },
    );
}

/**
 * Those of some configuration items that one of the filters finds, in one statement.
 * @throws RequestError LIMIT_EXCEEDED when the filters have too many conditions together
 */
export async function foundAmong(
  uow: UnitOfWork,
  ciIds: readonly string[],
  filters: readonly KeptFilter[],
): Promise<string[]> {
  if (filters.length === 0) return [];
  expectFewConditions(filters);
  const rows = await uow.query<{ id: string }>(sql`
    select t.id from configuration_item t
    where t.id = any(${ciIds}::uuid[]) and ${anyOf(filters.map((filter) => matches(filter)))}`);
  return rows.map(({ id }) => id);
}
