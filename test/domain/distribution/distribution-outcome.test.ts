import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  countTargets,
  rollUp,
  rollUpCounts,
  type DistributionOutcome,
} from '../../../src/domain/distribution/distribution-outcome.js';
import {
  isTerminalTargetState,
  TARGET_STATES,
  type TargetState,
} from '../../../src/domain/distribution/observation.js';

describe('rollUp', () => {
  test.each<[TargetState[], boolean, boolean, DistributionOutcome | undefined]>([
    [['SUCCEEDED', 'SUCCEEDED'], false, false, 'SUCCEEDED'],
    [['SUCCEEDED', 'INSTALLING'], false, false, undefined],
    [['SUCCEEDED', 'INSTALLING'], true, false, 'PARTIALLY_SUCCEEDED'],
    [['SUCCEEDED', 'FAILED'], false, false, 'PARTIALLY_SUCCEEDED'],
    [['SUCCEEDED', 'UNKNOWN'], false, false, 'PARTIALLY_SUCCEEDED'],
    [['SUCCEEDED', 'PENDING'], true, false, 'PARTIALLY_SUCCEEDED'],
    [['SUCCEEDED', 'SKIPPED'], false, false, 'PARTIALLY_SUCCEEDED'],
    [['FAILED', 'REJECTED'], false, false, 'FAILED'],
    [['PENDING', 'PENDING'], true, false, 'FAILED'],
    [['PENDING', 'UNREACHABLE'], false, true, 'FAILED'],
    [['CANCELLED', 'CANCELLED'], false, false, 'STOPPED'],
    [['SUCCEEDED', 'CANCELLED'], false, false, 'STOPPED'],
    [['CANCELLED', 'SKIPPED'], false, false, 'STOPPED'],
    [['CANCELLED', 'FAILED'], false, false, 'FAILED'],
    [['CANCELLED', 'FAILED', 'SUCCEEDED'], false, false, 'PARTIALLY_SUCCEEDED'],
    [['CANCELLED', 'CANCEL_REQUESTED'], true, false, 'FAILED'],
    [[], false, false, undefined],
    [[], true, false, 'FAILED'],
  ])('%j, complete %s, deadline passed %s: %s', (states, complete, deadline, outcome) => {
    expect(rollUp(states, complete, deadline).outcome).toBe(outcome);
  });

  test('counts by state and weighs the way of those that go on', () => {
    const progress = rollUp(['SUCCEEDED', 'FAILED', 'INSTALLING', 'PENDING'], false, false);
    expect(progress).toMatchObject({ total: 4, ended: 2, percent: 65 });
    expect(progress.counts).toMatchObject({ SUCCEEDED: 1, FAILED: 1, INSTALLING: 1, PENDING: 1, CANCELLED: 0 });
    expect(rollUp([], false, false).percent).toBe(0);
    expect(rollUp([...Array<TargetState>(999).fill('SUCCEEDED'), 'VERIFYING'], false, false).percent).toBe(99);
  });

  test('is 100 percent exactly when every target has ended, and has an outcome from then on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...TARGET_STATES), { minLength: 1 }),
        fc.boolean(),
        fc.boolean(),
        (states, complete, deadline) => {
          const progress = rollUp(states, complete, deadline);
          const allEnded = states.every(isTerminalTargetState);
          expect(progress.percent === 100).toBe(allEnded);
          expect(progress.outcome !== undefined).toBe(allEnded || complete || deadline);
          expect(progress.outcome === 'SUCCEEDED').toBe(states.every((state) => state === 'SUCCEEDED'));
          expect(rollUpCounts(countTargets(states), complete, deadline)).toEqual(progress);
        },
      ),
    );
  });
});
