import { sql, type RawBuilder } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { FeedSubject } from '../../domain/schedule/calendar-feed.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { impactingIds } from '../../facts/cmdb/impact.facts.js';
import { holdsForTarget, windowConditions, type WindowConditions } from '../../facts/schedule/window-scope.facts.js';
import type { ScheduleEntryType } from '../../schema/schedule/schedule-entry.type.js';
import type { ScheduleWindowType } from '../../schema/schedule/schedule-window.type.js';
import { scheduleEntryRead } from './schedule-entry.reads.js';
import { scheduleWindowRead } from './schedule-window.reads.js';

// Entries that work on one of some items.
const workingOn = (cis: RawBuilder<unknown>) => sql`t.id in (
  with about as materialized (select id from ${cis} a (id))
  select e.id from release_ci y join schedule_entry e on e.release_id = y.release_id and e.kind = 'RELEASE'
    where y.ci_id in (select id from about) and y.role = 'TARGET'
  union select e.id from target_execution y join schedule_entry e on e.distribution_id = y.distribution_id
    where y.ci_id in (select id from about)
  union select y.change_id from change_ci y where y.ci_id in (select id from about) and y.role = 'TARGET')`;

// Entries that involve a person, as the filter "person" of entries has it.
const involving = (id: RawBuilder<unknown>) => sql`t.id in (
  with own as materialized (select r.id from release r where ${id} in (r.owner_id, r.manager_id))
  select e.id from schedule_entry e where e.release_id in (select id from own)
  union select m.change_id from release_change m where m.live and m.release_id in (select id from own)
  union select k.id from task k where k.assignee_id = ${id}
  union select c.id from change c where c.requested_by_id = ${id})`;

const appliesToOneOf = (cis: RawBuilder<unknown>, filters: WindowConditions) =>
  sql`exists (select 1 from ${cis} a (id) where ${holdsForTarget('t', sql`a.id`, filters)})`;

interface Conditions {
  readonly entries: RawBuilder<unknown>;
  readonly windows: RawBuilder<unknown>;
}

function conditionsOf({ scope, aboutId }: FeedSubject, filters: WindowConditions = new Map()): Conditions {
  const id = sql`${aboutId}::uuid`;
  switch (scope) {
    case 'EVERYTHING':
      return { entries: sql`true`, windows: sql`true` };
    case 'PERSON':
      return { entries: involving(id), windows: sql`false` };
    case 'RELEASE': {
      const targets = sql`(select y.ci_id from release_ci y where y.release_id = ${id} and y.role = 'TARGET')`;
      return { entries: sql`t.release_id = ${id}`, windows: appliesToOneOf(targets, filters) };
    }
    default: {
      const cis = scope === 'SERVICE' ? impactingIds(id) : sql`(select ${id})`;
      return { entries: workingOn(cis), windows: appliesToOneOf(cis, filters) };
    }
  }
}

/**
 * Entries of a feed that overlap a span, by start, up to a number of them. Cancelled ones are among them: a calendar
 * program has to hear that an entry is off.
 */
export const entriesOfFeed = async (
  db: Queryable,
  subject: FeedSubject,
  { startsAt, endsAt }: Interval,
  atMost: number,
): Promise<ScheduleEntryType[]> =>
  await db.query<ScheduleEntryType>(sql`
    select ${scheduleEntryRead.select} from ${sql.raw(scheduleEntryRead.table)} t
    where t.starts_at < ${endsAt.toISOString()}::timestamptz and t.ends_at > ${startsAt.toISOString()}::timestamptz
      and ${conditionsOf(subject).entries}
    order by t.starts_at, t.id limit ${atMost}`);

/** Windows of a feed, oldest first, up to a number of them. Those that were deactivated of late are among them. */
export const windowsOfFeed = async (
  db: Queryable,
  subject: FeedSubject,
  { startsAt, endsAt }: Interval,
  atMost: number,
): Promise<ScheduleWindowType[]> => {
  const filters = await windowConditions(db);
  return await db.query<ScheduleWindowType>(sql`
    select ${scheduleWindowRead.select} from ${sql.raw(scheduleWindowRead.table)} t
    where t.starts_at < ${endsAt.toISOString()}::timestamptz
      and (t.rrule is not null or t.ends_at > ${startsAt.toISOString()}::timestamptz)
      and (t.active or t.updated_at > ${startsAt.toISOString()}::timestamptz)
      and ${conditionsOf(subject, filters).windows}
    order by t.id limit ${atMost}`);
};
