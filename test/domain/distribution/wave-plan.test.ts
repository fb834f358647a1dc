import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  groupsBroken,
  membersToKeep,
  planWaves,
  wavesOfGroups,
  type RedundancyGroup,
  type WaveStrategy,
  type WaveTarget,
} from '../../../src/domain/distribution/wave-plan.js';

// Small worlds, and every promise about waves checked by counting who is left. Nothing here knows how waves are
// planned.

interface World {
  readonly targets: readonly WaveTarget[];
  readonly groups: readonly RedundancyGroup[];
  readonly maxSize: number | null;
}

const TARGETS = ['t1', 't2', 't3', 't4', 't5', 't6', 't7'];

const worlds: fc.Arbitrary<World> = fc.record({
  targets: fc
    .subarray(TARGETS, { minLength: 1 })
    .chain((ids) =>
      fc.tuple(...ids.map((id) => fc.integer({ min: 0, max: 3 }).map((rank) => ({ id, name: `n-${id}`, rank })))),
    ),
  maxSize: fc.option(fc.integer({ min: 1, max: 4 })),
  groups: fc
    .array(
      fc.array(
        fc.record({
          takenBy: fc.oneof(
            { weight: 4, arbitrary: fc.subarray(TARGETS, { maxLength: 1 }) },
            { weight: 1, arbitrary: fc.subarray(TARGETS, { maxLength: 3 }) },
          ),
          down: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
        }),
        { minLength: 2, maxLength: 6 },
      ),
      { maxLength: 4 },
    )
    .map((all) =>
      all.map((members, g) => ({
        id: `g${g}`,
        name: `Group ${g}`,
        members: members.map((member, m) => ({ id: `g${g}m${m}`, name: `member-${g}-${m}`, ...member })),
        keep: membersToKeep(members.length),
      })),
    ),
});

/** Members of a group that are up while some targets are worked on. */
const left = (group: RedundancyGroup, wave: readonly string[]): string[] =>
  group.members.filter(({ down, takenBy }) => !down && !wave.some((id) => takenBy.includes(id))).map(({ id }) => id);

const breaks = (group: RedundancyGroup, wave: readonly string[]): boolean =>
  left(group, wave).length < group.keep && left(group, wave).length < left(group, []).length;

/** What is wrong with a division into waves. */
function problemsOf(waves: readonly (readonly string[])[], { targets, groups, maxSize }: World): string[] {
  const placed = waves.flat();
  return [
    ...targets.filter(({ id }) => !placed.includes(id)).map(({ id }) => `${id} is in no wave`),
    ...placed.filter((id, n) => placed.indexOf(id) !== n).map((id) => `${id} is in two waves`),
    ...placed.filter((id) => !targets.some((target) => target.id === id)).map((id) => `${id} is no target`),
    ...waves.filter(({ length }) => length === 0).map(() => 'a wave is empty'),
    ...waves.filter(({ length }) => length > (maxSize ?? Infinity)).map(() => 'a wave is too large'),
    ...waves.flatMap((wave) => groups.filter((group) => breaks(group, wave)).map(({ id }) => `${id} is broken`)),
  ];
}

/** First fit, by trying every wave from the first. */
function firstFit({ targets, groups, maxSize }: World): string[][] {
  const waves: string[][] = [];
  const ordered = [...targets].sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));
  for (const { id } of ordered) {
    const wave = waves.find(
      (ids) => ids.length < (maxSize ?? Infinity) && !groups.some((group) => breaks(group, [...ids, id])),
    );
    if (wave) wave.push(id);
    else waves.push([id]);
  }
  return waves;
}

const plan = ({ targets, groups, maxSize }: World) => planWaves({ by: 'REDUNDANCY', maxSize }, targets, groups);

const wavesOf = (strategy: WaveStrategy, targets: readonly WaveTarget[], groups: readonly RedundancyGroup[] = []) => {
  const result = planWaves(strategy, targets, groups);
  if ('impossible' in result) throw new Error(result.impossible.message);
  return result.waves.map(({ targetIds }) => targetIds);
};

