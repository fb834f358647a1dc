import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  cellOf,
  changeOutcome,
  deliveryCells,
  releaseOutcome,
  returnsSomething,
  tally,
  type CellState,
  type DeliveryStep,
  type SentDistribution,
} from '../../../src/domain/distribution/delivery.js';
import {
  DISTRIBUTION_OPERATIONS,
  type DistributionOperation,
} from '../../../src/domain/distribution/distribution.state.js';
import {
  TARGET_STATES,
  TERMINAL_TARGET_STATES,
  type TargetState,
} from '../../../src/domain/distribution/observation.js';
import { growth } from '../../support/growth.js';

/**
 * One step, written `d1 INSTALL SUCCEEDED`; `back-out` after it for an attempt that takes the operation back,
 * `installed` where the record of installations has its content, and `unsettled` after an attempt that ended unknown.
 */
function stepOf(text: string) {
  const [distribution = '', operation, state, ...more] = text.split(' ');
  return {
    distribution,
    operation: operation as DistributionOperation,
    state: state as TargetState,
    backOut: more.includes('back-out'),
    installed: more.includes('installed'),
    unsettled: more.includes('unsettled'),
    residual: false,
  };
}

describe('what a back-out can take away', () => {
  test.each<[string, string, string]>([
    ['nothing was sent', '', ''],
    ['it was installed', 'd1 INSTALL SUCCEEDED', 'REMOVE UNDO'],
    ['the installation failed', 'd1 INSTALL FAILED', ''],
    ['nobody knows', 'd1 INSTALL UNKNOWN', 'REMOVE UNDO'],
    ['nobody knows, and a retry failed', 'd1 INSTALL FAILED unsettled', 'REMOVE UNDO'],
    ['it was backed out', 'd1 INSTALL BACKED_OUT back-out', ''],
    ['it was removed again', 'd1 INSTALL SUCCEEDED, d2 REMOVE SUCCEEDED', ''],
    ['its removal failed', 'd1 INSTALL SUCCEEDED, d2 REMOVE FAILED', 'REMOVE UNDO'],
    ['one of two was undone', 'd1 INSTALL SUCCEEDED, d2 INSTALL SUCCEEDED, d3 UNDO SUCCEEDED', 'REMOVE UNDO'],
    ['the removal was the work', 'd1 REMOVE SUCCEEDED', 'UNDO'],
    ['it was only checked', 'd1 VERIFY SUCCEEDED', ''],
  ])('when %s', (_what, text, expected) => {
    const steps = text === '' ? [] : text.split(', ').map(stepOf);
    expect(DISTRIBUTION_OPERATIONS.filter((operation) => returnsSomething(steps, operation)).join(' ')).toBe(expected);
  });
});

