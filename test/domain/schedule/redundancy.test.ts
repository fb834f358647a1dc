import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { impactGraph, type ImpactStep } from '../../../src/domain/cmdb/impact.js';
import type { ConflictEntry } from '../../../src/domain/schedule/conflict-entry.js';
import { conflicts } from '../../../src/domain/schedule/schedule-conflict.js';

// Small graphs, small schedules, and every promise about groups checked by trying everything: instant by instant, item
// by item. Nothing here knows how conflicts are computed.

const ITEMS = ['h1', 'h2', 'h3', 'n1', 'n2', 'n3', 'n4'];
const GROUPS = ['c1', 'c2'];
const HOURS = 8;

const hour = (h: number): Date => new Date(Date.UTC(2026, 10, 22, h));

/** A picture: which items impact which, who is a member of what, and who works where, when. */
interface Picture {
  readonly runs: readonly (readonly [string, string])[];
  readonly members: readonly (readonly [string, string])[];
  readonly works: readonly Work[];
}

interface Work {
  readonly id: string;
  readonly release: string;
  /** Null for the release itself. */
  readonly distribution: string | null;
  readonly from: number;
  readonly to: number;
  readonly targets: readonly string[];
}

const pairs = (from: readonly string[], to: readonly string[], max: number) =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...from), fc.constantFrom(...to)), {
      maxLength: max,
      selector: ([a, b]) => `${a} ${b}`,
    })
    .map((list) => list.filter(([a, b]) => a !== b));

