import { sql } from 'kysely';
import type { ConfigurationItemFacts } from '../../domain/cmdb/configuration-item.machine.js';
import { RequestError } from '../../domain/errors.js';
import { configurationItemFacts, protectedSince } from '../../facts/cmdb/configuration-item.facts.js';
import type { UnitOfWork } from '../unit-of-work.js';

const since = (at: string) => sql`select set_config('interlock.since', ${at}, true)`;

/** @throws RequestError BAD_USER_INPUT for an instant in the future */
export function refuseFuture(uow: UnitOfWork, instant: string, field: string): void {
  if (new Date(instant) > uow.now)
    throw new RequestError('BAD_USER_INPUT', `"${field}" is in the future. A fact can come late, not early.`, {
      field,
    });
}

/** Lets the event of a fact that came late say so. */
export const lateness = (validFrom: string | null | undefined) => (validFrom == null ? {} : { validFrom });

/**
 * Writes a fact that comes late: the rows that `write` changes were so since an earlier instant, and became known only
 * now. The triggers of the histories do the rest; see docs/adr/0062.
 * @param validFrom null or undefined for a fact of now.
 * @throws RequestError BAD_USER_INPUT for an instant in the future
 */
export async function writeLate<T>(
  uow: UnitOfWork,
  validFrom: string | null | undefined,
  write: () => Promise<T> | T,
  field = 'validFrom',
): Promise<T> {
  if (validFrom == null) return await write();
  refuseFuture(uow, validFrom, field);
  await uow.query(since(validFrom));
  const written = await write();
  // What is not written yet is written before this statement, and so was so since then.
  await uow.query(since(''));
  return written;
}

/** Facts of many items for what has been so since an instant; undefined or null for what is so now. */
export async function factsOfLate(
  uow: UnitOfWork,
  ids: readonly string[],
  validFrom: string | null | undefined,
): Promise<Map<string, ConfigurationItemFacts>> {
  const facts = await configurationItemFacts(uow, uow.actor, ids);
  const then = await protectedSince(uow, ids, validFrom);
  return new Map([...facts].map(([id, fact]) => [id, then.has(id) ? { ...fact, wasProtected: true } : fact]));
}
