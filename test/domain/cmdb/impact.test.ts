import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  againstTheFlow,
  impactGraph,
  reachFrom,
  relationsAlong,
  type ImpactGraph,
  type ImpactStep,
  type Reach,
} from '../../../src/domain/cmdb/impact.js';

const graphOf = (steps: readonly (readonly [string, string])[]): ImpactGraph => {
  const ids = [...new Set(steps.flat())];
  return impactGraph(
    ids.map((id) => ({ id, name: id, ciClass: 'SERVER' })),
    steps.map(([from, to], index): ImpactStep => ({ relationId: `r${index}`, from, to })),
  );
};

const ways = (reach: Reach): [string, string[]][] => [...reach.ids()].map((id) => [id, reach.path(id)]);

describe('reach of work', () => {
  test('is the items themselves and what they impact, by the shortest way', () => {
    const graph = graphOf([
      ['web', 'lb'],
      ['lb', 'payroll'],
      ['web', 'app'],
      ['app', 'db'],
      ['db', 'payroll'],
    ]);
    expect(ways(reachFrom(graph, ['web']))).toEqual([
      ['web', ['web']],
      ['lb', ['web', 'lb']],
      ['app', ['web', 'app']],
      ['payroll', ['web', 'lb', 'payroll']],
      ['db', ['web', 'app', 'db']],
    ]);
    expect([...reachFrom(graph, ['web'], 1).ids()]).toEqual(['web', 'lb', 'app']);
  });

  test('tells what it does not touch', () => {
    const reach = reachFrom(graphOf([['a', 'b']]), ['b']);
    expect([reach.has('a'), reach.distance('a'), reach.path('a')]).toEqual([false, Number.NaN, []]);
  });

  test('ends in cycles', () => {
    const graph = graphOf([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
      ['b', 'a'],
    ]);
    expect([...reachFrom(graph, ['b']).ids()].sort()).toEqual(['a', 'b', 'c']);
  });

  test('names the relations of a path, in whichever direction impact flows', () => {
    const graph = graphOf([
      ['a', 'b'],
      ['c', 'b'],
    ]);
    expect(relationsAlong(graph, ['a', 'b', 'c'])).toEqual(['r0', 'r1']);
    expect(relationsAlong(graph, ['a'])).toEqual([]);
  });

  test('agrees with plain repetition, whatever the graph, the start and the depth', () => {
    const node = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(node, node), { maxLength: 16 }),
        fc.uniqueArray(node, { minLength: 1, maxLength: 3 }),
        fc.nat(6),
        (steps, from, depth) => {
          let expected = new Set(from);
          for (let i = 0; i < depth; i++)
            expected = new Set([...expected, ...steps.flatMap(([a, b]) => (expected.has(a) ? [b] : []))]);
          const reach = reachFrom(graphOf(steps), from, depth);
          expect(new Set(reach.ids())).toEqual(expected);
          expect(reach.size).toBe(expected.size);
          for (const start of from)
            for (const to of reachFrom(graphOf(steps), [start], depth).ids())
              expect(reachFrom(againstTheFlow(graphOf(steps)), [to], depth).has(start)).toBe(true);
          for (const [to, path] of ways(reach)) {
            expect(reach.distance(to)).toBe(path.length - 1);
            expect(path.at(-1)).toBe(to);
            expect(from).toContain(path[0]);
            expect(path.length - 1).toBeLessThanOrEqual(depth);
            for (let i = 1; i < path.length; i++) expect(steps).toContainEqual([path[i - 1], path[i]]);
            // No shorter way: one step less does not get there.
            if (path.length > 1) expect(reachFrom(graphOf(steps), from, path.length - 2).has(to)).toBe(false);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
