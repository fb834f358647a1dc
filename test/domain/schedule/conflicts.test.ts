import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { impactGraph } from '../../../src/domain/cmdb/impact.js';
import type { ConflictEntry } from '../../../src/domain/schedule/conflict-entry.js';
import { intersection, intervalsOverlap } from '../../../src/domain/schedule/interval.js';
import {
  CONFLICT_SEVERITIES,
  CONFLICT_SEVERITY_DESCRIPTIONS,
  conflicts,
  MAX_CONFLICTS_OF_PAIR,
  SCHEDULE_CONFLICT_KIND_DESCRIPTIONS,
  SCHEDULE_CONFLICT_KINDS,
  type ScheduleConflict,
} from '../../../src/domain/schedule/schedule-conflict.js';
import type { ConflictWindow } from '../../../src/domain/schedule/conflict-window.js';
import { growth } from '../../support/growth.js';

const hour = (h: number): Date => new Date(Date.UTC(2026, 10, 22, h));
const entry = (id: string, from: number, to: number, over: Partial<ConflictEntry> = {}): ConflictEntry => ({
  id,
  name: id.toUpperCase(),
  startsAt: hour(from),
  endsAt: hour(to),
  groupId: id,
  ciIds: [],
  personIds: [],
  ...over,
});
const window = (
  id: string,
  kind: ConflictWindow['kind'],
  spans: [number, number][],
  over: Partial<ConflictWindow> = {},
): ConflictWindow => ({
  id,
  name: id,
  kind,
  occurrences: spans.map(([from, to]) => ({ startsAt: hour(from), endsAt: hour(to) })),
  ciIds: [],
  ciClasses: [],
  ...over,
});

/** web-1 and web-2 stand behind lb, which payroll depends on; db stands alone. */
const cis = impactGraph(
  [
    { id: 'web-1', name: 'web-1', ciClass: 'SERVER' },
    { id: 'web-2', name: 'web-2', ciClass: 'SERVER' },
    { id: 'lb', name: 'lb', ciClass: 'LOAD_BALANCER' },
    { id: 'payroll', name: 'payroll', ciClass: 'BUSINESS_SERVICE' },
    { id: 'db', name: 'db', ciClass: 'DATABASE' },
  ],
  [
    { relationId: 'r1', from: 'web-1', to: 'lb' },
    { relationId: 'r2', from: 'web-2', to: 'lb' },
    { relationId: 'r3', from: 'lb', to: 'payroll' },
  ],
);
const brief = (list: readonly ScheduleConflict[]): string[] =>
  list.map(
    ({ kind, severity, left, right, path, interval }) =>
      `${kind} ${severity} ${left.id}/${right.id} ${path.join('>')} ` +
      `${interval.startsAt.getUTCHours()}-${interval.endsAt.getUTCHours()}`,
  );

