import { describe, expect, test } from '@jest/globals';
import {
  packageIsTested,
  requirementsOf,
  type CompletedTest,
  type TestEvidenceFacts,
} from '../../../src/domain/release/test-evidence.js';
import { collectBlockers } from '../../../src/domain/blocker.js';
import { goodReleaseFacts } from '../facts.js';

const media = (id: string, digest: string | null = id) => ({ id, name: `payroll ${id}`, digest });
const done = (more: Partial<CompletedTest> = {}): CompletedTest => ({
  id: 'task-1',
  name: 'regression',
  testerId: 'tester',
  testedOn: [media('a')],
  ...more,
});
const found = (facts: Partial<TestEvidenceFacts>) =>
  collectBlockers([
    packageIsTested({ ...goodReleaseFacts, contents: [media('a')], completedTests: [done()], ...facts }),
  ]);
const codes = (facts: Partial<TestEvidenceFacts>) =>
  found(facts).map(({ code, subject }) => `${code} ${subject?.id ?? '-'}`);

describe('evidence of a test', () => {
  test('is required by the template, unless testing is skipped, and always by a critical target', () => {
    const asks = { backOutPlan: true, testEvidence: true };
    const lax = { backOutPlan: false, testEvidence: false };
    const critical = [{ id: 'ci-1', name: 'payroll-db' }];
    expect(requirementsOf(asks, [], [])).toEqual(asks);
    expect(requirementsOf(asks, ['TESTING'], [])).toEqual({ ...asks, testEvidence: false });
    expect(requirementsOf(lax, [], [])).toEqual(lax);
    expect(requirementsOf(null, [], [])).toEqual({ backOutPlan: true, testEvidence: false });
    for (const template of [asks, lax, null]) expect(requirementsOf(template, ['TESTING'], critical)).toEqual(asks);
  });

  test('counts for exactly the bytes that it was given on', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ contents: [media('a', 'other')] })).toEqual(['TEST_EVIDENCE_STALE a']);
    expect(codes({ contents: [media('a', null)] })).toEqual(['TEST_EVIDENCE_STALE a']);
    expect(codes({ contents: [media('b')] })).toEqual(['TEST_EVIDENCE_STALE b', 'TEST_EVIDENCE_STALE a']);
    expect(codes({ contents: [media('a'), media('b')] })).toEqual(['TEST_EVIDENCE_STALE b']);
    expect(codes({ contents: [], completedTests: [done({ testedOn: [] })] })).toEqual(['TEST_EVIDENCE_MISSING -']);
  });

  test('of two tests of parts is no evidence of the whole; an older test of the whole is', () => {
    const parts = [done({ testedOn: [media('b')] }), done({ testedOn: [media('a')] })];
    const contents = [media('a'), media('b')];
    expect(codes({ contents, completedTests: parts })).toEqual(['TEST_EVIDENCE_STALE a']);
    expect(codes({ contents, completedTests: [...parts, done({ testedOn: contents })] })).toEqual([]);
  });

  test('is not given by who had a part in the work, or by nobody', () => {
    expect(codes({ contributorIds: ['tester'] })).toEqual(['SELF_APPROVAL task-1']);
    expect(codes({ completedTests: [done({ testerId: null })] })).toEqual(['TEST_EVIDENCE_MISSING -']);
    const both = [done({ id: 'own', testerId: 'builder' }), done({ testedOn: [media('b')] })];
    expect(codes({ completedTests: both, contributorIds: ['builder'] })).toEqual([
      'TEST_EVIDENCE_STALE a',
      'TEST_EVIDENCE_STALE b',
    ]);
  });

  test('says what asks for it and who can give it', () => {
    const criticalTargets = [{ id: 'ci-1', name: 'payroll-db' }];
    const [missing] = found({ completedTests: [], criticalTargets });
    expect(missing).toMatchObject({
      message: expect.stringContaining('Work on payroll-db can harm something CRITICAL'),
      subject: { type: 'ConfigurationItem', id: 'ci-1' },
      resolvableBy: ['TEST_MANAGER', 'RELEASE_MANAGER'],
      waivable: false,
    });
    expect(found({ testEvidenceRequired: false, completedTests: [] })).toEqual([]);
  });
});
