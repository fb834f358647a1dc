import { describe, expect, test } from '@jest/globals';
import {
  DISTRIBUTION_OPERATIONS,
  DISTRIBUTION_STATES,
  type DistributionCommand,
} from '../../../src/domain/distribution/distribution.state.js';
import type { DistributionFacts } from '../../../src/domain/distribution/distribution.guards.js';
import { distributionMachine } from '../../../src/domain/distribution/distribution.machine.js';
import { isDriftCheck } from '../../../src/domain/distribution/drift-check.js';
import { delivers, isReturn } from '../../../src/domain/distribution/return.guards.js';
import { everyDistributionHasEnded } from '../../../src/domain/release/release.guards.js';
import { RELEASE_STATES, type ReleaseState } from '../../../src/domain/release/release.state.js';
import { availableCommands, decide } from '../../../src/domain/state-machine.js';
import { goodDistributionFacts, goodReleaseFacts } from '../facts.js';
import { refusal } from '../matrix.js';

const inState = (state: ReleaseState, more: Partial<DistributionFacts> = {}): DistributionFacts => ({
  ...goodDistributionFacts,
  operation: 'VERIFY',
  ...more,
  release: { ...goodDistributionFacts.release, state },
});

describe('a drift check', () => {
  test('is a VERIFY of a release whose outcome is settled', () => {
    const checks = RELEASE_STATES.filter((state) => isDriftCheck(inState(state)));
    expect(checks).toEqual(['DEPLOYED', 'IN_REVIEW', 'CLOSED']);
    expect(DISTRIBUTION_OPERATIONS.filter((operation) => isDriftCheck(inState('CLOSED', { operation })))).toEqual([
      'VERIFY',
    ]);
  });

  test('is a check, a return or a delivery, and exactly one of them', () => {
    for (const state of RELEASE_STATES)
      for (const operation of DISTRIBUTION_OPERATIONS) {
        const facts = inState(state, { operation });
        expect([isDriftCheck, isReturn, delivers].filter((kind) => kind(facts))).toHaveLength(1);
      }
  });

  test('begins after the slot of its release and without a time of its own', () => {
    const long = { slot: null, slotIsBooked: false, skipsScheduling: false };
    const facts = inState('CLOSED', { ownTime: null, hasPlannedStart: false });
    const late = { ...facts, release: { ...facts.release, ...long } };
    expect(refusal(distributionMachine, 'PLANNED', 'distributionSchedule', late)).toEqual([]);
    expect(refusal(distributionMachine, 'SCHEDULED', 'distributionStart', late)).toEqual([]);
    expect(refusal(distributionMachine, 'SCHEDULED', 'distributionStart', { ...late, operation: 'INSTALL' })).toContain(
      'RELEASE_NOT_READY',
    );
  });

  const thing = { id: 'thing-1', name: 'web-1' };
  test.each<[string, Partial<DistributionFacts>, string[]]>([
    ['a hold', { release: { ...inState('DEPLOYED').release, onHold: { reason: 'Audit.' } } }, ['RELEASE_ON_HOLD']],
    ['a closed window', { windowIsOpen: false }, ['WINDOW_CLOSED']],
    ['a blackout', { activeBlackouts: [thing] }, ['BLACKOUT']],
    ['other work there', { worksThere: [{ ...thing, target: 'web-1' }] }, ['DISTRIBUTION_NOT_ENDED']],
    ['an approval that lapsed', { approvalLapses: [{ message: 'x' }] }, ['APPROVAL_STALE']],
    ['a target out of the CMDB', { unauthorisedTargets: [thing] }, ['CI_NOT_AUTHORISED']],
    ['media with other bytes', { alteredMedia: [thing] }, ['MEDIA_DIGEST_MISMATCH']],
    // It changes nothing, so these do not matter.
    ['a recalled version', { unauthorisedMedia: [thing] }, []],
    [
      'a protected target without a change',
      { uncoveredTargets: [{ ...thing, lifecycleState: 'PRODUCTION' }] as never },
      [],
    ],
  ])('asks about %s', (_, fault, codes) => {
    expect(
      refusal(distributionMachine, 'SCHEDULED', 'distributionStart', { ...inState('DEPLOYED'), ...fault }),
    ).toEqual(codes);
  });

  test('says when windows and blackouts let it begin', () => {
    const nextOpening = '2027-03-01T22:00:00.000Z';
    const facts = { ...inState('DEPLOYED'), windowIsOpen: false, activeBlackouts: [thing], nextOpening };
    const start = availableCommands(distributionMachine, 'SCHEDULED', facts).find(
      ({ command }) => command === 'distributionStart',
    );
    expect(start?.blockers.map(({ code, opensAt }) => [code, opensAt])).toEqual([
      ['WINDOW_CLOSED', nextOpening],
      ['BLACKOUT', nextOpening],
    ]);
  });

  test('is planned anew instead of being retried', () => {
    const retry: DistributionCommand = 'distributionRetryFailed';
    const facts = inState('DEPLOYED', { someTargetFailed: true });
    expect(DISTRIBUTION_STATES.filter((state) => decide(distributionMachine, state, retry, facts).ok)).toEqual([]);
  });

  test('keeps no review of its release waiting', () => {
    const under = (driftCheck: boolean) =>
      everyDistributionHasEnded({ ...goodReleaseFacts, distributions: [{ ...thing, state: 'RUNNING', driftCheck }] });
    expect([under(true), under(false)]).toMatchObject([[], [{ code: 'DISTRIBUTION_NOT_ENDED' }]]);
  });
});
