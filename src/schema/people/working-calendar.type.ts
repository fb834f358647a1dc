import { Field, Int, ObjectType } from 'type-graphql';
import { WEEKDAYS, type Weekday } from '../../domain/people/working-calendar.js';
import { enumFrom } from '../enums.js';
import { inputType, required } from '../fields.js';
import { id, instant, listType, text } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

export const WeekdayEnum = enumFrom(
  'Weekday',
  WEEKDAYS,
  'Day of the week.',
  Object.fromEntries(WEEKDAYS.map((day) => [day, `${day.charAt(0)}${day.slice(1).toLowerCase()}.`])) as Record<
    Weekday,
    string
  >,
);

/** Working hours of one day. */
@ObjectType('WorkingHours', { description: 'Working hours by local time.', simpleResolvers: true })
export class WorkingHoursType {
  @Field(() => String, { description: 'Local time at which work begins, e.g. `09:00`.' })
  from!: string;

  @Field(() => String, {
    description: 'Local time at which work ends, e.g. `17:30`. One that is not after `from` is on the next day.',
  })
  to!: string;
}

/** Working hours of each week. */
@ObjectType('WeeklyHours', { description: 'Working hours that recur on a day of the week.', simpleResolvers: true })
export class WeeklyHoursType extends WorkingHoursType {
  @Field(() => WeekdayEnum, { description: 'Day on which they begin.' })
  day!: Weekday;
}

/** A date that differs. */
@ObjectType('WorkingDay', { description: 'Date with other working hours than its weekday.', simpleResolvers: true })
export class WorkingDayType {
  @Field(() => String, { description: 'Local date, e.g. `2027-12-24`.' })
  date!: string;

  @Field(() => [WorkingHoursType], { description: 'Working hours that begin on the date. Empty for a day off.' })
  hours!: readonly WorkingHoursType[];
}

/** A time at which somebody works. */
@ObjectType('WorkingTime', { description: 'Time at which somebody works.', simpleResolvers: true })
export class WorkingTimeType {
  @Field(() => DateTime, { description: 'Start of the time.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'End of the time, exclusive.' })
  endsAt!: Date;
}

const hoursFields = {
  from: required(String, 'Local time at which work begins, e.g. `09:00`.'),
  to: required(
    String,
    'Local time at which work ends, e.g. `17:30`, or `24:00`. One that is not after `from` is on the next day.',
  ),
};

export const WorkingHoursInput = inputType('WorkingHoursInput', 'Working hours by local time.', hoursFields);
export const WeeklyHoursInput = inputType('WeeklyHoursInput', 'Working hours that recur on a day of the week.', {
  day: required(WeekdayEnum, 'Day on which they begin.'),
  ...hoursFields,
});
export const WorkingDayInput = inputType('WorkingDayInput', 'Date with other working hours than its weekday.', {
  date: required(String, 'Local date, e.g. `2027-12-24`.'),
  hours: required([WorkingHoursInput], 'Working hours that begin on the date. Empty for a day off.'),
});

/** A working calendar in the API, and the row it is read as. */
@ObjectType('WorkingCalendar', {
  implements: NodeType,
  description:
    'Hours in which people work, or in which a service is used: weekly hours in a time zone, and dates that differ. ' +
    'A person without a calendar has those of their teams; somebody with neither is taken to work at any time.',
  simpleResolvers: true,
})
export class WorkingCalendarType extends NodeType {
  @Field(() => String, { description: 'Name of the calendar. Unique among working calendars.' })
  name!: string;

  @Field(() => String, { description: 'IANA time zone, e.g. `Europe/Berlin`. Hours keep their local times in it.' })
  timeZone!: string;

  @Field(() => [WeeklyHoursType], { description: 'Working hours of each week.' })
  hours!: readonly WeeklyHoursType[];

  @Field(() => [WorkingDayType], { description: 'Dates that differ, such as holidays, in order.' })
  exceptions!: readonly WorkingDayType[];

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the calendar was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the calendar.' })
  updatedAt!: string;
}

/** Lists of working calendars, with their filters and sort fields. */
export const workingCalendarList = listType('WorkingCalendar', () => WorkingCalendarType, {
  of: 'working calendars',
  filter: {
    name: text('Name of the calendar.'),
    timeZone: text('IANA time zone.'),
    person: id('Person', 'Person that works by the calendar.'),
    team: id('Team', 'Team that works by the calendar.'),
    ci: id('ConfigurationItem', 'Configuration item whose service hours the calendar has.'),
  },
  order: { NAME: text('Name of the calendar.'), UPDATED_AT: instant('Time of the last change.') },
});
