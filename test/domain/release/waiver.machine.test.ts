import { expect, test } from '@jest/globals';
import {
  WAIVER_STATE_DESCRIPTIONS,
  WAIVER_STATES,
  waiverMachine,
  type WaiverFacts,
} from '../../../src/domain/release/waiver.machine.js';
import { validateMachine } from '../../../src/domain/state-machine.js';
import { actualTable, refusal } from '../matrix.js';

const granted: WaiverFacts = { actorId: 'actor', actorRoles: [], grantedById: 'actor', ownerId: 'owner' };

test('a waiver does exactly this', () => {
  expect(actualTable(waiverMachine, granted)).toEqual(['GRANTED: revoke>REVOKED', 'REVOKED:']);
  expect(validateMachine(waiverMachine)).toEqual([]);
  expect(Object.keys(WAIVER_STATE_DESCRIPTIONS)).toEqual([...WAIVER_STATES]);
});

test('only those who answer for a waiver revoke it', () => {
  const other = { ...granted, actorId: 'somebody' };
  const revoke = (facts: WaiverFacts) => refusal(waiverMachine, 'GRANTED', 'waiverRevoke', facts);
  expect(revoke({ ...other, actorRoles: ['RELEASE_OWNER'] })).toEqual(['NOT_RELEASE_OWNER']);
  expect(revoke({ ...other, actorId: 'owner' })).toEqual([]);
  expect(revoke({ ...other, actorRoles: ['CHANGE_AUTHORITY'] })).toEqual([]);
});
