import { describe, expect, test } from '@jest/globals';
import {
  CHANGE_STATES,
  changeMachine,
  COVERING_CHANGE_STATES,
  DELIVERY_CHANGE_STATES,
} from '../../../src/domain/change/change.machine.js';
import { changeReleaseRequestMachine } from '../../../src/domain/change/change-release-request.machine.js';
import { configurationItemMachine } from '../../../src/domain/cmdb/configuration-item.machine.js';
import { protectedTargetsAreCovered, type UncoveredTarget } from '../../../src/domain/cmdb/target.guards.js';
import { distributionMachine } from '../../../src/domain/distribution/distribution.machine.js';
import { releaseMachine } from '../../../src/domain/release/release.machine.js';
import { availableCommands, type Machine } from '../../../src/domain/state-machine.js';
import {
  goodChangeFacts,
  goodConfigurationItemFacts,
  goodDistributionFacts,
  goodReleaseFacts,
  goodRequestFacts,
} from '../facts.js';
import { refusal } from '../matrix.js';

const thing = { id: 'ci-1', name: 'web-1' };
const uncovered: UncoveredTarget = { ...thing, lifecycleState: 'PRODUCTION', nearest: null };

/** The commands that a code blocks, in each state that has one. */
function blockedBy<S extends string, C extends string, F>(machine: Machine<S, C, F>, facts: F, code: string): string[] {
  return machine.states.flatMap((state) => {
    const blocked = machine.commands.filter((command) => refusal(machine, state, command, facts).includes(code));
    return blocked.length === 0 ? [] : [`${state}: ${blocked.join(' ')}`];
  });
}

describe('targets that are protected or out of service', () => {
  const faults = [
    ['CI_PROTECTED', { uncoveredTargets: [uncovered] }],
    ['CI_DECOMMISSIONED', { decommissionedTargets: [thing] }],
  ] as const;

  test.each(faults)('%s stops a release exactly here', (code, fault) => {
    const facts = { ...goodReleaseFacts, ...fault };
    expect(blockedBy(releaseMachine, facts, code)).toEqual([
      'TESTING: releaseAccept',
      'ACCEPTED: releaseSchedule',
      'SCHEDULED: releaseMoveSchedule releaseStartDistribution',
      'COMMUNICATED: releaseMoveSchedule releaseStartDistribution',
    ]);
    // Where states are skipped, their checks move on to the next command.
    const skippedStates = ['BUILDING', 'TESTING', 'ACCEPTED', 'COMMUNICATED'] as const;
    expect(blockedBy(releaseMachine, { ...facts, skippedStates }, code)).toEqual([
      'PLANNING: releaseSchedule',
      'BUILDING: releaseSchedule',
      'TESTING: releaseSchedule',
      'ACCEPTED: releaseSchedule',
      'SCHEDULED: releaseMoveSchedule releaseStartDistribution',
      'COMMUNICATED: releaseMoveSchedule releaseStartDistribution',
    ]);
    const acceptanceLapses = [{ message: 'the scope changed' }];
    expect(refusal(releaseMachine, 'ACCEPTED', 'releaseAccept', { ...facts, acceptanceLapses })).toEqual([code]);
  });

  test.each(faults)('%s stops a distribution exactly here, and never a stop or a back-out', (code, fault) => {
    expect(blockedBy(distributionMachine, { ...goodDistributionFacts, ...fault }, code)).toEqual([
      'PLANNED: distributionSchedule',
      'AWAITING_APPROVAL: distributionApprove',
      'SCHEDULED: distributionStart',
      'BETWEEN_WAVES: distributionAdvance',
      'AWAITING_DECISION: distributionRepeatWave',
      'SUCCEEDED: distributionRetryFailed',
      'PARTIALLY_SUCCEEDED: distributionRetryFailed',
      'FAILED: distributionRetryFailed',
      'PAUSED: distributionResume',
      'STOPPED: distributionRetryFailed',
    ]);
  });

  test('a decommissioned item is no new target of a change, nor of a release through its change', () => {
    const addedCis = [{ ...thing, isRetired: false, isDecommissionedTarget: true, field: 'ciIds' }] as const;
    for (const command of ['changeAddCi', 'changeUpdate'] as const)
      expect(refusal(changeMachine, 'OPEN', command, { ...goodChangeFacts, addedCis })).toEqual(['CI_DECOMMISSIONED']);
    expect(
      refusal(changeReleaseRequestMachine, 'SUBMITTED', 'changeReleaseRequestApprove', {
        ...goodRequestFacts,
        decommissionedTargets: [thing],
      }),
    ).toEqual(['CI_DECOMMISSIONED']);
  });

  test('says what helps: the nearest change, or a new one', () => {
    const message = (nearest: UncoveredTarget['nearest']) =>
      protectedTargetsAreCovered({ uncoveredTargets: [{ ...uncovered, nearest }], decommissionedTargets: [] });
    const change = { id: 'change-1', name: 'CHG-1', state: 'ASSESSED' } as const;
    expect(message(null)).toMatchObject([{ message: expect.stringContaining('Raise a change that names it') }]);
    expect(message({ ...change, inRelease: true })).toMatchObject([
      { message: expect.stringContaining('Have change CHG-1 authorised'), via: [{ type: 'Change', id: 'change-1' }] },
    ]);
    expect(message({ ...change, inRelease: false })).toMatchObject([
      { message: expect.stringContaining('Have change CHG-1 join the release') },
    ]);
  });

  test('a change covers deliveries while it is authorised, and when its release is tried again', () => {
    expect(CHANGE_STATES.filter((state) => (DELIVERY_CHANGE_STATES as readonly string[]).includes(state))).toEqual([
      ...COVERING_CHANGE_STATES,
      'IMPLEMENTED',
      'IN_REVIEW',
    ]);
  });
});

