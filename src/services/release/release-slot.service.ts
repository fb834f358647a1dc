import { epochMs } from '../../database/expressions.js';
import { sql } from 'kysely';
import { datesInSlot, datesWithoutSlot, shiftOfTasks, SLOT_PHASES } from '../../domain/release/release-slot.js';
import { releaseIsInSchedule, type ReleaseState } from '../../domain/release/release.state.js';
import { UNSTARTED_TASK_STATES } from '../../domain/release/task.machine.js';
import { intervalOf, shifted, type Interval } from '../../domain/schedule/interval.js';
import type { Change } from '../../entities/change/change.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import { Task } from '../../entities/release/task.entity.js';
import { changesScheduled, liveChanges, moveChanges } from '../change/change-progress.service.js';
import { lockMany } from '../load.js';
import { bookRelease, unbookRelease } from '../schedule/schedule-entry.service.js';
import type { UnitOfWork } from '../unit-of-work.js';

async function bookedSlot(uow: UnitOfWork, releaseId: string): Promise<Interval | null> {
  const [row] = await uow.query<{ starts: number; ends: number }>(sql`
    select ${epochMs('starts_at')} as starts, ${epochMs('ends_at')} as ends
    from schedule_entry where kind = 'RELEASE' and release_id = ${releaseId} and live`);
  return row === undefined ? null : intervalOf(row.starts, row.ends);
}

/**
 * Moves the tasks that have not begun, or never will, and belong to the slot. Records one event of the release for all
 * of them. What was accepted of their times moves along.
 */
async function moveTasks(uow: UnitOfWork, release: Release, slot: Interval, was: Interval | null): Promise<void> {
  const rows = await uow.query<{ id: string; phase: ReleaseState; starts: number | null }>(sql`
    select t.id, f.release_state as phase, ${epochMs('t.planned_start')} as starts
    from task t join phase f on f.id = t.phase_id
    where t.release_id = ${release.id} and t.state = any(${[...UNSTARTED_TASK_STATES, 'SKIPPED']}::text[])
      and f.release_state = any(${[...SLOT_PHASES]}::text[])
      and (t.planned_start is not null or t.planned_end is not null)
    order by t.id`);
  const shift = shiftOfTasks(
    rows.map(({ phase, starts }) => ({ phase, plannedStart: starts === null ? null : new Date(starts) })),
    slot,
    was,
  );
  if (shift === 0 || rows.length === 0) return;
  release.tasksAnchor = shifted(release.tasksAnchor ?? new Date(0), shift);
  const tasks = await lockMany(
    uow,
    Task,
    'Task',
    rows.map(({ id }) => id),
  );
  for (const task of tasks) {
    task.plannedStart = shifted(task.plannedStart, shift);
    task.plannedEnd = shifted(task.plannedEnd, shift);
  }
  uow.record({
    type: 'release.tasks-moved',
    subjectType: 'Release',
    subject: release,
    topics: tasks.flatMap(({ id, assigneeId }) => [id, assigneeId]),
    data: { tasks: tasks.map(({ number }) => number), minutes: Math.round(shift / 60_000) },
  });
}

const datesOf = ({ plannedStart, plannedEnd }: Change) => ({
  plannedStart: plannedStart ?? null,
  plannedEnd: plannedEnd ?? null,
});
const textOf = ({ plannedStart, plannedEnd }: ReturnType<typeof datesOf>) => ({
  plannedStart: plannedStart?.toISOString() ?? null,
  plannedEnd: plannedEnd?.toISOString() ?? null,
});

/** Gives the changes that are scheduled with the release other dates, and records each that really differs. */
async function dateChanges(
  uow: UnitOfWork,
  release: Release,
  changes: readonly Change[],
  datesFor: (dates: ReturnType<typeof datesOf>) => ReturnType<typeof datesOf>,
): Promise<void> {
  for (const change of changes) {
    const was = datesOf(change);
    const dates = datesFor(was);
    if (+(was.plannedStart ?? 0) === +(dates.plannedStart ?? 0) && +(was.plannedEnd ?? 0) === +(dates.plannedEnd ?? 0))
      continue;
    Object.assign(change, dates);
    uow.record({
      type: 'change.dated',
      subjectType: 'Change',
      subject: change,
      topics: [release.id],
      data: { ...textOf(dates), was: textOf(was), release: release.number },
    });
  }
}

/**
 * Books the slot of a release, or moves the booking. Its tasks that have not begun and its scheduled changes follow.
 * Call it when the machine has allowed it; the release is locked.
 */
export async function takeSlot(uow: UnitOfWork, release: Release): Promise<void> {
  const was = await bookedSlot(uow, release.id);
  const { startsAt, endsAt } = await bookRelease(uow, release);
  const slot = { startsAt, endsAt };
  await changesScheduled(uow, release);
  const changes = (await liveChanges(uow, release)).filter(({ state }) => state === 'SCHEDULED');
  await dateChanges(uow, release, changes, (dates) => datesInSlot(dates, slot, was));
  await moveTasks(uow, release, slot, was);
}

/**
 * Gives an authorised change its place in the slot of its release, if that is booked already: it is scheduled and dated
 * like the changes that were there before. Call it when the change has joined or was authorised there; both rows are
 * locked.
 */
export async function enterSlot(uow: UnitOfWork, release: Release, change: Change): Promise<void> {
  if (change.state !== 'AUTHORISED' || !releaseIsInSchedule(release.state)) return;
  const slot = await bookedSlot(uow, release.id);
  if (slot === null) return;
  await moveChanges(uow, release, [change], 'changeSchedule');
  await dateChanges(uow, release, [change], (dates) => datesInSlot(dates, slot, null));
}

/**
 * Takes from scheduled changes the dates that came from the slot of their release. Call it while the slot is booked and
 * before the changes are unscheduled.
 */
export async function undateChanges(uow: UnitOfWork, release: Release, changes: readonly Change[]): Promise<void> {
  const slot = await bookedSlot(uow, release.id);
  if (slot === null) return;
  const scheduled = changes.filter(({ state }) => state === 'SCHEDULED');
  await dateChanges(uow, release, scheduled, (dates) => datesWithoutSlot(dates, slot));
}

/** Gives the slot of a release back. Its changes lose the dates that came from it. Unschedule them afterwards. */
export async function leaveSlot(uow: UnitOfWork, release: Release): Promise<void> {
  await undateChanges(uow, release, await liveChanges(uow, release));
  await unbookRelease(uow, release.id);
}
