import { expect, test } from '@jest/globals';
import { impactGraph, reachFrom, type ImpactStep } from '../../../src/domain/cmdb/impact.js';
import { takenDown } from '../../../src/domain/schedule/service-outage.js';

const items = ['n1', 'n2', 'cluster', 'app', 'shop', 'db', 'disk'];
const step = (from: string, to: string, isMembership = false): ImpactStep => ({
  relationId: `${from}-${to}`,
  from,
  to,
  isMembership,
});
// Two nodes make a cluster that the shop runs on; the shop also needs a database, which a disk under node 2 carries.
const graph = impactGraph(
  items.map((id) => ({ id, name: id, ciClass: 'SERVER' })),
  [
    step('n1', 'cluster', true),
    step('n2', 'cluster', true),
    step('cluster', 'app'),
    step('app', 'shop'),
    step('db', 'shop'),
    step('disk', 'n2'),
    step('disk', 'db'),
    step('shop', 'app'),
  ],
  { cluster: 2 },
);
const down = (...ciIds: string[]) => [...takenDown(graph, ciIds, reachFrom(graph, ciIds))].sort();

test('one node of a cluster takes nothing down, both take all of it', () => {
  expect(down('n1')).toEqual(['n1']);
  expect(down('n1', 'n2')).toEqual(['app', 'cluster', 'n1', 'n2', 'shop']);
});

test('a way around the cluster counts, and so does work on the group itself', () => {
  expect(down('disk')).toEqual(['app', 'db', 'disk', 'n2', 'shop']);
  expect(down('cluster')).toEqual(['app', 'cluster', 'shop']);
});

test('a group of unknown size survives, and cycles end', () => {
  const unknown = impactGraph(
    items.map((id) => ({ id, name: id, ciClass: 'SERVER' })),
    [step('n1', 'cluster', true), step('cluster', 'app'), step('app', 'cluster')],
  );
  expect([...takenDown(unknown, ['n1'], reachFrom(unknown, ['n1']))]).toEqual(['n1']);
  expect([...takenDown(unknown, ['app'], reachFrom(unknown, ['app']))]).toEqual(['app', 'cluster']);
});
