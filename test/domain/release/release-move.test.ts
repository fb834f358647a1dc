import { expect, test } from '@jest/globals';
import { followersOfMove, warningsOfMove, type MovingRelease } from '../../../src/domain/release/release-move.js';

const HOUR = 3_600_000;
const at = (hour: number): Date => new Date(hour * HOUR);
const slot = (from: number, to: number) => ({ startsAt: at(from), endsAt: at(to) });
const dates = (from: number | null, to: number | null) => ({
  plannedStart: from === null ? null : at(from),
  plannedEnd: to === null ? null : at(to),
});
const hours = ({ plannedStart, plannedEnd }: { plannedStart: Date | null; plannedEnd: Date | null }) =>
  [plannedStart, plannedEnd].map((date) => date && date.getTime() / HOUR);

const release: MovingRelease = {
  state: 'COMMUNICATED',
  tasks: [
    { id: 'build', name: 'Build', state: 'READY', phase: 'BUILDING', ...dates(1, 12) },
    { id: 'built', name: 'Built', state: 'COMPLETED', phase: 'BUILDING', ...dates(1, 12) },
    { id: 'deploy', name: 'Deploy', state: 'PLANNED', phase: 'DISTRIBUTING', ...dates(10, 11) },
    { id: 'begun', name: 'Begun', state: 'IN_PROGRESS', phase: 'DISTRIBUTING', ...dates(10, 11) },
    { id: 'undated', name: 'Undated', state: 'PLANNED', phase: 'IN_REVIEW', ...dates(null, null) },
    { id: 'review', name: 'Review', state: 'BLOCKED', phase: 'IN_REVIEW', ...dates(null, 20) },
  ],
  changes: [
    { id: 'of-slot', name: 'Of the slot', state: 'SCHEDULED', ...dates(10, 14) },
    { id: 'inside', name: 'Inside', state: 'SCHEDULED', ...dates(12, 13) },
    { id: 'undated', name: 'Undated', state: 'AUTHORISED', ...dates(null, null) },
  ],
  distributions: [
    { id: 'free', name: 'Free', state: 'SCHEDULED', approvalRequired: false, plannedStart: at(10), plannedEnd: at(11) },
    {
      id: 'judged',
      name: 'Judged',
      state: 'SCHEDULED',
      approvalRequired: true,
      plannedStart: at(11),
      plannedEnd: at(12),
    },
    { id: 'runs', name: 'Runs', state: 'RUNNING', approvalRequired: false, plannedStart: at(10), plannedEnd: at(12) },
    { id: 'missed', name: 'Missed', state: 'MISSED', approvalRequired: false, plannedStart: at(1), plannedEnd: at(2) },
  ],
  waivers: [
    { id: 'short', code: 'BLACKOUT', expiresAt: at(13) },
    { id: 'long', code: 'CI_CONFLICT', expiresAt: at(99) },
  ],
};
const followers = (...[, move]: Parameters<typeof followersOfMove>) =>
  followersOfMove(release, move).map(({ type, id, effect, to }) => [type, id, effect, ...hours(to)]);

test('what moves along is what the command moves: by the same rules, to the same times', () => {
  expect(followers(release, { to: slot(11, 15), was: slot(10, 14), moveDistributions: true })).toEqual([
    ['Distribution', 'free', 'MOVES', 11, 12],
    ['Distribution', 'judged', 'IS_REPLANNED', 12, 13],
    ['Distribution', 'runs', 'STAYS_OUTSIDE', 10, 12],
    ['Distribution', 'missed', 'IS_REPLANNED', 2, 3],
    ['Change', 'of-slot', 'MOVES', 11, 15],
    ['Task', 'deploy', 'MOVES', 11, 12],
    ['Task', 'review', 'MOVES', null, 21],
  ]);
});

test('without its distributions, those that no longer lie inside are named', () => {
  expect(
    followers(release, { to: slot(11, 15), was: slot(10, 14), moveDistributions: false }).filter(
      ([type]) => type === 'Distribution',
    ),
  ).toEqual([
    ['Distribution', 'free', 'STAYS_OUTSIDE', 10, 11],
    ['Distribution', 'runs', 'STAYS_OUTSIDE', 10, 12],
  ]);
});

test('a first slot dates authorised changes too, and moves the first task of the distribution to its start', () => {
  expect(followers(release, { to: slot(30, 34), was: null, moveDistributions: true }).slice(3)).toEqual([
    ['Change', 'of-slot', 'MOVES', 30, 34],
    ['Change', 'inside', 'MOVES', 30, 34],
    ['Change', 'undated', 'MOVES', 30, 34],
    ['Task', 'deploy', 'MOVES', 30, 31],
    ['Task', 'review', 'MOVES', null, 40],
  ]);
});

test('preparations that end too late, waivers that expire and a stale message are warned of', () => {
  const warned = (from: number, to: number, state = release.state) =>
    warningsOfMove('r', { ...release, state }, { to: slot(from, to), was: null, moveDistributions: false }).map(
      ({ code, subject }) => `${code} ${subject.id}`,
    );
  expect(warned(11, 15)).toEqual(['TASK_ENDS_LATE build', 'WAIVER_EXPIRES short', 'MUST_BE_COMMUNICATED r']);
  expect(warned(12, 13, 'SCHEDULED')).toEqual([]);
});
