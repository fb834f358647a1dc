import { describe, expect, test } from '@jest/globals';
import type { Blocker } from '../../../src/domain/blocker.js';
import { CHANGE_EDIT_FIELDS } from '../../../src/domain/change/change-edit.js';
import {
  CHANGE_STATES,
  changeMachine,
  ENDED_CHANGE_STATES,
  type ChangeFacts,
  type ChangeState,
} from '../../../src/domain/change/change.machine.js';
import { availableCommands, decide } from '../../../src/domain/state-machine.js';
import { goodChangeFacts } from '../facts.js';
import { refusal } from '../matrix.js';

const release = { id: 'release-1', name: 'REL-1', state: 'PLANNING' } as const;

const blockersOf = (state: ChangeState, more: Partial<ChangeFacts> = {}): Blocker[] => {
  const facts = { ...goodChangeFacts, edited: CHANGE_EDIT_FIELDS, ...more };
  const decision = decide(changeMachine, state, 'changeUpdate', facts);
  return decision.ok ? [] : decision.blockers;
};
const refused = (state: ChangeState, more: Partial<ChangeFacts> = {}) =>
  blockersOf(state, more)
    .map(({ path }) => path?.[0])
    .sort();
const CONTENT = ['title', 'description', 'type', 'risk', 'backOutPlan', 'sourceCiIds', 'targetCiIds', 'ciIds'];
const DATES = ['plannedStart', 'plannedEnd'];

describe('what of a change can no longer be edited', () => {
  test('in each state is exactly this', () => {
    const table: Record<Exclude<ChangeState, (typeof ENDED_CHANGE_STATES)[number]>, string[]> = {
      OPEN: [],
      ACCEPTED: [],
      ASSESSED: [],
      AUTHORISED: [...CONTENT, 'assessment'],
      SCHEDULED: [...CONTENT, 'assessment'],
      IN_PROGRESS: [...CONTENT, 'assessment', ...DATES],
      IMPLEMENTED: [...CONTENT, 'assessment', ...DATES],
      IN_REVIEW: [...CONTENT, 'assessment', ...DATES],
    };
    for (const [state, fields] of Object.entries(table))
      expect([state, refused(state as ChangeState)]).toEqual([state, fields.sort()]);
    const others = CHANGE_STATES.filter((state) => !(state in table));
    expect(others).toEqual(ENDED_CHANGE_STATES);
    for (const state of others)
      for (const command of ['changeUpdate', 'changeAddCi', 'changeRemoveCi'] as const)
        expect(refusal(changeMachine, state, command, goodChangeFacts)).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('spares the assessment of an emergency until it is over', () => {
    expect(refused('IN_REVIEW', { type: 'EMERGENCY' })).not.toContain('assessment');
    expect(blockersOf('CLOSED', { type: 'EMERGENCY' })).toMatchObject([{ code: 'ILLEGAL_TRANSITION' }]);
  });

  test('includes the content of a change that belongs to a release before it is authorised', () => {
    expect(refused('OPEN', { type: 'STANDARD', release })).toEqual([...CONTENT].sort());
    expect(blockersOf('OPEN', { release, edited: ['targetCiIds'] })).toMatchObject([
      {
        code: 'CHANGE_CONTENT_FIXED',
        path: ['targetCiIds'],
        subject: { type: 'Release', id: 'release-1' },
        message: expect.stringContaining('REL-1'),
      },
    ]);
  });

  test('binds the dates to the slot of a booked release', () => {
    const slot = { startsAt: new Date('2026-11-27T20:00:00Z'), endsAt: new Date('2026-11-27T23:00:00Z') };
    const codes = (plannedStart: Date | null, plannedEnd: Date | null, more: Partial<ChangeFacts> = {}) =>
      blockersOf('SCHEDULED', {
        release: { ...release, slot },
        edited: ['plannedEnd'],
        dates: { plannedStart, plannedEnd },
        ...more,
      }).map(({ code, path }) => `${code} ${path?.[0]}`);
    const outside = ['CHANGE_OUTSIDE_RELEASE plannedEnd'];
    const early = new Date('2026-11-27T19:59:00Z');
    expect(codes(slot.startsAt, slot.endsAt)).toEqual([]);
    expect(codes(early, slot.endsAt)).toEqual(outside);
    expect(codes(early, early)).toEqual(outside);
    expect(codes(slot.startsAt, null)).toEqual(outside);
    expect(codes(null, null)).toEqual(outside);
    // Without a booked slot, and for an edit of something else, the dates are free.
    expect(codes(early, early, { release: { ...release, slot: null } })).toEqual([]);
    expect(codes(early, early, { release: null })).toEqual([]);
    expect(codes(early, early, { edited: [] })).toEqual([]);
  });

  test('is only what is edited', () => {
    expect(refused('AUTHORISED', { edited: ['plannedStart'] })).toEqual([]);
    expect(refused('AUTHORISED', { edited: ['plannedStart', 'risk', 'title'] })).toEqual(['risk', 'title']);
  });

  test('includes retired configuration items, named by their field', () => {
    const addedCis = [
      { id: 'ci-1', name: 'web-1', isRetired: false, field: 'ciIds' },
      { id: 'ci-2', name: 'web-2', isRetired: true, field: 'ciIds' },
    ] as const;
    expect(refusal(changeMachine, 'OPEN', 'changeAddCi', { ...goodChangeFacts, addedCis })).toEqual([
      'CI_NOT_AUTHORISED',
    ]);
    expect(
      refusal(changeMachine, 'AUTHORISED', 'changeAddCi', { ...goodChangeFacts, actorRoles: [], addedCis }),
    ).toEqual(['CHANGE_CONTENT_FIXED', 'CI_NOT_AUTHORISED', 'NOT_REQUESTER']);
    expect(blockersOf('OPEN', { addedCis })).toMatchObject([
      { path: ['ciIds'], subject: { type: 'ConfigurationItem', id: 'ci-2' } },
    ]);
  });

  test('without any input depends on the change alone', () => {
    const edits = (state: ChangeState, facts: ChangeFacts) =>
      availableCommands(changeMachine, state, facts)
        .filter(({ command }) => ['changeUpdate', 'changeAddCi', 'changeRemoveCi'].includes(command))
        .map(({ command, blockers }) => [command, ...blockers.map(({ code }) => code)]);
    expect(edits('OPEN', goodChangeFacts)).toEqual([['changeUpdate'], ['changeAddCi'], ['changeRemoveCi']]);
    expect(edits('OPEN', { ...goodChangeFacts, release })).toEqual([
      ['changeUpdate'],
      ['changeAddCi', 'CHANGE_CONTENT_FIXED'],
      ['changeRemoveCi', 'CHANGE_CONTENT_FIXED'],
    ]);
    expect(edits('CLOSED', goodChangeFacts)).toEqual([]);
  });
});
