import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ADAPTER_TARGET_STATES,
  applyObservation,
  fromAdapterState,
  isTerminalTargetState,
  OBSERVATION_EFFECT_DESCRIPTIONS,
  OBSERVATION_EFFECTS,
  RETRYABLE_TARGET_STATES,
  stateAtEndOfRun,
  TARGET_STATE_DESCRIPTIONS,
  TARGET_STATES,
  TERMINAL_TARGET_STATES,
  type TargetProgress,
  type TargetState,
} from '../../../src/domain/distribution/observation.js';

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 22, 10, minute));
const fold = (
  reports: readonly TargetProgress[],
  start: TargetProgress = { state: 'PENDING', attempt: 1 },
): TargetProgress => reports.reduce<TargetProgress>((current, report) => applyObservation(current, report).next, start);

const report = fc.record({
  state: fc.constantFrom(...TARGET_STATES),
  attempt: fc.integer({ min: 1, max: 3 }),
  percent: fc.option(fc.integer({ min: 0, max: 100 })),
  at: fc.option(fc.integer({ min: 0, max: 59 }).map(at)),
});
const reports = fc.array(report, { maxLength: 12 });

/** Reports as a bad network delivers them: in any order, some of them several times. */
const delivered = reports.chain((sent) =>
  fc
    .tuple(fc.constant(sent), fc.array(fc.nat({ max: Math.max(0, sent.length - 1) }), { maxLength: 10 }))
    .chain(([all, again]) => {
      const copies = all.length === 0 ? [] : [...all, ...again.map((index) => all[index]!)];
      return fc.record({
        sent: fc.constant(all),
        received: fc.shuffledSubarray(copies, { minLength: copies.length, maxLength: copies.length }),
      });
    }),
);

