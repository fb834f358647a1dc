import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countTargets, type TargetCounts } from '../../../src/domain/distribution/distribution-outcome.js';
import { TARGET_STATES, type TargetState } from '../../../src/domain/distribution/observation.js';
import { judgeWave, tallyWave, type WaveThresholds } from '../../../src/domain/distribution/wave.js';

const NONE: WaveThresholds = { maxFailures: null, maxFailurePercent: null, minSuccessPercent: null };
const counts = (of: Partial<Record<TargetState, number>>): TargetCounts => ({ ...countTargets([]), ...of });
const judged = (thresholds: Partial<WaveThresholds>, of: Partial<Record<TargetState, number>>, over = true) =>
  judgeWave({ ...NONE, ...thresholds }, tallyWave(counts(of)), over)?.trip;

describe('the thresholds of a wave', () => {
  test('without any, no failure is tolerated, and what never answered is one', () => {
    expect(judged({}, { SUCCEEDED: 9, SKIPPED: 1 })).toBeUndefined();
    for (const state of ['FAILED', 'REJECTED', 'EXPIRED', 'UNKNOWN'] as const)
      expect(judged({}, { SUCCEEDED: 9, [state]: 1 })).toBe('FAILURES');
  });

  test.each<[string, Partial<WaveThresholds>, Partial<Record<TargetState, number>>, string | undefined]>([
    ['as many failures as tolerated', { maxFailures: 2 }, { SUCCEEDED: 8, FAILED: 2 }, undefined],
    ['one more', { maxFailures: 2 }, { SUCCEEDED: 7, FAILED: 3 }, 'FAILURES'],
    ['exactly the share', { maxFailurePercent: 20 }, { SUCCEEDED: 8, FAILED: 2 }, undefined],
    ['a larger share', { maxFailurePercent: 20 }, { SUCCEEDED: 7, FAILED: 2 }, 'FAILURE_PERCENT'],
    ['exactly the successes', { minSuccessPercent: 80 }, { SUCCEEDED: 8, FAILED: 2 }, undefined],
    ['fewer, because some were skipped', { minSuccessPercent: 80 }, { SUCCEEDED: 7, SKIPPED: 3 }, 'SUCCESS_PERCENT'],
    ['both of two, the first is named', { maxFailures: 0, minSuccessPercent: 90 }, { FAILED: 1 }, 'FAILURES'],
    ['a wave without a target that counts', { minSuccessPercent: 100 }, {}, undefined],
  ])('%s', (_, thresholds, of, trip) => {
    expect(judged(thresholds, of)).toBe(trip);
  });

  test('while it runs, failures trip it, and missing successes do not', () => {
    expect(judged({ maxFailures: 0 }, { FAILED: 1, INSTALLING: 9 }, false)).toBe('FAILURES');
    expect(judged({ minSuccessPercent: 80 }, { SUCCEEDED: 1, INSTALLING: 9 }, false)).toBeUndefined();
  });

  test('failures that were accepted count neither as failures nor as targets', () => {
    const tally = tallyWave(counts({ SUCCEEDED: 8, FAILED: 2 }), 2);
    expect(tally).toEqual({ total: 8, succeeded: 8, failed: 0, ended: 8 });
    expect(judgeWave({ ...NONE, minSuccessPercent: 100 }, tally, true)).toBeUndefined();
  });

  test('more news of the same kind never makes a tripped wave pass by failures', () => {
    const some = fc.record(
      Object.fromEntries(TARGET_STATES.map((state) => [state, fc.nat(20)])) as Record<
        TargetState,
        fc.Arbitrary<number>
      >,
    );
    fc.assert(
      fc.property(some, fc.nat(10), fc.constantFrom('FAILED', 'UNKNOWN', 'EXPIRED'), (of, maxFailures, state) => {
        if (judged({ maxFailures }, of, false) !== 'FAILURES') return;
        const more = { ...of, [state]: of[state as TargetState] + 1 };
        expect(judged({ maxFailures }, more, true)).toBe('FAILURES');
      }),
    );
  });
});
