import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { impactGraph } from '../../../src/domain/cmdb/impact.js';
import type { ConflictWindow } from '../../../src/domain/schedule/conflict-window.js';
import { type Interval, intervalCovers, intervalsOverlap } from '../../../src/domain/schedule/interval.js';
import { rankSlots, SLOT_REASONS, type SlotReason } from '../../../src/domain/schedule/slot-rank.js';
import { startsTouching, windowRules, type SlotRule } from '../../../src/domain/schedule/slot-rule.js';
import { freeSlots, slotObstacles } from '../../../src/domain/schedule/slot-search.js';
import { atOnce } from '../../../src/domain/steps.js';

// One tick is a millisecond, so that every start of every case can be asked one by one.
const LENGTH = 24;
const at = (tick: number): Date => new Date(tick);
const span = (from: number, to: number): Interval => ({ startsAt: at(from), endsAt: at(to) });
const WHOLE = span(0, LENGTH);
const graph = impactGraph(
  [
    { id: 'web', name: 'web', ciClass: 'SERVER' },
    { id: 'desk', name: 'desk', ciClass: 'DESKTOP' },
  ],
  [],
);

const anySpan = fc
  .tuple(fc.integer({ min: 0, max: LENGTH - 1 }), fc.integer({ min: 1, max: 12 }))
  .map(([from, length]) => span(from, from + length));
const anyWindow = fc.record({
  kind: fc.constantFrom('CHANGE_WINDOW' as const, 'MAINTENANCE_WINDOW' as const),
  occurrences: fc.array(anySpan, { minLength: 1, maxLength: 3 }),
  ciIds: fc.subarray(['web', 'desk']),
  ciClasses: fc.subarray(['SERVER' as const]),
  repeats: fc.boolean(),
});
const anyWindows = fc.array(anyWindow, { maxLength: 4 }).map((list) =>
  list.map(({ repeats, ...window }, index): ConflictWindow => ({
    ...window,
    id: `w${index}`,
    name: `w${index}`,
    bindsUntil: repeats ? null : at(Math.max(...window.occurrences.map(({ endsAt }) => endsAt.getTime()))),
  })),
);
const anyCis = fc.subarray(['web', 'desk'], { minLength: 1 });
const anyClosed = fc.array(fc.array(anySpan, { minLength: 1, maxLength: 2 }), { maxLength: 4 });
const anyLength = fc.integer({ min: 1, max: 8 });

const classOf = { web: 'SERVER', desk: 'DESKTOP' } as const;
const bindsAt = ({ bindsUntil }: ConflictWindow, start: number) => bindsUntil == null || bindsUntil > at(start);

/** The windows of a target at a start, told in the plainest way. */
function windowsOf(ciId: string, windows: readonly ConflictWindow[], start: number) {
  const binding = windows.filter((window) => bindsAt(window, start));
  const own = binding.filter(({ ciIds }) => ciIds.includes(ciId));
  const ofClass = binding.filter(({ ciClasses }) => ciClasses.includes(classOf[ciId as 'web'] as 'SERVER'));
  const general = binding.filter(({ ciIds, ciClasses }) => ciIds.length + ciClasses.length === 0);
  return own.length > 0 ? own : ofClass.length > 0 ? ofClass : general;
}

/** Whether every tick of some work is in one of the windows of each target. */
const isInside = (ciIds: readonly string[], windows: readonly ConflictWindow[], work: Interval) =>
  ciIds.every((ciId) => {
    const own = windowsOf(ciId, windows, work.startsAt.getTime());
    const ticks = Array.from({ length: +work.endsAt - +work.startsAt }, (_, tick) => +work.startsAt + tick);
    const isOpen = (tick: number) =>
      own.some((one) => one.occurrences.some((time) => intervalCovers(time, span(tick, tick + 1))));
    return own.length === 0 || ticks.every(isOpen);
  });

const closedRule = (times: readonly Interval[], length: number): SlotRule => ({
  subject: { kind: 'OTHER_WORK', message: '', interval: null },
  forbids: startsTouching(times, length),
});

