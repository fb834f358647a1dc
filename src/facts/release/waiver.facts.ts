import { sql, type RawBuilder } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import type { WaiverFacts } from '../../domain/release/waiver.machine.js';

/**
 * Whether a waiver `w` counts: it is neither revoked nor expired. Every statement that looks for waivers asks this, and
 * nothing else.
 * @param now the instant at which it must count.
 */
export const waiverInForce = (now: Date): RawBuilder<boolean> =>
  sql<boolean>`(w.state = 'GRANTED' and w.expires_at > ${now.toISOString()}::timestamptz)`;

/** What the rules of waivers need to know, for any number of them in one statement. */
export async function waiverFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, WaiverFacts>> {
  const rows = await db.query<{ id: string; granted_by_id: string; owner_id: string }>(sql`
    select w.id, w.granted_by_id, r.owner_id
    from waiver w join release r on r.id = w.release_id where w.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map((row) => [
      row.id,
      { actorId: actor.id ?? '', actorRoles: actor.roles, grantedById: row.granted_by_id, ownerId: row.owner_id },
    ]),
  );
}
