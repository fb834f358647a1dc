import { RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import {
  problemsOfWorkingTimes,
  type WeeklyHours,
  type WorkingDay,
  type WorkingTimes,
} from '../../domain/people/working-calendar.js';
import { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import { Person } from '../../entities/people/person.entity.js';
import { Team } from '../../entities/people/team.entity.js';
import { WorkingCalendarUse } from '../../entities/people/working-calendar-use.entity.js';
import { WorkingCalendar } from '../../entities/people/working-calendar.entity.js';
import { expectVersion, lockForCommand, lockMany, refer } from '../load.js';
import { name } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'WorkingCalendar' as const;

interface WorkingCalendarFields {
  readonly name?: string | null;
  readonly timeZone?: string | null;
  readonly hours?: readonly WeeklyHours[] | null;
  readonly exceptions?: readonly WorkingDay[] | null;
}

const plainHours = ({ from, to }: { readonly from: string; readonly to: string }) => ({ from, to });

/** The given times as they are kept: exceptions by date, and nothing but their fields. */
function timesFrom(input: WorkingCalendarFields, was: WorkingTimes): WorkingTimes {
  const times = {
    timeZone: input.timeZone ?? was.timeZone,
    hours: input.hours?.map(({ day, ...hours }) => ({ day, ...plainHours(hours) })) ?? was.hours,
    exceptions: input.exceptions?.map(({ date, hours }) => ({ date, hours: hours.map(plainHours) })) ?? was.exceptions,
  };
  const [problem] = problemsOfWorkingTimes(times);
  if (problem) throw new RequestError('BAD_USER_INPUT', problem.message, { field: problem.field });
  return { ...times, exceptions: times.exceptions.toSorted((a, b) => (a.date < b.date ? -1 : 1)) };
}

/**
 * Creates a working calendar. Nobody works by it yet.
 * @throws RequestError BAD_USER_INPUT for times that make no sense, ALREADY_EXISTS when the name is taken
 */
export async function workingCalendarCreate(
  uow: UnitOfWork,
  input: {
    readonly name: string;
    readonly timeZone: string;
    readonly hours: readonly WeeklyHours[];
    readonly exceptions?: readonly WorkingDay[] | null;
  },
): Promise<WorkingCalendar> {
  const times = timesFrom(input, { timeZone: 'UTC', hours: [], exceptions: [] });
  const calendar = uow.em.create(WorkingCalendar, {
    name: name(input.name),
    timeZone: times.timeZone,
    hours: [...times.hours],
    exceptions: [...times.exceptions],
  });
  uow.record({ type: 'working-calendar.created', subjectType: TYPE, subject: calendar });
  return calendar;
}

/** Edits a working calendar. Lists that are given replace those that were. @throws RequestError as on creation */
export async function workingCalendarUpdate(
  uow: UnitOfWork,
  input: WorkingCalendarFields & { readonly id: string; readonly expectedVersion: number },
): Promise<WorkingCalendar> {
  const calendar = await lockForCommand(uow, WorkingCalendar, TYPE, input);
  if (input.name != null) calendar.name = name(input.name);
  const { timeZone, hours, exceptions } = timesFrom(input, calendar);
  Object.assign(calendar, { timeZone, hours: [...hours], exceptions: [...exceptions] });
  uow.record({ type: 'working-calendar.updated', subjectType: TYPE, subject: calendar });
  return calendar;
}

/** Who works by a calendar: exactly one of the three. */
interface UserInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly personId?: string | null;
  readonly teamId?: string | null;
  readonly ciId?: string | null;
  readonly reason?: string | null;
}

type User = Pick<WorkingCalendarUse, 'personId' | 'teamId' | 'ciId'>;

async function userOf(uow: UnitOfWork, { personId, teamId, ciId }: UserInput): Promise<User> {
  if ([personId, teamId, ciId].filter((id) => id != null).length !== 1)
    throw new RequestError('BAD_USER_INPUT', 'Name a person, a team or a configuration item, and only one.', {
      field: 'personId',
    });
  const nobody = { personId: null, teamId: null, ciId: null };
  if (personId != null) return { ...nobody, personId: (await refer(uow, Person, 'Person', personId, 'personId')).id };
  if (teamId != null) return { ...nobody, teamId: (await refer(uow, Team, 'Team', teamId, 'teamId')).id };
  return { ...nobody, ciId: (await refer(uow, ConfigurationItem, 'ConfigurationItem', ciId as string, 'ciId')).id };
}

function recordUse(
  uow: UnitOfWork,
  calendar: WorkingCalendar,
  { personId, teamId, ciId }: User,
  verb: 'assigned' | 'unassigned',
  reason: string | null | undefined,
): void {
  calendar.updatedAt = uow.now;
  uow.record({
    type: `working-calendar.${verb}`,
    subjectType: TYPE,
    subject: calendar,
    topics: [personId, teamId, ciId],
    reason: reason ?? null,
    data: {
      ...(personId != null && { personId: toNodeId('Person', personId) }),
      ...(teamId != null && { teamId: toNodeId('Team', teamId) }),
      ...(ciId != null && { ciId: toNodeId('ConfigurationItem', ciId) }),
    },
  });
}

const ofUser = ({ personId, teamId, ciId }: User) =>
  personId != null ? { personId } : teamId != null ? { teamId } : { ciId };

/**
 * Assigns a calendar to a person, a team or a service, in place of the one before. Assigning the same again changes
 * nothing.
 * @throws RequestError BAD_USER_INPUT, NOT_FOUND, CONFLICT
 */
export async function workingCalendarAssign(uow: UnitOfWork, input: UserInput): Promise<WorkingCalendar> {
  const user = await userOf(uow, input);
  const known = await uow.em.findOne(WorkingCalendarUse, ofUser(user));
  // Both are locked in the order of their ids, so that two commands never wait for each other crosswise.
  const id = fromNodeId(TYPE, input.id, 'id');
  const calendars = await lockMany(uow, WorkingCalendar, TYPE, [id, ...(known ? [known.workingCalendarId] : [])]);
  const calendar = calendars.find((one) => one.id === id) as WorkingCalendar;
  expectVersion(calendar, input.expectedVersion);
  const before = calendars.find((one) => one.id === known?.workingCalendarId);
  if (before === calendar) return calendar;
  if (known !== null && before !== undefined) {
    uow.em.remove(known);
    await uow.em.flush();
    recordUse(uow, before, user, 'unassigned', input.reason);
  }
  uow.em.create(WorkingCalendarUse, { workingCalendarId: calendar.id, ...user });
  recordUse(uow, calendar, user, 'assigned', input.reason);
  return calendar;
}

/** Frees a person, a team or a service from a calendar. If they do not use it nothing changes. */
export async function workingCalendarUnassign(uow: UnitOfWork, input: UserInput): Promise<WorkingCalendar> {
  const user = await userOf(uow, input);
  const calendar = await lockForCommand(uow, WorkingCalendar, TYPE, input);
  const known = await uow.em.findOne(WorkingCalendarUse, { workingCalendarId: calendar.id, ...ofUser(user) });
  if (known === null) return calendar;
  uow.em.remove(known);
  recordUse(uow, calendar, user, 'unassigned', input.reason);
  return calendar;
}
