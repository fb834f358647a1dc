import type { ReadModel } from './model.js';
import type { Actor } from '../domain/actor.js';
import { canRead } from '../domain/roles.js';

/**
 * Whether an actor may read objects of a type: the one rule behind lists, edges, `node(id)`, payloads and
 * subscriptions. Service accounts of tools report and read nothing; everybody else who is signed in with a
 * role reads all types that are not reserved (`readableBy`).
 */
export function mayRead(actor: Actor, model: Pick<ReadModel, 'readableBy'>): boolean {
  if (actor.via === 'system') return true;
  if (!canRead(actor.roles)) return false;
  return model.readableBy === undefined || actor.roles.some((role) => model.readableBy?.includes(role));
}
