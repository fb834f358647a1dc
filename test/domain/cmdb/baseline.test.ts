import { describe, expect, test } from '@jest/globals';
import { baselineMachine, type BaselineFacts } from '../../../src/domain/cmdb/baseline.machine.js';
import { actualTable, refusal, table } from '../matrix.js';

describe('baseline machine', () => {
  const good: BaselineFacts = { actorId: 'me', actorRoles: [], takenBy: { id: 'carl', name: 'Carl' } };

  test('does exactly this', () => {
    expect(actualTable(baselineMachine, good)).toEqual(
      table(`
        PENDING: fix>TAKEN
        TAKEN: approve>APPROVED reject>REJECTED
        APPROVED:
        REJECTED:
      `),
    );
  });

  test.each<[string, Partial<BaselineFacts>, readonly string[]]>([
    ['of somebody else', {}, []],
    ['of the server', { takenBy: null }, []],
    ['of one’s own', { takenBy: { id: 'me', name: 'Me' } }, ['SELF_APPROVAL']],
    ['that is intact', { isIntact: true }, []],
    ['that is not', { isIntact: false }, ['BASELINE_ALTERED']],
  ])('approves one %s', (_, facts, codes) => {
    expect(refusal(baselineMachine, 'TAKEN', 'baselineApprove', { ...good, ...facts })).toEqual(codes);
  });
});
