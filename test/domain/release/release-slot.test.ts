import { describe, expect, test } from '@jest/globals';
import {
  datesInSlot,
  datesWithoutSlot,
  shiftOfTasks,
  type SlotTask,
} from '../../../src/domain/release/release-slot.js';

const hour = (h: number) => new Date(Date.UTC(2031, 0, 1, h));
const span = (from: number, to: number) => ({ startsAt: hour(from), endsAt: hour(to) });
const task = (phase: SlotTask['phase'], start: number | null): SlotTask => ({
  phase,
  plannedStart: start === null ? null : hour(start),
});
const HOUR = 3_600_000;

describe('the shift of the tasks of a slot', () => {
  test.each<[string, SlotTask[], ReturnType<typeof span> | null, number]>([
    ['the first task of the distribution starts with the first slot', [task('DISTRIBUTING', 3)], null, 7],
    [
      'of several, the earliest does',
      [task('DISTRIBUTING', 5), task('DISTRIBUTING', 4), task('IN_REVIEW', 1)],
      null,
      6,
    ],
    ['a task that lies in the slot already stays', [task('DISTRIBUTING', 11)], null, 0],
    ['a task after the slot comes into it', [task('DISTRIBUTING', 12)], null, -2],
    ['without work in the slot, the rest follows it', [task('IN_REVIEW', 2)], null, 10],
    ['what follows it already stays', [task('IN_REVIEW', 20)], null, 0],
    ['without dates nothing moves', [task('DISTRIBUTING', null)], null, 0],
    ['a slot that moves takes its tasks along', [task('DISTRIBUTING', 3)], span(8, 9), 2],
    ['a slot that only gets longer moves nothing', [task('DISTRIBUTING', 3)], span(10, 11), 0],
  ])('%s', (_, tasks, was, hours) => {
    expect(shiftOfTasks(tasks, span(10, 12), was)).toBe(hours * HOUR);
  });
});

describe('the dates of a change', () => {
  const dates = (from: number | null, to: number | null) => ({
    plannedStart: from === null ? null : hour(from),
    plannedEnd: to === null ? null : hour(to),
  });
  const slot = dates(10, 12);

  test('are its own where they lie in the slot, else those of the slot', () => {
    expect(datesInSlot(dates(null, null), span(10, 12), null)).toEqual(slot);
    expect(datesInSlot(dates(11, null), span(10, 12), null)).toEqual(slot);
    expect(datesInSlot(dates(10, 11), span(10, 12), null)).toEqual(dates(10, 11));
    expect(datesInSlot(dates(9, 11), span(10, 12), null)).toEqual(slot);
    expect(datesInSlot(dates(11, 13), span(10, 12), null)).toEqual(slot);
    expect(datesInSlot(dates(11, 10), span(10, 12), null)).toEqual(slot);
    // They came from the slot before, which was shorter.
    expect(datesInSlot(dates(10, 11), span(10, 12), span(10, 11))).toEqual(slot);
  });

  test('go with the slot that they came from', () => {
    expect(datesWithoutSlot(slot, span(10, 12))).toEqual(dates(null, null));
    expect(datesWithoutSlot(dates(10, 11), span(10, 12))).toEqual(dates(10, 11));
    expect(datesWithoutSlot(dates(null, null), span(10, 12))).toEqual(dates(null, null));
  });
});
