import { refuse, RequestError } from '../../domain/errors.js';
import { pastTimes, rewrittenTimes } from '../../domain/schedule/past.js';
import {
  cabMeetingMachine,
  cabMeetingState,
  type CabMeetingCommand,
  type CabMeetingState,
} from '../../domain/schedule/cab-meeting.machine.js';
import { Release } from '../../entities/release/release.entity.js';
import { lockForCommand, refer } from '../load.js';
import { expectInterval } from '../../domain/schedule/interval.js';
import { name } from '../text.js';
import { demand } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { ScheduleEntry } from '../../entities/schedule/schedule-entry.entity.js';

const TYPE = 'ScheduleEntry' as const;

const KEEPERS = ['CHANGE_MANAGER'] as const;

/** Adds a CAB meeting to the schedule. Meetings clash with nothing. @throws Refusal SCHEDULE_PAST */
export async function scheduleEntryCreate(
  uow: UnitOfWork,
  input: {
    readonly title: string;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly releaseId?: string | null;
  },
): Promise<ScheduleEntry> {
  const [startsAt, endsAt] = [new Date(input.startsAt), new Date(input.endsAt)];
  expectInterval(startsAt, endsAt, 'endsAt');
  refuse(pastTimes({ field: 'startsAt', given: startsAt }, { field: 'endsAt', given: endsAt }, uow.now, KEEPERS));
  const releaseId =
    input.releaseId == null ? null : (await refer(uow, Release, 'Release', input.releaseId, 'releaseId')).id;
  const entry = uow.em.create(ScheduleEntry, {
    kind: 'CAB_MEETING',
    title: name(input.title, 'title'),
    startsAt,
    endsAt,
    releaseId,
  });
  await uow.em.flush();
  record(uow, entry, 'schedule-entry.booked');
  return entry;
}

/**
 * Edits a CAB meeting. One that is being held can be prolonged or ended early; what was stays.
 * @throws RequestError BAD_USER_INPUT when the entry is not a CAB meeting, CONFLICT; Refusal when the meeting was
 *   cancelled, or SCHEDULE_PAST.
 */
export async function scheduleEntryUpdate(
  uow: UnitOfWork,
  input: {
    readonly id: string;
    readonly expectedVersion: number;
    readonly title?: string | null;
    readonly startsAt?: string | null;
    readonly endsAt?: string | null;
  },
): Promise<ScheduleEntry> {
  const { entry } = await lockMeeting(uow, input, 'scheduleEntryUpdate');
  const { startsAt: start, endsAt: end } = entry;
  if (input.title != null) entry.title = name(input.title, 'title');
  if (input.startsAt != null) entry.startsAt = new Date(input.startsAt);
  if (input.endsAt != null) entry.endsAt = new Date(input.endsAt);
  expectInterval(entry.startsAt, entry.endsAt, 'endsAt');
  if (!uow.isChanged(entry)) return entry;
  refuse(
    rewrittenTimes(
      { field: 'startsAt', given: entry.startsAt, was: start },
      { field: 'endsAt', given: entry.endsAt, was: end },
      uow.now,
      KEEPERS,
    ),
  );
  await uow.em.flush();
  record(uow, entry, 'schedule-entry.moved');
  return entry;
}

/** Cancels a CAB meeting; the entry stays in the history. Throws as {@link scheduleEntryUpdate} does. */
export async function scheduleEntryCancel(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
): Promise<ScheduleEntry> {
  const { entry, next } = await lockMeeting(uow, input, 'scheduleEntryCancel');
  entry.live = next === 'BOOKED';
  await uow.em.flush();
  record(uow, entry, 'schedule-entry.released', input.reason);
  return entry;
}

async function lockMeeting(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null },
  command: CabMeetingCommand,
): Promise<{ readonly entry: ScheduleEntry; readonly next: CabMeetingState }> {
  const entry = await lockForCommand(uow, ScheduleEntry, TYPE, input);
  const state = cabMeetingState(entry);
  if (state === null) {
    const kind = entry.kind.toLowerCase();
    throw new RequestError(
      'BAD_USER_INPUT',
      `This entry is the booking of a ${kind} and moves with it. Change the ${kind} itself.`,
      { field: 'id' },
    );
  }
  return { entry, next: demand(cabMeetingMachine, { state }, command, {}).to };
}

function record(uow: UnitOfWork, entry: ScheduleEntry, type: string, reason: string | null = null): void {
  uow.record({
    type,
    subjectType: TYPE,
    subject: entry,
    topics: [entry.releaseId],
    reason,
    data: { kind: entry.kind, startsAt: entry.startsAt.toISOString(), endsAt: entry.endsAt.toISOString() },
  });
}
