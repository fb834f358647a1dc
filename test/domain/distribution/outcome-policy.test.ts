import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { releaseOutcome } from '../../../src/domain/distribution/delivery.js';
import {
  countTargets,
  rollUp,
  type DistributionOutcome,
} from '../../../src/domain/distribution/distribution-outcome.js';
import { distributionMachine } from '../../../src/domain/distribution/distribution.machine.js';
import { TARGET_STATES, type TargetState } from '../../../src/domain/distribution/observation.js';
import {
  CRITICAL_TARGETS,
  mayRelaxPolicy,
  policyHolds,
  policyReason,
  policyRelaxes,
  STRICT_POLICY,
  type JudgedPolicy,
  type OutcomePolicy,
} from '../../../src/domain/distribution/outcome-policy.js';
import { decide } from '../../../src/domain/state-machine.js';
import { goodDistributionFacts } from '../facts.js';

const share = (percent: number): OutcomePolicy => ({ kind: 'AT_LEAST_PERCENT', percent });
const critical = (total: number, succeeded: number): JudgedPolicy => ({
  kind: 'EVERY_CRITICAL_TARGET',
  percent: null,
  critical: { total, succeeded },
});
const OK = 'SUCCEEDED';

describe('the outcome of a distribution by policy', () => {
  test.each<[JudgedPolicy, TargetState[], DistributionOutcome]>([
    [share(75), [OK, OK, OK, 'FAILED'], 'SUCCEEDED'],
    [share(76), [OK, OK, OK, 'FAILED'], 'PARTIALLY_SUCCEEDED'],
    [share(34), [OK, 'FAILED', 'FAILED'], 'PARTIALLY_SUCCEEDED'],
    [share(33), [OK, 'FAILED', 'FAILED'], 'SUCCEEDED'],
    [share(50), [OK, 'UNKNOWN'], 'SUCCEEDED'],
    [share(50), [OK, 'INSTALLING'], 'SUCCEEDED'],
    [share(1), ['FAILED', 'FAILED'], 'FAILED'],
    // A stop is no failure that somebody accepted beforehand, and a return leaves nothing that succeeded.
    [share(50), [OK, 'CANCELLED'], 'STOPPED'],
    [share(50), [OK, 'CANCELLED', 'FAILED'], 'PARTIALLY_SUCCEEDED'],
    [share(50), [OK, 'BACKED_OUT'], 'PARTIALLY_SUCCEEDED'],
    [critical(1, 1), [OK, 'FAILED'], 'SUCCEEDED'],
    [critical(2, 1), [OK, 'FAILED'], 'PARTIALLY_SUCCEEDED'],
    // Nothing is critical: then nobody said what may fail.
    [critical(0, 0), [OK, 'FAILED'], 'PARTIALLY_SUCCEEDED'],
    [{ kind: 'EVERY_CRITICAL_TARGET', percent: null }, [OK, 'FAILED'], 'PARTIALLY_SUCCEEDED'],
  ])('%j, %j: %s', (policy, states, outcome) => {
    expect(rollUp(states, true, false, policy).outcome).toBe(outcome);
  });

  const anyPolicy = fc.oneof<fc.Arbitrary<JudgedPolicy>[]>(
    fc.constant(STRICT_POLICY),
    fc.integer({ min: 1, max: 100 }).map(share),
    fc.tuple(fc.nat(5), fc.nat(5)).map(([a, b]) => critical(Math.max(a, b), Math.min(a, b))),
  );
  // Success is frequent: otherwise hardly any policy has something to tolerate.
  const anyStates = fc.array(
    fc.constantFrom(...TARGET_STATES, ...Array.from({ length: 12 }, () => 'SUCCEEDED' as const)),
    {
      minLength: 1,
      maxLength: 12,
    },
  );

  test('needs a success, tolerates no more than the policy says, and changes nothing but the outcome', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anyPolicy, anyStates, (policy, states) => {
        const strict = rollUp(states, true, false);
        const judged = rollUp(states, true, false, policy);
        expect({ ...judged, outcome: undefined }).toEqual({ ...strict, outcome: undefined });
        if (strict.outcome === 'SUCCEEDED') expect(judged.outcome).toBe('SUCCEEDED');
        if (judged.outcome === strict.outcome) return;
        seen.add(policy.kind);
        expect([judged.outcome, strict.outcome]).toEqual(['SUCCEEDED', 'PARTIALLY_SUCCEEDED']);
        expect(states).toContain('SUCCEEDED');
        expect(states).not.toContain('CANCELLED');
        if (policy.kind === 'AT_LEAST_PERCENT')
          expect(states.filter((state) => state === OK).length / states.length).toBeGreaterThanOrEqual(
            (policy.percent as number) / 100,
          );
        else expect(policy.critical?.succeeded).toBe(policy.critical?.total);
      }),
      { numRuns: 1_000 },
    );
    expect([...seen].sort()).toEqual(['AT_LEAST_PERCENT', 'EVERY_CRITICAL_TARGET']);
  });

  test('is relaxed by every change after which less can succeed, and by no other', () => {
    const policies: readonly JudgedPolicy[] = [STRICT_POLICY, share(100), share(90), share(50), critical(1, 1)];
    fc.assert(
      fc.property(fc.constantFrom(...policies), fc.constantFrom(...policies), anyStates, (from, to, states) => {
        const holds = (policy: JudgedPolicy) => policyHolds(policy, countTargets(states), states.length);
        if (!policyRelaxes(from, to) && holds(to) && to.kind !== 'EVERY_CRITICAL_TARGET')
          expect(holds(from)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(policies.map((to) => policyRelaxes(STRICT_POLICY, to))).toEqual([false, false, true, true, true]);
    expect(policies.map((to) => policyRelaxes(share(90), to))).toEqual([false, false, false, true, true]);
    expect(policies.map((to) => policyRelaxes(critical(1, 1), to))).toEqual([false, true, true, true, false]);
  });

  test('is relaxed by the owner and the manager of the release, and tightened by anybody', () => {
    const release = { id: 'release-1', name: 'REL-1', ownerId: 'owner', managerId: 'manager' };
    const relaxing = (actorId: string, from: OutcomePolicy, to: OutcomePolicy) =>
      mayRelaxPolicy({ actorId, actorRoles: ['DEPLOYMENT_OPERATOR'], release }, from, to)?.code;
    expect(['owner', 'manager', 'other'].map((actor) => relaxing(actor, STRICT_POLICY, share(90)))).toEqual([
      undefined,
      undefined,
      'NOT_RELEASE_OWNER',
    ]);
    expect(relaxing('other', share(90), STRICT_POLICY)).toBeUndefined();
  });

  test('calls HIGH and CRITICAL critical', () => {
    expect(CRITICAL_TARGETS).toEqual(['HIGH', 'CRITICAL']);
  });

  test('is explained where a target failed', () => {
    expect(policyReason(share(75), 3, 4)).toBe('3 of 4 targets succeeded; the outcome policy requires 75 %.');
    expect(policyReason(share(75), 4, 4)).toBeNull();
  });

  test('does not decide about the release, and lets what failed be tried again', () => {
    expect(releaseOutcome(['SUCCEEDED'], { cells: 4, done: 3 })).toBe('PARTIALLY_DEPLOYED');
    const retry = (someTargetFailed: boolean) =>
      decide(distributionMachine, 'SUCCEEDED', 'distributionRetryFailed', {
        ...goodDistributionFacts,
        someTargetFailed,
      });
    expect(retry(true)).toEqual({ ok: true, to: 'STARTING' });
    expect(retry(false)).toMatchObject({ ok: false, reason: 'ILLEGAL_TRANSITION' });
  });
});
