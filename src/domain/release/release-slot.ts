import { intervalContains, type Interval } from '../schedule/interval.js';
import type { ReleaseState } from './release.state.js';

/** Phases whose tasks are dated by the slot of the release: the work in the slot, and what follows from it. */
export const SLOT_PHASES = [
  'DISTRIBUTING',
  'DEPLOYED',
  'PARTIALLY_DEPLOYED',
  'FAILED',
  'BACKING_OUT',
  'BACKED_OUT',
  'IN_REVIEW',
] as const satisfies readonly ReleaseState[];

/** A task of one of {@link SLOT_PHASES} that has not begun. */
export interface SlotTask {
  readonly phase: ReleaseState;
  readonly plannedStart: Date | null;
}

const earliest = (tasks: readonly SlotTask[]): number | null => {
  const starts = tasks.flatMap(({ plannedStart }) => (plannedStart === null ? [] : [plannedStart.getTime()]));
  return starts.length === 0 ? null : Math.min(...starts);
};

/**
 * By how much the tasks of a release move when it gets a slot, in milliseconds. A slot that moves takes them along.
 * With the first slot, the first task of the distribution starts with it, unless it lies in it already. Without such a
 * task, the rest starts when the slot ends.
 * @param was the slot before; null for the first one.
 */
export function shiftOfTasks(tasks: readonly SlotTask[], slot: Interval, was: Interval | null): number {
  if (was !== null) return slot.startsAt.getTime() - was.startsAt.getTime();
  const work = earliest(tasks.filter(({ phase }) => phase === 'DISTRIBUTING'));
  if (work !== null) return intervalContains(slot, new Date(work)) ? 0 : slot.startsAt.getTime() - work;
  const rest = earliest(tasks);
  return rest === null || rest >= slot.startsAt.getTime() ? 0 : slot.endsAt.getTime() - rest;
}

/** Planned dates of a change. */
export interface ChangeDates {
  readonly plannedStart: Date | null;
  readonly plannedEnd: Date | null;
}

const same = ({ plannedStart, plannedEnd }: ChangeDates, { startsAt, endsAt }: Interval): boolean =>
  plannedStart?.getTime() === startsAt.getTime() && plannedEnd?.getTime() === endsAt.getTime();

/**
 * The dates of a change whose release has a slot: its own where they lie in the slot, else those of the slot. Dates
 * that came from the slot before follow it.
 */
export function datesInSlot(dates: ChangeDates, slot: Interval, was: Interval | null): ChangeDates {
  const { plannedStart, plannedEnd } = dates;
  const own = plannedStart !== null && plannedEnd !== null && !(was !== null && same(dates, was));
  return own && plannedStart < plannedEnd && plannedStart >= slot.startsAt && plannedEnd <= slot.endsAt
    ? dates
    : { plannedStart: slot.startsAt, plannedEnd: slot.endsAt };
}

/** The dates of a change whose release has lost its slot: none where they came from the slot. */
export function datesWithoutSlot(dates: ChangeDates, slot: Interval): ChangeDates {
  return same(dates, slot) ? { plannedStart: null, plannedEnd: null } : dates;
}
