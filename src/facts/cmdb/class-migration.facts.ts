import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import type { ActorFacts } from '../../domain/roles.js';

/** Facts of any number of migrations of classes, in one statement. */
export async function classMigrationFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, ActorFacts>> {
  const rows = await db.query<{ id: string }>(sql`select id from class_migration where id = any(${ids}::uuid[])`);
  return new Map(rows.map(({ id }) => [id, { actorId: actor.id ?? '', actorRoles: actor.roles }]));
}
