import { sql } from 'kysely';
import { RequestError } from '../../domain/errors.js';
import type { UnitOfWork } from '../unit-of-work.js';

const since = (at: string) => sql`select set_config('interlock.since', ${at}, true)`;

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
  if (new Date(validFrom) > uow.now)
    throw new RequestError('BAD_USER_INPUT', `"${field}" is in the future. A fact can come late, not early.`, {
      field,
    });
  await uow.query(since(validFrom));
  const written = await write();
  // What is not written yet is written before this statement, and so was so since then.
  await uow.query(since(''));
  return written;
}
