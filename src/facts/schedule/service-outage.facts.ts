import { sql, type RawBuilder } from 'kysely';
import { epochMs } from '../../database/expressions.js';
import type { Queryable } from '../../database/queryable.js';
import { reachFrom } from '../../domain/cmdb/impact.js';
import { lossOf, type OutageEffect } from '../../domain/cmdb/impact-effect.js';
import { RequestError } from '../../domain/errors.js';
import { MAX_ENTRY_DAYS, type Interval } from '../../domain/schedule/interval.js';
import type { Steps } from '../../domain/steps.js';
import { ImpactReader } from '../cmdb/impact-reader.js';
import { inTurns } from '../turns.js';
import { readWork, unkeptReleases } from './conflict-entry.facts.js';
import { TIERS_OF_WORK } from './tiers.js';

/** Which outages are asked for. */
export interface OutagesAsked {
  readonly span: Interval;
  /** Database ids of services; null for all. */
  readonly serviceIds: readonly string[] | null;
}

/** Where a page of outages begins, and how it goes on. */
export interface OutagePlace {
  readonly size: number;
  readonly backward: boolean;
  /** Start, work and service of the last outage before the page. */
  readonly beyond: readonly [startsAt: string, workId: string, serviceId: string] | null;
}

/** Work that may take a service down, which is not looked at yet. */
export interface OutageCandidate extends Interval {
  /** Id of the work in the schedule: its entry, or a change that no booked release takes along. */
  readonly workId: string;
  readonly serviceId: string;
}

/** A service that is expected to be down or degraded, and because of what. */
export interface ServiceOutage extends OutageCandidate {
  readonly effect: OutageEffect;
  readonly releaseId: string | null;
  readonly changeId: string | null;
  readonly message: string;
  /** Ids of items from a target of the work to the service. */
  readonly path: readonly string[];
}

const isService = ({ serviceIds }: OutagesAsked): RawBuilder<unknown> => sql`(
  select id from configuration_item where ci_class = 'BUSINESS_SERVICE' and state <> 'RETIRED'
  ${serviceIds === null ? sql`` : sql`and id = any(${[...serviceIds]}::uuid[])`})`;

/** Kept work on accepted releases that touches services `s`, by tier `t`. What is not up to date is left out. */
const keptWork = ({ span }: OutagesAsked): RawBuilder<unknown> => sql`
  from schedule_reach r
  join schedule_work w on w.id = r.work_id and w.distribution_id is null
  join release x on x.id = w.release_id and x.accepted_at is not null
  where r.ci_id = s.id and r.tier = t.tier and r.starts_at < ${span.endsAt.toISOString()}::timestamptz
    and r.starts_at > ${span.startsAt.toISOString()}::timestamptz - t.longest
    and r.ends_at > ${span.startsAt.toISOString()}::timestamptz
    and w.release_id not in ${unkeptReleases('ALL')}`;

/** Kept candidates of a page, and one more. Their number does not matter: an index has them by service and time. */
export async function keptOutages(
  db: Queryable,
  asked: OutagesAsked,
  { size, backward, beyond }: OutagePlace,
): Promise<OutageCandidate[]> {
  const way = sql.raw(backward ? 'desc' : 'asc');
  const isFurther =
    beyond === null
      ? sql``
      : sql`and (r.starts_at, r.work_id, r.ci_id) ${sql.raw(backward ? '<' : '>')}
          (${beyond[0]}::timestamptz, ${beyond[1]}::uuid, ${beyond[2]}::uuid)`;
  const rows = await db.query<{ work: string; service: string; starts: number; ends: number }>(sql`
    select c.work_id as work, c.ci_id as service, ${epochMs('c.starts_at')} as starts, ${epochMs('c.ends_at')} as ends
    from ${isService(asked)} s cross join ${TIERS_OF_WORK} t cross join lateral (
      select r.work_id, r.ci_id, r.starts_at, r.ends_at ${keptWork(asked)} ${isFurther}
      order by r.starts_at ${way}, r.work_id ${way} limit ${size + 1}) c
    order by c.starts_at ${way}, c.work_id ${way}, c.ci_id ${way} limit ${size + 1}`);
  return rows.map(({ work, service, starts, ends }) => ({
    workId: work,
    serviceId: service,
    startsAt: new Date(starts),
    endsAt: new Date(ends),
  }));
}

/** How many kept candidates there are. */
export async function countKeptOutages(db: Queryable, asked: OutagesAsked): Promise<number> {
  const [row] = await db.query<{ n: number }>(sql`
    select coalesce(sum(c.n), 0)::int as n from ${isService(asked)} s cross join ${TIERS_OF_WORK} t
    cross join lateral (select count(*) as n ${keptWork(asked)}) c`);
  return row?.n ?? 0;
}

interface OutageWork extends Interval {
  readonly id: string;
  readonly name: string;
  readonly ciIds: readonly string[];
  readonly releaseId: string | null;
  readonly changeId: string | null;
}

/** Most changes without a booked release, and releases with a note, that one question looks at. */
export const MAX_UNKEPT_OUTAGES = 500;

/**
 * Work that is not kept: authorised changes that no booked release takes along, and accepted releases that something
 * changed for just now.
 * @throws RequestError LIMIT_EXCEEDED
 */