describe('a cell', () => {
  test.each<[string, string, CellState, string]>([
    ['nobody sent anything', '', 'NOT_SENT', ''],
    ['the order waits', 'd1 INSTALL PENDING', 'NOT_SENT', ''],
    ['installed', 'd1 INSTALL SUCCEEDED', 'DELIVERED', 'd1'],
    ['failed', 'd1 INSTALL FAILED', 'FAILED', ''],
    ['nobody knows', 'd1 INSTALL UNKNOWN', 'UNKNOWN', 'd1'],
    ['nobody knows, and a retry failed', 'd1 INSTALL FAILED unsettled', 'UNKNOWN', 'd1'],
    ['nobody knows, and a retry waits', 'd1 INSTALL PENDING unsettled', 'UNKNOWN', 'd1'],
    ['nobody knows, and a retry of a removal failed', 'd1 REMOVE REJECTED unsettled', 'UNKNOWN', 'd1'],
    ['nobody knows, and a retry succeeded', 'd1 INSTALL SUCCEEDED unsettled', 'DELIVERED', 'd1'],
    ['nobody knows, and a retry was backed out', 'd1 INSTALL BACKED_OUT back-out unsettled', 'RETURNED', ''],
    ['a retry failed, then it was undone', 'd1 INSTALL FAILED unsettled, d2 UNDO SUCCEEDED', 'RETURNED', ''],
    ['a retry failed, then it was removed', 'd1 INSTALL FAILED unsettled, d2 REMOVE SUCCEEDED', 'RETURNED', ''],
    ['a retry failed, and the undo failed', 'd1 INSTALL FAILED unsettled, d2 UNDO FAILED', 'DOUBTED', 'd1'],
    ['a retry failed, then it was found', 'd1 INSTALL FAILED unsettled, d2 VERIFY SUCCEEDED', 'DELIVERED', 'd1'],
    [
      'a second distribution, and an unsettled retry',
      'd2 INSTALL SUCCEEDED, d1 INSTALL FAILED unsettled',
      'UNKNOWN',
      'd2 d1',
    ],
    ['an order was left open', 'd1 INSTALL SENT', 'UNKNOWN', 'd1'],
    ['a second distribution brought it', 'd1 INSTALL FAILED, d2 INSTALL SUCCEEDED', 'DELIVERED', 'd2'],
    ['a second distribution failed on it', 'd1 INSTALL SUCCEEDED, d2 INSTALL FAILED', 'DOUBTED', 'd1'],
    ['failed, but installed all the same', 'd1 INSTALL FAILED installed', 'DOUBTED', 'd1'],
    ['backed out', 'd1 INSTALL BACKED_OUT back-out', 'RETURNED', ''],
    ['the back-out has not begun', 'd1 INSTALL PENDING back-out', 'DELIVERED', 'd1'],
    ['the back-out failed', 'd1 INSTALL FAILED back-out', 'DOUBTED', 'd1'],
    ['one of two was backed out', 'd1 INSTALL SUCCEEDED, d2 INSTALL BACKED_OUT back-out', 'DELIVERED', 'd1'],
    ['undone', 'd1 INSTALL SUCCEEDED, d2 UNDO SUCCEEDED', 'RETURNED', ''],
    ['the undo failed', 'd1 INSTALL SUCCEEDED, d2 UNDO FAILED', 'DOUBTED', 'd1'],
    ['undone once of twice', 'd1 INSTALL SUCCEEDED, d2 INSTALL SUCCEEDED, d3 UNDO SUCCEEDED', 'DELIVERED', 'd1'],
    ['undone, then installed', 'd1 INSTALL SUCCEEDED, d2 UNDO SUCCEEDED, d3 INSTALL SUCCEEDED', 'DELIVERED', 'd3'],
    ['installed, then removed', 'd1 INSTALL SUCCEEDED, d2 REMOVE SUCCEEDED', 'RETURNED', ''],
    ['failed, then cleaned up', 'd1 INSTALL FAILED, d2 REMOVE SUCCEEDED', 'RETURNED', ''],
    ['the removal was backed out', 'd1 INSTALL SUCCEEDED, d2 REMOVE BACKED_OUT back-out', 'DELIVERED', 'd1'],
    ['removal is the work', 'd1 REMOVE SUCCEEDED', 'REMOVED', 'd1'],
    ['the removal failed', 'd1 REMOVE FAILED', 'FAILED', ''],
    ['the removed came back', 'd1 REMOVE BACKED_OUT back-out', 'RETURNED', ''],
    ['removed, but still there', 'd1 REMOVE SUCCEEDED, d2 VERIFY SUCCEEDED', 'DOUBTED', 'd1'],
    ['removed, and a check does not find it', 'd1 REMOVE SUCCEEDED, d2 VERIFY FAILED', 'REMOVED', 'd1'],
    ['undone, with nothing sent before', 'd1 UNDO SUCCEEDED', 'RETURNED', ''],
    ['an undo of nothing failed', 'd1 UNDO FAILED', 'FAILED', ''],
    ['found by a check', 'd1 VERIFY SUCCEEDED', 'PRESENT', ''],
    ['not found by a check', 'd1 VERIFY FAILED', 'FAILED', ''],
    ['a check without a result', 'd1 VERIFY UNKNOWN', 'NOT_SENT', ''],
    ['confirmed', 'd1 INSTALL SUCCEEDED, d2 VERIFY SUCCEEDED', 'DELIVERED', 'd1'],
    ['contradicted by a check', 'd1 INSTALL SUCCEEDED, d2 VERIFY FAILED', 'DOUBTED', 'd1'],
    ['a check that could not run', 'd1 INSTALL SUCCEEDED, d2 VERIFY EXPIRED', 'DELIVERED', 'd1'],
    ['unknown, then found', 'd1 INSTALL UNKNOWN, d2 VERIFY SUCCEEDED', 'DELIVERED', 'd1'],
    ['failed, then found', 'd1 INSTALL FAILED, d2 VERIFY SUCCEEDED', 'DELIVERED', 'd1'],
    ['backed out, but found', 'd1 INSTALL BACKED_OUT back-out, d2 VERIFY SUCCEEDED', 'DELIVERED', 'd1'],
    ['backed out, and not found', 'd1 INSTALL BACKED_OUT back-out, d2 VERIFY FAILED', 'RETURNED', ''],
    ['committed', 'd1 INSTALL SUCCEEDED, d2 COMMIT SUCCEEDED', 'DELIVERED', 'd1'],
    ['the commit failed', 'd1 INSTALL SUCCEEDED, d2 COMMIT FAILED', 'DELIVERED', 'd1'],
    ['committed by a release of its own', 'd1 COMMIT SUCCEEDED', 'PRESENT', ''],
  ])('%s', (_, history, state, owed) => {
    const cell = cellOf(history === '' ? [] : history.split(', ').map(stepOf));
    expect([cell.state, cell.owed.join(' ')]).toEqual([state, owed]);
  });

  test('without a success nothing is ever done', () => {
    const failing = TERMINAL_TARGET_STATES.filter((state) => state !== 'SUCCEEDED');
    for (const operation of DISTRIBUTION_OPERATIONS)
      for (const state of failing)
        expect(['DELIVERED', 'REMOVED', 'PRESENT']).not.toContain(cellOf([stepOf(`d1 ${operation} ${state}`)]).state);
  });
});

