import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import type { TargetGroupFacts } from '../../domain/distribution/target-group.machine.js';

/** What the rules of target groups need to know: only who acts, so there is nothing to read. */
export async function targetGroupFacts(
  _db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, TargetGroupFacts>> {
  return new Map(ids.map((id) => [id, { actorId: actor.id ?? '', actorRoles: actor.roles }]));
}
