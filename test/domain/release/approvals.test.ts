import { expect, test } from '@jest/globals';
import { approvalsAreIndependent, type GivenApproval } from '../../../src/domain/release/approvals.js';
import type { Blocker } from '../../../src/domain/blocker.js';

const given = (id: string, approverId: string | null, more: Partial<GivenApproval> = {}): GivenApproval => ({
  id,
  name: id,
  mandatory: true,
  role: 'CHANGE_AUTHORITY',
  approverId,
  ...more,
});
const stale = (...approvals: GivenApproval[]) =>
  ((approvalsAreIndependent({ approvals, contributorIds: ['planner'] }) ?? []) as Blocker[]).map(
    ({ subject }) => subject?.id,
  );

test('an approval counts unless its approver took part in the work, or another holder of the role approved', () => {
  expect(stale(given('a', 'somebody'))).toEqual([]);
  expect(stale(given('a', 'planner'))).toEqual(['a']);
  expect(stale(given('a', 'planner'), given('b', 'planner'))).toEqual(['a', 'b']);
  expect(stale(given('a', 'planner'), given('b', 'somebody', { mandatory: false }))).toEqual([]);
  expect(stale(given('a', 'planner'), given('b', 'somebody', { role: 'TEST_MANAGER' }))).toEqual(['a']);
  // Nobody recorded who completed tasks of the time before that was a rule, and nobody needs an optional one.
  expect(stale(given('a', null), given('b', 'planner', { mandatory: false }))).toEqual([]);
});