describe('conflicts among entries', () => {
  test('two entries on the same item at the same time clash; touching ones do not', () => {
    const both = [
      entry('a', 8, 12, { ciIds: ['db'] }),
      entry('b', 10, 14, { ciIds: ['db'] }),
      entry('c', 14, 16, { ciIds: ['db'] }),
    ];
    const found = conflicts(both, [], cis);
    expect(brief(found)).toEqual(['CI_CONFLICT HIGH b/a db 10-12']);
    expect(found[0]).toMatchObject({
      key: 'CI_CONFLICT:b:a:db',
      ciId: 'db',
      message: '"B" and "A" clash on db from 2026-11-22 10:00 UTC to 2026-11-22 12:00 UTC.',
    });
  });

  test('one entry on what another impacts clashes, with the way from one to the other', () => {
    const found = conflicts(
      [entry('a', 8, 12, { ciIds: ['web-1'] }), entry('b', 9, 10, { ciIds: ['payroll'] })],
      [],
      cis,
    );
    expect(brief(found)).toEqual(['IMPACTED_CI_CONFLICT MEDIUM b/a payroll>lb>web-1 9-10']);
    expect(found[0]?.message).toContain('through payroll > lb > web-1');
  });

  test('what both merely impact is a notice, once, by the shortest way', () => {
    expect(
      brief(conflicts([entry('a', 8, 12, { ciIds: ['web-1'] }), entry('b', 9, 10, { ciIds: ['web-2'] })], [], cis)),
    ).toEqual(['IMPACTED_CI_CONFLICT LOW b/a web-2>lb>web-1 9-10']);
  });

  test('two entries that take different members of one group clash, wherever the members are impacted from', () => {
    const nodes = (['h1', 'h2', 'n1', 'n2', 'cluster', 'switch'] as const).map((id) => ({
      id,
      name: id,
      ciClass: 'SERVER' as const,
    }));
    const redundant = impactGraph(nodes, [
      { relationId: 'm1', from: 'n1', to: 'cluster', isMembership: true },
      { relationId: 'm2', from: 'n2', to: 'cluster', isMembership: true },
      { relationId: 'v1', from: 'h1', to: 'n1' },
      { relationId: 'v2', from: 'h2', to: 'n2' },
      { relationId: 's1', from: 'switch', to: 'h1' },
      { relationId: 's2', from: 'switch', to: 'h2' },
    ]);
    const clash = (a: readonly string[], b: readonly string[]) =>
      brief(conflicts([entry('a', 8, 12, { ciIds: a }), entry('b', 9, 10, { ciIds: b })], [], redundant));
    expect(clash(['n1'], ['n2'])).toEqual(['REDUNDANCY_CONFLICT HIGH b/a n2>cluster>n1 9-10']);
    expect(clash(['h1'], ['h2'])).toEqual(['REDUNDANCY_CONFLICT HIGH b/a h2>n2>cluster>n1>h1 9-10']);
    // Not hidden behind a clash on an item, for which somebody may have a waiver.
    expect(clash(['cluster', 'n1'], ['n2'])).toEqual([
      'IMPACTED_CI_CONFLICT MEDIUM b/a n2>cluster 9-10',
      'REDUNDANCY_CONFLICT HIGH b/a n2>cluster>n1 9-10',
    ]);
    // The same member twice leaves the other one working, and who takes both takes no more together with another.
    expect(clash(['h1'], ['n1'])).toEqual(['IMPACTED_CI_CONFLICT MEDIUM b/a n1>h1 9-10']);
    expect(clash(['switch'], ['h2'])).toEqual(['IMPACTED_CI_CONFLICT MEDIUM b/a h2>switch 9-10']);
  });

  test('a release does not clash with its own distributions, nor entries without targets with anything', () => {
    const own = [
      entry('a', 8, 12, { ciIds: ['db'], groupId: 'rel' }),
      entry('b', 9, 10, { ciIds: ['db'], groupId: 'rel' }),
      entry('c', 9, 10),
      entry('d', 9, 10),
    ];
    expect(conflicts(own, [window('w', 'BLACKOUT', [[0, 24]], { ciIds: ['web-1'] })], cis)).toEqual([]);
    expect(
      conflicts(
        [entry('a', 8, 12, { ciIds: ['db'], groupId: null }), entry('b', 9, 10, { ciIds: ['db'], groupId: null })],
        [],
        cis,
      ),
    ).toHaveLength(1);
  });

  test('an item nobody described takes part with its id', () => {
    expect(
      conflicts([entry('a', 8, 12, { ciIds: ['x'] }), entry('b', 9, 10, { ciIds: ['x'] })], [], impactGraph([], []))[0]
        ?.message,
    ).toContain('clash on x');
  });

  test('of a pair that clashes all over only the nearest are told', () => {
    const many = Array.from({ length: 30 }, (_, index) => `ci-${String(index).padStart(2, '0')}`);
    const found = conflicts(
      [entry('a', 8, 12, { ciIds: [...many, 'web-1'] }), entry('b', 9, 10, { ciIds: ['payroll', ...many] })],
      [],
      cis,
    );
    expect(found).toHaveLength(MAX_CONFLICTS_OF_PAIR);
    expect(found.map(({ ciId }) => ciId)).toEqual(many.slice(0, MAX_CONFLICTS_OF_PAIR));
  });

  test('of too many the search stops, and shows that it did', () => {
    const crowd = Array.from({ length: 20 }, (_, index) => entry(`e${index}`, 8, 12, { ciIds: ['db'] }));
    expect(conflicts(crowd, [], cis)).toHaveLength(190);
    const some = conflicts(crowd, [], cis, { atMost: 50 }).length;
    expect(some).toBeGreaterThan(50);
    expect(some).toBeLessThan(190);
  });

  test('a person with more at a time than they can carry is a notice', () => {
    const tasks = [
      entry('a', 8, 12, { personIds: ['eve'] }),
      entry('b', 9, 10, { personIds: ['eve'] }),
      entry('c', 11, 13, { personIds: ['eve', 'bob'] }),
      entry('d', 13, 14, { personIds: ['bob'] }),
    ];
    expect(brief(conflicts(tasks, [], cis))).toEqual([
      'RESOURCE_OVERLOAD LOW b/a  9-10',
      'RESOURCE_OVERLOAD LOW c/a  11-12',
    ]);
    expect(conflicts(tasks, [], cis, { personCapacity: 2 })).toEqual([]);
    // In focus also when a third entry stands between the two.
    const crowd = [...tasks, entry('d', 9, 10, { personIds: ['eve'] })];
    expect(brief(conflicts(crowd, [], cis, { focus: new Set(['b']) }))).toEqual([
      'RESOURCE_OVERLOAD LOW b/a  9-10',
      'RESOURCE_OVERLOAD LOW d/b  9-10',
    ]);
    const proposed = [
      ...tasks.slice(0, 1),
      entry('p', 9, 10, { personIds: ['eve'], party: { type: 'Release', id: 'rel', name: 'P' } }),
    ];
    expect(conflicts(proposed, [], cis, { focus: new Set(['p']) })).toMatchObject([
      { left: { type: 'Release', id: 'rel' } },
    ]);
  });

  test('a focus leaves out what does not concern it', () => {
    const three = [
      entry('a', 8, 12, { ciIds: ['db'] }),
      entry('b', 9, 12, { ciIds: ['db'] }),
      entry('c', 10, 12, { ciIds: ['db'] }),
    ];
    expect(brief(conflicts(three, [], cis, { focus: new Set(['c']) }))).toEqual([
      'CI_CONFLICT HIGH c/a db 10-12',
      'CI_CONFLICT HIGH c/b db 10-12',
    ]);
  });
});

