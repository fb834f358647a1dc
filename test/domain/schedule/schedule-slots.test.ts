import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { impactGraph, reachFrom } from '../../../src/domain/cmdb/impact.js';
import { intervalContains, type Interval } from '../../../src/domain/schedule/interval.js';
import type { WindowKind } from '../../../src/domain/schedule/schedule.js';
import type { ConflictEntry } from '../../../src/domain/schedule/conflict-entry.js';
import { conflicts } from '../../../src/domain/schedule/schedule-conflict.js';
import { changeWindowTimes, findFreeSpans, hittingBlackouts } from '../../../src/domain/schedule/schedule-slots.js';
import { windowStatus } from '../../../src/domain/schedule/window-status.js';
import type { ConflictWindow } from '../../../src/domain/schedule/conflict-window.js';

// One tick stands for one minute: small enough that every tick of every case can be asked one by one.
const TICK = 60_000;
const START = Date.UTC(2026, 10, 22);
const at = (tick: number): Date => new Date(START + tick * TICK);
const span = (from: number, to: number): Interval => ({ startsAt: at(from), endsAt: at(to) });
const LENGTH = 40;
const ticks = Array.from({ length: LENGTH }, (_, tick) => tick);

/** web runs on host, payroll depends on web; desk stands alone. Work on the host is felt by all three. */
const classes = { host: 'SERVER', web: 'APPLICATION', payroll: 'BUSINESS_SERVICE', desk: 'DESKTOP' } as const;
type Ci = keyof typeof classes;
const cis = Object.keys(classes) as Ci[];
const graph = impactGraph(
  cis.map((id) => ({ id, name: id, ciClass: classes[id] })),
  [
    { relationId: 'r1', from: 'host', to: 'web' },
    { relationId: 'r2', from: 'web', to: 'payroll' },
  ],
);
const reach = (ids: readonly string[]) => reachFrom(graph, ids);
const feels: Record<Ci, readonly Ci[]> = {
  host: ['host', 'web', 'payroll'],
  web: ['web', 'payroll'],
  payroll: ['payroll'],
  desk: ['desk'],
};

const anySpan = fc
  .tuple(fc.integer({ min: 0, max: LENGTH - 1 }), fc.integer({ min: 1, max: 15 }))
  .map(([from, length]) => span(from, Math.min(from + length, LENGTH)));
const someCis = (min: number) => fc.uniqueArray(fc.constantFrom(...cis), { minLength: min, maxLength: 3 });
const anyWindow = fc.record({
  kind: fc.constantFrom<WindowKind>('CHANGE_WINDOW', 'MAINTENANCE_WINDOW', 'BLACKOUT'),
  occurrences: fc.array(anySpan, { maxLength: 4 }),
  ciIds: someCis(0),
  ciClasses: fc.uniqueArray(fc.constantFrom(...Object.values(classes)), { maxLength: 1 }),
  repeats: fc.boolean(),
});
/** A window that does not repeat without end is over with its last occurrence. */
const endOf = (occurrences: readonly Interval[]): Date =>
  new Date(Math.max(START - TICK, ...occurrences.map(({ endsAt }) => endsAt.getTime())));
const anyWindows = fc.array(anyWindow, { maxLength: 4 }).map((list) =>
  list.map(({ repeats, ...window }, index): ConflictWindow => ({
    ...window,
    id: `w${index}`,
    name: `w${index}`,
    bindsUntil: repeats ? null : endOf(window.occurrences),
  })),
);
const anyEntry = fc.record({ time: anySpan, ciIds: someCis(1) });
const anyEntries = fc.array(anyEntry, { maxLength: 4 }).map((list) =>
  list.map(({ time, ciIds }, index): ConflictEntry => ({
    ...time,
    id: `e${index}`,
    name: `e${index}`,
    groupId: `e${index}`,
    ciIds,
    personIds: [],
  })),
);

const holds = (window: ConflictWindow, ci: Ci) =>
  (window.ciIds.length === 0 && window.ciClasses.length === 0) ||
  window.ciIds.includes(ci) ||
  window.ciClasses.includes(classes[ci]);
const coversTick = (window: ConflictWindow, tick: number) =>
  window.occurrences.some((occurrence) => intervalContains(occurrence, at(tick)));

/** The windows whose times a target keeps to in work that starts at a tick, told in the plainest way. */
function bindingWindows(windows: readonly ConflictWindow[], ci: Ci, start: number): ConflictWindow[] {
  const open = windows.filter(
    ({ kind, bindsUntil }) => kind !== 'BLACKOUT' && (bindsUntil == null || bindsUntil > at(start)),
  );
  const own = open.filter(({ ciIds }) => ciIds.includes(ci));
  const ofClass = open.filter(({ ciClasses }) => ciClasses.includes(classes[ci]));
  const general = open.filter(({ ciIds, ciClasses }) => ciIds.length === 0 && ciClasses.length === 0);
  return own.length > 0 ? own : ofClass.length > 0 ? ofClass : general;
}

const felt = (ciIds: readonly string[]) => new Set(ciIds.flatMap((id) => feels[id as Ci]));
const isBlackedOut = (windows: readonly ConflictWindow[], ciIds: readonly string[], tick: number) =>
  windows.some(
    (window) =>
      window.kind === 'BLACKOUT' && [...felt(ciIds)].some((ci) => holds(window, ci)) && coversTick(window, tick),
  );
const isOutside = (windows: readonly ConflictWindow[], ciIds: readonly string[], tick: number, start: number) =>
  ciIds.some((ci) => {
    const binding = bindingWindows(windows, ci as Ci, start);
    return binding.length > 0 && !binding.some((window) => coversTick(window, tick));
  });