async function unkeptWork(db: Queryable, { span }: OutagesAsked): Promise<OutageWork[]> {
  const [from, to] = [span.startsAt.toISOString(), span.endsAt.toISOString()];
  const rows = await db.query<{
    id: string;
    name: string;
    starts: number;
    ends: number;
    release: string | null;
    change: string | null;
    cis: string[];
  }>(sql`
    (select c.id, c.number || ' ' || c.title as name, ${epochMs('c.planned_start')} as starts,
      ${epochMs('c.planned_end')} as ends, null::uuid as release, c.id as change,
      (select coalesce(json_agg(y.ci_id), '[]') from change_ci y where y.change_id = c.id and y.role = 'TARGET') as cis
    from change c
    where coalesce(c.planned_start, 'infinity') < ${to}::timestamptz
      and coalesce(c.planned_start, 'infinity') > ${from}::timestamptz - make_interval(days => ${MAX_ENTRY_DAYS})
      and c.planned_end > ${from}::timestamptz and c.planned_start < c.planned_end and c.authorised_at is not null
      and c.state <> 'CANCELLED' and not exists (
        select from release_change m join schedule_entry e on e.release_id = m.release_id and e.kind = 'RELEASE'
          and e.live
        where m.change_id = c.id and m.live)
    order by c.planned_start, c.id limit ${MAX_UNKEPT_OUTAGES + 1})
    union all
    (select e.id, r.number || ' ' || r.name, ${epochMs('e.starts_at')}, ${epochMs('e.ends_at')}, r.id, null,
      (select coalesce(json_agg(y.ci_id), '[]') from release_ci y where y.release_id = r.id and y.role = 'TARGET')
    from schedule_entry e join release r on r.id = e.release_id
    where e.kind = 'RELEASE' and e.live and r.accepted_at is not null and r.id in ${unkeptReleases('ALL')}
      and e.starts_at < ${to}::timestamptz and e.ends_at > ${from}::timestamptz
    order by e.starts_at, e.id limit ${MAX_UNKEPT_OUTAGES + 1})`);
  if (rows.length > MAX_UNKEPT_OUTAGES)
    throw new RequestError(
      'LIMIT_EXCEEDED',
      'Too many changes in this time belong to no booked release. Ask for less.',
      {
        max: MAX_UNKEPT_OUTAGES,
      },
    );
  return rows.map(({ id, name, starts, ends, release, change, cis }) => ({
    id,
    name,
    startsAt: new Date(starts),
    endsAt: new Date(ends),
    releaseId: release,
    changeId: change,
    ciIds: cis,
  }));
}

/** What each work does to the services it impacts. @param only which pairs of work and service; null for all */
async function effectsOf(
  db: Queryable,
  works: readonly OutageWork[],
  only: ReadonlySet<string> | null,
  serviceIds: readonly string[] | null,
): Promise<ServiceOutage[]> {
  if (works.length === 0) return [];
  const graph = await new ImpactReader(db).graph(works.flatMap(({ ciIds }) => ciIds));
  const wanted = serviceIds && new Set(serviceIds);
  const nameOf = (id: string) => graph.nodes.get(id)?.name ?? id;
  const services = [...graph.nodes.values()].filter(
    ({ id, ciClass }) => ciClass === 'BUSINESS_SERVICE' && (wanted === null || wanted.has(id)),
  );
  const steps = function* (): Steps<ServiceOutage[]> {
    const found: ServiceOutage[] = [];
    for (const { id, name, startsAt, endsAt, ciIds, releaseId, changeId } of works) {
      yield;
      const reach = reachFrom(graph, ciIds);
      const loss = lossOf(graph, ciIds);
      for (const service of services) {
        if (!reach.has(service.id) || only?.has(`${id} ${service.id}`) === false) continue;
        const effect = loss.isDown(service.id) ? 'DOWN' : 'DEGRADED';
        const path = reach.path(service.id);
        const because = path.length === 1 ? 'works on it' : `impacts it through ${path.map(nameOf).join(' > ')}`;
        const message = `${service.name} is expected to be ${effect.toLowerCase()} because "${name}" ${because}.`;
        found.push({ workId: id, serviceId: service.id, startsAt, endsAt, effect, releaseId, changeId, message, path });
      }
    }
    return found;
  };
  return await inTurns(steps());
}

/** Outages by work that is not kept. @throws RequestError LIMIT_EXCEEDED */
export const unkeptOutages = async (db: Queryable, asked: OutagesAsked): Promise<ServiceOutage[]> =>
  await effectsOf(db, await unkeptWork(db, asked), null, asked.serviceIds);

/** What the work of kept candidates does to their services. */
export async function outagesOfKept(
  db: Queryable,
  candidates: readonly OutageCandidate[],
): Promise<Map<string, ServiceOutage>> {
  const entries = await readWork(db, { workIds: [...new Set(candidates.map(({ workId }) => workId))], releaseIds: [] });
  const works = entries.map((entry) => ({ ...entry, releaseId: entry.groupId, changeId: null }));
  const only = new Set(candidates.map(({ workId, serviceId }) => `${workId} ${serviceId}`));
  const found = await effectsOf(db, works, only, null);
  return new Map(found.map((outage) => [`${outage.workId} ${outage.serviceId}`, outage]));
}