describe('conflicts with windows', () => {
  const work = entry('a', 8, 12, { ciIds: ['web-1'] });

  test.each<[string, Partial<ConflictWindow>, string[]]>([
    ['everything', {}, ['BLACKOUT HIGH a/w web-1 10-12']],
    ['the target', { ciIds: ['web-1'] }, ['BLACKOUT HIGH a/w web-1 10-12']],
    ['the class of the target', { ciClasses: ['SERVER'] }, ['BLACKOUT HIGH a/w web-1 10-12']],
    ['what the target impacts', { ciIds: ['payroll'] }, ['BLACKOUT HIGH a/w web-1>lb>payroll 10-12']],
    ['the class of what it impacts', { ciClasses: ['BUSINESS_SERVICE'] }, ['BLACKOUT HIGH a/w web-1>lb>payroll 10-12']],
    ['another item', { ciIds: ['db'] }, []],
    ['another class', { ciClasses: ['DESKTOP'] }, []],
  ])('a blackout of %s', (_, scope, expected) => {
    expect(brief(conflicts([work], [window('w', 'BLACKOUT', [[10, 14]], scope)], cis))).toEqual(expected);
  });

  test('of several ways to an item the shortest is told', () => {
    const both = entry('a', 8, 12, { ciIds: ['web-1', 'lb'] });
    const found = conflicts([both], [window('w', 'BLACKOUT', [[10, 14]], { ciIds: ['payroll'] })], cis);
    expect(brief(found)).toEqual(['BLACKOUT HIGH a/w lb>payroll 10-12']);
  });

  test('a blackout blocks inside its time and never outside it', () => {
    expect(
      brief(
        conflicts(
          [work],
          [
            window('w', 'BLACKOUT', [
              [0, 8],
              [9, 10],
              [12, 20],
            ]),
          ],
          cis,
        ),
      ),
    ).toEqual(['BLACKOUT HIGH a/w web-1 9-10']);
  });

  test('without change windows there is nothing to be outside', () => {
    expect(conflicts([work], [], cis)).toEqual([]);
  });

  test('an entry lies wholly inside its windows, change and maintenance windows taken together', () => {
    const windows = (kind: ConflictWindow['kind'], to: number) => [
      window('w', 'CHANGE_WINDOW', [[6, 10]]),
      window('v', kind, [[10, to]]),
    ];
    expect(conflicts([work], windows('MAINTENANCE_WINDOW', 12), cis)).toEqual([]);
    const found = conflicts([work], windows('MAINTENANCE_WINDOW', 11), cis);
    expect(brief(found)).toEqual(['OUTSIDE_CHANGE_WINDOW HIGH a/w web-1 11-12']);
    expect(found[0]?.message).toContain('outside "w" and 1 more window from 2026-11-22 11:00 UTC');
  });

  test('the windows of the item itself count before those of its class, and those before the general ones', () => {
    const general = window('general', 'CHANGE_WINDOW', [[0, 23]]);
    const ofClass = window('class', 'CHANGE_WINDOW', [[0, 11]], { ciClasses: ['SERVER'] });
    const own = window('own', 'CHANGE_WINDOW', [[0, 9]], { ciIds: ['web-1'] });
    expect(brief(conflicts([work], [general], cis))).toEqual([]);
    expect(brief(conflicts([work], [general, ofClass], cis))).toEqual([
      'OUTSIDE_CHANGE_WINDOW HIGH a/class web-1 11-12',
    ]);
    expect(brief(conflicts([work], [general, ofClass, own], cis))).toEqual([
      'OUTSIDE_CHANGE_WINDOW HIGH a/own web-1 9-12',
    ]);
    expect(brief(conflicts([entry('a', 8, 12, { ciIds: ['db'] })], [general, ofClass, own], cis))).toEqual([]);
  });

  test('targets with the same windows give one conflict, not one each', () => {
    const wide = entry('a', 8, 12, { ciIds: ['web-1', 'web-2', 'db'] });
    expect(conflicts([wide], [window('w', 'CHANGE_WINDOW', [[0, 9]])], cis)).toHaveLength(1);
  });
});

