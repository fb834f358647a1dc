import { describe, expect, test } from '@jest/globals';
import { blocker } from '../../src/domain/blocker.js';
import type { Guard, Machine, Row } from '../../src/domain/state-machine.js';
import type { ReleaseState } from '../../src/domain/release/release.state.js';
import { explore, PEOPLE, REAL_MACHINES, type Circumstances, type Machines } from './worlds.js';

const usual: Circumstances = { skippedStates: [], phase: 'TESTING', canUndo: true, people: PEOPLE };
const real = explore(REAL_MACHINES, usual);

/** A machine with other guards, or without a row, for one command. */
function broken<S extends string, C extends string, F>(
  machine: Machine<S, C, F>,
  command: C,
  change: (row: Row<S, C, F>) => Row<S, C, F> | undefined,
): Machine<S, C, F> {
  const rows = machine.rows.flatMap((row) => (row.command === command ? (change(row) ?? []) : row));
  return { ...machine, rows };
}

const never: Guard<unknown> = () => blocker('ROLE_REQUIRED', 'Nobody can.', ['AUDITOR']);

/** Pairs of states, as `release/change/distribution/task`, without what else distinguishes worlds. */
const states = (worlds: Iterable<string>): string[] => [...worlds].map((key) => key.split('/').slice(0, 4).join('/'));

describe('release, change, distribution and task together', () => {
  test('from every state that can come about, all of them can end', () => {
    const { reachable, stuck } = real;
    expect(stuck).toEqual([]);
    expect(reachable.size).toBeGreaterThan(1_500);
    expect(states(reachable.keys())).toEqual(
      expect.arrayContaining([
        'CLOSED/CLOSED/SUCCEEDED/COMPLETED',
        'DISTRIBUTING/IN_PROGRESS/START_UNKNOWN/COMPLETED',
        'BACKED_OUT/IMPLEMENTED/BACKED_OUT/COMPLETED',
        'BACKING_OUT/CLOSED/FAILED/COMPLETED',
        'CANCELLED/AUTHORISED/STOPPED/CANCELLED',
        'TESTING/AUTHORISED/PLANNED/FAILED',
      ]),
    );
  });

  test.each<ReleaseState>(['PLANNING', 'SCHEDULED', 'DISTRIBUTING', 'BACKING_OUT', 'IN_REVIEW'])(
    'the same holds for a task of phase %s',
    (phase) => {
      expect(explore(REAL_MACHINES, { ...usual, phase }).stuck).toEqual([]);
    },
  );

  test.each<[ReleaseState[]]>([
    [['BUILDING', 'TESTING', 'ACCEPTED', 'COMMUNICATED']],
    [['ACCEPTED']],
    [['PLANNING']],
    [['SCHEDULED']],
    [['SCHEDULED', 'COMMUNICATED']],
    [['PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED']],
    [['BUILDING', 'TESTING']],
  ])('the same holds for a template that skips %j', (skippedStates) => {
    expect(explore(REAL_MACHINES, { ...usual, phase: 'DISTRIBUTING', skippedStates }).stuck).toEqual([]);
  });

  test('the same holds when the tool cannot undo: the owner decides what stays', () => {
    expect(explore(REAL_MACHINES, { ...usual, canUndo: false }).stuck).toEqual([]);
  });

  test('no end passes over an open change or task, and no change ends before its release has an outcome', () => {
    const worlds = [...real.reachable.values()];
    const ended = ['CLOSED', 'CANCELLED', 'REJECTED'];
    expect(
      worlds.filter(({ release, change, member }) => release === 'CLOSED' && member && !ended.includes(change)),
    ).toEqual([]);
    expect(
      worlds.filter(
        ({ release, task }) => release === 'CLOSED' && !['COMPLETED', 'SKIPPED', 'CANCELLED'].includes(task),
      ),
    ).toEqual([]);
    const before = ['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED'];
    expect(
      worlds.filter(
        ({ release, change, member }) =>
          member && before.includes(release) && ['IMPLEMENTED', 'IN_REVIEW', 'CLOSED'].includes(change),
      ),
    ).toEqual([]);
  });

  test('who plans a release gets it accepted only with the help of its owner', () => {
    const people = PEOPLE.filter(({ actorId }) => actorId !== 'actor');
    const worlds = [...explore(REAL_MACHINES, { ...usual, people }).reachable.values()];
    expect(worlds.some(({ release }) => release === 'TESTING')).toBe(true);
    expect(worlds.filter(({ release }) => release === 'ACCEPTED')).toEqual([]);
  });

  test('nothing is left on a target of a release that is backed out, until a late report says so', () => {
    const worlds = [...real.reachable.values()];
    // A distribution that succeeds after the end of the back-out is such a report.
    expect(
      worlds.filter(
        ({ release, left, distribution }) =>
          release === 'BACKED_OUT' && left && !['SUCCEEDED', 'PARTIALLY_SUCCEEDED'].includes(distribution),
      ),
    ).toEqual([]);
  });
});

describe('known bad: the search finds', () => {
  const notBeforeTheReleaseIsClosed: Guard<{ readonly release: { readonly state: ReleaseState } | null }> = ({
    release,
  }) => (release?.state === 'CLOSED' ? undefined : blocker('RELEASE_OUTCOME_PENDING', 'Not yet.', ['AUDITOR']));

  test.each<[string, Partial<Machines>, Partial<Circumstances>, string]>([
    [
      // IBM's rule taken literally. Interlock follows BMC: a release closes only after its changes.
      'a change that waits for the end of its release, which waits for the change',
      {
        change: broken(REAL_MACHINES.change, 'changeClose', (row) => ({
          ...row,
          guards: [notBeforeTheReleaseIsClosed],
        })),
      },
      {},
      'IN_REVIEW/IMPLEMENTED/SUCCEEDED/COMPLETED',
    ],
    [
      'a back-out that nobody can complete where the tool cannot undo',
      {
        release: broken(REAL_MACHINES.release, 'releaseCompleteBackOut', (row) => ({
          ...row,
          guards: [({ leftByDistributions }) => (leftByDistributions?.length ? never({}) : undefined)],
        })),
      },
      { canUndo: false },
      'BACKING_OUT/IMPLEMENTED/SUCCEEDED/COMPLETED',
    ],
    [
      'a failed mandatory task that cannot be tried again',
      { task: broken(REAL_MACHINES.task, 'taskRetry', () => undefined) },
      { phase: 'DISTRIBUTING' },
      'DEPLOYED/IMPLEMENTED/SUCCEEDED/FAILED',
    ],
    [
      'a start that nobody can settle',
      {
        // Nobody decides, and the tool does not report it later either.
        distribution: broken(
          broken(REAL_MACHINES.distribution, 'distributionReconcile', () => undefined),
          'distributionSubmitted',
          (row) => ({ ...row, from: 'STARTING' }),
        ),
      },
      {},
      'DISTRIBUTING/IN_PROGRESS/START_UNKNOWN/COMPLETED',
    ],
    [
      'a hold that nobody can lift',
      { release: broken(REAL_MACHINES.release, 'releaseResume', () => undefined) },
      {},
      'IN_REVIEW/CLOSED/SUCCEEDED/COMPLETED',
    ],
  ])('%s', (_, machines, circumstances, example) => {
    const { stuck } = explore({ ...REAL_MACHINES, ...machines }, { ...usual, ...circumstances });
    expect(states(stuck)).toContain(example);
  });
});