describe('relations', () => {
  const good = goodConfigurationItemFacts;
  const end = { id: 'ci-2', name: 'web-2', isRetired: false, lifecycleState: 'BUILD', changes: [] } as const;
  const live = { lifecycleState: 'PRODUCTION' } as const;
  const change = { id: 'change-1', name: 'CHG-1', state: 'AUTHORISED' } as const;

  test.each([
    ['of two ordinary items', { ...good, otherEnd: end }, [], []],
    ['of a protected source', { ...good, ...live, otherEnd: end }, ['CI_PROTECTED'], ['CI_PROTECTED']],
    ['of a protected target', { ...good, otherEnd: { ...end, ...live } }, ['CI_PROTECTED'], ['CI_PROTECTED']],
    ['of a covered target', { ...good, otherEnd: { ...end, ...live, changes: [change] } }, [], []],
    ['of a retired source', { ...good, isRetired: true, otherEnd: end }, ['CI_NOT_AUTHORISED'], []],
    ['of a retired target', { ...good, otherEnd: { ...end, isRetired: true } }, ['CI_NOT_AUTHORISED'], []],
    [
      'of a retired item that was in production',
      { ...good, otherEnd: { ...end, ...live, isRetired: true } },
      ['CI_NOT_AUTHORISED'],
      [],
    ],
    [
      'of a retired item with a protected one',
      { ...good, ...live, otherEnd: { ...end, isRetired: true } },
      ['CI_NOT_AUTHORISED', 'CI_PROTECTED'],
      ['CI_PROTECTED'],
    ],
  ])('%s', (_, facts, relate, unrelate) => {
    expect(refusal(configurationItemMachine, 'AUTHORISED', 'configurationItemRelate', facts)).toEqual(relate);
    expect(refusal(configurationItemMachine, 'AUTHORISED', 'configurationItemUnrelate', facts)).toEqual(unrelate);
  });

  test('are offered by what is known of one end', () => {
    const offered = availableCommands(configurationItemMachine, 'AUTHORISED', { ...good, ...live });
    expect(offered.filter(({ allowed }) => !allowed).map(({ command }) => command)).toEqual([
      'configurationItemRetire',
      'configurationItemUpdate',
      'configurationItemRelate',
      'configurationItemUnrelate',
    ]);
  });
});
