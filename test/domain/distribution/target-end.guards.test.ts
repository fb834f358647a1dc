import { describe, expect, test } from '@jest/globals';
import { endOfTargetHasReason, targetIsSilent } from '../../../src/domain/distribution/target-end.guards.js';
import { collectBlockers } from '../../../src/domain/blocker.js';
import { distributionMachine } from '../../../src/domain/distribution/distribution.machine.js';
import { goodDistributionFacts } from '../facts.js';
import { refusal } from '../matrix.js';

const target = (isSilent: boolean) => ({ id: 'ci-1', name: 'web', isSilent });
const codes = (facts: Parameters<typeof targetIsSilent>[0]) =>
  collectBlockers([targetIsSilent(facts), endOfTargetHasReason(facts)]).map(({ code }) => code);

describe('the end of a single target', () => {
  test.each([
    ['is offered while a target is silent', { someTargetIsSilent: true }, []],
    ['is not offered while every target answers', { someTargetIsSilent: false }, ['TARGET_NOT_SILENT']],
    ['is not offered where nobody asked', {}, ['TARGET_NOT_SILENT']],
    ['is for the silent one', { someTargetIsSilent: true, targetToEnd: target(true), reasonGiven: true }, []],
    [
      'is not for one that answers beside it',
      { someTargetIsSilent: true, targetToEnd: target(false), reasonGiven: true },
      ['TARGET_NOT_SILENT'],
    ],
    ['has a reason', { someTargetIsSilent: true, targetToEnd: target(true), reasonGiven: false }, ['EVIDENCE_MISSING']],
  ])('%s', (_, facts, expected) => {
    expect(codes(facts)).toEqual(expected);
  });

  // The end of the last target frees every configuration item, as the end of the run does.
  test.each(['STOPPING', 'BACKING_OUT'] as const)(
    'waits for the time that the tool has to end its work: %s',
    (state) => {
      const silent = {
        ...goodDistributionFacts,
        someTargetIsSilent: true,
        targetToEnd: target(true),
        reasonGiven: true,
      };
      const mayEndUntil = new Date('2026-11-27T12:00:00Z');
      const codesOf = (command: 'distributionEndTarget' | 'distributionAbandon', until: Date | null) =>
        refusal(distributionMachine, state, command, { ...silent, mayEndUntil: until });
      for (const command of ['distributionEndTarget', 'distributionAbandon'] as const) {
        expect(codesOf(command, mayEndUntil)).toEqual(['RUN_STOPPABLE']);
        expect(codesOf(command, null)).toEqual([]);
      }
    },
  );

  test('names the target that answers', () => {
    expect(collectBlockers([targetIsSilent({ someTargetIsSilent: true, targetToEnd: target(false) })])).toMatchObject([
      { subject: { type: 'ConfigurationItem', id: 'ci-1' } },
    ]);
  });
});
