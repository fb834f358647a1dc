import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TARGET_STATES } from '../../../src/domain/distribution/observation.js';
import {
  retryCouldHelp,
  MAX_RETRY_MINUTES,
  nextRetry,
  type EndedTargets,
  type RetryPolicy,
} from '../../../src/domain/distribution/retry-policy.js';

const NOW = new Date('2026-12-04T20:00:00Z');
const policy = (more: Partial<RetryPolicy> = {}): RetryPolicy => ({
  limit: 3,
  afterMinutes: 5,
  reasons: null,
  ...more,
});
const ended = (state: EndedTargets['state'], reasonCode: string | null = null, retryable: boolean | null = null) => ({
  state,
  reasonCode,
  retryable,
});
const done = ended('SUCCEEDED');

describe('a retry could help', () => {
  test.each([
    ['a failure that the tool calls retryable', [done, ended('FAILED', 'NO_SPACE', true)], true],
    ['one that it does not', [ended('FAILED', 'BAD_DISK', false)], false],
    ['one of which it says nothing', [ended('FAILED', 'BAD_DISK')], false],
    ['one of each', [ended('FAILED', 'NO_SPACE', true), ended('REJECTED', 'OLD', false)], false],
    ['a target that was not started beside it', [ended('EXPIRED', 'LATE', true), ended('SKIPPED')], true],
    ['a target whose outcome nobody knows', [ended('FAILED', 'A', true), ended('UNKNOWN', 'LOST', true)], false],
    ['no failure at all', [done, ended('CANCELLED')], false],
  ] as const)('%s', (_name, targets, expected) => {
    expect(retryCouldHelp(policy(), targets)).toBe(expected);
  });

  test('only after the reasons that the policy names, whatever the tool says', () => {
    const named = policy({ reasons: ['NO_SPACE', 'BUSY'] });
    expect(retryCouldHelp(named, [ended('FAILED', 'NO_SPACE', false), ended('FAILED', 'BUSY')])).toBe(true);
    expect(retryCouldHelp(named, [ended('FAILED', 'NO_SPACE'), ended('FAILED', 'OTHER', true)])).toBe(false);
    expect(retryCouldHelp(named, [ended('FAILED')])).toBe(false);
  });
});

describe('the next retry', () => {
  const failed = [ended('FAILED', 'NO_SPACE', true)];
  const minutes = (count: number, more: Partial<RetryPolicy> = {}) => {
    const at = nextRetry(policy(more), count, failed, NOW);
    return at && (at.getTime() - NOW.getTime()) / 60_000;
  };

  test('waits twice as long each time, a day at most, and ends at the limit', () => {
    expect([0, 1, 2, 3].map((count) => minutes(count))).toEqual([5, 10, 20, null]);
    expect(minutes(9, { limit: 10, afterMinutes: 60 })).toBe(MAX_RETRY_MINUTES);
    expect(minutes(0, { limit: 0 })).toBeNull();
  });

  test('never comes for a target whose outcome is unknown, and never without a failure', () => {
    const state = fc.constantFrom(...TARGET_STATES);
    const one = fc.record({
      state,
      reasonCode: fc.constantFrom('A', null),
      retryable: fc.constantFrom(true, false, null),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), fc.constantFrom(['A'], null), (targets, reasons) => {
        const at = nextRetry(policy({ reasons }), 0, targets, NOW);
        if (at === null) return;
        expect(targets.some((target) => target.state === 'UNKNOWN')).toBe(false);
        expect(targets.some((target) => ['FAILED', 'REJECTED', 'EXPIRED'].includes(target.state))).toBe(true);
        expect(at > NOW).toBe(true);
      }),
    );
  });
});
