import { defineEntity, p } from '@mikro-orm/core';
import type { WeeklyHours, WorkingDay } from '../../domain/people/working-calendar.js';
import { id, mutable, oneName } from '../columns.js';

const WorkingCalendarSchema = defineEntity({
  name: 'WorkingCalendar',
  tableName: 'working_calendar',
  properties: {
    id: id(),
    name: p.text(),
    timeZone: p.text(),
    hours: p.json<WeeklyHours[]>().default([]),
    exceptions: p.json<WorkingDay[]>().default([]),
    ...mutable(),
  },
  uniques: [oneName('working_calendar', ['name'])],
});

/** When people of a place work: weekly hours in a time zone, and dates that differ. */
export class WorkingCalendar extends WorkingCalendarSchema.class {}
WorkingCalendarSchema.setClass(WorkingCalendar);
