import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  intersection,
  intervalContains,
  intervalsOverlap,
  isEmptyInterval,
  mergeIntervals,
  subtractIntervals,
  type Interval,
} from '../../../src/domain/schedule/interval.js';

const span = (from: number, to: number): Interval => ({ startsAt: new Date(from), endsAt: new Date(to) });
const anySpan = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }))
  .map(([from, to]) => span(from, to));
const spans = fc.array(anySpan, { maxLength: 8 });
const instants = Array.from({ length: 31 }, (_, instant) => new Date(instant));
const held = (intervals: readonly Interval[], instant: Date): boolean =>
  intervals.some((interval) => intervalContains(interval, instant));

describe('half-open intervals', () => {
  test('touching is not overlapping, and an empty interval overlaps nothing', () => {
    expect(intervalsOverlap(span(0, 10), span(10, 20))).toBe(false);
    expect(intervalsOverlap(span(0, 11), span(10, 20))).toBe(true);
    expect(intervalsOverlap(span(5, 5), span(0, 10))).toBe(false);
    expect(intersection(span(0, 10), span(10, 20))).toBeNull();
    expect(intersection(span(0, 11), span(10, 20))).toEqual(span(10, 11));
    expect(intervalContains(span(0, 10), new Date(0))).toBe(true);
    expect(intervalContains(span(0, 10), new Date(10))).toBe(false);
  });

  test('two intervals overlap exactly when they share an instant', () => {
    fc.assert(
      fc.property(anySpan, anySpan, (a, b) => {
        const shared = instants.filter((instant) => intervalContains(a, instant) && intervalContains(b, instant));
        expect(intervalsOverlap(a, b)).toBe(shared.length > 0);
        expect(intervalsOverlap(b, a)).toBe(shared.length > 0);
        const both = intersection(a, b);
        expect(instants.filter((instant) => both !== null && intervalContains(both, instant))).toEqual(shared);
      }),
    );
  });

  test('merging keeps every instant and leaves gaps between what remains', () => {
    fc.assert(
      fc.property(spans, (many) => {
        const merged = mergeIntervals(many);
        for (const instant of instants) expect(held(merged, instant)).toBe(held(many, instant));
        for (const [index, interval] of merged.entries()) {
          expect(isEmptyInterval(interval)).toBe(false);
          if (index > 0) expect(merged[index - 1]!.endsAt < interval.startsAt).toBe(true);
        }
      }),
    );
  });

  test('subtracting leaves exactly the instants that nothing covers', () => {
    fc.assert(
      fc.property(anySpan, spans, (whole, cover) => {
        const rest = subtractIntervals(whole, cover);
        for (const instant of instants)
          expect(held(rest, instant)).toBe(intervalContains(whole, instant) && !held(cover, instant));
        expect(rest.some(isEmptyInterval)).toBe(false);
      }),
    );
  });

  test('an entry may run from one window into the next that touches it, but not over a gap', () => {
    expect(subtractIntervals(span(5, 15), [span(10, 20), span(0, 10)])).toEqual([]);
    expect(subtractIntervals(span(5, 15), [span(11, 20), span(0, 10)])).toEqual([span(10, 11)]);
    expect(subtractIntervals(span(5, 15), [])).toEqual([span(5, 15)]);
  });
});
