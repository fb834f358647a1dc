import { type EntityName, LockMode } from '@mikro-orm/core';
import { notFound, RequestError } from '../domain/errors.js';
import { fromNodeId, type NodeType } from '../domain/node-id.js';
import type { UnitOfWork } from './unit-of-work.js';

interface Row {
  id: string;
}

/**
 * Loads one row and locks it until the unit of work ends: what a command decides on cannot change under it.
 * @param type GraphQL type of the row, for messages.
 * @param id database id.
 * @param columns lazy columns to load with it. What replaces such a column loads it, so that the event tells of both.
 * @throws RequestError NOT_FOUND
 */
export async function lock<T extends Row>(
  uow: UnitOfWork,
  entity: EntityName<T>,
  type: NodeType,
  id: string,
  columns: readonly (keyof T & string)[] = [],
): Promise<T> {
  const row = await uow.em.findOne(entity, { id } as never, {
    lockMode: LockMode.PESSIMISTIC_WRITE,
    ...(columns.length > 0 && { populate: columns as never }),
  });
  if (!row) throw notFound(type);
  return row as T;
}

/**
 * Like {@link lock}, for an id as it came from a client, together with the optional `expectedVersion` of the command.
 * @param field name of the input field, for messages.
 * @throws RequestError BAD_USER_INPUT for a malformed id or one of another type, NOT_FOUND, CONFLICT for a stale
 *   version.
 */
export async function lockForCommand<T extends Row & { version: number }>(
  uow: UnitOfWork,
  entity: EntityName<T>,
  type: NodeType,
  input: { readonly id: string; readonly expectedVersion?: number | null },
  field = 'id',
  columns: readonly (keyof T & string)[] = [],
): Promise<T> {
  const row = await lock(uow, entity, type, fromNodeId(type, input.id, field), columns);
  expectVersion(row, input.expectedVersion);
  return row;
}

/**
 * Loads and locks many rows in id order, so that two commands never wait for each other crosswise.
 * @throws RequestError NOT_FOUND when one is missing
 */
export async function lockMany<T extends Row>(
  uow: UnitOfWork,
  entity: EntityName<T>,
  type: NodeType,
  ids: readonly string[],
): Promise<T[]> {
  const wanted = [...new Set(ids)].sort();
  if (wanted.length === 0) return [];
  const rows = (await uow.em.find(entity, { id: { $in: wanted } } as never, {
    lockMode: LockMode.PESSIMISTIC_WRITE,
    orderBy: { id: 'asc' } as never,
  })) as T[];
  if (rows.length !== wanted.length) throw notFound(type);
  return rows;
}

/**
 * Checks that a referenced row exists, without locking it, and returns it.
 * @throws RequestError BAD_USER_INPUT | NOT_FOUND
 */
export async function refer<T extends Row>(
  uow: UnitOfWork,
  entity: EntityName<T>,
  type: NodeType,
  nodeId: string,
  field: string,
): Promise<T> {
  const row = await uow.em.findOne(entity, { id: fromNodeId(type, nodeId, field) } as never);
  if (!row) throw notFound(type, field);
  return row as T;
}

/** @throws RequestError CONFLICT when the caller decided on an older version than the row has now. */
export function expectVersion(row: { readonly version: number }, expected: number | null | undefined): void {
  if (expected !== null && expected !== undefined && expected !== row.version) {
    throw new RequestError(
      'CONFLICT',
      `The object has version ${row.version}, not ${expected}: it changed since it was read. Read it again, then ` +
        'retry.',
      {
        expected,
        actual: row.version,
      },
    );
  }
}
