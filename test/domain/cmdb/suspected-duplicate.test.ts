import { expect, test } from '@jest/globals';
import { reconcileDuplicates, type KnownDuplicate } from '../../../src/domain/cmdb/suspected-duplicate.js';
import { suspectedDuplicateMachine } from '../../../src/domain/cmdb/suspected-duplicate.machine.js';
import { actualTable, table } from '../matrix.js';

test('the machine does exactly this', () => {
  expect(actualTable(suspectedDuplicateMachine, { actorId: 'me', actorRoles: ['CONFIGURATION_MANAGER'] })).toEqual(
    table(`
      OPEN: dismiss>DISMISSED update>OPEN resolve>RESOLVED
      DISMISSED: update>DISMISSED reopen>OPEN resolve>RESOLVED
      RESOLVED:
    `),
  );
});

test('kept pairs follow those that there are, and a dismissed one opens only for other values', () => {
  const pair = (ciId: string, otherId: string, digest = 'd', signs = ['IDENTIFIER'] as const) =>
    ({ ciId, otherId, signs, digest }) as const;
  const known = (one: ReturnType<typeof pair>, state: KnownDuplicate['state'] = 'OPEN') => ({
    ...one,
    id: `${one.ciId}${one.otherId}`,
    state,
  });
  const quiet = known(pair('a', 'b'), 'DISMISSED');
  const other = known(pair('c', 'd'), 'DISMISSED');
  const gone = known(pair('e', 'f'));
  const open = known(pair('g', 'h'));
  const now = [pair('a', 'b'), pair('c', 'd', 'new'), pair('g', 'h', 'new'), pair('i', 'j')];
  expect(reconcileDuplicates([quiet, other, gone, open], now)).toEqual({
    found: [now[3]],
    changed: [
      { known: other, pair: now[1], reopens: true },
      { known: open, pair: now[2], reopens: false },
    ],
    resolved: [gone],
  });
  const signs = { ...pair('a', 'b'), signs: ['IDENTIFIER', 'SERIAL_NUMBER'] as const };
  expect(reconcileDuplicates([quiet], [signs]).changed).toEqual([{ known: quiet, pair: signs, reopens: false }]);
});