describe('free slots', () => {
  test('are all starts at which no rule is broken, and no other', () => {
    fc.assert(
      fc.property(anyWindows, anyCis, anyClosed, anyLength, (windows, ciIds, closed, length) => {
        const demanded = atOnce(windowRules(WHOLE, length, { ciIds, windows, graph }));
        const rules = [...closed.map((times) => closedRule(times, length)), ...demanded];
        const slots = freeSlots(WHOLE, length, rules);
        const said: number[] = [];
        for (const { startsAt, endsAt, latestStartsAt, freeUntil } of slots) {
          expect([+endsAt - +startsAt, +freeUntil - +latestStartsAt]).toEqual([length, length]);
          for (let start = startsAt.getTime(); start <= latestStartsAt.getTime(); start++) said.push(start);
        }
        const starts = Array.from({ length: LENGTH - length + 1 }, (_, start) => start);
        const expected = starts.filter((start) => {
          const work = span(start, start + length);
          return isInside(ciIds, windows, work) && !closed.flat().some((time) => intervalsOverlap(time, work));
        });
        expect(said).toEqual(expected);
        const obstacles = atOnce(slotObstacles(WHOLE, length, rules));
        expect(obstacles === null).toBe(expected.length > 0);
        // Each obstacle is needed: without it there is a slot. Together they leave none.
        const named = rules.filter(({ subject }) => obstacles?.rules.includes(subject));
        if (obstacles !== null) expect(freeSlots(WHOLE, length, named)).toEqual([]);
        for (const one of named)
          expect(
            freeSlots(
              WHOLE,
              length,
              named.filter((other) => other !== one),
            ),
          ).not.toEqual([]);
      }),
      { numRuns: 600 },
    );
  });
});

describe('ranked slots', () => {
  const HOUR = 3_600_000;
  const hours = (from: number, to: number) => span(from * HOUR, to * HOUR);
  const stretch = (from: number, to: number) => ({
    startsAt: at(from * HOUR),
    endsAt: at((from + 2) * HOUR),
    latestStartsAt: at((to - 2) * HOUR),
    freeUntil: at(to * HOUR),
  });
  const ranked = (...asked: Parameters<typeof rankSlots>) =>
    rankSlots(...asked).map(({ startsAt, reasons }) => [startsAt.getTime() / HOUR, ...reasons]);

  test('put the time that most speaks for first, and look inside of long stretches for it', () => {
    const stretches = [stretch(0, 100), stretch(200, 202)];
    const maintenance = [[hours(20, 30)], [hours(22, 40), hours(200, 203)]];
    expect(ranked(stretches, { maintenance, nearby: [hours(-5, 0), hours(100, 101)], serviceHours: null }, 9)).toEqual([
      [24, 'MAINTENANCE_WINDOW', 'NOTHING_NEARBY', 'ROOM_TO_BACK_OUT'],
      [22, 'MAINTENANCE_WINDOW', 'ROOM_TO_BACK_OUT'],
      [0, 'ROOM_TO_BACK_OUT', 'EARLIEST'],
      [200, 'NOTHING_NEARBY'],
    ]);
    expect(ranked(stretches, { maintenance: [], nearby: [], serviceHours: null }, 1)).toEqual([
      [0, 'NOTHING_NEARBY', 'ROOM_TO_BACK_OUT', 'EARLIEST'],
    ]);
  });

  test('have the points of their reasons, do not overlap, and never get worse', () => {
    const points = (reason: SlotReason) => SLOT_REASONS[reason].points;
    fc.assert(
      fc.property(anyClosed, fc.array(anySpan, { maxLength: 3 }), anyLength, (closed, maintenance, length) => {
        const slots = freeSlots(
          WHOLE,
          length,
          closed.map((times) => closedRule(times, length)),
        );
        const found = rankSlots(
          slots,
          { maintenance: [maintenance], nearby: closed.flat(), serviceHours: maintenance },
          5,
        );
        expect(found.length > 0).toBe(slots.length > 0);
        for (const [index, slot] of found.entries()) {
          expect(slot.score).toBe(slot.reasons.reduce((sum, reason) => sum + points(reason), 0));
          expect(slot.score).toBeLessThanOrEqual(found[index - 1]?.score ?? Infinity);
          expect(closed.flat().some((time) => intervalsOverlap(time, slot))).toBe(false);
          for (const other of found.slice(0, index)) expect(intervalsOverlap(other, slot)).toBe(false);
        }
      }),
    );
  });
});
