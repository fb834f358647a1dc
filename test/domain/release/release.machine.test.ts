import { describe, expect, test } from '@jest/globals';
import type { ReleaseFacts } from '../../../src/domain/release/release.guards.js';
import { releaseMachine } from '../../../src/domain/release/release.machine.js';
import { RELEASE_STATES, type ReleaseState } from '../../../src/domain/release/release.state.js';
import { decide, SAME_STATE } from '../../../src/domain/state-machine.js';
import { goodReleaseFacts } from '../facts.js';
import { actualTable, refusal, table } from '../matrix.js';

const skipping = (...skippedStates: ReleaseState[]): ReleaseFacts => ({ ...goodReleaseFacts, skippedStates });
const thing = { id: 'thing-1', name: 'Thing' };
/** The commands that lead from state to state; those that keep the state are tested apart. */
const moves = (facts: ReleaseFacts) =>
  actualTable(
    { ...releaseMachine, commands: releaseMachine.commands.filter((command) => !edits.includes(command)) },
    facts,
  );
const edits = [...new Set(releaseMachine.rows.filter(({ to }) => to === SAME_STATE).map(({ command }) => command))];

const SCOPE_COMMANDS = [
  'releaseAddCi',
  'releaseRemoveCi',
  'releaseAddContent',
  'releaseRemoveContent',
  'releaseRemoveChange',
] as const;

/** Facts of a release in a state. */
const atState = (state: ReleaseState, more: Partial<ReleaseFacts> = {}): Partial<ReleaseFacts> => ({
  ...more,
  release: { ...goodReleaseFacts.release, state },
});

