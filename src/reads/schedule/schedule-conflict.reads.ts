import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import { isWaivable } from '../../domain/schedule/conflict-blocker.js';
import { withBackOut, type ConflictParty } from '../../domain/schedule/conflict-entry.js';
import { intervalsOverlap, type Interval } from '../../domain/schedule/interval.js';
import {
  SCHEDULE_CONFLICT_KIND_DESCRIPTIONS,
  SCHEDULE_CONFLICT_KINDS,
  type ConflictSeverity,
  type ScheduleConflictKind,
} from '../../domain/schedule/schedule-conflict.js';
import { bySeverityAndTime, clashesOf, overloads, type FoundConflict } from '../../facts/schedule/clash.facts.js';
import { readWorkOf } from '../../facts/schedule/conflict-entry.facts.js';
import { dependencyConflicts } from '../../facts/schedule/dependency-conflict.facts.js';
import { standingConflicts } from '../../facts/schedule/standing-conflict.facts.js';
import { teamOverloads } from '../../facts/schedule/team-overload.facts.js';
import { TIERS } from '../../facts/schedule/tiers.js';
import { conflictOf, KEPT_COLUMNS, type KeptConflictRow } from '../../facts/schedule/kept-conflict.facts.js';
import type { ScheduleConflictPartyType, ScheduleConflictType } from '../../schema/schedule/schedule-conflict.type.js';
import type { PageInput } from '../../domain/list.js';
import { isBeyond, keyedBounds, keyedPage, orderedPage, type KeyedBounds, type ListPage } from '../list-page.js';

const SEVERITY_RANK = { HIGH: '0', MEDIUM: '1', LOW: '2' } as const;

const presentParty = ({ type, id, name, work }: ConflictParty): ScheduleConflictPartyType => ({
  name,
  entryId: work?.entryId ?? null,
  releaseId: work?.releaseId ?? null,
  distributionId: work?.distributionId ?? null,
  taskId: work?.taskId ?? null,
  windowId: type === 'ScheduleWindow' ? id : null,
});

/** A conflict as the API shows it. */
export const presentConflict = ({
  key,
  kind,
  severity,
  interval,
  message,
  left,
  right,
  ciId,
  person,
  team,
  path,
  relationIds,
}: FoundConflict): ScheduleConflictType => ({
  key,
  kind,
  severity,
  startsAt: interval.startsAt,
  endsAt: interval.endsAt,
  message,
  rule: SCHEDULE_CONFLICT_KIND_DESCRIPTIONS[kind],
  waivable: isWaivable({ kind, severity }),
  left: presentParty(left),
  right: presentParty(right),
  windowId: right.type === 'ScheduleWindow' ? right.id : null,
  mediaId: right.type === 'DmlItemVersion' ? right.id : null,
  personId: person?.id ?? null,
  teamId: team?.id ?? null,
  ciId,
  pathIds: path,
  relationIds,
});

// The order in which conflicts are listed: the worst first, then by time. It is that of `bySeverityAndTime`.
const conflictSortKey = ({ severity, startsAt, key }: ScheduleConflictType): string =>
  `${SEVERITY_RANK[severity]} ${startsAt.toISOString()} ${key}`;

function* presented(found: readonly FoundConflict[], backward: boolean): Generator<ScheduleConflictType> {
  for (let nth = 1; nth <= found.length; nth++)
    yield presentConflict(found[backward ? found.length - nth : nth - 1] as FoundConflict);
}

/** Which conflicts of a period are listed. */
export interface KeptAsked {
  readonly span: Interval;
  readonly kinds: readonly ScheduleConflictKind[];
  readonly severities: readonly ConflictSeverity[];
}

/** What is not up to date, so that its conflicts are worked out instead of taken from those that are kept. */
interface Unsettled {
  readonly releaseIds: readonly string[];
  readonly personIds: readonly string[];
  readonly teamIds: readonly string[];
}

// Most releases, people and teams that one request works out itself. Beyond them the list shows what is kept until the
// settling job has looked at them, which takes seconds.
const MAX_UNSETTLED = 100;

async function unsettled(db: Queryable): Promise<Unsettled> {
  // Each kind has places of its own. Who is noted leads to their teams. A team that has no limit and had none has no
  // conflicts, and takes no place of one that has.
  const rows = await db.query<{ release: string | null; person: string | null; team: string | null }>(sql`
    with people as (
      select distinct person_id as id from schedule_stale where person_id is not null
      order by 1 limit ${MAX_UNSETTLED}),
    teams as (
      select team_id as id from schedule_stale where team_id is not null
      union
      select m.team_id from people p join team_member m on m.person_id = p.id)
    (select distinct release_id as release, null::uuid as person, null::uuid as team from schedule_stale
      where release_id is not null order by 1 limit ${MAX_UNSETTLED})
    union all
    select null, id, null from people
    union all
    (select null, null, x.id from teams x
      where exists (select from team t where t.id = x.id and t.max_tasks_at_once is not null)
        or exists (select from schedule_conflict c where c.team_id = x.id)
      order by 3 limit ${MAX_UNSETTLED})`);
  return {
    releaseIds: rows.flatMap(({ release }) => release ?? []),
    personIds: rows.flatMap(({ person }) => person ?? []),
    teamIds: rows.flatMap(({ team }) => team ?? []),
  };
}

