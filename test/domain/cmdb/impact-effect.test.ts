import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  CI_CLASSES,
  CI_RELATION_KINDS,
  CI_RELATIONS,
  type CiClass,
} from '../../../src/domain/cmdb/configuration-item.machine.js';
import {
  againstTheFlow,
  COUNTS,
  groupsLost,
  impactGraph,
  reachFrom,
  TAKES,
  WEAKENS,
  type ImpactGraph,
  type ImpactStep,
  type StepForce,
} from '../../../src/domain/cmdb/impact.js';
import { effectOfEach, explainEffect, forceOf, lossOf } from '../../../src/domain/cmdb/impact-effect.js';
import { atOnce } from '../../../src/domain/steps.js';

type Arrow = readonly [from: string, to: string, force: StepForce];

const graphOf = (arrows: readonly Arrow[], sizes?: Readonly<Record<string, number>>): ImpactGraph => {
  const ids = [...new Set(arrows.flatMap(([from, to]) => [from, to]))];
  const steps = arrows.map(([from, to, force]): ImpactStep => ({
    relationId: `${from}-${to}-${force}`,
    from,
    to,
    force,
    isMembership: force === COUNTS,
  }));
  const counted = Object.groupBy(
    arrows.filter(([, , force]) => force === COUNTS),
    ([, to]) => to,
  );
  const counts = Object.fromEntries(Object.entries(counted).map(([id, all]) => [id, all?.length ?? 0]));
  return impactGraph(
    ids.map((id) => ({ id, name: id, ciClass: 'SERVER' })),
    steps,
    sizes ?? counts,
  );
};

// Two nodes make a cluster that the shop runs on; the shop also needs a database, which a disk under node 2 carries.
// The news only use the shop.
const graph = graphOf([
  ['n1', 'cluster', COUNTS],
  ['n2', 'cluster', COUNTS],
  ['cluster', 'app', TAKES],
  ['app', 'shop', TAKES],
  ['db', 'shop', TAKES],
  ['disk', 'n2', TAKES],
  ['disk', 'db', TAKES],
  ['shop', 'app', TAKES],
  ['shop', 'news', WEAKENS],
]);

const downOf = (of: ImpactGraph, ...ciIds: string[]): string[] => {
  const loss = lossOf(of, ciIds);
  return [...reachFrom(of, ciIds).ids()].filter((id) => loss.isDown(id)).sort();
};
const reasons = (...ciIds: string[]): Record<string, string> => {
  const [reach, loss] = [reachFrom(graph, ciIds), lossOf(graph, ciIds)];
  return Object.fromEntries(
    [...reach.ids()].map((id) => {
      const { effect, reason } = explainEffect(graph, reach, loss, id);
      return [id, `${effect}: ${reason}`];
    }),
  );
};

describe('what is down', () => {
  test('is nothing behind one node of a cluster, and all of it behind both', () => {
    expect(downOf(graph, 'n1')).toEqual(['n1']);
    expect(downOf(graph, 'n1', 'n2')).toEqual(['app', 'cluster', 'n1', 'n2', 'shop']);
  });

  test('is found on a way around the cluster, and behind the cluster itself', () => {
    expect(downOf(graph, 'disk')).toEqual(['app', 'db', 'disk', 'n2', 'shop']);
    expect(downOf(graph, 'cluster')).toEqual(['app', 'cluster', 'shop']);
  });

  test('a member that is only degraded still stands in', () => {
    // Node 2 runs on a cluster of its own that has lost one of two disks.
    const nested = graphOf([
      ['d1', 'disks', COUNTS],
      ['d2', 'disks', COUNTS],
      ['disks', 'n2', TAKES],
      ['d1', 'n1', TAKES],
      ['n1', 'cluster', COUNTS],
      ['n2', 'cluster', COUNTS],
    ]);
    expect(downOf(nested, 'd1')).toEqual(['d1', 'n1']);
    expect(downOf(nested, 'd1', 'd2')).toEqual(['cluster', 'd1', 'd2', 'disks', 'n1', 'n2']);
  });

  test('a ring does not keep itself down, a group of unknown size survives, and the depth ends the walk', () => {
    const open = graphOf(
      [
        ['n1', 'cluster', COUNTS],
        ['cluster', 'app', TAKES],
        ['app', 'cluster', TAKES],
      ],
      {},
    );
    expect(downOf(open, 'n1')).toEqual(['n1']);
    expect(downOf(open, 'app')).toEqual(['app', 'cluster']);
    const chain = graphOf(Array.from({ length: 22 }, (_, n): Arrow => [`c${n}`, `c${n + 1}`, TAKES]));
    expect(lossOf(chain, ['c0']).size).toBe(21);
    expect(lossOf(chain, ['c0'], 3).size).toBe(4);
    expect(lossOf(chain, ['stranger']).isDown('stranger')).toBe(true);
  });

  test('is explained', () => {
    expect(reasons('n1')).toEqual({
      n1: 'DOWN: n1 is lost itself.',
      cluster: 'DEGRADED: 1 of 2 members of cluster are down.',
      app: 'DEGRADED: app stands on cluster, which is degraded.',
      shop: 'DEGRADED: shop stands on app, which is degraded.',
      news: 'DEGRADED: news stands on shop, which is degraded.',
    });
    expect(reasons('n1', 'n2')).toMatchObject({
      cluster: 'DOWN: All members of cluster are down.',
      app: 'DOWN: app cannot do without cluster, which is down.',
      news: 'DEGRADED: news goes on in part without shop, which is down.',
    });
  });
});