// What the tests generate: up to four distributions with any operation and some of three contents, and targets with
// any history of them.
const ids = ['d1', 'd2', 'd3', 'd4'];
const contentIds = ['a', 'b', 'c'];
const sent = fc
  .tuple(
    ...ids.map((id) =>
      fc.record({
        id: fc.constant(id),
        operation: fc.constantFrom(...DISTRIBUTION_OPERATIONS),
        contents: fc.subarray(contentIds),
      }),
    ),
  )
  .map((all): SentDistribution[] => all);
const history = fc.shuffledSubarray(ids).chain((order) =>
  fc.tuple(
    ...order.map((distribution) =>
      fc.record({
        distribution: fc.constant(distribution),
        state: fc.constantFrom(...TARGET_STATES),
        backOut: fc.boolean(),
        installed: fc.boolean(),
        unsettled: fc.boolean(),
        residual: fc.boolean(),
      }),
    ),
  ),
);
const targets = fc.array(fc.record({ inScope: fc.boolean(), steps: history.map((steps): DeliveryStep[] => steps) }), {
  maxLength: 12,
});
const scope = fc.subarray(contentIds);

/** The same counts cell by cell: no groups, every target with every content that anybody has named. */
function bruteForce(distributions: readonly SentDistribution[], contents: readonly string[], all: readonly Target[]) {
  const sum = { cells: 0, done: 0, kept: 0, returned: 0, owed: 0, residual: 0, targets: 0, doneTargets: 0 };
  const named = new Set([...contents, ...distributions.flatMap((distribution) => distribution.contents)]);
  for (const { inScope, steps } of all) {
    let good = 0;
    for (const content of named) {
      const own = steps.flatMap((step) => {
        const distribution = distributions.find(({ id }) => id === step.distribution);
        return distribution?.contents.includes(content) ? [{ ...step, operation: distribution.operation }] : [];
      });
      const { state, owed, kept } = cellOf(own);
      const done = ['DELIVERED', 'REMOVED', 'PRESENT'].includes(state);
      const counts = inScope && contents.includes(content);
      if (counts) sum.cells += 1;
      if (counts && kept) sum.kept += 1;
      if (counts && done) {
        sum.done += 1;
        good += 1;
      }
      if (state === 'RETURNED') sum.returned += 1;
      if (owed.length === 0) continue;
      if (owed.every((id) => own.some(({ distribution, residual }) => distribution === id && residual)))
        sum.residual += 1;
      else sum.owed += 1;
    }
    if (inScope) sum.targets += 1;
    if (inScope && contents.length > 0 && good === contents.length) sum.doneTargets += 1;
  }
  return sum;
}

interface Target {
  readonly inScope: boolean;
  readonly steps: readonly DeliveryStep[];
}

