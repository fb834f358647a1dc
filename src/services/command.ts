import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { RequestError } from '../domain/errors.js';
import type { UnitOfWork } from './unit-of-work.js';

/** Fields that every command input carries. */
export interface CommandInput {
  readonly idempotencyKey?: string | null;
}

/**
 * What a command did: the database id of the object it changed, and whether this is the stored result of an earlier
 * call.
 */
export interface CommandResult {
  readonly id: string;
  readonly replayed: boolean;
}

const KEY = /^[\x21-\x7e]{1,128}$/;

// Keys in a fixed order, so that the same input always gives the same hash.
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value instanceof Date) return value.toISOString();
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, v]) => v !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([k, v]) => [k, canonical(v)]),
    );
  }
  return value;
}

/**
 * Runs a use case once per idempotency key, for use cases that change one object.
 * @throws RequestError BAD_USER_INPUT for a malformed key, IDEMPOTENCY_KEY_REUSED when the key was used with other
 *   input.
 */
export async function once(
  uow: UnitOfWork,
  operation: string,
  input: CommandInput,
  useCase: (uow: UnitOfWork) => Promise<{ readonly id: string }>,
): Promise<CommandResult> {
  const { result, replayed } = await onceFor(uow, operation, input, async (inner) => ({
    id: (await useCase(inner)).id,
  }));
  return { id: result.id, replayed };
}

/**
 * Runs a use case once per idempotency key, whatever its result is, as long as that is plain JSON. The key is claimed
 * and the result stored in the transaction of the effect itself; a concurrent call with the same key waits for it and
 * then replays.
 * @throws RequestError BAD_USER_INPUT for a malformed key, IDEMPOTENCY_KEY_REUSED when the key was used with other
 *   input.
 */
export async function onceFor<T extends object>(
  uow: UnitOfWork,
  operation: string,
  input: CommandInput,
  useCase: (uow: UnitOfWork) => Promise<T>,
): Promise<{ readonly result: T; readonly replayed: boolean }> {
  const key = input.idempotencyKey;
  if (key === null || key === undefined) return { result: await useCase(uow), replayed: false };
  if (!KEY.test(key))
    throw new RequestError(
      'BAD_USER_INPUT',
      'An idempotency key has 1 to 128 printable ASCII characters without spaces.',
      { field: 'idempotencyKey' },
    );
  const hash = createHash('sha256')
    .update(JSON.stringify(canonical(input)))
    .digest('hex');
  const actor = uow.actorId;
  const claimed = await uow.query<{ key: string }>(sql`
    insert into idempotency_record (actor_id, key, operation, input_hash, result, created_at)
    values (${actor}, ${key}, ${operation}, ${hash}, '{}', ${uow.now})
    on conflict (actor_id, key) do nothing returning key`);
  if (claimed.length === 0) {
    const [first] = await uow.query<{ operation: string; input_hash: string; result: T }>(sql`
      select operation, input_hash, result from idempotency_record where actor_id = ${actor} and key = ${key}`);
    if (first?.operation !== operation || first.input_hash !== hash) {
      throw new RequestError(
        'IDEMPOTENCY_KEY_REUSED',
        'This idempotency key was used before with other input; nothing was changed.',
        {
          operation: first?.operation,
        },
      );
    }
    return { result: first.result, replayed: true };
  }
  const result = await useCase(uow);
  await uow.query(
    sql`
      update idempotency_record set result = ${JSON.stringify(result)}::jsonb
      where actor_id = ${actor} and key = ${key}`,
  );
  return { result, replayed: false };
}
