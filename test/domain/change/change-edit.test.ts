import { describe, expect, test } from '@jest/globals';
import {
  CHANGE_EDIT_FIELDS,
  refusedChangeEdits,
  type ChangeEditFacts,
} from '../../../src/domain/change/change-edit.js';
import { CHANGE_STATES, type ChangeState } from '../../../src/domain/change/change.machine.js';

const facts = (state: ChangeState, more: Partial<ChangeEditFacts> = {}): ChangeEditFacts => ({
  name: 'CHG-1',
  state,
  type: 'NORMAL',
  release: null,
  ...more,
});
const refused = (of: ChangeEditFacts) => refusedChangeEdits(of, CHANGE_EDIT_FIELDS).map(({ path }) => path?.[0]);
const CONTENT = ['description', 'type', 'risk', 'backOutPlan', 'cis'];
const DATES = ['plannedStart', 'plannedEnd'];

describe('what of a change can no longer be edited', () => {
  test('in each state is exactly this', () => {
    const table: Record<ChangeState, string[]> = {
      OPEN: [],
      ACCEPTED: [],
      ASSESSED: [],
      AUTHORISED: [...CONTENT, 'assessment'],
      SCHEDULED: [...CONTENT, 'assessment'],
      IN_PROGRESS: [...CONTENT, 'assessment', ...DATES],
      IMPLEMENTED: [...CONTENT, 'assessment', ...DATES],
      IN_REVIEW: [...CONTENT, 'assessment', ...DATES],
      REJECTED: [...CHANGE_EDIT_FIELDS],
      CLOSED: [...CHANGE_EDIT_FIELDS],
      CANCELLED: [...CHANGE_EDIT_FIELDS],
    };
    for (const state of CHANGE_STATES)
      expect([state, refused(facts(state))?.sort()]).toEqual([state, [...table[state]].sort()]);
  });

  test('spares the assessment of an emergency until it is over', () => {
    expect(refused(facts('IN_REVIEW', { type: 'EMERGENCY' }))).not.toContain('assessment');
    expect(refused(facts('CLOSED', { type: 'EMERGENCY' }))).toContain('assessment');
  });

  test('includes the content of a change that belongs to a release before it is authorised', () => {
    const release = { id: 'release-1', name: 'REL-1' };
    expect(refused(facts('OPEN', { type: 'STANDARD', release })).sort()).toEqual([...CONTENT].sort());
    expect(refusedChangeEdits(facts('OPEN', { release }), ['cis'])).toMatchObject([
      {
        code: 'CHANGE_CONTENT_FIXED',
        path: ['cis'],
        subject: { type: 'Release', id: 'release-1' },
        message: expect.stringContaining('REL-1'),
      },
    ]);
  });

  test('is only what is edited', () => {
    expect(refusedChangeEdits(facts('AUTHORISED'), ['title', 'plannedStart'])).toEqual([]);
    expect(refusedChangeEdits(facts('AUTHORISED'), ['title', 'risk']).map(({ path }) => path)).toEqual([['risk']]);
  });
});
