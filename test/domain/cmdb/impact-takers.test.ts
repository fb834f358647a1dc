import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { impactGraph, reachFrom, type ImpactStep } from '../../../src/domain/cmdb/impact.js';
import { takersOf } from '../../../src/domain/cmdb/impact-takers.js';
import { atOnce } from '../../../src/domain/steps.js';

// One walk for each target, by another function, on a graph from which the stops are gone.

const ITEMS = Array.from({ length: 90 }, (_, n) => `i${n}`);
const nodes = ITEMS.map((id) => ({ id, name: id, ciClass: 'SERVER' as const }));

test('each item is taken by the targets whose impact reaches it, in their order', () => {
  let shared = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(89), fc.nat(89), fc.integer({ min: 0, max: 9 })), { maxLength: 200, size: 'max' }),
      fc.shuffledSubarray(ITEMS, { minLength: 1 }),
      fc.subarray(ITEMS),
      fc.integer({ min: 0, max: 20 }),
      (arrows, targetIds, wanted, depth) => {
        const steps = arrows.map(([from, to], n): ImpactStep => ({
          relationId: `r${n}`,
          from: `i${from}`,
          to: `i${to}`,
        }));
        const stops = new Set(arrows.flatMap(([, , n], at) => (n === 0 ? [`r${at}`] : [])));
        const open = impactGraph(
          nodes,
          steps.filter(({ relationId }) => !stops.has(relationId)),
        );
        const reaches = targetIds.map((id) => [id, reachFrom(open, [id], depth)] as const);
        const expected = new Map(
          wanted.flatMap((item) => {
            const takers = reaches.filter(([, reach]) => reach.has(item)).map(([id]) => id);
            return takers.length === 0 ? [] : [[item, takers] as const];
          }),
        );
        const found = atOnce(takersOf(impactGraph(nodes, steps), targetIds, { stops, wanted: new Set(wanted), depth }));
        expect(found).toEqual(expected);
        const lists = [...found.values()].filter(({ length }) => length > 1);
        const texts = new Set(lists.map((list) => list.join(' ')));
        // Equal lists are one list.
        expect(new Set(lists).size).toBe(texts.size);
        if (texts.size < lists.length) shared++;
      },
    ),
    { numRuns: 300 },
  );
  expect(shared).toBeGreaterThan(20);
});

test('many targets that all impact each other are no work for each pair', () => {
  const ids = Array.from({ length: 20_000 }, (_, n) => `s${n}`);
  const all = ['switch', ...ids].map((id) => ({ id, name: id, ciClass: 'SERVER' as const }));
  const steps = ids.flatMap((id): ImpactStep[] => [
    { relationId: `${id}>`, from: id, to: 'switch' },
    { relationId: `${id}<`, from: 'switch', to: id },
  ]);
  const found = atOnce(takersOf(impactGraph(all, steps), ids, { stops: new Set(), wanted: new Set(ids) }));
  expect(found.size).toBe(20_000);
  expect(new Set(found.values()).size).toBe(1);
  expect(found.get('s7')).toHaveLength(20_000);
});

test('a target that the graph does not know takes itself', () => {
  const found = atOnce(takersOf(impactGraph(nodes, []), ['x', 'i1'], { stops: new Set(), wanted: new Set(['x']) }));
  expect([...found]).toEqual([['x', ['x']]]);
});
