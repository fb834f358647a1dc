import { describe, expect, test } from '@jest/globals';
import {
  asksAgain,
  blockOf,
  joinPreflights,
  MAX_PREFLIGHT_MESSAGES,
  partsOf,
  PREFLIGHT_VERDICTS,
  type Preflight,
} from '../../../src/domain/distribution/preflight.js';
import type { DistributionFacts } from '../../../src/domain/distribution/distribution.guards.js';
import { distributionMachine } from '../../../src/domain/distribution/distribution.machine.js';
import type { DistributionState } from '../../../src/domain/distribution/distribution.state.js';
import type { ReleaseState } from '../../../src/domain/release/release.state.js';
import { decide } from '../../../src/domain/state-machine.js';
import { goodDistributionFacts } from '../facts.js';

const [a, b] = ['ci-a', 'ci-b'];
const requested = new Set([a, b]);
const said = (verdict: Preflight['verdict'], targets: Preflight['targets'] = [], messages: string[] = []) => ({
  verdict,
  messages,
  targets,
});

describe('the answers of a tool to the parts of an order', () => {
  test('have the worst verdict that was given anywhere, in whatever order', () => {
    for (const first of PREFLIGHT_VERDICTS)
      for (const second of PREFLIGHT_VERDICTS)
        for (const target of PREFLIGHT_VERDICTS) {
          const answers = [said(first), said(second, [{ ciId: a, verdict: target, message: null }])];
          const worst = [first, second, target].reduce((x, y) =>
            PREFLIGHT_VERDICTS.indexOf(x) > PREFLIGHT_VERDICTS.indexOf(y) ? x : y,
          );
          expect(joinPreflights(answers, requested).verdict).toBe(worst);
          expect(joinPreflights(answers.toReversed(), requested).verdict).toBe(worst);
        }
  });

  test('say nothing of targets that nobody asked about', () => {
    const stranger = { ciId: 'ci-c', verdict: 'BLOCK', message: 'mine' } as const;
    expect(joinPreflights([said('OK', [stranger])], requested)).toEqual(said('OK'));
  });

  test('count once for a target: the worse word, of equal ones the first', () => {
    const words = (['WARN', 'BLOCK', 'OK', 'BLOCK'] as const).map((verdict, n) => ({
      ciId: a,
      verdict,
      message: `${n}`,
    }));
    expect(joinPreflights([said('OK', words)], requested).targets).toEqual([words[1]]);
  });

  test('repeat no message and keep a bounded number', () => {
    const many = Array.from({ length: 80 }, (_, n) => `message ${n}`);
    const { messages } = joinPreflights([said('OK', [], many), said('OK', [], many)], requested);
    expect(messages).toEqual(many.slice(0, MAX_PREFLIGHT_MESSAGES));
  });
});

describe('an order', () => {
  test('is not blocked by a warning', () => {
    expect(blockOf(said('WARN', [{ ciId: a, verdict: 'WARN', message: 'old' }], ['slow']))).toBeUndefined();
  });

  test('that is blocked names the targets, and what is said about the whole', () => {
    const targets = [
      { ciId: a, verdict: 'BLOCK', message: 'old firmware' },
      { ciId: b, verdict: 'OK', message: null },
    ] as const;
    const block = blockOf(said('BLOCK', targets, ['Two things.', 'Fix them.']));
    expect(block?.message).toBe(
      'The preflight of the tool blocks one target, so nothing was sent. Two things. Fix them.',
    );
    expect([...(block?.targets ?? [])]).toEqual([[a, 'old firmware']]);
    expect(blockOf(said('BLOCK'))?.message).toBe('The preflight of the tool blocks the order, so nothing was sent.');
  });

  test('is divided into parts that the tool takes, with each target once', () => {
    expect(partsOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(partsOf([1, 2, 3], undefined)).toEqual([[1, 2, 3]]);
    expect(partsOf([], undefined)).toEqual([]);
  });
});

test('people ask again wherever the run can be repeated, and nowhere else', () => {
  const ask = (state: DistributionState, more: Partial<DistributionFacts> = {}, release: ReleaseState = 'FAILED') => {
    const facts = { ...goodDistributionFacts, ...more, release: { ...goodDistributionFacts.release, state: release } };
    const decision = decide(distributionMachine, state, 'distributionPreflight', facts);
    if (decision.ok) return decision.to;
    return decision.reason === 'BLOCKED' ? decision.blockers.map(({ code }) => code) : decision.reason;
  };
  for (const state of ['PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'] as const) {
    expect(ask(state)).toBe(state);
    expect(ask(state, { operation: 'REMOVE' }, 'BACKING_OUT')).toBe(state);
    expect(ask(state, {}, 'IN_REVIEW')).toEqual(['RELEASE_NOT_READY']);
    expect(ask(state, { someTargetFailed: false })).toEqual(['NO_TARGETS']);
    expect(ask(state, { operation: 'VERIFY' }, 'CLOSED')).toBe('ILLEGAL_TRANSITION');
  }
  // Succeeded by policy.
  expect(ask('SUCCEEDED')).toBe('SUCCEEDED');
  expect(ask('SUCCEEDED', { someTargetFailed: false })).toBe('ILLEGAL_TRANSITION');
  expect(ask('AWAITING_DECISION')).toBe('AWAITING_DECISION');
  for (const state of ['RUNNING', 'STOPPING', 'BACKED_OUT', 'MISSED'] as const)
    expect(ask(state)).toBe('ILLEGAL_TRANSITION');
});

test('a tool that is away is asked until it is back, one that fails three times, one that refuses never again', () => {
  const tries = (retry: Parameters<typeof asksAgain>[0]) => [1, 2, 3, 100].map((n) => asksAgain(retry, n));
  expect(tries('backoff')).toEqual([true, true, true, true]);
  expect(tries('reconcile')).toEqual([true, true, false, false]);
  expect(tries('never')).toEqual([false, false, false, false]);
});
