import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  asksNothing,
  assurancePolicy,
  judgeSuccess,
  NO_ASSURANCE,
  requiresVerification,
  type ReportedSuccess,
} from '../../../src/domain/cmdb/assurance-policy.js';
import { CRITICALITIES } from '../../../src/domain/cmdb/configuration-item.machine.js';

describe('the assurance policy of a site', () => {
  test('asks nothing by default', () => {
    expect(assurancePolicy('NONE', [])).toEqual(NO_ASSURANCE);
    expect(asksNothing(NO_ASSURANCE)).toBe(true);
    expect(asksNothing(assurancePolicy('HIGH', []))).toBe(false);
    expect(asksNothing(assurancePolicy('NONE', ['SERVER']))).toBe(false);
  });

  test('covers targets from a criticality on, and classes in any case', () => {
    const policy = assurancePolicy('HIGH', ['SERVER']);
    const covered = (ciClass: 'SERVER' | 'LAPTOP') =>
      CRITICALITIES.filter((criticality) => requiresVerification(policy, { criticality, ciClass }));
    expect(covered('LAPTOP')).toEqual(['HIGH', 'CRITICAL']);
    expect(covered('SERVER')).toEqual([...CRITICALITIES]);
    expect(requiresVerification(NO_ASSURANCE, { criticality: 'CRITICAL', ciClass: 'SERVER' })).toBe(false);
  });

  test('refuses a class that does not exist', () => {
    expect(() => assurancePolicy('NONE', ['SERVER', 'TOASTER'])).toThrow(/TOASTER.*SERVER/);
  });

  const success = (more: Partial<ReportedSuccess>): ReportedSuccess => ({
    mustVerify: true,
    expected: 'aa',
    found: undefined,
    vouched: false,
    ...more,
  });

  test.each<[Partial<ReportedSuccess>, ReturnType<typeof judgeSuccess>]>([
    [{}, 'HELD'],
    [{ found: 'aa' }, 'SUCCESS'],
    [{ found: 'bb' }, 'MISMATCH'],
    // Evidence says nothing against a digest that was read back.
    [{ found: 'bb', vouched: true }, 'MISMATCH'],
    [{ vouched: true }, 'SUCCESS'],
    // Without media there is no digest to compare.
    [{ expected: undefined, found: 'aa' }, 'HELD'],
    [{ mustVerify: false }, 'SUCCESS'],
    [{ mustVerify: false, found: 'bb' }, 'MISMATCH'],
    [{ mustVerify: false, expected: undefined, found: 'bb' }, 'SUCCESS'],
  ])('judges %j as %s', (more, judged) => {
    expect(judgeSuccess(success(more))).toBe(judged);
  });

  test('only ever holds a success back: it makes no failure, and forgives none', () => {
    const digest = fc.constantFrom(undefined, 'aa', 'bb');
    fc.assert(
      fc.property(digest, digest, fc.boolean(), (expected, found, vouched) => {
        const [strict, loose] = [true, false].map((mustVerify) =>
          judgeSuccess({ mustVerify, expected, found, vouched }),
        );
        if (strict !== loose) expect([strict, loose, vouched]).toEqual(['HELD', 'SUCCESS', false]);
        if (strict === 'SUCCESS' && !vouched) expect(found).toBe(expected);
      }),
    );
  });
});