const pictures: fc.Arbitrary<Picture> = fc.record({
  runs: pairs(ITEMS, ITEMS, 7),
  members: pairs(ITEMS, GROUPS, 6),
  works: fc
    .array(
      fc.record({
        release: fc.constantFrom('r1', 'r2'),
        isDistribution: fc.boolean(),
        from: fc.integer({ min: 0, max: HOURS - 2 }),
        length: fc.integer({ min: 1, max: 4 }),
        targets: fc.uniqueArray(fc.constantFrom(...ITEMS), { minLength: 1, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((list) =>
      list.map(({ release, isDistribution, from, length, targets }, n) => {
        const distribution = isDistribution ? `d${n}` : null;
        return { id: `e${n}`, release, distribution, from, to: from + length, targets };
      }),
    ),
});

const entryOf = ({ id, release, distribution, from, to, targets }: Work): ConflictEntry => ({
  id,
  name: id,
  startsAt: hour(from),
  endsAt: hour(to),
  groupId: release,
  ciIds: targets,
  personIds: [],
  work: { entryId: id, releaseId: release, distributionId: distribution, taskId: null },
});

const graphOf = ({ runs, members }: Picture) => {
  const steps: ImpactStep[] = [
    ...runs.map(([from, to]) => ({ relationId: `${from}>${to}`, from, to })),
    ...members.map(([from, to]) => ({ relationId: `${from}<${to}`, from, to, isMembership: true })),
  ];
  const nodes = [...ITEMS, ...GROUPS].map((id) => ({ id, name: id, ciClass: 'SERVER' as const }));
  return impactGraph(
    nodes,
    steps,
    Object.fromEntries(GROUPS.map((group) => [group, members.filter(([, to]) => to === group).length])),
  );
};

/** Everything that goes down with some items, by trying until nothing more does. */
function down({ runs, members }: Picture, targets: readonly string[]): Set<string> {
  const found = new Set(targets);
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const [from, to] of [...runs, ...members]) if (found.has(from)) found.add(to);
  }
  return found;
}

const membersOf = ({ members }: Picture, group: string) =>
  members.filter(([, to]) => to === group).map(([member]) => member);

const isLost = (picture: Picture, group: string, gone: ReadonlySet<string>): boolean => {
  const members = membersOf(picture, group);
  return members.length > 1 && members.every((member) => gone.has(member));
};

const redundancy = (picture: Picture, focus?: string) =>
  conflicts(
    picture.works.map(entryOf),
    [],
    graphOf(picture),
    focus === undefined ? {} : { focus: new Set([focus]) },
  ).filter(({ kind }) => kind === 'REDUNDANCY_CONFLICT');

test('a group that some work takes alone is found for it or for its release, and no other is', () => {
  let found = 0;
  fc.assert(
    fc.property(pictures, (picture) => {
      const all = redundancy(picture);
      for (const work of picture.works)
        for (const group of GROUPS) {
          const own = all.filter(({ ciId, left, right }) => ciId === group && left.id === right.id);
          const lost = isLost(picture, group, down(picture, work.targets));
          if (!lost) expect(own.filter(({ left }) => left.id === work.id)).toEqual([]);
          if (!lost) continue;
          found++;
          // Said for the work, or for one of its release that begins before, ends after, and takes the group, too.
          const sayers = own.map(({ left }) => picture.works.find(({ id }) => id === left.id) as Work);
          expect(
            sayers.some(({ id, release, from, to }) =>
              id === work.id ? true : release === work.release && from <= work.from && to >= work.to,
            ),
          ).toBe(true);
          // Asked for alone it is always said: a distribution is judged without its release.
          const [asked] = redundancy(picture, work.id).filter(
            ({ ciId, left, right }) => ciId === group && left.id === work.id && right.id === work.id,
          );
          const byOne = work.targets.filter((target) => isLost(picture, group, down(picture, [target])));
          expect(asked).toBeDefined();
          if (byOne.length === 0) expect(asked?.severity).toBe('HIGH');
          if (work.targets.length === 1) expect(asked?.severity).toBe('MEDIUM');
        }
    }),
    { numRuns: 1_000 },
  );
  expect(found).toBeGreaterThan(20);
});

test('a group that distributions of one release take together at some instant is found, and no other is', () => {
  let found = 0;
  fc.assert(
    fc.property(pictures, (picture) => {
      const graph = graphOf(picture);
      const all = redundancy(picture).filter(({ left, right }) => left.id !== right.id);
      const inside = all.filter(({ left, right }) => left.work?.releaseId === right.work?.releaseId);
      for (const { left, right, interval, ciId, path } of inside) {
        const begins = interval.startsAt.getUTCHours();
        const at = picture.works.filter(
          ({ release, distribution, from, to }) =>
            release === left.work?.releaseId && distribution !== null && from <= begins && begins < to,
        );
        expect(at.map(({ id }) => id)).toEqual(expect.arrayContaining([left.id, right.id]));
        expect(
          isLost(
            picture,
            ciId ?? '',
            down(
              picture,
              at.flatMap(({ targets }) => targets),
            ),
          ),
        ).toBe(true);
        expect(path).toContain(ciId);
        expect(picture.works.find(({ id }) => id === left.id)?.targets).toContain(path[0]);
        expect(picture.works.find(({ id }) => id === right.id)?.targets).toContain(path.at(-1));
        expect(path.slice(0, -1).every((id, n) => touches(graph, id, path[n + 1] as string))).toBe(true);
      }
      for (const release of ['r1', 'r2'])
        for (const group of GROUPS)
          for (let h = 0; h < HOURS + 4; h++) {
            const at = picture.works.filter(
              (work) => work.release === release && work.distribution !== null && work.from <= h && h < work.to,
            );
            const alone = at.some(({ targets }) => isLost(picture, group, down(picture, targets)));
            if (
              alone ||
              !isLost(
                picture,
                group,
                down(
                  picture,
                  at.flatMap(({ targets }) => targets),
                ),
              )
            )
              continue;
            found++;
            // Said once, at the instant at which the last member went.
            expect(
              inside.some(
                ({ ciId, left, interval }) =>
                  ciId === group && left.work?.releaseId === release && interval.startsAt <= hour(h),
              ),
            ).toBe(true);
          }
    }),
    { numRuns: 2_000 },
  );
  expect(found).toBeGreaterThan(20);
});

test('different members that two releases take at once are found, and no others are', () => {
  let found = 0;
  fc.assert(
    fc.property(pictures, (picture) => {
      const all = redundancy(picture);
      for (const [n, a] of picture.works.entries())
        for (const b of picture.works.slice(n + 1)) {
          if (a.release === b.release) continue;
          const [left, right] = [down(picture, a.targets), down(picture, b.targets)];
          for (const group of GROUPS) {
            const members = membersOf(picture, group);
            const clash =
              a.from < b.to &&
              b.from < a.to &&
              members.some((id) => left.has(id) && !right.has(id)) &&
              members.some((id) => right.has(id) && !left.has(id));
            const said = all.filter(
              (one) => one.ciId === group && [one.left.id, one.right.id].sort().join() === [a.id, b.id].sort().join(),
            );
            expect(said.map(({ severity }) => severity)).toEqual(clash ? ['HIGH'] : []);
            if (clash) found++;
          }
        }
    }),
    { numRuns: 1_000 },
  );
  expect(found).toBeGreaterThan(20);
});

/** Whether a step of the graph joins two items, in either direction. */
function touches({ flow }: ReturnType<typeof graphOf>, a: string, b: string): boolean {
  return flow.relationIds.some((_id, step) => {
    const ends = [flow.ids[flow.from[step] as number], flow.ids[flow.to[step] as number]];
    return ends.includes(a) && ends.includes(b);
  });
}