describe('the observation lattice', () => {
  test('any order and any duplication of the same reports ends in the same final state', () => {
    fc.assert(
      fc.property(delivered, ({ sent, received }) => {
        const inOrder = fold(sent);
        const jumbled = fold(received);
        expect(jumbled.attempt).toBe(inOrder.attempt);
        expect(isTerminalTargetState(jumbled.state)).toBe(isTerminalTargetState(inOrder.state));
        if (isTerminalTargetState(inOrder.state)) expect(jumbled.state).toBe(inOrder.state);
      }),
      { numRuns: 2_000 },
    );
  });

  test('only a new attempt leaves a final state, and only a back-out leaves a success', () => {
    fc.assert(
      fc.property(reports, (sent) => {
        let current: TargetProgress = { state: 'PENDING', attempt: 1 };
        for (const next of sent) {
          const result = applyObservation(current, next);
          if (result.next.attempt === current.attempt) {
            if (isTerminalTargetState(current.state)) expect(isTerminalTargetState(result.next.state)).toBe(true);
            if (current.state === 'SUCCEEDED') expect(['SUCCEEDED', 'BACKED_OUT']).toContain(result.next.state);
            if (current.state === 'BACKED_OUT') expect(result.next.state).toBe('BACKED_OUT');
            expect(result.next.percent ?? 0).toBeGreaterThanOrEqual(current.percent ?? 0);
          } else {
            expect(result.next.attempt).toBeGreaterThan(current.attempt);
          }
          expect(result.apply).toBe(result.reason === 'APPLIED');
          current = result.next;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('the same report twice changes nothing the second time', () => {
    fc.assert(
      fc.property(reports, report, (before, twice) => {
        const once = applyObservation(fold(before), twice);
        const again = applyObservation(once.next, twice);
        expect(again.apply).toBe(false);
        expect(again.next).toEqual(once.next);
      }),
      { numRuns: 2_000 },
    );
  });

  test('UNKNOWN gives way to every other final state, and to no step', () => {
    for (const state of TARGET_STATES) {
      const { apply, next } = applyObservation({ state: 'UNKNOWN', attempt: 1 }, { state, attempt: 1 });
      expect([state, apply, next.state]).toEqual([
        state,
        isTerminalTargetState(state) && state !== 'UNKNOWN',
        isTerminalTargetState(state) ? state : 'UNKNOWN',
      ]);
    }
  });

  test.each<[string, TargetProgress, TargetProgress, [boolean, TargetState, string]]>([
    [
      'a success after a cancel is what really happened',
      { state: 'CANCELLED', attempt: 1 },
      { state: 'SUCCEEDED', attempt: 1 },
      [true, 'SUCCEEDED', 'APPLIED'],
    ],
    [
      'a cancel after a success came too late',
      { state: 'SUCCEEDED', attempt: 1 },
      { state: 'CANCELLED', attempt: 1 },
      [false, 'SUCCEEDED', 'LATE'],
    ],
    [
      'a step after the end is history',
      { state: 'FAILED', attempt: 1 },
      { state: 'INSTALLING', attempt: 1 },
      [false, 'FAILED', 'LATE'],
    ],
    [
      'an earlier attempt is history',
      { state: 'PENDING', attempt: 2 },
      { state: 'SUCCEEDED', attempt: 1 },
      [false, 'PENDING', 'STALE_ATTEMPT'],
    ],
    [
      'a later attempt begins anew',
      { state: 'FAILED', attempt: 1 },
      { state: 'PENDING', attempt: 2 },
      [true, 'PENDING', 'APPLIED'],
    ],
    [
      'the same again is a duplicate',
      { state: 'INSTALLING', attempt: 1, percent: 40 },
      { state: 'INSTALLING', attempt: 1, percent: 40 },
      [false, 'INSTALLING', 'DUPLICATE'],
    ],
    [
      'the same state with more percent is progress',
      { state: 'INSTALLING', attempt: 1, percent: 40 },
      { state: 'INSTALLING', attempt: 1, percent: 60 },
      [true, 'INSTALLING', 'APPLIED'],
    ],
    [
      'the same end with another percent is a duplicate',
      { state: 'FAILED', attempt: 1, percent: 40 },
      { state: 'FAILED', attempt: 1, percent: 60 },
      [false, 'FAILED', 'DUPLICATE'],
    ],
    [
      'nor does a lost target',
      { state: 'CANCEL_REQUESTED', attempt: 1, at: at(1) },
      { state: 'UNREACHABLE', attempt: 1, at: at(9) },
      [false, 'CANCEL_REQUESTED', 'LATE'],
    ],
    [
      'steps do not undo a request to cancel',
      { state: 'CANCEL_REQUESTED', attempt: 1 },
      { state: 'INSTALLING', attempt: 1, at: at(9) },
      [false, 'CANCEL_REQUESTED', 'LATE'],
    ],
    [
      'a refused cancel is known until the end',
      { state: 'CANCEL_REQUESTED', attempt: 1 },
      { state: 'CANCEL_REJECTED', attempt: 1 },
      [true, 'CANCEL_REJECTED', 'APPLIED'],
    ],
    [
      'a lost target may come over any step, by the clock',
      { state: 'TRANSFERRING', attempt: 1, at: at(1) },
      { state: 'UNREACHABLE', attempt: 1, at: at(2) },
      [true, 'UNREACHABLE', 'APPLIED'],
    ],
    [
      'a step may follow it, by the clock',
      { state: 'UNREACHABLE', attempt: 1, at: at(2) },
      { state: 'ACKNOWLEDGED', attempt: 1, at: at(3) },
      [true, 'ACKNOWLEDGED', 'APPLIED'],
    ],
    [
      'an old report of a lost target is late',
      { state: 'TRANSFERRING', attempt: 1, at: at(3) },
      { state: 'UNREACHABLE', attempt: 1, at: at(2) },
      [false, 'TRANSFERRING', 'LATE'],
    ],
    [
      'without a clock the order of the steps decides',
      { state: 'TRANSFERRING', attempt: 1 },
      { state: 'UNREACHABLE', attempt: 1 },
      [false, 'TRANSFERRING', 'LATE'],
    ],
  ])('%s', (_, current, said, [apply, state, reason]) => {
    const result = applyObservation(current, said);
    expect([result.apply, result.next.state, result.reason]).toEqual([apply, state, reason]);
  });

  test('keeps the later clock and the larger percent, and a success is 100 percent', () => {
    const first = applyObservation(
      { state: 'SENT', attempt: 1, percent: 10, at: at(5) },
      { state: 'INSTALLING', attempt: 1, percent: 7, at: at(4) },
    );
    expect(first.next).toEqual({ state: 'INSTALLING', attempt: 1, percent: 10, at: at(5) });
    expect(applyObservation(first.next, { state: 'SUCCEEDED', attempt: 1 }).next).toEqual({
      state: 'SUCCEEDED',
      attempt: 1,
      percent: 100,
      at: at(5),
    });
    expect(
      applyObservation({ state: 'SENT', attempt: 1 }, { state: 'INSTALLING', attempt: 1, percent: 250 }).next.percent,
    ).toBe(100);
  });

  test('maps every state of the adapters', () => {
    expect(ADAPTER_TARGET_STATES.map((state) => `${state} ${fromAdapterState(state)}`)).toEqual([
      'pending ACKNOWLEDGED',
      'staging TRANSFERRING',
      'running INSTALLING',
      'unreachable UNREACHABLE',
      'succeeded SUCCEEDED',
      'failed FAILED',
      'rejected REJECTED',
      'skipped SKIPPED',
      'cancelled CANCELLED',
      'expired EXPIRED',
      'unknown UNKNOWN',
    ]);
  });

  test('at the end of a run, what began is unknown and what did not is skipped or expired', () => {
    const ends = (end: 'COMPLETE' | 'DEADLINE') =>
      TARGET_STATES.filter((state) => !isTerminalTargetState(state)).map(
        (state) => `${state} ${stateAtEndOfRun(state, end)}`,
      );
    const begun = [
      'SENT',
      'ACKNOWLEDGED',
      'TRANSFERRING',
      'TRANSFERRED',
      'INSTALLING',
      'VERIFYING',
      'UNREACHABLE',
      'CANCEL_REQUESTED',
      'CANCEL_REJECTED',
    ].map((state) => `${state} UNKNOWN`);
    expect(ends('COMPLETE')).toEqual(['PENDING SKIPPED', ...begun]);
    expect(ends('DEADLINE')).toEqual(['PENDING EXPIRED', ...begun]);
    for (const state of TERMINAL_TARGET_STATES) expect(stateAtEndOfRun(state, 'DEADLINE')).toBe(state);
  });

  test('lists agree with each other', () => {
    expect(TARGET_STATES.filter(isTerminalTargetState).sort()).toEqual([...TERMINAL_TARGET_STATES].sort());
    expect(RETRYABLE_TARGET_STATES.every(isTerminalTargetState)).toBe(true);
    expect(Object.keys(TARGET_STATE_DESCRIPTIONS)).toEqual([...TARGET_STATES]);
    expect(Object.keys(OBSERVATION_EFFECT_DESCRIPTIONS)).toEqual([...OBSERVATION_EFFECTS]);
  });
});
