import { sql, type RawBuilder } from 'kysely';
import type { ChangeReleaseRequestFacts } from '../../domain/change/change-release-request.machine.js';
import type { Actor } from '../../domain/actor.js';
import type { Queryable } from '../../database/queryable.js';
import { joinsTooLate } from '../release/release-too-late.facts.js';

/** The input of an approval: the release for a request that names none, and consent to plan a release again. */
export interface ReleaseChoice {
  /** Database id. */
  readonly releaseId?: string | null | undefined;
  readonly replanningAgreed?: boolean | undefined;
}

async function read(
  db: Queryable,
  actor: Actor,
  source: RawBuilder<unknown>,
  replanningAgreed: boolean,
): Promise<Map<string, ChangeReleaseRequestFacts>> {
  const rows = await db.query<{
    key: string;
    requester_id: string;
    change: ChangeReleaseRequestFacts['change'];
    live: ChangeReleaseRequestFacts['changeLiveRelease'];
    release: ChangeReleaseRequestFacts['release'];
    retired: ChangeReleaseRequestFacts['retiredTargets'];
    decommissioned: ChangeReleaseRequestFacts['decommissionedTargets'];
  }>(sql`
    select s.key, s.requester_id,
      json_build_object('id', c.id, 'name', c.number, 'state', c.state, 'type', c.type) as change,
      case when l.id is not null then json_build_object('id', l.id, 'name', l.number) end as live,
      case when r.id is not null then
        json_build_object('id', r.id, 'name', r.number, 'state', r.state, 'ownerId', r.owner_id)
      end as release,
      coalesce((
        select json_agg(json_build_object('id', ci.id, 'name', ci.name) order by ci.id)
        from change_ci x
        join configuration_item ci on ci.id = x.ci_id
        where x.change_id = c.id and x.role = 'TARGET' and ci.state = 'RETIRED'
      ), '[]') as retired,
      coalesce((
        select json_agg(json_build_object('id', ci.id, 'name', ci.name) order by ci.id)
        from change_ci x
        join configuration_item ci on ci.id = x.ci_id
        where x.change_id = c.id and x.role = 'TARGET' and ci.lifecycle_state = 'DECOMMISSIONED'
      ), '[]') as decommissioned
    from (${source}) s
    join change c on c.id = s.change_id
    left join release_change m on m.change_id = c.id and m.live
    left join release l on l.id = m.release_id
    left join release r on r.id = s.release_id`);
  const joining = rows.flatMap(({ key, change, release }) =>
    release === null ? [] : [{ key, changeId: change.id, releaseId: release.id }],
  );
  const late = await joinsTooLate(db, joining);
  return new Map(
    rows.map((row) => [
      row.key,
      {
        actorId: actor.id ?? '',
        actorRoles: actor.roles,
        requesterId: row.requester_id,
        change: row.change,
        changeLiveRelease: row.live,
        release: row.release,
        isTooLate: late.has(row.key),
        retiredTargets: row.retired,
        decommissionedTargets: row.decommissioned,
        replanningAgreed,
      },
    ]),
  );
}

/** Facts of any number of requests to join a release, in as many statements as for one. */
export async function changeReleaseRequestFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
  choice: ReleaseChoice = {},
): Promise<Map<string, ChangeReleaseRequestFacts>> {
  const source = sql`
    select q.id as key, q.change_id, q.requested_by_id as requester_id,
      coalesce(q.release_id, ${choice.releaseId ?? null}::uuid) as release_id
    from change_release_request q
    where q.id = any(${ids}::uuid[])`;
  return await read(db, actor, source, choice.replanningAgreed ?? false);
}

/**
 * Facts of a request that does not exist yet. Consent to plan the release again is assumed: the release owner decides
 * on it with the approval.
 */
export async function prospectiveRequestFacts(
  db: Queryable,
  actor: Actor,
  changeId: string,
  releaseId: string | null,
): Promise<ChangeReleaseRequestFacts | undefined> {
  const source = sql`
    select ${changeId}::uuid as key, ${changeId}::uuid as change_id, ${releaseId}::uuid as release_id,
      ${actor.id ?? null}::uuid as requester_id`;
  return (await read(db, actor, source, true)).get(changeId);
}
