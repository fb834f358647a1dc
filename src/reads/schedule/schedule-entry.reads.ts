import { scheduleEntryList, ScheduleEntryType } from '../../schema/schedule/schedule-entry.type.js';
import { sql, type RawBuilder } from 'kysely';
import type { Interval } from '../../domain/schedule/interval.js';
import { fromNodeId } from '../../domain/node-id.js';
import { configurationItemRead } from '../cmdb/configuration-item.reads.js';
import { impactingIds } from '../../facts/cmdb/impact.facts.js';
import { defineEdge, defineRead } from '../model.js';
import { booked, changes, listedBy, tasks, TIMELINE } from './timeline.js';
import type { Queryable } from '../../database/queryable.js';

// Targets of an entry, as a condition on configuration items x.
const worksOn = (condition: RawBuilder<unknown>) => sql`(case t.kind
  when 'RELEASE' then exists (select 1 from release_ci y join configuration_item x on x.id = y.ci_id
    where y.release_id = t.release_id and y.role = 'TARGET' and ${condition})
  when 'DISTRIBUTION' then exists (select 1 from target_execution y join configuration_item x on x.id = y.ci_id
    where y.distribution_id = t.distribution_id and ${condition})
  when 'CHANGE' then exists (select 1 from change_ci y join configuration_item x on x.id = y.ci_id
    where y.change_id = t.change_id and y.role = 'TARGET' and ${condition})
  else false end)`;

/** How entries of the schedule are read. */
export const scheduleEntryRead = defineRead<ScheduleEntryType>({
  list: scheduleEntryList,
  type: 'ScheduleEntry',
  table: TIMELINE,
  of: ScheduleEntryType,
  keys: ['releaseId', 'distributionId', 'taskId', 'changeId'],
  filters: {
    ci: { kind: 'related', of: 'id', type: 'ConfigurationItem', column: sql`x.id`, exists: worksOn },
    ciClass: { kind: 'related', of: 'enum', column: sql`x.ci_class`, exists: worksOn },
    ciLifecycleState: { kind: 'related', of: 'enum', column: sql`x.lifecycle_state`, exists: worksOn },
    ciOwnerTeam: { kind: 'related', of: 'id', type: 'Team', column: sql`x.owner_team_id`, exists: worksOn },
    felt: {
      kind: 'custom',
      where: (id: string) =>
        worksOn(sql`x.id in ${impactingIds(sql`${fromNodeId('ConfigurationItem', id, 'felt')}::uuid`)}`),
    },
    person: {
      kind: 'related',
      of: 'id',
      type: 'Person',
      column: sql`x.id`,
      exists: (condition) => sql`exists (
        select 1 from (select k.assignee_id as id from task k where k.id = t.task_id
          union all select unnest(array[r.owner_id, r.manager_id]) from release r where r.id = t.release_id
            and t.task_id is null
          union all select c.requested_by_id from change c where c.id = t.change_id) x
        where ${condition})`,
    },
  },
});

/** Configuration items that an entry works on. */
export const cisOfEntry = defineEdge({
  name: 'ScheduleEntry.cis',
  model: configurationItemRead,
  on: sql`t.id in (
    select y.ci_id from schedule_entry e join release_ci y on y.release_id = e.release_id and y.role = 'TARGET'
      where e.id = p.id and e.kind = 'RELEASE'
    union select y.ci_id from schedule_entry e join target_execution y on y.distribution_id = e.distribution_id
      where e.id = p.id and e.kind = 'DISTRIBUTION'
    union select y.ci_id from change_ci y where y.change_id = p.id and y.role = 'TARGET')`,
});

/** Live entries that belong to a release: its own booking, its distributions and tasks, meetings about it. */
export const entriesOfRelease = defineEdge({
  name: 'Release.scheduleEntries',
  model: listedBy(
    scheduleEntryRead,
    booked('e.release_id = p.id'),
    tasks('k.release_id = p.id'),
    changes('c.id = any(array(select y.change_id from release_change y where y.release_id = p.id and y.live))'),
  ),
  on: sql`t.live and t.release_id = p.id`,
  defaultOrder: [{ field: 'STARTS_AT', direction: 'ASC' }],
});

/** Live entries that work on a configuration item. */
export const entriesOfCi = defineEdge({
  name: 'ConfigurationItem.scheduleEntries',
  model: listedBy(
    scheduleEntryRead,
    booked(`e.kind = 'RELEASE' and e.release_id = any(array(
      select y.release_id from release_ci y where y.ci_id = p.id and y.role = 'TARGET'))`),
    booked(`e.kind = 'DISTRIBUTION' and e.distribution_id = any(array(
      select y.distribution_id from target_execution y where y.ci_id = p.id))`),
    changes(`c.id = any(array(select y.change_id from change_ci y where y.ci_id = p.id and y.role = 'TARGET'))`),
  ),
  on: sql`t.live`,
  defaultOrder: [{ field: 'STARTS_AT', direction: 'ASC' }],
});

/**
 * The condition of the Forward Schedule of Change: authorised changes, and releases that were accepted with their
 * distributions, which end after an instant and start before another, if there is one.
 */
export const approvedBetween = (from: string, to: string | null): RawBuilder<unknown> => sql`(
  t.live and t.ends_at > ${from}::timestamptz ${to === null ? sql`` : sql`and t.starts_at < ${to}::timestamptz`}
  and (t.kind = 'CHANGE' or t.kind in ('RELEASE', 'DISTRIBUTION') and exists (
    select 1 from release r where r.id = t.release_id and r.accepted_at is not null)))`;

/** Live entries that overlap a span, by start, up to a number of them. */
export const entriesBetween = async (
  db: Queryable,
  { startsAt, endsAt }: Interval,
  atMost: number,
): Promise<ScheduleEntryType[]> =>
  await db.query<ScheduleEntryType>(sql`
    select ${scheduleEntryRead.select} from ${sql.raw(scheduleEntryRead.table)} t
    where t.live and t.starts_at < ${endsAt.toISOString()}::timestamptz
      and t.ends_at > ${startsAt.toISOString()}::timestamptz
    order by t.starts_at, t.id limit ${atMost}`);

/** How many live entries of one kind start on one day. */
export interface EntryCount {
  /** Place of the day among the given ones, from 1. */
  readonly day: number;
  readonly kind: ScheduleEntryType['kind'];
  readonly count: number;
}

/** How many live entries start on each day, by kind. @param days the start of each day, and the end of the last one */
export const entryCounts = async (db: Queryable, days: readonly Date[]): Promise<EntryCount[]> =>
  await db.query<EntryCount>(sql`
    select width_bucket(t.starts_at, ${days.map((day) => day.toISOString())}::timestamptz[]) as day, t.kind,
      count(*)::int as count
    from ${sql.raw(scheduleEntryRead.table)} t
    where t.live and t.starts_at >= ${days[0]?.toISOString()}::timestamptz
      and t.starts_at < ${days.at(-1)?.toISOString()}::timestamptz
    group by 1, 2 order by 1, 2`);