const target = (id: string, rank = 0): WaveTarget => ({ id, name: id, rank });
const targets = (...ids: string[]) => ids.map((id) => target(id));
const cluster = (members: Record<string, readonly string[]>, ...down: string[]): RedundancyGroup => ({
  id: 'DB',
  name: 'DB',
  members: Object.entries(members).map(([id, takenBy]) => ({ id, name: id, takenBy, down: down.includes(id) })),
  keep: membersToKeep(Object.keys(members).length),
});
const pair = cluster({ 'db-1': ['db-1'], 'db-2': ['db-2'] });
const three = cluster({ 'db-1': ['db-1'], 'db-2': ['db-2'], 'db-3': ['db-3'] });

describe('waves for redundancy', () => {
  test('break no group, have every target once, and are those of first fit; or one target alone breaks a group', () => {
    const seen = { planned: 0, several: 0, impossible: 0 };
    fc.assert(
      fc.property(worlds, (world) => {
        const result = plan(world);
        const culprits = (group: RedundancyGroup) =>
          world.targets.map(({ id }) => id).filter((id) => breaks(group, [id]));
        if ('impossible' in result) {
          seen.impossible++;
          const { groupId, targetIds } = result.impossible;
          const group = world.groups.find(({ id }) => id === groupId) as RedundancyGroup;
          expect([...targetIds].sort()).toEqual(culprits(group).sort());
          expect(targetIds.length).toBeGreaterThan(0);
          return;
        }
        expect(world.groups.flatMap(culprits)).toEqual([]);
        const waves = result.waves.map(({ targetIds }) => targetIds);
        expect(problemsOf(waves, world)).toEqual([]);
        expect(waves).toEqual(firstFit(world));
        for (const { explanation } of result.waves) {
          expect(explanation.length).toBeGreaterThan(0);
          expect(explanation.length).toBeLessThanOrEqual(5);
        }
        seen.planned++;
        if (waves.length > 1) seen.several++;
      }),
      { numRuns: 5_000 },
    );
    expect(Math.min(seen.planned, seen.several, seen.impossible)).toBeGreaterThan(500);
  });

  test('never have two members of a pair together, and leave two of three', () => {
    const strategy = { by: 'REDUNDANCY' } as const;
    expect(wavesOf(strategy, targets('db-2', 'db-1', 'web'), [pair])).toEqual([['db-1', 'web'], ['db-2']]);
    expect(wavesOf(strategy, targets('db-1', 'db-2', 'db-3'), [three])).toEqual([['db-1'], ['db-2'], ['db-3']]);
    // Of five, two may be away.
    const five = cluster(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((id) => [id, [id]])));
    expect(wavesOf(strategy, targets('a', 'b', 'c', 'd', 'e'), [five])).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  test('take a member and its host at once', () => {
    const hosted = cluster({ 'db-1': ['db-1', 'host-1'], 'db-2': ['db-2', 'host-2'] });
    const all = targets('db-1', 'db-2', 'host-1', 'host-2');
    expect(wavesOf({ by: 'REDUNDANCY' }, all, [hosted])).toEqual([
      ['db-1', 'host-1'],
      ['db-2', 'host-2'],
    ]);
  });

  test('say why a target waits', () => {
    const result = planWaves({ by: 'REDUNDANCY', maxSize: 2 }, targets('db-1', 'db-2', 'web', 'web-2'), [pair]);
    expect('waves' in result && result.waves).toEqual([
      {
        targetIds: ['db-1', 'web'],
        explanation: ['2 targets whose work leaves every group in service, the least critical first.'],
      },
      {
        targetIds: ['db-2', 'web-2'],
        explanation: [
          'db-2 waits: wave 1 takes db-1 of DB, and DB needs 1 of 2 members.',
          'web-2 waits: wave 1 has its most targets.',
        ],
      },
    ]);
  });

  test('are impossible where one target takes too much by itself', () => {
    const onOneHost = cluster({ 'db-1': ['db-1', 'host'], 'db-2': ['db-2', 'host'] });
    expect(planWaves({ by: 'REDUNDANCY' }, targets('db-1', 'db-2', 'host'), [onOneHost])).toEqual({
      impossible: {
        groupId: 'DB',
        targetIds: ['host'],
        message: 'Work on host alone leaves 0 of 2 members of DB, and 1 must stay in service.',
      },
    });
    const halfDown = cluster({ 'db-1': ['db-1'], 'db-2': ['db-2'] }, 'db-2');
    expect(planWaves({ by: 'REDUNDANCY' }, targets('db-1', 'db-2'), [halfDown])).toEqual({
      impossible: {
        groupId: 'DB',
        targetIds: ['db-1'],
        message: 'Work on db-1 alone leaves 0 of 2 members of DB, and 1 must stay in service. db-2 is down.',
      },
    });
    // To work on what is down breaks nothing.
    expect(wavesOf({ by: 'REDUNDANCY' }, targets('db-2'), [halfDown])).toEqual([['db-2']]);
    // Nor does a group matter that no target touches.
    expect(wavesOf({ by: 'REDUNDANCY' }, targets('web'), [halfDown])).toEqual([['web']]);
  });

  test('are found at once for many targets, and where everything hangs together', () => {
    const ids = Array.from({ length: 20_000 }, (_, n) => `db-${n}`);
    const clusters = Array.from({ length: 10_000 }, (_, n) => ({
      ...cluster({ [`db-${2 * n}`]: [`db-${2 * n}`], [`db-${2 * n + 1}`]: [`db-${2 * n + 1}`] }),
      id: `c-${n}`,
    }));
    expect(wavesOf({ by: 'REDUNDANCY' }, targets(...ids), clusters).map(({ length }) => length)).toEqual([
      10_000, 10_000,
    ]);
    expect(wavesOf({ by: 'REDUNDANCY', maxSize: 1 }, targets(...ids), clusters)).toHaveLength(20_000);
    const large = cluster(Object.fromEntries(ids.map((id) => [id, [id]])), ...ids.slice(10_002));
    expect(wavesOf({ by: 'REDUNDANCY' }, targets(...ids), [large])).toHaveLength(10_002);
    // Two halves of a network, and a member of each cluster in each: a target takes its whole half.
    const [one, two] = [ids.slice(0, 10_000), ids.slice(10_000)];
    const halves = clusters.map((group) => ({
      ...group,
      members: group.members.map((member, n) => ({ ...member, takenBy: n === 0 ? one : two })),
    }));
    expect(wavesOf({ by: 'REDUNDANCY' }, targets(...ids), halves).map(({ length }) => length)).toEqual([
      10_000, 10_000,
    ]);
    expect(groupsBroken(['db-1', 'db-10001'], halves)).toHaveLength(10_000);
  });
});

describe('the oracle rejects', () => {
  const world = (groups: RedundancyGroup[], maxSize: number | null = null): World => ({
    targets: targets('db-1', 'db-2', 'db-3'),
    groups,
    maxSize,
  });
  test.each([
    ['both of a pair', [['db-1', 'db-2'], ['db-3']], world([pair]), ['DB is broken']],
    ['two of three', [['db-1', 'db-3'], ['db-2']], world([three]), ['DB is broken']],
    ['a missing target', [['db-1'], ['db-2']], world([]), ['db-3 is in no wave']],
    [
      'a target twice',
      [
        ['db-1', 'db-2'],
        ['db-3', 'db-1'],
      ],
      world([]),
      ['db-1 is in two waves'],
    ],
    ['a stranger', [['db-1', 'db-2', 'db-3', 'x']], world([]), ['x is no target']],
    ['a large wave', [['db-1', 'db-2'], ['db-3']], world([], 1), ['a wave is too large']],
    ['an empty wave', [['db-1', 'db-2', 'db-3'], []], world([]), ['a wave is empty']],
  ])('%s', (_, waves, given, expected) => {
    expect(problemsOf(waves, given)).toEqual(expected);
  });
});

describe('waves by size', () => {
  const ten = Array.from({ length: 10 }, (_, n) => target(`t${n}`, n));
  const lengths = (strategy: WaveStrategy) => wavesOf(strategy, ten).map(({ length }) => length);

  test('repeat the last size until every target has its wave', () => {
    expect(lengths({ by: 'COUNT', sizes: [1, 2] })).toEqual([1, 2, 2, 2, 2, 1]);
    expect(lengths({ by: 'COUNT', sizes: [100] })).toEqual([10]);
    expect(lengths({ by: 'PERCENT', sizes: [1, 25, 50] })).toEqual([1, 3, 5, 1]);
    expect(lengths({ by: 'PERCENT', sizes: [100] })).toEqual([10]);
    expect(wavesOf({ by: 'COUNT', sizes: [1] }, [])).toEqual([]);
  });

  test('begin with the least critical, then go by name and id', () => {
    const some = [
      { id: '4', name: 'b', rank: 1 },
      { id: '3', name: 'a', rank: 2 },
      { id: '2', name: 'a', rank: 1 },
      { id: '1', name: 'a', rank: 1 },
    ];
    expect(wavesOf({ by: 'COUNT', sizes: [4] }, some)).toEqual([['1', '2', '4', '3']]);
  });

  test('have every target once, whatever the sizes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom('COUNT' as const, 'PERCENT' as const),
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 }),
        (count, by, sizes) => {
          const all = Array.from({ length: count }, (_, n) => target(`t${n}`, n));
          const waves = wavesOf({ by, sizes }, all);
          expect(waves.flat()).toEqual(all.map(({ id }) => id));
          const expected = (n: number) => {
            const size = sizes[Math.min(n, sizes.length - 1)] as number;
            return by === 'COUNT' ? size : Math.ceil((size * count) / 100);
          };
          for (const [n, wave] of waves.slice(0, -1).entries()) expect(wave).toHaveLength(expected(n));
        },
      ),
    );
  });
});

