import { sql } from 'kysely';
import { epochMs } from '../../database/expressions.js';
import type { Queryable } from '../../database/queryable.js';
import { timesOff, workingTimes, type WorkingTimes } from '../../domain/people/working-calendar.js';
import { mergeIntervals, subtractIntervals, type Interval } from '../../domain/schedule/interval.js';
import type { Steps } from '../../domain/steps.js';
import { inTurns } from '../turns.js';

/** A working calendar with its name. */
export interface NamedCalendar extends WorkingTimes {
  readonly id: string;
  readonly name: string;
}

/** When a person can work. */
export interface Availability {
  readonly name: string;
  /** Those by which the person works: their own one, else those of their teams. None: any time. */
  readonly calendars: readonly NamedCalendar[];
  /** Absences in force that overlap the span, by start. */
  readonly absences: readonly Interval[];
}

const CALENDAR = sql`json_build_object('id', w.id, 'name', w.name, 'timeZone', w.time_zone, 'hours', w.hours,
  'exceptions', w.exceptions)`;

interface AvailabilityRow {
  readonly id: string;
  readonly name: string;
  readonly own: NamedCalendar[];
  readonly teams: NamedCalendar[];
  readonly absences: { readonly starts: number; readonly ends: number }[];
}

/** When some people can work, as far as calendars and absences in a span say, in one statement for any number. */
export async function availabilities(
  db: Queryable,
  personIds: readonly string[],
  span: Interval,
): Promise<Map<string, Availability>> {
  const rows = await db.query<AvailabilityRow>(sql`
    select h.id, h.name,
      (select coalesce(json_agg(${CALENDAR}), '[]') from working_calendar_use x
        join working_calendar w on w.id = x.working_calendar_id where x.person_id = h.id) as own,
      (select coalesce(json_agg(${CALENDAR} order by w.id), '[]') from working_calendar w where w.id in (
        select x.working_calendar_id from team_member m join working_calendar_use x on x.team_id = m.team_id
        where m.person_id = h.id)) as teams,
      (select coalesce(json_agg(json_build_object('starts', ${epochMs('a.starts_at')}, 'ends', ${epochMs('a.ends_at')})
        order by a.starts_at), '[]') from absence a
        where a.person_id = h.id and a.withdrawn_at is null and a.ends_at > ${span.startsAt.toISOString()}::timestamptz
          and a.starts_at < ${span.endsAt.toISOString()}::timestamptz) as absences
    from person h where h.id = any(${[...personIds]}::uuid[])`);
  return new Map(
    rows.map(({ id, name, own, teams, absences }) => [
      id,
      {
        name,
        calendars: own.length > 0 ? own : teams,
        absences: absences.map(({ starts, ends }) => ({ startsAt: new Date(starts), endsAt: new Date(ends) })),
      },
    ]),
  );
}

/** When some people work in a span: in the hours of their calendars and not while they are absent. */
export async function workingTimesOf(
  db: Queryable,
  personIds: readonly string[],
  span: Interval,
): Promise<Map<string, Interval[]>> {
  const known = await availabilities(db, personIds, span);
  const steps = function* (): Steps<Map<string, Interval[]>> {
    const found = new Map<string, Interval[]>();
    for (const [id, { calendars, absences }] of known) {
      yield;
      found.set(id, subtractIntervals(span, [...timesOff(calendars, span), ...absences]));
    }
    return found;
  };
  return await inTurns(steps());
}

/** What a team can take on. */
export interface TeamCapacity {
  readonly id: string;
  readonly name: string;
  readonly maxTasksAtOnce: number | null;
  readonly memberIds: readonly string[];
}

/** What some teams can take on, with their active members, in one statement. */
export const teamCapacities = async (db: Queryable, teamIds: readonly string[]): Promise<TeamCapacity[]> =>
  await db.query<TeamCapacity>(sql`
    select t.id, t.name, t.max_tasks_at_once as "maxTasksAtOnce", (
      select coalesce(json_agg(m.person_id order by m.person_id), '[]') from team_member m
      join person h on h.id = m.person_id where m.team_id = t.id and h.active) as "memberIds"
    from team t where t.id = any(${[...teamIds]}::uuid[]) order by t.name, t.id`);

/** Times at which some of the given items are used, by the calendars that are their service hours. */
export async function serviceHours(db: Queryable, ciIds: readonly string[]): Promise<NamedCalendar[]> {
  const rows = await db.query<{ calendar: NamedCalendar }>(sql`
    select ${CALENDAR} as calendar from working_calendar w where w.id in (
      select x.working_calendar_id from working_calendar_use x where x.ci_id = any(${[...ciIds]}::uuid[]))
    order by w.id`);
  return rows.map(({ calendar }) => calendar);
}

/** Steps to the times around a span at which one of some calendars says that something is used, in order. */
export function* usedTimes(calendars: readonly WorkingTimes[], span: Interval): Steps<Interval[]> {
  const used: Interval[] = [];
  for (const calendar of calendars) {
    yield;
    used.push(...workingTimes(calendar, span));
  }
  return mergeIntervals(used);
}
