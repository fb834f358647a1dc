import { defineEntity, p } from '@mikro-orm/core';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { createdAt, id } from '../columns.js';
import { Person } from './person.entity.js';
import { Team } from './team.entity.js';
import { WorkingCalendar } from './working-calendar.entity.js';

const WorkingCalendarUseSchema = defineEntity({
  name: 'WorkingCalendarUse',
  tableName: 'working_calendar_use',
  properties: {
    id: id(),
    workingCalendarId: () =>
      p.manyToOne(WorkingCalendar).mapToPk().fieldName('working_calendar_id').deleteRule('restrict'),
    personId: () => p.manyToOne(Person).mapToPk().fieldName('person_id').nullable().deleteRule('restrict'),
    teamId: () => p.manyToOne(Team).mapToPk().fieldName('team_id').nullable().deleteRule('restrict'),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').nullable().deleteRule('restrict'),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['personId'] }, { properties: ['teamId'] }, { properties: ['ciId'] }],
  indexes: [{ properties: ['workingCalendarId'] }],
  checks: [{ name: 'working_calendar_use_is_by_one', expression: 'num_nonnulls(person_id, team_id, ci_id) = 1' }],
});

/** Who works by a calendar: a person, a team, or a service, whose hours it then tells. Each has one calendar. */
export class WorkingCalendarUse extends WorkingCalendarUseSchema.class {}
WorkingCalendarUseSchema.setClass(WorkingCalendarUse);