test('waves by list are the lists, and name what is in none', () => {
  const lists = [['c', 'a'], ['x'], ['a', 'b']];
  expect(planWaves({ by: 'LIST', lists }, targets('a', 'b', 'c', 'e', 'd'), [])).toMatchObject({
    waves: [{ targetIds: ['c', 'a'] }, { targetIds: ['b'] }],
    unplaced: ['d', 'e'],
  });
});

test('waves by target group have every target once, with the first group that has it', () => {
  const subsets = fc.array(fc.subarray([...TARGETS, 'elsewhere']), { maxLength: 4 });
  fc.assert(
    fc.property(fc.subarray(TARGETS), subsets, (targets, members) => {
      const groups = members.map((ids, n) => ({ name: `g${n}`, memberIds: new Set(ids) }));
      const waves = wavesOfGroups(targets, groups);
      const expected = targets.map((id) => groups.find(({ memberIds }) => memberIds.has(id))?.name ?? 'Rest');
      expect(targets.map((id) => waves.find(({ targetIds }) => targetIds.includes(id))?.name)).toEqual(expected);
      expect(waves.flatMap(({ targetIds }) => targetIds).toSorted()).toEqual(targets.toSorted());
      expect(waves.map(({ name }) => name)).toEqual(
        [...groups.map(({ name }) => name), 'Rest'].filter((name) => expected.includes(name)),
      );
    }),
  );
});

test('groups that a wave breaks are those of which it takes too many that are up', () => {
  expect(groupsBroken(['db-1'], [pair, three])).toEqual([]);
  expect(groupsBroken(['db-1', 'db-2'], [pair, three])).toEqual([
    { group: pair, remaining: 0 },
    { group: three, remaining: 1 },
  ]);
  fc.assert(
    fc.property(worlds, fc.subarray(TARGETS), ({ groups }, wave) => {
      expect(groupsBroken(wave, groups)).toEqual(
        groups.filter((group) => breaks(group, wave)).map((group) => ({ group, remaining: left(group, wave).length })),
      );
    }),
    { numRuns: 1_000 },
  );
});