const clash = (a: ConflictEntry, b: ConflictEntry) =>
  a.ciIds.some((id) => felt(b.ciIds).has(id as Ci)) || b.ciIds.some((id) => felt(a.ciIds).has(id as Ci));
const during = (entry: Interval, tick: number) => intervalContains(entry, at(tick));

describe('conflicts, asked minute by minute', () => {
  test('are where a plain look at each minute finds them, and nowhere else', () => {
    fc.assert(
      fc.property(anyEntries, anyWindows, (entries, windows) => {
        const found = conflicts(entries, windows, graph);
        for (const entry of entries) {
          const own = ticks.filter((tick) => during(entry, tick));
          const about = (kind: string, other?: string) =>
            found.filter(
              (one) => one.kind === kind && one.left.id === entry.id && (other === undefined || one.right.id === other),
            );
          for (const window of windows.filter(({ kind }) => kind === 'BLACKOUT')) {
            const expected = own.filter((tick) => isBlackedOut([window], entry.ciIds, tick));
            const said = own.filter((tick) =>
              about('BLACKOUT', window.id).some(({ interval }) => during(interval, tick)),
            );
            expect(said).toEqual(expected);
          }
          const outside = own.filter((tick) => isOutside(windows, entry.ciIds, tick, own[0] as number));
          const saidOutside = about('OUTSIDE_CHANGE_WINDOW');
          expect(saidOutside.length > 0).toBe(outside.length > 0);
          for (const { interval } of saidOutside)
            for (const tick of own.filter((one) => during(interval, one))) expect(outside).toContain(tick);
          for (const other of entries) {
            if (other.id <= entry.id) continue;
            const shared = own.filter((tick) => during(other, tick));
            const strong = found.filter(
              ({ left, right, severity }) =>
                severity !== 'LOW' && [left.id, right.id].sort().join() === [entry.id, other.id].join(),
            );
            expect(strong.length > 0).toBe(shared.length > 0 && clash(entry, other));
            for (const { interval } of strong) expect(ticks.filter((tick) => during(interval, tick))).toEqual(shared);
          }
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('free time', () => {
  test('is every minute that no rule forbids, and no other', () => {
    fc.assert(
      fc.property(anyEntries, anyWindows, someCis(1), (entries, windows, ciIds) => {
        const work: ConflictEntry = {
          ...span(0, LENGTH),
          id: 'work',
          name: 'work',
          groupId: 'work',
          ciIds,
          personIds: [],
        };
        const busy = entries.filter((entry) => clash(entry, work));
        const free = findFreeSpans(span(0, LENGTH), { ciIds, reach: reach(ciIds), windows, graph, busy });
        const said = ticks.filter((tick) => free.some((interval) => during(interval, tick)));
        const expected = ticks.filter(
          (tick) =>
            !isBlackedOut(windows, ciIds, tick) &&
            !isOutside(windows, ciIds, tick, tick) &&
            !busy.some((entry) => during(entry, tick)),
        );
        expect(said).toEqual(expected);
        // Nothing is told twice, and no two stretches are one.
        for (const [index, { startsAt }] of free.entries())
          expect(startsAt.getTime()).toBeGreaterThanOrEqual(free[index - 1]?.endsAt.getTime() ?? 0);
        // Work that fills a free span has no conflict but notices.
        for (const interval of free) {
          const left = conflicts([{ ...work, ...interval }, ...entries], windows, graph, { focus: new Set(['work']) });
          expect(left.filter(({ severity }) => severity !== 'LOW')).toEqual([]);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('a target without windows is bound by none, and nothing is touched by no target', () => {
    const blackout: ConflictWindow = {
      id: 'w',
      name: 'w',
      kind: 'BLACKOUT',
      occurrences: [span(0, 5)],
      ciIds: [],
      ciClasses: [],
    };
    expect(changeWindowTimes(['desk'], [blackout], graph, at(0))).toEqual([]);
    expect(hittingBlackouts(reach([]), [blackout], graph)).toEqual([]);
    expect(hittingBlackouts(reach(['desk']), [blackout], graph)).toHaveLength(1);
  });
});

describe('the status of windows', () => {
  test('says what a look at each minute says: whether they are open, until when and from when on', () => {
    fc.assert(
      fc.property(anyWindows, someCis(1), fc.integer({ min: 0, max: LENGTH - 1 }), (windows, ciIds, now) => {
        const status = windowStatus(span(now, LENGTH), { ciIds, reach: reach(ciIds), windows, graph });
        const ahead = ticks.filter((tick) => tick >= now);
        const mayBegin = (tick: number) =>
          !isBlackedOut(windows, ciIds, tick) && !isOutside(windows, ciIds, tick, tick);
        const tickOf = (instant: Date | null) => instant && (instant.getTime() - START) / TICK;
        expect(status.open).toBe(mayBegin(now));
        expect(tickOf(status.opensAt)).toBe(status.open ? null : (ahead.find(mayBegin) ?? null));
        const closes = ahead.find((tick) => isBlackedOut(windows, ciIds, tick) || isOutside(windows, ciIds, tick, now));
        expect(tickOf(status.closesAt)).toBe(status.open ? (closes ?? null) : null);
        if (status.closesBecause !== null)
          expect(isBlackedOut(windows, ciIds, closes as number)).toBe(status.closesBecause === 'BLACKOUT_BEGINS');
        if (status.reason === 'BLACKOUT') expect(isBlackedOut(windows, ciIds, now)).toBe(true);
        if (status.reason === 'WINDOW_CLOSED') expect(isOutside(windows, ciIds, now, now)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});