describe('counted over all cells', () => {
  test('groups count what single cells count', () => {
    fc.assert(
      fc.property(sent, scope, targets, (distributions, contents, all) => {
        const groups = new Map<string, Target & { count: number }>();
        for (const target of all) {
          const key = JSON.stringify(target);
          groups.set(key, { ...target, count: (groups.get(key)?.count ?? 0) + 1 });
        }
        const counted = tally(deliveryCells({ distributions, contents }, [...groups.values()]));
        expect(counted).toEqual(bruteForce(distributions, contents, all));
      }),
      { numRuns: 2_000 },
    );
  });

  test('no end says more than the cells', () => {
    fc.assert(
      fc.property(sent, scope, targets, (distributions, contents, all) => {
        const counted = tally(
          deliveryCells(
            { distributions, contents },
            all.map((target) => ({ ...target, count: 1 })),
          ),
        );
        const { cells, done, owed, returned } = counted;
        const outcome = releaseOutcome(['SUCCEEDED'], counted);
        if (outcome === 'DEPLOYED') expect([done, done > 0]).toEqual([cells, true]);
        if (outcome === 'FAILED') expect(done).toBe(0);
        const change = changeOutcome(counted);
        if (change === 'SUCCESSFUL') expect([done, done > 0]).toEqual([cells, true]);
        if (change === 'BACKED_OUT') expect([owed, returned > 0]).toEqual([0, true]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('the time grows with the targets, also when each has a history of its own', () => {
    const contents = Array.from({ length: 100 }, (_, n) => `content-${n}`);
    const distributions = Array.from({ length: 10 }, (_, n) => ({
      id: `d${n}`,
      operation: 'INSTALL' as const,
      contents: contents.slice(n * 10, n * 10 + 10),
    }));
    // The worst case: every target has a history of its own.
    const states = TERMINAL_TARGET_STATES;
    const groups = Array.from({ length: 4_000 }, (_, target) => ({
      inScope: true,
      count: 1,
      steps: distributions.map(({ id }, n) => ({
        distribution: id,
        state: states[(target >> n) % states.length] as TargetState,
        backOut: false,
        installed: false,
        unsettled: false,
        residual: false,
      })),
    }));
    const count = (targets: number) => () => {
      const some = groups.slice(0, targets);
      expect(tally(deliveryCells({ distributions, contents }, some)).cells).toBe(targets * 100);
    };
    // Eight times as many: a square would be 64 times the work.
    expect(growth(count(500), count(4_000))).toBeLessThan(24);
  });
});

describe('outcomes', () => {
  test('a release has one when every distribution is over', () => {
    const all = { cells: 4, done: 4 };
    expect(releaseOutcome(['FAILED'], { cells: 4, done: 0, kept: 1 })).toBe('PARTIALLY_DEPLOYED');
    expect(releaseOutcome(['SUCCEEDED', 'RUNNING'], all)).toBeUndefined();
    expect(releaseOutcome(['SUCCEEDED', 'SCHEDULED'], all)).toBeUndefined();
    expect(releaseOutcome([], all)).toBeUndefined();
    expect(releaseOutcome(['SUCCEEDED'], all)).toBe('DEPLOYED');
    expect(releaseOutcome(['FAILED', 'SUCCEEDED'], all)).toBe('DEPLOYED');
    expect(releaseOutcome(['SUCCEEDED'], { cells: 4, done: 3 })).toBe('PARTIALLY_DEPLOYED');
    expect(releaseOutcome(['SUCCEEDED'], { cells: 4, done: 0 })).toBe('FAILED');
  });

  test.each([
    [{ cells: 2, done: 2 }, 'SUCCESSFUL'],
    [{ cells: 2, done: 1 }, 'UNSUCCESSFUL'],
    [{ cells: 0, done: 0 }, 'UNSUCCESSFUL'],
    [{ cells: 2, done: 0, returned: 2 }, 'BACKED_OUT'],
    [{ cells: 2, done: 0, returned: 1 }, 'BACKED_OUT'],
    // One of two returned: neither good nor back.
    [{ cells: 2, done: 1, returned: 1, owed: 1 }, 'UNSUCCESSFUL'],
    [{ cells: 2, done: 1, returned: 1, residual: 1 }, 'BACKED_OUT'],
    // What stays of a release that was backed out is no success.
    [{ cells: 2, done: 2, residual: 2 }, 'UNSUCCESSFUL'],
  ])('a change of which %j was %s', (counted, outcome) => {
    expect(changeOutcome({ returned: 0, owed: 0, residual: 0, ...counted })).toBe(outcome);
  });
});
