import { sql, type RawBuilder } from 'kysely';
import type { NodeType } from '../../domain/node-id.js';
import { workingCalendarList, WorkingCalendarType } from '../../schema/people/working-calendar.type.js';
import { configurationItemRead } from '../cmdb/configuration-item.reads.js';
import { defineEdge, defineRead } from '../model.js';
import type { BatchRead } from '../reads.js';
import { personRead } from './person.reads.js';
import { teamRead } from './team.reads.js';

const usedBy = (type: NodeType, column: RawBuilder<unknown>) => ({
  kind: 'related' as const,
  of: 'id' as const,
  type,
  column,
  exists: (condition: RawBuilder<unknown>) =>
    sql`exists (select 1 from working_calendar_use x where x.working_calendar_id = t.id and ${condition})`,
});

/** How working calendars are read. */
export const workingCalendarRead = defineRead<WorkingCalendarType>({
  list: workingCalendarList,
  type: 'WorkingCalendar',
  table: 'working_calendar',
  of: WorkingCalendarType,
  filters: {
    person: usedBy('Person', sql`x.person_id`),
    team: usedBy('Team', sql`x.team_id`),
    ci: usedBy('ConfigurationItem', sql`x.ci_id`),
  },
});

const join = (column: RawBuilder<unknown>) => sql`join working_calendar_use x on ${column} = t.id`;

/** People with a calendar as their own, by name. */
export const peopleOfCalendar = defineEdge({
  name: 'WorkingCalendar.people',
  model: personRead,
  join: join(sql`x.person_id`),
  on: sql`x.working_calendar_id = p.id`,
  defaultOrder: [{ field: 'NAME', direction: 'ASC' }],
});

/** Teams that work by a calendar, by name. */
export const teamsOfCalendar = defineEdge({
  name: 'WorkingCalendar.teams',
  model: teamRead,
  join: join(sql`x.team_id`),
  on: sql`x.working_calendar_id = p.id`,
  defaultOrder: [{ field: 'NAME', direction: 'ASC' }],
});

/** Configuration items whose service hours a calendar has. */
export const itemsOfCalendar = defineEdge({
  name: 'WorkingCalendar.configurationItems',
  model: configurationItemRead,
  join: join(sql`x.ci_id`),
  on: sql`x.working_calendar_id = p.id`,
});

const calendarsOf =
  (user: RawBuilder<unknown>): BatchRead<WorkingCalendarType> =>
  async (ids, db) => {
    const rows = await db.query<WorkingCalendarType & { readonly user: string }>(sql`
      select ${workingCalendarRead.select}, ${user} as "user" from working_calendar_use x
      join working_calendar t on t.id = x.working_calendar_id where ${user} = any(${ids}::uuid[])`);
    return new Map(rows.map(({ user: id, ...row }) => [id, row]));
  };

/** The calendars of people, teams and configuration items. */
export const calendarOf = {
  person: calendarsOf(sql`x.person_id`),
  team: calendarsOf(sql`x.team_id`),
  ci: calendarsOf(sql`x.ci_id`),
};
