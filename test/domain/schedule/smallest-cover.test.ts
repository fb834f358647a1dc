import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mergeSpans, smallestCover, spansBetween, type Span } from '../../../src/domain/schedule/smallest-cover.js';
import { atOnce } from '../../../src/domain/steps.js';

const LENGTH = 16;
const WHOLE: Span = { from: 0, to: LENGTH };
const points = Array.from({ length: LENGTH }, (_, point) => point);
const anySpan = fc
  .tuple(fc.integer({ min: -3, max: LENGTH }), fc.integer({ min: 0, max: 9 }))
  .map(([from, length]): Span => ({ from, to: from + length }));
const anySets = (most: number) => fc.array(fc.array(anySpan, { maxLength: 3 }), { maxLength: most });
const has = (spans: readonly Span[], point: number) => spans.some(({ from, to }) => from <= point && point < to);
const covers = (sets: readonly (readonly Span[])[]) => points.every((point) => sets.some((one) => has(one, point)));

/** The size of the smallest cover by a look at every choice of sets. */
function fewest(sets: readonly (readonly Span[])[]): number | null {
  let best: number | null = null;
  for (let choice = 0; choice < 2 ** sets.length; choice++) {
    const chosen = sets.filter((_, at) => (choice >> at) & 1);
    if ((best === null || chosen.length < best) && covers(chosen)) best = chosen.length;
  }
  return best;
}

describe('spans', () => {
  test('are joined and taken away point by point', () => {
    fc.assert(
      fc.property(fc.array(anySpan, { maxLength: 6 }), (spans) => {
        const merged = mergeSpans(spans);
        const between = spansBetween(WHOLE, spans);
        for (const point of points) {
          expect(has(merged, point)).toBe(has(spans, point));
          expect(has(between, point)).toBe(!has(spans, point));
        }
        for (const list of [merged, between])
          for (const [at, { from }] of list.entries()) expect(from).toBeGreaterThan(list[at - 1]?.to ?? -Infinity);
      }),
    );
  });
});

describe('the smallest cover', () => {
  test('is as small as a look at every choice of sets finds it', () => {
    fc.assert(
      fc.property(anySets(9), (sets) => {
        const found = atOnce(smallestCover(WHOLE, sets));
        const least = fewest(sets);
        expect(found?.members.length ?? null).toBe(least);
        if (found === null) return;
        expect(found.isSmallest).toBe(true);
        expect(covers(found.members.map((at) => sets[at] ?? []))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('without effort leaves out no set that is needed, and says that there may be a smaller one', () => {
    fc.assert(
      fc.property(anySets(9), (sets) => {
        const found = atOnce(smallestCover(WHOLE, sets, 0));
        expect(found === null).toBe(!covers(sets));
        if (found === null) return;
        expect(found.isSmallest).toBe(false);
        for (const left of [null, ...found.members])
          expect(covers(found.members.filter((at) => at !== left).map((at) => sets[at] ?? []))).toBe(left === null);
      }),
    );
  });

  test('of hundreds of sets, two for each part, is found without a look at each choice', () => {
    const sets = Array.from({ length: 900 }, (_, at): Span[] => [{ from: at >> 1, to: (at >> 1) + 1 + (at % 2) }]);
    const found = atOnce(smallestCover({ from: 0, to: 450 }, sets));
    expect([found?.members.length, found?.isSmallest]).toEqual([225, true]);
  });

  test('of nothing is nothing', () => {
    expect(atOnce(smallestCover({ from: 5, to: 5 }, []))).toEqual({ members: [], isSmallest: true });
    expect(atOnce(smallestCover(WHOLE, []))).toBeNull();
  });
});