describe('all conflicts', () => {
  const anyEntry = fc
    .record({
      from: fc.integer({ min: 0, max: 20 }),
      hours: fc.integer({ min: 0, max: 6 }),
      ciIds: fc.uniqueArray(fc.constantFrom(...cis.nodes.keys()), { maxLength: 3 }),
      group: fc.constantFrom('g', 'h', null),
    })
    .map(({ from, hours, ciIds, group }) => ({ from, to: from + hours, ciIds, group }));
  const entries = fc
    .array(anyEntry, { maxLength: 8 })
    .map((list) =>
      list.map(({ from, to, ciIds, group }, index) => entry(`e${index}`, from, to, { ciIds, groupId: group })),
    );

  test('are the same whatever the order of the entries, and have distinct keys', () => {
    fc.assert(
      fc.property(entries, fc.boolean(), (list, blackout) => {
        const windows = [
          window('w', blackout ? 'BLACKOUT' : 'CHANGE_WINDOW', [
            [3, 9],
            [12, 15],
          ]),
        ];
        const keys = (all: readonly ConflictEntry[]): string[] =>
          conflicts(all, windows, cis)
            .map(({ key }) => key)
            .sort();
        expect(keys([...list].reverse())).toEqual(keys(list));
        expect(new Set(keys(list)).size).toBe(keys(list).length);
      }),
    );
  });

  test('are found exactly for the pairs of a plain comparison', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const reach = ({ ciIds }: ConflictEntry): Set<string> =>
          new Set(
            ciIds.flatMap((id) =>
              id.startsWith('web') ? [id, 'lb', 'payroll'] : id === 'lb' ? [id, 'payroll'] : [id],
            ),
          );
        const expected = new Set<string>();
        for (const [i, a] of list.entries()) {
          for (const b of list.slice(i + 1)) {
            const apart = a.groupId === null || a.groupId !== b.groupId;
            if (apart && intervalsOverlap(a, b) && [...reach(a)].some((ciId) => reach(b).has(ciId)))
              expected.add([a.id, b.id].sort().join());
          }
        }
        const found = conflicts(list, [], cis);
        expect(new Set(found.map(({ left, right }) => [left.id, right.id].sort().join()))).toEqual(expected);
        for (const { left, right, interval, ciId, path } of found) {
          const [a, b] = [left, right].map(({ id }) => list.find((one) => one.id === id)!);
          expect(interval).toEqual(intersection(a!, b!));
          expect(a!.ciIds).toContain(path[0]);
          expect(b!.ciIds).toContain(path.at(-1));
          expect(path).toContain(ciId);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the time grows with the items of an entry, not with their square', () => {
    const check = (items: number) => {
      const many = Array.from({ length: items }, (_, index) => `ci-${index}`);
      const estate = impactGraph(
        many.map((id) => ({ id, name: id, ciClass: 'DESKTOP' })),
        [],
      );
      const others = Array.from({ length: 200 }, (_, index) =>
        entry(`o${index}`, 0, 20, { ciIds: [`ci-${index * 7}`] }),
      );
      const windows = [
        window('w', 'CHANGE_WINDOW', [[0, 23]], { ciIds: many }),
        window('v', 'BLACKOUT', [[1, 2]], { ciIds: many }),
      ];
      const entries = [entry('big', 3, 9, { ciIds: many }), ...others];
      return () => expect(conflicts(entries, windows, estate, { focus: new Set(['big']) })).toHaveLength(200);
    };
    // Eight times as many: a square would be 64 times the work.
    expect(growth(check(2_000), check(16_000))).toBeLessThan(24);
  });

  test('every value is described', () => {
    expect(Object.keys(SCHEDULE_CONFLICT_KIND_DESCRIPTIONS)).toEqual([...SCHEDULE_CONFLICT_KINDS]);
    expect(Object.keys(CONFLICT_SEVERITY_DESCRIPTIONS)).toEqual([...CONFLICT_SEVERITIES]);
  });
});
