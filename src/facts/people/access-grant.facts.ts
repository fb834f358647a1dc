import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import type { AccessGrantFacts, AccessGrantKind } from '../../domain/people/access-grant.machine.js';
import type { Role } from '../../domain/roles.js';

/** Facts of any number of access grants, in one statement. */
export async function accessGrantFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
  now: Date,
): Promise<Map<string, AccessGrantFacts>> {
  const lineage = (token: unknown) => sql`coalesce(
    (select to_json(h.lineage || h.id) from access_token h where h.id = ${token}), '[]')`;
  const rows = await db.query<{
    id: string;
    kind: AccessGrantKind;
    roles: Role[];
    person: AccessGrantFacts['person'];
    proposer: AccessGrantFacts['proposer'];
    proposer_lineage: string[];
    actor_lineage: string[];
    human: boolean;
    expired: boolean;
    outlives: boolean;
  }>(sql`
    select g.id, g.kind, g.roles,
      json_build_object('id', p.id, 'name', p.name, 'roles', p.roles, 'active', p.active) as person,
      json_build_object('id', q.id, 'name', q.name) as proposer,
      ${lineage(sql`g.proposed_with_id`)} as proposer_lineage,
      ${lineage(sql`${actor.tokenId ?? null}::uuid`)} as actor_lineage,
      exists (select 1 from person a where a.id = ${actor.id ?? null}::uuid and a.kind = 'HUMAN') as human,
      least(g.expires_at, g.token_expires_at) <= ${now} as expired,
      coalesce(g.token_expires_at > (select h.expires_at from access_token h
        where h.id = ${actor.tokenId ?? null}::uuid), false) as outlives
    from access_grant g
    join person p on p.id = g.person_id
    join person q on q.id = g.proposed_by_id
    where g.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        actorId: actor.id ?? '',
        actorRoles: actor.roles,
        actorIsHuman: row.human,
        actorLineage: row.actor_lineage,
        kind: row.kind,
        person: row.person,
        roles: row.roles,
        proposer: row.proposer,
        proposerLineage: row.proposer_lineage,
        expired: row.expired,
        outlivesActor: row.outlives,
      },
    ]),
  );
}
