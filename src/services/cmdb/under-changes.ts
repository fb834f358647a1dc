import { covers, isProtectedState, type ProtectedEditFacts } from '../../domain/cmdb/configuration-item.machine.js';
import { toNodeId } from '../../domain/node-id.js';

/**
 * What an event tells of the authorised changes that protected items were touched under.
 * @param ends the items; several for a relation. What is not protected needed no change.
 */
export function underChanges(...ends: readonly (ProtectedEditFacts | undefined)[]): { underChanges?: string[] } {
  const ids = ends.flatMap((end) =>
    end !== undefined && (isProtectedState(end.lifecycleState) || end.wasProtected === true)
      ? end.changes.filter(covers).map(({ id }) => toNodeId('Change', id))
      : [],
  );
  return ids.length === 0 ? {} : { underChanges: [...new Set(ids)] };
}
