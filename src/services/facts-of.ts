import { notFound } from '../domain/errors.js';
import type { NodeType } from '../domain/node-id.js';
import type { Actor } from '../domain/actor.js';
import type { Queryable } from '../database/queryable.js';
import type { UnitOfWork } from './unit-of-work.js';

/** Reads the facts of many objects at once, as `availableCommands` does. */
export type FactsReader<F> = (
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
  now: Date,
) => Promise<ReadonlyMap<string, F>>;

/** The facts of one object, for the command that is about to change it. @throws RequestError NOT_FOUND */
export async function factsOf<F>(
  uow: UnitOfWork,
  read: FactsReader<F>,
  type: NodeType,
  { id }: { readonly id: string },
): Promise<F> {
  const found = (await read(uow, uow.actor, [id], uow.now)).get(id);
  if (found === undefined) throw notFound(type);
  return found;
}
