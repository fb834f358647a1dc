import type { ReadModel } from './model.js';
import type { Actor } from '../domain/actor.js';

/**
 * Whether an actor may read objects of a type: the one rule behind lists, edges, `node(id)`, payloads and
 * subscriptions. An adapter's service account reports status and reads nothing; everybody else who is signed in with a
 * role reads all types that are not reserved (`readableBy`).
 */
export function mayRead(actor: Actor, model: Pick<ReadModel, 'readableBy'>): boolean {
  if (actor.via === 'system') return true;
  const reader = actor.roles.some((role) => role !== 'ADAPTER');
  if (!reader) return false;
  return model.readableBy === undefined || actor.roles.some((role) => model.readableBy?.includes(role));
}
