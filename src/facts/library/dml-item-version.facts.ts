import { sql } from 'kysely';
import type { NamedRef } from '../../domain/blocker.js';
import type { DmlItemVersionFacts } from '../../domain/library/dml-item-version.machine.js';
import type { Actor } from '../../domain/actor.js';
import { authorIdsOf } from '../contribution.facts.js';
import type { Queryable } from '../../database/queryable.js';

/** What the rules need to know about media versions, for any number of them in one statement. */
export async function dmlItemVersionFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, DmlItemVersionFacts>> {
  const rows = await db.query<{
    id: string;
    author_ids: string[];
    claimed_digest: string | null;
    digest: string | null;
    is_verified: boolean;
    releases: NamedRef[];
    pins: number;
  }>(sql`
    select t.id, ${authorIdsOf(sql`t.id`)} as author_ids, t.claimed_digest, b.digest,
      t.verified_at is not null and b.verified_at is not null and b.problem is null as is_verified,
      coalesce((select json_agg(json_build_object('id', r.id, 'name', r.number) order by r.id)
        from release_content c join release r on r.id = c.release_id
        where c.dml_item_version_id = t.id and r.state not in ('CLOSED', 'CANCELLED')), '[]') as releases,
      (select count(*)::int from version_pin n where n.dml_item_version_id = t.id and n.lifted_at is null) as pins
    from dml_item_version t left join media_blob b on b.id = t.media_id where t.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        actorId: actor.id ?? '',
        actorRoles: actor.roles,
        authorIds: row.author_ids,
        claimedDigest: row.claimed_digest,
        computedDigest: row.digest,
        isVerified: row.is_verified,
        liveReleases: row.releases,
        pinCount: row.pins,
      },
    ]),
  );
}
