import { describe, expect, test } from '@jest/globals';
import type { Blocker } from '../../../src/domain/blocker.js';
import { liesInThePast, pastTimes, rewrittenTimes } from '../../../src/domain/schedule/past.js';

const now = new Date('2026-11-26T12:00:00Z');
const at = (minutes: number | null | undefined) =>
  minutes == null ? minutes : new Date(now.getTime() + minutes * 60_000);

type Minutes = number | null | undefined;
type Given = readonly [given: Minutes, was?: Minutes];

const times = ([start, startWas]: Given, [end, endWas]: Given) =>
  [
    { field: 'start', given: at(start), was: at(startWas) },
    { field: 'end', given: at(end), was: at(endWas) },
  ] as const;
const fields = (found: readonly Blocker[]) => found.map(({ code, path }) => `${code} ${path?.[0]}`);

describe('the past', () => {
  test('begins five minutes before now for a start, and now for an end', () => {
    const past = (start: number, end: number) =>
      liesInThePast({ startsAt: at(start) as Date, endsAt: at(end) as Date }, now);
    expect([past(-5, 1), past(-6, 1), past(-5, 0), past(1, 2)]).toEqual([false, true, true, false]);
  });

  test.each<[string, Given, Given, string[]]>([
    ['nothing is set', [undefined, -60], [undefined, -30], []],
    ['times are taken away', [null, -60], [null, -30], []],
    ['times stay', [-60, -60], [-30, -30], []],
    ['the start is now', [0], [30], []],
    ['the start was a moment ago', [-5], [30], []],
    ['the start is past', [-6], [30], ['SCHEDULE_PAST start']],
    ['both are past', [-60], [-30], ['SCHEDULE_PAST start']],
    ['the end is past', [undefined, -60], [-30, 30], ['SCHEDULE_PAST end']],
    ['the end is now', [-1], [0], ['SCHEDULE_PAST end']],
    ['a past time moves on', [10, -60], [30, -30], []],
  ])('is refused as a plan: %s', (_, start, end, expected) => {
    expect(fields(pastTimes(...times(start, end), now, ['RELEASE_MANAGER']))).toEqual(expected);
  });

  test.each<[string, Given, Given, string[]]>([
    ['it began', [10, -1], [30, 30], ['SCHEDULE_PAST start']],
    ['it begins', [10, 5], [30, 30], []],
    ['it is prolonged', [-10, -10], [60, 30], []],
    ['it ends early', [-10, -10], [1, 30], []],
    ['it ends in the past', [-10, -10], [-1, 30], ['SCHEDULE_PAST end']],
    ['it is over', [10, -60], [30, -30], ['SCHEDULE_PAST start', 'SCHEDULE_PAST end']],
    ['only a name changes', [-60, -60], [-30, -30], []],
  ])('stays in the calendar: %s', (_, start, end, expected) => {
    expect(fields(rewrittenTimes(...times(start, end), now, ['CHANGE_MANAGER']))).toEqual(expected);
  });
});
