import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RELEASE_STATES_OPEN_FOR_SCOPE } from '../../../src/domain/change/change-release-request.machine.js';
import {
  CANDIDATE_REASON_CODES,
  CANDIDATE_REASON_DESCRIPTIONS,
  candidacy,
  type CandidateChange,
  type CandidateRelease,
} from '../../../src/domain/release/release-candidate.js';
import { RELEASE_KINDS } from '../../../src/domain/release/template.js';

const at = (hour: number) => new Date(Date.UTC(2026, 11, 1, hour));
const change: CandidateChange = { type: 'NORMAL', start: at(20), end: at(22), targetCount: 4, sourceCount: 2 };
const release: CandidateRelease = {
  state: 'PLANNING',
  kind: 'MINOR',
  onHold: false,
  start: null,
  end: null,
  sharedTargets: 0,
  sharedSources: 0,
};
const points = (more: Partial<CandidateRelease>, of: Partial<CandidateChange> = {}) =>
  Object.fromEntries(
    candidacy({ ...change, ...of }, { ...release, ...more }).reasons.map((reason) => [reason.code, reason.points]),
  );

describe('how well a release fits a change', () => {
  test('counts what they share', () => {
    expect(points({})).toEqual({ SCOPE_OPEN: 20 });
    expect(points({ sharedTargets: 4, sharedSources: 1 })).toEqual({
      SAME_TARGET_CIS: 50,
      SAME_SOURCE_CIS: 5,
      SCOPE_OPEN: 20,
    });
    expect(points({ sharedTargets: 1 })).toMatchObject({ SAME_TARGET_CIS: 13 });
  });

  test('counts time: inside, overlapping, merely touching', () => {
    expect(points({ start: at(20), end: at(22) })).toMatchObject({ INSIDE_RELEASE_WINDOW: 25 });
    expect(points({ start: at(21), end: at(23) })).toMatchObject({ OVERLAPS_RELEASE_WINDOW: 15 });
    expect(points({ start: at(22), end: at(23) })).toMatchObject({ OUTSIDE_RELEASE_WINDOW: -10 });
    expect(points({ start: at(22), end: null })).toEqual({ SCOPE_OPEN: 20 });
    expect(points({ start: at(20), end: at(22) }, { start: null })).toEqual({ SCOPE_OPEN: 20 });
  });

  test('counts how far the release has come, whether it is on hold, and emergencies', () => {
    expect(points({ state: 'TESTING' })).toEqual({ SCOPE_OPEN: 5 });
    expect(points({ state: 'SCHEDULED', onHold: true })).toEqual({ ACCEPTANCE_RENEWED: -10, ON_HOLD: -15 });
    expect(points({ kind: 'EMERGENCY' })).toEqual({ SCOPE_OPEN: 20, EMERGENCY_RELEASE: -20 });
    expect(points({ kind: 'EMERGENCY' }, { type: 'EMERGENCY' })).toEqual({ SCOPE_OPEN: 20, EMERGENCY_RELEASE: 20 });
  });

  test('is the sum of its reasons, each of which is explained, and grows with what is shared', () => {
    const fact = fc.record({
      state: fc.constantFrom(...RELEASE_STATES_OPEN_FOR_SCOPE),
      kind: fc.constantFrom(...RELEASE_KINDS),
      onHold: fc.boolean(),
      start: fc.constantFrom(null, at(18), at(21)),
      end: fc.constantFrom(null, at(22), at(23)),
      sharedTargets: fc.integer({ min: 0, max: 3 }),
      sharedSources: fc.integer({ min: 0, max: 1 }),
    });
    fc.assert(
      fc.property(fact, (known) => {
        const { score, reasons } = candidacy(change, known);
        expect(score).toBe(reasons.reduce((sum, reason) => sum + reason.points, 0));
        expect(reasons.every(({ message }) => message.length > 10)).toBe(true);
        expect(candidacy(change, { ...known, sharedTargets: known.sharedTargets + 1 }).score).toBeGreaterThan(score);
        expect(candidacy(change, { ...known, sharedSources: known.sharedSources + 1 }).score).toBeGreaterThan(score);
      }),
    );
    expect(Object.keys(CANDIDATE_REASON_DESCRIPTIONS)).toEqual([...CANDIDATE_REASON_CODES]);
  });
});
