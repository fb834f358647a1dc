import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CRITICALITIES, type Criticality } from '../../../src/domain/cmdb/configuration-item.machine.js';
import { effectiveCriticality } from '../../../src/domain/cmdb/effective-criticality.js';
import { impactGraph, reachFrom, type RatedImpactNode } from '../../../src/domain/cmdb/impact.js';

const node = (id: string, criticality: Criticality): RatedImpactNode => ({
  id,
  name: id.toUpperCase(),
  ciClass: 'SERVER',
  criticality,
});
const graph = (nodes: readonly RatedImpactNode[], ...steps: readonly (readonly [string, string])[]) =>
  impactGraph(
    nodes,
    steps.map(([from, to]) => ({ relationId: `${from}>${to}`, from, to })),
  );

describe('effective criticality', () => {
  test('is the highest of what is impacted, along the shortest way to the nearest item that has it', () => {
    const estate = graph(
      [node('server', 'LOW'), node('app', 'MEDIUM'), node('payroll', 'CRITICAL'), node('far', 'CRITICAL')],
      ['server', 'app'],
      ['app', 'payroll'],
      ['payroll', 'far'],
    );
    expect(effectiveCriticality(estate, ['server', 'payroll']).get('server')).toEqual({
      criticality: 'CRITICAL',
      forcedBy: { id: 'payroll', name: 'PAYROLL' },
      path: ['server', 'app', 'payroll'],
    });
  });

  test('one more relation never lowers it, and it agrees with a walk from each item', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const step = fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids));
    const rank = (criticality: Criticality | undefined) => CRITICALITIES.indexOf(criticality ?? 'LOW');
    fc.assert(
      fc.property(
        fc.tuple(...ids.map(() => fc.constantFrom(...CRITICALITIES))),
        fc.array(step, { maxLength: 8 }),
        step,
        (ratings, steps, more) => {
          const nodes = ids.map((id, index) => node(id, ratings[index] ?? 'LOW'));
          const estate = graph(nodes, ...steps);
          const found = effectiveCriticality(estate, ids);
          const after = effectiveCriticality(graph(nodes, ...steps, more), ids);
          for (const id of ids) {
            const felt = [...reachFrom(estate, [id]).ids()].map((ciId) => rank(estate.nodes.get(ciId)?.criticality));
            expect(rank(found.get(id)?.criticality)).toBe(Math.max(...felt));
            expect(rank(after.get(id)?.criticality)).toBeGreaterThanOrEqual(rank(found.get(id)?.criticality));
          }
        },
      ),
    );
  });
});