describe('the rules', () => {
  test('say for each kind of relation and each class what the loss of one end does to the other', () => {
    const said = (from: CiClass, to: CiClass) =>
      Object.fromEntries(
        CI_RELATION_KINDS.map((kind) => [kind, ['degraded', 'down', 'counts'][forceOf(kind, from, to)]]),
      );
    expect(said('SERVER', 'APPLICATION')).toEqual({
      DEPENDS_ON: 'down',
      RUNS_ON: 'down',
      HOSTED_BY: 'down',
      USES: 'degraded',
      MEMBER_OF: 'counts',
      CONTAINS: 'down',
      PROTECTS: 'down',
      CONNECTED_TO: 'degraded',
      DOCUMENTS: 'degraded',
      SPARE_FOR: 'degraded',
    });
    // A switch takes the server, not the other way round, and not another switch. A site goes on without its servers.
    expect(said('NETWORK_DEVICE', 'SERVER')['CONNECTED_TO']).toBe('down');
    expect(said('SERVER', 'NETWORK_DEVICE')['CONNECTED_TO']).toBe('degraded');
    expect(said('NETWORK_DEVICE', 'LOAD_BALANCER')['CONNECTED_TO']).toBe('degraded');
    for (const from of CI_CLASSES)
      expect(new Set(Object.values(said(from, 'LOCATION')))).toEqual(new Set(['degraded']));
    expect(CI_RELATIONS.CONNECTED_TO.impact).toBe('BOTH');
  });
});

describe('on random graphs', () => {
  const node = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
  const force = fc.constantFrom<StepForce>(WEAKENS, TAKES, COUNTS, COUNTS);
  const arrows = fc.uniqueArray(fc.tuple(node, node, force), { maxLength: 20, selector: (arrow) => arrow.join() });
  const lost = fc.uniqueArray(node, { minLength: 1, maxLength: 3 });

  /** The same by plain repetition, without a word of the code that it checks. */
  const bruteForce = (all: readonly Arrow[], from: readonly string[], depth: number): Set<string> => {
    let down = new Set(from);
    for (let i = 0; i < depth; i++) {
      const before = down;
      const isLost = (id: string) =>
        all.some(([a, b, f]) => b === id && f === TAKES && before.has(a)) ||
        (all.some(([, b, f]) => b === id && f === COUNTS) &&
          all.every(([a, b, f]) => b !== id || f !== COUNTS || before.has(a)));
      down = new Set([...before, ...all.flatMap(([, b]) => (isLost(b) ? [b] : []))]);
    }
    return down;
  };

  test('what is down agrees with plain repetition, for one item and for several, and from the other side', () => {
    fc.assert(
      fc.property(arrows, lost, fc.integer({ min: 1, max: 8 }), (all, from, depth) => {
        const random = graphOf(all);
        const expected = bruteForce(all, from, depth);
        const loss = lossOf(random, from, depth);
        expect(new Set([...random.flow.ids, ...from].filter((id) => loss.isDown(id)))).toEqual(expected);
        expect(loss.size).toBe(expected.size);
        const reach = reachFrom(random, from, depth);
        for (const id of expected) expect(reach.has(id)).toBe(true);
        for (const id of reach.ids()) {
          const { effect, reason } = explainEffect(random, reach, loss, id);
          expect([id, effect]).toEqual([id, expected.has(id) ? 'DOWN' : 'DEGRADED']);
          expect(reason).toContain(id);
        }
        const [target] = from as [string];
        const alone = effectOfEach(random, againstTheFlow(random), target, depth);
        for (const id of random.flow.ids)
          expect([id, alone(id).effect]).toEqual([id, bruteForce(all, [id], depth).has(target) ? 'DOWN' : 'DEGRADED']);
      }),
      { numRuns: 500 },
    );
  });

  // Conflicts look at all that work impacts, since work can go wrong: they are never more lenient than what is down.
  test('a group that is down because all its members are is a redundancy conflict, too', () => {
    fc.assert(
      fc.property(arrows, lost, (all, from) => {
        const random = graphOf(all);
        const loss = lossOf(random, from);
        const found = new Set(atOnce(groupsLost(random, reachFrom(random, from))).map(({ groupId }) => groupId));
        for (const [group, size] of random.groupSizes)
          if (size >= 2 && loss.membersDown(group) === size) expect(found).toContain(group);
      }),
      { numRuns: 300 },
    );
  });
});
