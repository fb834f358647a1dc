import { describe, expect, test } from '@jest/globals';
import {
  CHANGE_OUTCOME_DESCRIPTIONS,
  CHANGE_OUTCOMES,
  CHANGE_RISK_DESCRIPTIONS,
  CHANGE_RISKS,
  CHANGE_STATE_DESCRIPTIONS,
  CHANGE_STATES,
  CHANGE_TYPE_DESCRIPTIONS,
  CHANGE_TYPES,
  changeMachine,
  type ChangeFacts,
  type ChangeState,
} from '../../../src/domain/change/change.machine.js';
import { RELEASE_STATES, type ReleaseState } from '../../../src/domain/release/release.state.js';
import { goodChangeFacts } from '../facts.js';
import { actualTable, refusal, table } from '../matrix.js';

const inRelease = (state: ReleaseState): ChangeFacts => ({
  ...goodChangeFacts,
  release: { id: 'release-1', name: 'REL-1', state },
});

describe('change machine', () => {
  test('does exactly this with a normal change in no release', () => {
    expect(actualTable(changeMachine, goodChangeFacts)).toEqual(
      table(`
        OPEN: accept>ACCEPTED reject>REJECTED cancel>CANCELLED update>OPEN addCi>OPEN removeCi>OPEN
        ACCEPTED: reject>REJECTED assess>ASSESSED cancel>CANCELLED update>ACCEPTED addCi>ACCEPTED removeCi>ACCEPTED
        REJECTED:
        ASSESSED: reject>REJECTED authorise>AUTHORISED cancel>CANCELLED update>ASSESSED addCi>ASSESSED removeCi>ASSESSED
        AUTHORISED: schedule>SCHEDULED start>IN_PROGRESS implement>IMPLEMENTED cancel>CANCELLED update>AUTHORISED
          addCi!CHANGE_CONTENT_FIXED removeCi!CHANGE_CONTENT_FIXED
        SCHEDULED: unschedule>AUTHORISED start>IN_PROGRESS implement>IMPLEMENTED cancel>CANCELLED update>SCHEDULED
          addCi!CHANGE_CONTENT_FIXED removeCi!CHANGE_CONTENT_FIXED
        IN_PROGRESS: implement>IMPLEMENTED update>IN_PROGRESS addCi!CHANGE_CONTENT_FIXED removeCi!CHANGE_CONTENT_FIXED
        IMPLEMENTED: startReview>IN_REVIEW update>IMPLEMENTED addCi!CHANGE_CONTENT_FIXED removeCi!CHANGE_CONTENT_FIXED
        IN_REVIEW: close>CLOSED update>IN_REVIEW addCi!CHANGE_CONTENT_FIXED removeCi!CHANGE_CONTENT_FIXED
        CLOSED:
        CANCELLED:
      `),
    );
  });

  const open = (state: ChangeState) => ` update>${state} addCi>${state} removeCi>${state}`;
  const fixed = (state: ChangeState) => ` update>${state} addCi!CHANGE_CONTENT_FIXED removeCi!CHANGE_CONTENT_FIXED`;

  test('a standard change of low risk is authorised without assessment and closed without review', () => {
    const lines = actualTable(changeMachine, { ...goodChangeFacts, type: 'STANDARD', risk: 'LOW' });
    expect(lines.slice(0, 2)).toEqual([
      `OPEN: accept>ACCEPTED reject>REJECTED authorise>AUTHORISED cancel>CANCELLED${open('OPEN')}`,
      `ACCEPTED: reject>REJECTED assess>ASSESSED authorise>AUTHORISED cancel>CANCELLED${open('ACCEPTED')}`,
    ]);
    expect(lines[7]).toBe(`IMPLEMENTED: startReview>IN_REVIEW close>CLOSED${fixed('IMPLEMENTED')}`);
    expect(actualTable(changeMachine, { ...goodChangeFacts, type: 'STANDARD', outcome: 'UNSUCCESSFUL' })[7]).toBe(
      `IMPLEMENTED: startReview>IN_REVIEW${fixed('IMPLEMENTED')}`,
    );
  });

  test('an emergency change is authorised before its assessment, which must be there before it is closed', () => {
    const emergency: ChangeFacts = { ...goodChangeFacts, type: 'EMERGENCY', isAssessed: false };
    expect(refusal(changeMachine, 'OPEN', 'changeAuthorise', emergency)).toEqual(['ILLEGAL_TRANSITION']);
    expect(refusal(changeMachine, 'ACCEPTED', 'changeAuthorise', emergency)).toEqual([]);
    expect(refusal(changeMachine, 'IN_REVIEW', 'changeClose', emergency)).toEqual(['RISK_NOT_ASSESSED']);
    expect(refusal(changeMachine, 'IN_REVIEW', 'changeClose', { ...emergency, isAssessed: true })).toEqual([]);
  });

  test('a change in a release is implemented exactly when that release has an outcome', () => {
    const allowed = RELEASE_STATES.filter(
      (state) => refusal(changeMachine, 'IN_PROGRESS', 'changeImplement', inRelease(state)).length === 0,
    );
    expect(allowed).toEqual([
      'DEPLOYED',
      'PARTIALLY_DEPLOYED',
      'FAILED',
      'IN_REVIEW',
      'CLOSED',
      'BACKED_OUT',
      'CANCELLED',
    ]);
    expect(refusal(changeMachine, 'IN_PROGRESS', 'changeImplement', inRelease('DISTRIBUTING'))).toEqual([
      'RELEASE_OUTCOME_PENDING',
    ]);
    expect(refusal(changeMachine, 'IN_REVIEW', 'changeClose', inRelease('BACKING_OUT'))).toEqual([
      'RELEASE_OUTCOME_PENDING',
    ]);
  });

  test('an implemented change goes back to work only when its release is distributed again', () => {
    const lines = actualTable(changeMachine, inRelease('DISTRIBUTING'));
    expect(lines[7]).toBe(`IMPLEMENTED: start>IN_PROGRESS startReview>IN_REVIEW${fixed('IMPLEMENTED')}`);
    expect(lines[8]).toBe(`IN_REVIEW: start>IN_PROGRESS close!RELEASE_OUTCOME_PENDING${fixed('IN_REVIEW')}`);
    expect(actualTable(changeMachine, inRelease('FAILED'))[7]).toBe(
      `IMPLEMENTED: startReview>IN_REVIEW${fixed('IMPLEMENTED')}`,
    );
  });

  test.each<[string, ChangeState, (typeof changeMachine.commands)[number], Partial<ChangeFacts>, string[]]>([
    ['its own author', 'ASSESSED', 'changeAuthorise', { authorIds: ['requester', 'actor', 'last'] }, ['SELF_APPROVAL']],
    [
      'its own author (standard)',
      'OPEN',
      'changeAuthorise',
      { authorIds: ['actor'], type: 'STANDARD', risk: 'LOW' },
      ['SELF_APPROVAL'],
    ],
    [
      'its own author (emergency)',
      'ACCEPTED',
      'changeAuthorise',
      { authorIds: ['actor'], type: 'EMERGENCY' },
      ['SELF_APPROVAL'],
    ],
    ['a missing back-out plan', 'ASSESSED', 'changeAuthorise', { hasBackOutPlan: false }, ['BACKOUT_PLAN_MISSING']],
    ['no target', 'ASSESSED', 'changeAuthorise', { targetCount: 0 }, ['NO_TARGETS']],
    ['a missing assessment', 'ACCEPTED', 'changeAssess', { isAssessed: false }, ['RISK_NOT_ASSESSED']],
    [
      'too much risk for a standard change',
      'OPEN',
      'changeAuthorise',
      { type: 'STANDARD', risk: 'MEDIUM' },
      ['RISK_TOO_HIGH'],
    ],
    ['an unknown outcome', 'AUTHORISED', 'changeImplement', { outcome: null }, ['OUTCOME_MISSING']],
    ['a claim without evidence', 'AUTHORISED', 'changeImplement', { hasEvidence: false }, ['EVIDENCE_MISSING']],
    ['a claim by the requester', 'AUTHORISED', 'changeImplement', { requesterId: 'actor' }, ['SELF_APPROVAL']],
    [
      'a claim about a protected target',
      'AUTHORISED',
      'changeImplement',
      { protectedTargets: [{ id: 'ci-1', name: 'web-1' }] },
      ['CHANGE_NOT_IN_RELEASE'],
    ],
    [
      'an outcome that the targets contradict',
      'IN_PROGRESS',
      'changeImplement',
      { ...inRelease('IN_REVIEW'), outcome: 'SUCCESSFUL', observedOutcome: 'UNSUCCESSFUL' },
      ['OUTCOME_CONTRADICTED'],
    ],
    [
      'a running distribution',
      'SCHEDULED',
      'changeCancel',
      { release: inRelease('DISTRIBUTING').release },
      ['CHANGE_IN_DISTRIBUTION'],
    ],
    [
      'a running back-out',
      'SCHEDULED',
      'changeCancel',
      { release: inRelease('BACKING_OUT').release },
      ['CHANGE_IN_DISTRIBUTION'],
    ],
    ['somebody else', 'OPEN', 'changeCancel', { actorRoles: ['REQUESTER'] }, ['NOT_REQUESTER']],
    ['somebody else', 'IN_REVIEW', 'changeUpdate', { actorRoles: ['CHANGE_AUTHORITY'] }, ['NOT_REQUESTER']],
    ['somebody else', 'OPEN', 'changeAddCi', { actorRoles: ['RELEASE_MANAGER'] }, ['NOT_REQUESTER']],
    ['somebody else', 'ASSESSED', 'changeRemoveCi', { actorRoles: [] }, ['NOT_REQUESTER']],
  ])('%s blocks a change in %s from %s', (_, state, command, fault, codes) => {
    expect(refusal(changeMachine, state, command, { ...goodChangeFacts, ...fault })).toEqual(codes);
  });

  test.each(['changeCancel', 'changeUpdate', 'changeAddCi', 'changeRemoveCi'] as const)(
    '%s is open to the requester without further roles',
    (command) => {
      const requester: ChangeFacts = { ...goodChangeFacts, actorRoles: [], requesterId: 'actor' };
      expect(refusal(changeMachine, 'OPEN', command, requester)).toEqual([]);
    },
  );

  test('tells everything that is wrong at once', () => {
    const broken: ChangeFacts = {
      ...goodChangeFacts,
      authorIds: ['actor'],
      isAssessed: false,
      targetCount: 0,
      hasBackOutPlan: false,
    };
    expect(refusal(changeMachine, 'ASSESSED', 'changeAuthorise', broken)).toEqual([
      'BACKOUT_PLAN_MISSING',
      'NO_TARGETS',
      'RISK_NOT_ASSESSED',
      'SELF_APPROVAL',
    ]);
    expect(
      refusal(changeMachine, 'IN_PROGRESS', 'changeImplement', { ...inRelease('TESTING'), outcome: null }),
    ).toEqual(['OUTCOME_MISSING', 'RELEASE_OUTCOME_PENDING']);
  });

  test('every value is described', () => {
    expect(Object.keys(CHANGE_STATE_DESCRIPTIONS)).toEqual([...CHANGE_STATES]);
    expect(Object.keys(CHANGE_TYPE_DESCRIPTIONS)).toEqual([...CHANGE_TYPES]);
    expect(Object.keys(CHANGE_OUTCOME_DESCRIPTIONS)).toEqual([...CHANGE_OUTCOMES]);
    expect(Object.keys(CHANGE_RISK_DESCRIPTIONS)).toEqual([...CHANGE_RISKS]);
  });
});
