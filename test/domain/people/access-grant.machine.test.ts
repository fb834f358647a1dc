import { describe, expect, test } from '@jest/globals';
import {
  ACCESS_GRANT_KIND_DESCRIPTIONS,
  ACCESS_GRANT_KINDS,
  ACCESS_GRANT_STATE_DESCRIPTIONS,
  ACCESS_GRANT_STATES,
  accessGrantMachine,
  type AccessGrantFacts,
} from '../../../src/domain/people/access-grant.machine.js';
import { AUTHORITY_ROLES, ROLES } from '../../../src/domain/roles.js';
import { actualTable, refusal, table } from '../matrix.js';

const good: AccessGrantFacts = {
  actorId: 'actor',
  actorRoles: ['ADMINISTRATOR'],
  actorIsHuman: true,
  actorLineage: ['token-1', 'token-2'],
  kind: 'TOKEN',
  person: { id: 'person-1', name: 'Pia', roles: ['REQUESTER'], active: true },
  roles: ['REQUESTER'],
  proposer: { id: 'proposer', name: 'Paul' },
  proposerLineage: ['token-3'],
  expired: false,
  outlivesActor: false,
};

describe('access grant machine', () => {
  const confirm = (fault: Partial<AccessGrantFacts>): string[] =>
    refusal(accessGrantMachine, 'PROPOSED', 'accessGrantConfirm', { ...good, ...fault });

  test('does exactly this', () => {
    expect(actualTable(accessGrantMachine, good)).toEqual(
      table(`
        PROPOSED: confirm>CONFIRMED decline>DECLINED declineUnasked>DECLINED expire>EXPIRED
        CONFIRMED:
        DECLINED:
        EXPIRED:
      `),
    );
    expect(Object.keys(ACCESS_GRANT_STATE_DESCRIPTIONS)).toEqual([...ACCESS_GRANT_STATES]);
    expect(Object.keys(ACCESS_GRANT_KIND_DESCRIPTIONS)).toEqual([...ACCESS_GRANT_KINDS]);
  });

  test('is confirmed by a second human being with hands of their own', () => {
    expect(confirm({})).toEqual([]);
    expect(confirm({ actorId: 'proposer', proposerLineage: ['token-1'] })).toEqual(['SELF_APPROVAL']);
    expect(confirm({ actorId: 'person-1' })).toEqual(['SELF_APPROVAL']);
    expect(confirm({ actorIsHuman: false })).toEqual(['SELF_APPROVAL']);
    for (const shared of good.actorLineage)
      expect(confirm({ proposerLineage: ['token-3', shared] })).toEqual(['SELF_APPROVAL']);
    // Both signed in at the identity provider.
    expect(confirm({ actorLineage: [], proposerLineage: [] })).toEqual([]);
  });

  test('is confirmed in time, for an active person who holds the roles of the token', () => {
    expect(confirm({ expired: true, outlivesActor: true })).toEqual(['GRANT_EXPIRED', 'TOKEN_OUTLIVES_ANCESTOR']);
    const person = { ...good.person, active: false, roles: [] };
    expect(confirm({ person })).toEqual(['PERSON_DEACTIVATED', 'PERSON_LACKS_ROLE']);
    expect(confirm({ person, kind: 'ROLES' })).toEqual(['PERSON_DEACTIVATED']);
    expect(confirm({ person, kind: 'ACTIVATION' })).toEqual([]);
  });

  test('every role has authority but for those that read, ask, report or do what they are given', () => {
    expect(ROLES.filter((role) => !AUTHORITY_ROLES.includes(role))).toEqual([
      'TASK_ASSIGNEE',
      'AUDITOR',
      'ADAPTER',
      'DISCOVERY',
      'REQUESTER',
    ]);
  });
});
