import { describe, expect, test } from '@jest/globals';
import { BASIS_KINDS, lapsesBetween, type ApprovalBasis, type BasisEntry } from '../../src/domain/approval-basis.js';
import { distributionMachine } from '../../src/domain/distribution/distribution.machine.js';
import { releaseMachine } from '../../src/domain/release/release.machine.js';
import { decide } from '../../src/domain/state-machine.js';
import { goodDistributionFacts, goodReleaseFacts } from './facts.js';
import { refusal } from './matrix.js';

const target: BasisEntry = {
  kind: 'TARGET',
  id: 'ci-1',
  name: 'web-1',
  judged: { criticality: 'LOW', lifecycleState: 'TEST', binding: 'aa' },
};
const basis: ApprovalBasis = [
  { kind: 'RELEASE', id: 'release-1', name: 'REL-1', judged: { name: 'Patch', kind: 'MINOR' } },
  { kind: 'OWNER', id: 'person-1', name: 'Olga' },
  { kind: 'BACK_OUT_PLAN', id: 'digest', name: '' },
  { kind: 'CHANGE', id: 'change-1', name: 'CHG-1' },
  target,
  { kind: 'OUTCOME_POLICY', id: 'distribution-1', name: 'DST-1', judged: { requires: 'AT_LEAST_PERCENT 90' } },
  { kind: 'SOURCE', id: 'ci-1', name: 'web-1' },
  { kind: 'CONTENT', id: 'version-1', name: 'Payroll 4.0' },
  { kind: 'TASK', id: 'task-1', name: 'Test it' },
  { kind: 'OPTIONAL_TASK', id: 'task-2', name: 'Tidy' },
];
const without = (kind: string) => basis.filter((entry) => entry.kind !== kind);
const messages = (now: ApprovalBasis, before = basis) => lapsesBetween(before, now).map(({ message }) => message);

describe('what an approval stood on', () => {
  test('holds while nothing differs, in whatever order and under whatever name', () => {
    expect(messages(basis)).toEqual([]);
    expect(messages([...basis].reverse())).toEqual([]);
    expect(messages(basis.map((entry) => ({ ...entry, name: `${entry.name} renamed` })))).toEqual([]);
  });

  test('names the owner before and after', () => {
    expect(lapsesBetween(basis, [{ kind: 'OWNER', id: 'person-2', name: 'Otto' }, ...without('OWNER')])).toEqual([
      { message: 'the owner was Olga and is Otto', subject: { type: 'Person', id: 'person-2' } },
    ]);
  });

  test.each([
    ['CHANGE', 'change CHG-1'],
    ['TARGET', 'target web-1'],
    ['OUTCOME_POLICY', 'outcome policy DST-1'],
    ['SOURCE', 'source web-1'],
    ['CONTENT', 'content Payroll 4.0'],
    ['TASK', 'mandatory task Test it'],
    ['OPTIONAL_TASK', 'task Tidy'],
  ])('names each %s that came or went', (kind, name) => {
    expect(messages(without(kind))).toEqual([`${name} was removed`]);
    expect(messages(basis, without(kind))).toEqual([`${name} was added`]);
  });

  test('names what was judged of a target, then and now, and of a binding only that it changed', () => {
    const now = { ...target, judged: { criticality: 'CRITICAL', lifecycleState: 'PRODUCTION', binding: 'bb' } };
    expect(lapsesBetween(basis, [now, ...without('TARGET')])).toEqual(
      [
        'criticality of web-1 was LOW and is CRITICAL',
        'lifecycle state of web-1 was TEST and is PRODUCTION',
        'binding for the deployment tool of web-1 was edited',
      ].map((message) => ({ message, subject: { type: 'ConfigurationItem', id: 'ci-1' } })),
    );
  });

  test('names the item that forces the criticality of a target, and takes no notice of another such item', () => {
    const [low, high] = ['LOW', 'HIGH'].map((criticality) => ({ ...target, judged: { criticality } }));
    const entry = (of: typeof low, forcedBy: string): ApprovalBasis => [{ ...(of ?? target), forcedBy }];
    expect(messages(entry(high, 'Payroll'), entry(low, 'Billing'))).toEqual([
      'criticality of web-1 was LOW and is HIGH, forced by Payroll',
    ]);
    expect(messages(entry(high, 'Payroll'), entry(high, 'Billing'))).toEqual([]);
  });

  test('names what became of a mandatory task, then and now, and of its description only that it changed', () => {
    const judged = { name: 'Test it', kind: 'TEST', step: 'TESTING', description: 'aa' };
    const then: BasisEntry = { kind: 'TASK', id: 'task-1', name: 'Test it', judged };
    const other = { name: 'Wave', kind: 'MANUAL', step: 'IN_REVIEW', description: 'bb' };
    expect(messages([{ ...then, name: 'Wave', judged: other }], [then])).toEqual([
      'name of Wave was Test it and is Wave',
      'kind of Wave was TEST and is MANUAL',
      'step of Wave was TESTING and is IN_REVIEW',
      'description of Wave was edited',
    ]);
  });

  test('says that a text was edited', () => {
    const now: BasisEntry = { kind: 'BACK_OUT_PLAN', id: 'another', name: '' };
    expect(lapsesBetween(basis, [now, ...without('BACK_OUT_PLAN')])).toEqual([
      { message: 'the back-out plan was edited' },
    ]);
  });

  test('tells everything at once, and misses nothing that was not judged then', () => {
    const many = basis.filter(({ kind }) => kind !== 'OWNER' && kind !== 'BACK_OUT_PLAN');
    expect(messages([], many)).toHaveLength(BASIS_KINDS.length - 2);
    // From before releases and optional tasks were judged.
    const older = basis.filter(({ kind }) => kind !== 'RELEASE' && kind !== 'OPTIONAL_TASK');
    expect(messages(basis, older)).toEqual([]);
    const old = { ...target, judged: { criticality: 'LOW' } };
    expect(messages(basis, [...without('TARGET'), old])).toEqual([]);
  });
});

describe('an approval that lapsed', () => {
  const lapses = [
    { message: 'the owner was Olga and is Otto', subject: { type: 'Person', id: 'person-2' } },
    { message: 'the back-out plan was edited' },
  ];

  test('refuses a release with one blocker for each reason', () => {
    const facts = { ...goodReleaseFacts, acceptanceLapses: lapses };
    for (const [state, command] of [
      ['ACCEPTED', 'releaseSchedule'],
      ['SCHEDULED', 'releaseMoveSchedule'],
      ['COMMUNICATED', 'releaseStartDistribution'],
    ] as const) {
      const decision = decide(releaseMachine, state, command, facts);
      expect(decision.ok ? [] : decision.blockers).toMatchObject([
        { code: 'APPROVAL_STALE', message: expect.stringContaining('Olga and is Otto'), subject: { id: 'person-2' } },
        { code: 'APPROVAL_STALE', message: expect.stringContaining('back-out plan was edited') },
      ]);
    }
  });

  test('refuses a distribution, whether somebody had to approve it or not', () => {
    for (const approvalRequired of [true, false])
      for (const [state, command] of [
        ['SCHEDULED', 'distributionStart'],
        ['FAILED', 'distributionRetryFailed'],
      ] as const)
        expect(
          refusal(distributionMachine, state, command, {
            ...goodDistributionFacts,
            approvalRequired,
            approvalLapses: lapses,
          }),
        ).toEqual(['APPROVAL_STALE', 'APPROVAL_STALE']);
  });
});
