import { describe, expect, test } from '@jest/globals';
import { distributionHasEnded, DISTRIBUTION_STATES } from '../../../src/domain/distribution/distribution.state.js';
import { releaseMachine } from '../../../src/domain/release/release.machine.js';
import {
  commandToDistribute,
  ITUP_STATUS_DESCRIPTIONS,
  ITUP_STATUSES,
  itupStatus,
  RELEASE_STATE_DESCRIPTIONS,
  RELEASE_STATES,
} from '../../../src/domain/release/release.state.js';
import { goodReleaseFacts } from '../facts.js';
import { refusal } from '../matrix.js';

const thing = { id: 'thing-1', name: 'Thing' };

describe('the states of a release', () => {
  test('a distribution counts as under way or over exactly in these states', () => {
    expect(DISTRIBUTION_STATES.filter(distributionHasEnded)).toEqual([
      'SUCCEEDED',
      'PARTIALLY_SUCCEEDED',
      'FAILED',
      'STOPPED',
      'BACKED_OUT',
    ]);
    const blocking = DISTRIBUTION_STATES.filter(
      (state) =>
        refusal(releaseMachine, 'COMMUNICATED', 'releaseCancel', {
          ...goodReleaseFacts,
          distributions: [{ ...thing, state }],
        }).length > 0,
    );
    expect(blocking).toEqual([
      'STARTING',
      'RUNNING',
      'BETWEEN_WAVES',
      'AWAITING_DECISION',
      'PAUSED',
      'STOPPING',
      'BACKING_OUT',
      'START_UNKNOWN',
    ]);
  });

  test('maps to the eight statuses of ITUP', () => {
    expect(RELEASE_STATES.map((state) => `${state} ${itupStatus(state)}`)).toEqual([
      'DRAFT OPEN',
      'PLANNING OPEN',
      'BUILDING OPEN',
      'TESTING BUILT',
      'ACCEPTED ACCEPTED',
      'SCHEDULED SCHEDULED',
      'COMMUNICATED COMMUNICATED',
      'DISTRIBUTING COMMUNICATED',
      'DEPLOYED DEPLOYED',
      'PARTIALLY_DEPLOYED DEPLOYED',
      'FAILED DEPLOYED',
      'IN_REVIEW DEPLOYED',
      'CLOSED CLOSED',
      'BACKING_OUT DEPLOYED',
      'BACKED_OUT DEPLOYED',
      'CANCELLED CANCELLED',
    ]);
    expect(Object.keys(ITUP_STATUS_DESCRIPTIONS)).toEqual([...ITUP_STATUSES]);
    expect(Object.keys(RELEASE_STATE_DESCRIPTIONS)).toEqual([...RELEASE_STATES]);
  });

  test('knows what a starting distribution does to its release', () => {
    expect(
      RELEASE_STATES.filter((state) => commandToDistribute(state, ['SCHEDULED', 'COMMUNICATED']) !== null),
    ).toEqual(['ACCEPTED', 'SCHEDULED', 'COMMUNICATED', 'PARTIALLY_DEPLOYED', 'FAILED']);
    expect(RELEASE_STATES.filter((state) => commandToDistribute(state, []) === 'releaseStartDistribution')).toEqual([
      'SCHEDULED',
      'COMMUNICATED',
    ]);
    expect(RELEASE_STATES.filter((state) => commandToDistribute(state, []) === 'releaseRetryDistribution')).toEqual([
      'PARTIALLY_DEPLOYED',
      'FAILED',
    ]);
  });
});
