import { sql, type RawBuilder } from 'kysely';
import { epochMs, idList } from '../../database/expressions.js';
import type { Queryable } from '../../database/queryable.js';
import type { NamedRef } from '../../domain/blocker.js';
import { DISTRIBUTION_STATES_AT_TOOL } from '../../domain/distribution/distribution.state.js';
import type { ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import { mergeIntervals, type Interval } from '../../domain/schedule/interval.js';
import { eachOf } from '../../domain/steps.js';
import { inTurns } from '../turns.js';

const at = (milliseconds: number): Date => new Date(milliseconds);
const instantsOf = (spans: readonly Interval[], end: 'startsAt' | 'endsAt') =>
  spans.map((span) => span[end].toISOString());

interface EntryRow {
  readonly id: string;
  readonly name: string;
  readonly starts: number;
  readonly ends: number;
  readonly group: string | null;
  readonly distribution: string | null;
  readonly entry: string | null;
  readonly task: string | null;
  /** How long its back-out takes, in minutes. */
  readonly back_out: number | null;
  readonly cis: string[];
  readonly people: NamedRef[];
}

/** How long work that should have ended counts from now on, because nobody has ended it yet. */
const GRACE = sql`interval '1 minute'`;

/**
 * Distributions that a tool has, with the time they take: their booking, and on until some minutes after the deadline
 * of their attempt, to a full ten minutes (`schedule_end_of_run`), because the tool may still end it.
 * Work that is late still occupies its targets, and a retry does so without a booking. At the present, so does work
 * whose deadline is over and that nobody has ended yet: the server may have been away.
 * @param now the present; null when the question is not about it.
 */
const atWork = (now: Date | null) => sql`(
  select coalesce(e.id, d.id) as id, e.id as entry_id, d.id as distribution_id, d.number, d.name, d.release_id,
    d.operation,
    least(d.started_at, e.starts_at) as starts_at,
    greatest(e.ends_at, schedule_end_of_run(b.deadline), ${now}::timestamptz + ${GRACE}) as ends_at,
    greatest(e.ends_at, schedule_end_of_run(b.deadline)) <= ${now}::timestamptz + ${GRACE} as is_late
  from distribution d
  join lateral (
    select deadline from distribution_run b where b.distribution_id = d.id order by b.attempt desc limit 1) b on true
  left join schedule_entry e on e.distribution_id = d.id and e.kind = 'DISTRIBUTION' and e.live
  where d.state = any(${[...DISTRIBUTION_STATES_AT_TOOL]}::text[]))`;

/** Entries that cannot clash with the work that is asked about, so that what they touch is not looked up. */
export interface Unasked {
  /** The release whose own booking does not count. */
  readonly releaseId: string | null;
  /** The distribution whose booking does not count. */
  readonly distributionId: string | null;
}

/** Nothing is left out. */
export const ALL_ASKED: Unasked = { releaseId: null, distributionId: null };

/** Which work is looked up: that with these ids, all of these releases, and all in these spans. */
export interface WorkWanted {
  readonly workIds: readonly string[];
  readonly releaseIds: readonly string[];
  readonly spans?: readonly Interval[];
  /** Which work counts whatever is kept of it. */
  readonly unkept?: Unkept;
}

/**
 * Which work is looked at whatever is kept of it: all of which that may not be up to date, or only that which touches
 * too much to be kept. The latter is enough for what is settled later: it finds its conflicts itself.
 */
export type Unkept = 'ALL' | 'TOO_MUCH';

/** The releases of {@link Unkept} work, as a subquery. */
export const unkeptReleases = (which: Unkept): RawBuilder<unknown> => sql`(
  select release_id from schedule_work where reach_digest is null
  ${which === 'ALL' ? sql`union all select release_id from schedule_stale where release_id is not null` : sql``})`;

const wideSpans = (spans: readonly Interval[]) => sql`
  unnest(${instantsOf(spans, 'startsAt')}::timestamptz[], ${instantsOf(spans, 'endsAt')}::timestamptz[])
    as wide(a, b)`;

// Each way to an entry has an index of its own, which a condition with "or" could not use.
function isWantedEntry(only: WorkWanted | undefined): RawBuilder<unknown> {
  if (only === undefined) return sql`true`;
  const { workIds, releaseIds, spans = [], unkept } = only;
  const ways = [
    sql`select unnest(${idList(workIds)}::uuid[])`,
    sql`select x.id from schedule_entry x where x.release_id = any(${[...releaseIds]}::uuid[])`,
    ...(unkept !== undefined
      ? [sql`select x.id from ${unkeptReleases(unkept)} u join schedule_entry x on x.release_id = u.release_id`]
      : []),
    ...(spans.length > 0
      ? [sql`select x.id from ${wideSpans(spans)} join schedule_entry x on x.starts_at < wide.b and x.ends_at > wide.a`]
      : []),
  ];
  return sql`e.id in (${sql.join(ways, sql` union all `)})`;
}

/** The same for distributions that a tool has, of which there are few. */
function isWantedWork(only: WorkWanted | undefined): RawBuilder<unknown> {
  if (only === undefined) return sql`true`;
  const { workIds, releaseIds, spans = [], unkept } = only;
  const during = sql`exists (select from ${wideSpans(spans)} where w.starts_at < wide.b and w.ends_at > wide.a)`;
  return sql`(w.id = any(${idList(workIds)}::uuid[]) or w.release_id = any(${[...releaseIds]}::uuid[])
    ${unkept === undefined ? sql`` : sql`or w.release_id in ${unkeptReleases(unkept)}`}
    ${spans.length > 0 ? sql`or ${during}` : sql``})`;
}

const TARGETS_OF_RELEASE = sql`(select coalesce(json_agg(distinct x.ci_id), '[]') from release_ci x
  where x.release_id = e.release_id and x.role = 'TARGET')`;
const targetsOfDistribution = (id: RawBuilder<unknown>) => sql`(
  select coalesce(json_agg(x.ci_id), '[]') from target_execution x where x.distribution_id = ${id})`;

// A slot leaves time for the back-out of all of its release. Its distributions need none of their own, and neither does
// one that takes something away.
const backOutOfDistribution = (distribution: 'd' | 'w') => {
  const [operation, release] = [sql.ref(`${distribution}.operation`), sql.ref(`${distribution}.release_id`)];
  return sql`case when ${operation} = 'INSTALL' then (
    select x.back_out_minutes from release x where x.id = ${release}
      and not exists (select from schedule_entry y where y.release_id = x.id and y.kind = 'RELEASE' and y.live)) end`;
};

/** Releases and distributions that occupy items, as rows of entries. @param overlaps whether a time is asked about. */
const occupying = (
  overlaps: (starts: RawBuilder<unknown>, ends: RawBuilder<unknown>) => RawBuilder<unknown>,
  now: Date | null,
  { releaseId, distributionId }: Unasked,
  only?: WorkWanted,
) => sql`
    select e.id, coalesce(d.number || ' ' || d.name, r.number || ' ' || r.name) as name, ${epochMs('e.starts_at')}
      as starts, ${epochMs('e.ends_at')} as ends,
      e.release_id as "group", e.distribution_id as distribution, e.id as entry, null::uuid as task,
      case e.kind when 'RELEASE' then r.back_out_minutes else ${backOutOfDistribution('d')} end as back_out,
      '[]'::json as people,
      case e.kind when 'RELEASE' then ${TARGETS_OF_RELEASE} else ${targetsOfDistribution(sql`e.distribution_id`)} end
        as cis
    from schedule_entry e join release r on r.id = e.release_id left join distribution d on d.id = e.distribution_id
    where e.live
      and (e.kind = 'RELEASE' and e.release_id is distinct from ${releaseId}::uuid
        or e.kind = 'DISTRIBUTION' and e.distribution_id is distinct from ${distributionId}::uuid)
      and (d.state is null or d.state <> all(${[...DISTRIBUTION_STATES_AT_TOOL]}::text[]))
      and ${isWantedEntry(only)} and ${overlaps(sql`e.starts_at`, sql`e.ends_at`)}
    union all
    select w.id, w.number || ' ' || w.name, ${epochMs('w.starts_at')}, ${epochMs('w.ends_at')},
      w.release_id, w.distribution_id, w.entry_id, null, ${backOutOfDistribution('w')}, '[]'::json,
      ${targetsOfDistribution(sql`w.distribution_id`)}
    from ${atWork(now)} w
    where w.distribution_id is distinct from ${distributionId}::uuid
      and (${isWantedWork(only)} ${now === null ? sql`` : sql`or w.is_late`})
      and ${overlaps(sql`w.starts_at`, sql`w.ends_at`)}`;

const entryOf = (row: EntryRow): ConflictEntry => ({
  id: row.id,
  name: row.name,
  startsAt: at(row.starts),
  endsAt: at(row.ends),
  ...(row.back_out !== null && { backOutMs: row.back_out * 60_000 }),
  groupId: row.group,
  ciIds: row.cis,
  personIds: row.people.map(({ id }) => id),
  personNames: Object.fromEntries(row.people.map(({ id, name }) => [id, name])),
  work: { entryId: row.entry, releaseId: row.group, distributionId: row.distribution, taskId: row.task },
});

/** Tasks that keep somebody busy. One that is over keeps nobody busy. */
const BUSY = sql`k.state not in ('COMPLETED', 'SKIPPED', 'CANCELLED') and r.state not in ('CLOSED', 'CANCELLED')
  and k.planned_start < k.planned_end`;

const busyPeople = (condition: RawBuilder<unknown>) => sql`
    select k.id, k.number || ' ' || k.name as name, ${epochMs('k.planned_start')} as starts,
      ${epochMs('k.planned_end')} as ends, k.release_id as "group", null::uuid as distribution, k.id as entry,
      k.id as task, null::int as back_out, json_build_array(json_build_object('id', h.id, 'name', h.name)) as people,
      '[]'::json as cis
    from task k join release r on r.id = k.release_id join person h on h.id = k.assignee_id
    where ${BUSY} and ${condition}`;

/**
 * Live entries that overlap at least one of the spans, with their targets and people; meetings clash with nothing.
 * @param now the present, for a question about work that begins now.
 * @param only which work is looked up; then no tasks are. Default: everything.
 */
export async function readConflictEntries(
  db: Queryable,
  spans: readonly Interval[],
  now: Date | null = null,
  unasked: Unasked = ALL_ASKED,
  only?: WorkWanted,
): Promise<ConflictEntry[]> {
  const merged = mergeIntervals(spans);
  if (merged.length === 0) return [];
  const [starts, ends] = [instantsOf(merged, 'startsAt'), instantsOf(merged, 'endsAt')];
  const overlaps = (from: RawBuilder<unknown>, to: RawBuilder<unknown>) => sql`(
      ${from} < ${ends.at(-1)}::timestamptz and ${to} > ${starts[0]}::timestamptz
      and exists (select from span where ${from} < span.b and ${to} > span.a))`;
  const rows = await db.query<EntryRow>(sql`
    with span as (select * from unnest(${starts}::timestamptz[], ${ends}::timestamptz[]) as s(a, b))
    ${occupying(overlaps, now, unasked, only)}
    ${only === undefined ? sql`union all ${busyPeople(overlaps(sql`k.planned_start`, sql`k.planned_end`))}` : sql``}`);
  return rows.map(entryOf);
}

/** What occupies items, at any time. */
export async function readWork(db: Queryable, wanted: WorkWanted): Promise<ConflictEntry[]> {
  const statement = occupying(() => sql`true`, null, ALL_ASKED, wanted) as RawBuilder<EntryRow>;
  return await inTurns(eachOf(await db.query<EntryRow>(statement), entryOf));
}

/** All that occupies items for some releases, at any time. */
export const readWorkOf = async (db: Queryable, releaseIds: readonly string[]): Promise<ConflictEntry[]> =>
  await readWork(db, { workIds: [], releaseIds });

/** All that keeps some people busy. @param span in which it does; absent for any time */
export async function readTasksOf(
  db: Queryable,
  personIds: readonly string[],
  span?: Interval,
): Promise<ConflictEntry[]> {
  const during =
    span === undefined
      ? sql``
      : sql` and k.planned_start < ${span.endsAt.toISOString()}::timestamptz
          and k.planned_end > ${span.startsAt.toISOString()}::timestamptz`;
  const wanted = busyPeople(sql`k.assignee_id = any(${[...personIds]}::uuid[])${during}`) as RawBuilder<EntryRow>;
  return (await db.query<EntryRow>(wanted)).map(entryOf);
}