describe('release machine', () => {
  test('has these commands that keep the state', () => {
    const allowed = RELEASE_STATES.map((state) => {
      const facts = { ...goodReleaseFacts, ...atState(state) };
      return `${state}: ${edits.filter((command) => decide(releaseMachine, state, command, facts).ok).join(' ')}`;
    });
    const scope = `${SCOPE_COMMANDS.join(' ')} releaseAddDependency`;
    const free = 'releaseRemoveDependency releaseSaveAsTemplate';
    expect(allowed).toEqual([
      ...['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED'].map(
        (state) => `${state}: releaseUpdate releaseHandOver releaseHold ${scope} ${free}`,
      ),
      `COMMUNICATED: releaseUpdate releaseHandOver releaseHold releaseAddDependency ${free}`,
      ...['DISTRIBUTING', 'DEPLOYED', 'PARTIALLY_DEPLOYED', 'FAILED'].map(
        (state) => `${state}: releaseUpdate releaseHandOver releaseHold ${free}`,
      ),
      `IN_REVIEW: releaseUpdate releaseHandOver releaseHold releaseRecordReview ${free}`,
      'CLOSED: releaseSaveAsTemplate',
      `BACKING_OUT: releaseUpdate releaseHandOver releaseHold ${free}`,
      `BACKED_OUT: releaseUpdate releaseHandOver releaseHold ${free}`,
      'CANCELLED: releaseSaveAsTemplate',
    ]);
  });

  // Their facts are read without the targets, of which a release can have thousands.
  test('asks nothing about targets before the scope changes', () => {
    const read = new Set<string | symbol>();
    const facts = new Proxy(goodReleaseFacts, {
      get: (known, field) => {
        read.add(field);
        return known[field as keyof ReleaseFacts];
      },
    });
    for (const state of RELEASE_STATES)
      for (const command of SCOPE_COMMANDS) decide(releaseMachine, state, command, facts);
    expect([...read].sort()).toEqual(['actorId', 'itemBlockers', 'release', 'replanningAgreed']);
  });

  test('does exactly this when no state is skipped', () => {
    expect(moves(goodReleaseFacts)).toEqual(
      table(`
        DRAFT: startPlanning>PLANNING cancel>CANCELLED
        PLANNING: startBuilding>BUILDING cancel>CANCELLED
        BUILDING: startTesting>TESTING cancel>CANCELLED
        TESTING: accept>ACCEPTED cancel>CANCELLED
        ACCEPTED: schedule>SCHEDULED cancel>CANCELLED
        SCHEDULED: unschedule>ACCEPTED moveSchedule>SCHEDULED communicate>COMMUNICATED
          startDistribution!NOT_COMMUNICATED cancel>CANCELLED
        COMMUNICATED: unschedule>ACCEPTED moveSchedule>SCHEDULED startDistribution>DISTRIBUTING cancel>CANCELLED
        DISTRIBUTING: recordDeployed>DEPLOYED recordPartiallyDeployed>PARTIALLY_DEPLOYED recordFailed>FAILED
          startBackOut>BACKING_OUT
        DEPLOYED: startBackOut>BACKING_OUT startReview>IN_REVIEW
        PARTIALLY_DEPLOYED: retryDistribution>DISTRIBUTING reopenOutcome>DISTRIBUTING
          startBackOut>BACKING_OUT startReview>IN_REVIEW
        FAILED: retryDistribution>DISTRIBUTING reopenOutcome>DISTRIBUTING
          startBackOut>BACKING_OUT startReview>IN_REVIEW
        IN_REVIEW: close>CLOSED
        CLOSED:
        BACKING_OUT: recordFailed>FAILED completeBackOut>BACKED_OUT
        BACKED_OUT: reopenBackOut>BACKING_OUT startReview>IN_REVIEW
        CANCELLED:
      `),
    );
  });

  test.each<[ReleaseState[], string]>([
    [['BUILDING'], 'PLANNING: startTesting>TESTING cancel>CANCELLED'],
    [['BUILDING', 'TESTING'], 'PLANNING: accept>ACCEPTED cancel>CANCELLED'],
    [['TESTING'], 'BUILDING: accept>ACCEPTED cancel>CANCELLED'],
    [['ACCEPTED'], 'TESTING: schedule>SCHEDULED cancel>CANCELLED'],
    [['TESTING', 'ACCEPTED'], 'BUILDING: schedule>SCHEDULED cancel>CANCELLED'],
    [['BUILDING', 'TESTING', 'ACCEPTED'], 'PLANNING: schedule>SCHEDULED cancel>CANCELLED'],
    [
      ['COMMUNICATED'],
      'SCHEDULED: unschedule>ACCEPTED moveSchedule>SCHEDULED communicate>COMMUNICATED ' +
        'startDistribution>DISTRIBUTING cancel>CANCELLED',
    ],
  ])('skipping %j opens the direct way and closes the other', (skipped, line) => {
    expect(moves(skipping(...skipped))).toContain(line);
  });

  test('no template can skip DISTRIBUTING or IN_REVIEW', () => {
    expect(moves(skipping('DISTRIBUTING', 'IN_REVIEW'))).toEqual(moves(goodReleaseFacts));
  });

  const everything: ReleaseState[] = ['PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED'];

  test.each<[ReleaseState[], string]>([
    [['PLANNING'], 'DRAFT: startBuilding>BUILDING cancel>CANCELLED'],
    [['PLANNING', 'BUILDING'], 'DRAFT: startTesting>TESTING cancel>CANCELLED'],
    [['PLANNING', 'BUILDING', 'TESTING'], 'DRAFT: accept>ACCEPTED cancel>CANCELLED'],
    [['PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED'], 'DRAFT: schedule>SCHEDULED cancel>CANCELLED'],
    [['SCHEDULED'], 'ACCEPTED: communicate>COMMUNICATED cancel>CANCELLED'],
    [['SCHEDULED'], 'COMMUNICATED: unschedule>ACCEPTED startDistribution>DISTRIBUTING cancel>CANCELLED'],
    [['SCHEDULED', 'COMMUNICATED'], 'ACCEPTED: startDistribution>DISTRIBUTING cancel>CANCELLED'],
    [['ACCEPTED', 'SCHEDULED'], 'TESTING: communicate>COMMUNICATED cancel>CANCELLED'],
    [everything, 'DRAFT: startDistribution>DISTRIBUTING cancel>CANCELLED'],
  ])('skipping %j, a release takes this way: %s', (skipped, line) => {
    expect(moves(skipping(...skipped))).toContain(line);
  });

  test('a release that skips everything is asked at its distribution what its booking would have asked', () => {
    const broken = { ...skipping(...everything), contentCount: 0, hasBackOutPlan: false, unauthorisedMedia: [thing] };
    expect(refusal(releaseMachine, 'DRAFT', 'releaseStartDistribution', broken)).toEqual([
      'BACKOUT_PLAN_MISSING',
      'MEDIA_NOT_AUTHORISED',
      'NO_CONTENT',
    ]);
  });

  test('a stale acceptance can be renewed, and only a stale one', () => {
    const stale = { ...goodReleaseFacts, acceptanceLapses: [{ message: 'the scope changed' }] };
    expect(decide(releaseMachine, 'ACCEPTED', 'releaseAccept', stale)).toEqual({ ok: true, to: 'ACCEPTED' });
    expect(refusal(releaseMachine, 'ACCEPTED', 'releaseAccept', goodReleaseFacts)).toEqual(['ILLEGAL_TRANSITION']);
    expect(refusal(releaseMachine, 'ACCEPTED', 'releaseSchedule', stale)).toEqual(['APPROVAL_STALE']);
    expect(refusal(releaseMachine, 'COMMUNICATED', 'releaseStartDistribution', stale)).toEqual(['APPROVAL_STALE']);
  });
});
