import { sql, type RawBuilder } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import type { NamedRef } from '../../domain/blocker.js';
import { COVERING_CHANGE_STATES } from '../../domain/change/change.machine.js';
import type { AuditFindingFacts, AuditFindingKind } from '../../domain/cmdb/audit.machine.js';
import type { ActorFacts } from '../../domain/roles.js';
import { statesAt, type Moment } from '../past.js';
import { explainingChange, explainingDistribution } from './drift.facts.js';

/** What rules need to know about audits. */
export const configurationAuditFacts = async (
  _db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, ActorFacts>> =>
  await Promise.resolve(new Map(ids.map((id) => [id, { actorId: actor.id ?? '', actorRoles: actor.roles }])));

/** What the rules need to know about audit findings, for any number of them in one statement. */
export async function auditFindingFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, AuditFindingFacts>> {
  const rows = await db.query<{ id: string; owner: NamedRef | null }>(sql`
    select f.id, case when p.id is not null then json_build_object('id', p.id, 'name', p.name) end as owner
    from audit_finding f left join person p on p.id = f.owner_id
    where f.id = any(${ids}::uuid[])`);
  return new Map(rows.map(({ id, owner }) => [id, { actorId: actor.id ?? '', actorRoles: actor.roles, owner }]));
}

/** What an audit finds about an item. */
export interface Found {
  readonly ciId: string;
  readonly kind: AuditFindingKind;
  readonly message: string;
  readonly driftId: string | null;
  readonly dmlItemVersionId: string | null;
}

/** What an audit compares with what. */
export interface AuditQuestion {
  /** The moment of the record. */
  readonly record: Moment;
  /** The moment of the baseline; null for an audit without one. */
  readonly baseline: Moment | null;
  readonly expectsObservations: boolean;
}

const BOOKKEEPING = ['version', 'created_at', 'updated_at', 'valid', 'known', 'xid'];

// To authorise a record changes nothing of the item. To retire the item does.
const ITEM = sql`to_jsonb(s) - ${[...BOOKKEEPING, 'state']}::text[]
  || jsonb_build_object('retired', s.state = 'RETIRED')`;

/** A change that was authorised names the item and had not ended when the baseline was taken. */
const covered = (ci: RawBuilder<unknown>, since: string | null) => sql`exists (
  select from change_ci x join change c on c.id = x.change_id
  where x.ci_id = ${ci} and x.role = 'TARGET' and (c.state = any(${[...COVERING_CHANGE_STATES]}::text[])
    or (c.authorised_at is not null and coalesce(c.implemented_at, c.updated_at) >= ${since}::timestamptz)))`;

function unauthorised(ids: readonly string[], baseline: Moment, record: Moment): RawBuilder<unknown> {
  const both = (table: string, item: string, content: RawBuilder<unknown>) => {
    const side = (moment: Moment) => sql`(
      select s.${sql.ref(item)} as ci, jsonb_agg(${content} order by ${content}) as content
      from (${statesAt(table, moment)} and h.${sql.ref(item)} = any(${ids}::uuid[])) s group by 1)`;
    return sql`${side(baseline)} b full join ${side(record)} a on a.ci = b.ci`;
  };
  const differs = (what: string, table: string, item: string, content: RawBuilder<unknown>) => sql`
    select coalesce(a.ci, b.ci) as ci, ${sql.lit(what)} as what from ${both(table, item, content)}
    where a.content is distinct from b.content`;
  return sql`
    select d.ci, 'UNAUTHORISED_CHANGE' as kind,
      'The ' || string_agg(d.what, ', ' order by d.what) || ' differ from the baseline, and no authorised change ' ||
        'since then names the item.' as message,
      null::uuid as drift, null::uuid as media
    from (
      ${differs('fields', 'configuration_item', 'id', ITEM)}
      union all
      ${differs('relations', 'ci_relation', 'source_id', sql`jsonb_build_array(s.kind, s.target_id)`)}
      union all
      ${differs('installations', 'installation', 'ci_id', sql`jsonb_build_array(s.dml_item_version_id, s.digest)`)}
    ) d
    where not ${covered(sql`d.ci`, baseline.asOf)}
    group by d.ci`;
}

const drifting = (ids: readonly string[]) => sql`
  select w.ci_id, 'UNEXPLAINED_DRIFT', w.source || ' observes: ' || lower(w.kind) || ' ' || lower(w.aspect) ||
    case when w.name = '' then '' else ' ' || w.name end || '.', w.id, null::uuid
  from drift w
  where w.ci_id = any(${ids}::uuid[]) and w.state = 'OPEN' and ${explainingChange(sql`w.ci_id`)} is null
    and ${explainingDistribution(sql`w.ci_id`)} is null`;

const media = (ids: readonly string[]) => sql`
  select i.ci_id, case when v.state in ('AUTHORISED', 'DEPRECATED') then 'MEDIA_DIGEST_MISMATCH'
      else 'MEDIA_NOT_AUTHORISED' end,
    case when v.state in ('AUTHORISED', 'DEPRECATED') then 'What is installed as ' || m.name || ' ' || v.label ||
        ' has another digest than its media.'
      else m.name || ' ' || v.label || ' is installed, and it is ' || v.state || '.' end,
    null::uuid, v.id
  from installation i
  join dml_item_version v on v.id = i.dml_item_version_id
  join dml_item m on m.id = v.item_id
  left join media_blob b on b.id = v.media_id
  where i.ci_id = any(${ids}::uuid[]) and i.valid_to is null
    and (v.state not in ('AUTHORISED', 'DEPRECATED')
      or (i.digest is not null and b.digest is not null and i.digest <> b.digest))`;

const unobserved = (ids: readonly string[]) => sql`
  select c.id, 'NOT_OBSERVED', 'No source has observed ' || c.name || '.', null::uuid, null::uuid
  from configuration_item c
  where c.id = any(${ids}::uuid[]) and c.state <> 'RETIRED'
    and not exists (select from ci_observation o where o.ci_id = c.id)`;

/** What an audit finds about some items, in one statement that takes no lock. */
export async function auditItems(
  db: Queryable,
  ids: readonly string[],
  { record, baseline, expectsObservations }: AuditQuestion,
): Promise<Found[]> {
  const parts = [
    ...(baseline === null ? [] : [unauthorised(ids, baseline, record)]),
    drifting(ids),
    media(ids),
    ...(expectsObservations ? [unobserved(ids)] : []),
  ];
  return await db.query<Found>(sql`
    select f.ci as "ciId", f.kind, f.message, f.drift as "driftId", f.media as "dmlItemVersionId"
    from (${sql.join(parts, sql` union all `)}) f(ci, kind, message, drift, media)
    order by f.ci, f.kind, f.drift, f.media`);
}