async function workedOut(db: Queryable, asked: KeptAsked, { releaseIds, personIds, teamIds }: Unsettled) {
  const { span, kinds, severities } = asked;
  if (releaseIds.length + personIds.length + teamIds.length === 0) return [];
  const works = await readWorkOf(db, releaseIds);
  const during = works.filter((work) => intervalsOverlap(withBackOut(work), span));
  const standing = [...(await standingConflicts(db, works)).values()].flat();
  const order = await dependencyConflicts(db, works);
  const overloaded = [...(await overloads(db, personIds)), ...(await teamOverloads(db, teamIds, span))];
  const found = [...(await clashesOf(db, during)), ...standing, ...order, ...overloaded];
  return found
    .filter(
      ({ interval, kind, severity }) =>
        intervalsOverlap(interval, span) && kinds.includes(kind) && severities.includes(severity),
    )
    .sort(bySeverityAndTime)
    .map(presentConflict);
}

/** The kept conflicts `x` of a tier `t` and a severity `s` that are asked for. */
const isAsked = ({ span, kinds }: KeptAsked, { releaseIds, personIds, teamIds }: Unsettled) => sql`
  x.severity = s.severity and x.tier = t.tier
  and x.starts_at < ${span.endsAt.toISOString()}::timestamptz
  and x.starts_at > ${span.startsAt.toISOString()}::timestamptz - t.longest
  and x.ends_at > ${span.startsAt.toISOString()}::timestamptz
  ${kinds.length === SCHEDULE_CONFLICT_KINDS.length ? sql`` : sql`and x.kind = any(${[...kinds]}::text[])`}
  ${
    releaseIds.length === 0
      ? sql``
      : sql`and (x.kind in ('RESOURCE_OVERLOAD', 'TEAM_OVERLOAD') or not (
          x.left_release_id = any(${[...releaseIds]}::uuid[])
          or coalesce(x.right_release_id = any(${[...releaseIds]}::uuid[]), false)))`
  }
  ${personIds.length === 0 ? sql`` : sql`and coalesce(x.person_id <> all(${[...personIds]}::uuid[]), true)`}
  ${teamIds.length === 0 ? sql`` : sql`and coalesce(x.team_id <> all(${[...teamIds]}::uuid[]), true)`}`;

const severitiesOf = ({ severities }: KeptAsked) => sql`
  unnest(${severities.map((severity) => SEVERITY_RANK[severity])}::text[], ${[...severities]}::text[])
    as s(rank, severity)`;

/** The kept conflicts of a page, from its cursor on, and one more. */
async function keptOfPage(db: Queryable, asked: KeptAsked, not: Unsettled, { size, backward, beyond }: KeyedBounds) {
  const [rank, starts] = beyond === undefined ? [] : beyond.split(' ', 2);
  const key = beyond?.slice(`${rank} ${starts} `.length);
  const way = sql.raw(backward ? 'desc' : 'asc');
  const after = sql.raw(backward ? '<' : '>');
  const isFurther =
    rank === undefined || starts === undefined || key === undefined
      ? sql``
      : sql`and (s.rank ${after} ${rank} or s.rank = ${rank}
          and (x.starts_at, x.key collate "C") ${after} (${starts}::timestamptz, ${key}))`;
  const rows = await db.query<KeptConflictRow>(sql`
    select ${KEPT_COLUMNS} from (
      select s.rank, c.* from ${severitiesOf(asked)} cross join ${TIERS} t
      cross join lateral (
        select * from schedule_conflict x where ${isAsked(asked, not)} ${isFurther}
        order by x.starts_at ${way}, x.key collate "C" ${way} limit ${size + 1}) c
      order by s.rank ${way}, c.starts_at ${way}, c.key collate "C" ${way} limit ${size + 1}) c
    order by c.rank ${way}, c.starts_at ${way}, c.key collate "C" ${way}`);
  return rows.map((row) => presentConflict(conflictOf(row)));
}

/**
 * A page of the conflicts of a period, the worst first, from those that are kept: its cost does not depend on how many
 * there are. Conflicts of what has changed just now are worked out and put in their places.
 */
export async function keptConflictPage(
  db: Queryable,
  asked: KeptAsked,
  page: PageInput,
): Promise<ListPage<ScheduleConflictType>> {
  const bounds = keyedBounds(page);
  const not = await unsettled(db);
  const fresh = await workedOut(db, asked, not);
  const kept = await keptOfPage(db, asked, not, bounds);
  const way = bounds.backward ? -1 : 1;
  const byKey = (a: ScheduleConflictType, b: ScheduleConflictType) =>
    way * Buffer.compare(Buffer.from(conflictSortKey(a)), Buffer.from(conflictSortKey(b)));
  const items = [...kept, ...fresh.filter((one) => isBeyond(conflictSortKey(one), bounds))].sort(byKey);
  return keyedPage(items.slice(0, bounds.size + 1), bounds, conflictSortKey, async () => {
    const [row] = await db.query<{ n: number }>(sql`
      select coalesce(sum(c.n), 0)::int as n from ${severitiesOf(asked)} cross join ${TIERS} t
      cross join lateral (select count(*) as n from schedule_conflict x where ${isAsked(asked, not)}) c`);
    return (row?.n ?? 0) + fresh.length;
  });
}

/** A page of conflicts. @param found sorted by `bySeverityAndTime`. */
export const conflictPage = (found: readonly FoundConflict[], page: PageInput): ListPage<ScheduleConflictType> =>
  orderedPage({ size: found.length, items: (backward) => presented(found, backward) }, page, conflictSortKey);
