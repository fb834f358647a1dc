import { describe, expect, test } from '@jest/globals';
import type { ReleaseFacts } from '../../../src/domain/release/release.guards.js';
import { releaseMachine } from '../../../src/domain/release/release.machine.js';
import { ROLES, type Role } from '../../../src/domain/roles.js';
import { goodReleaseFacts } from '../facts.js';
import { refusal } from '../matrix.js';

const release = { ...goodReleaseFacts.release, ownerId: 'owner', managerId: 'manager' };
const as = (actorId: string, actorRoles: readonly Role[], more: Partial<ReleaseFacts> = {}): ReleaseFacts => ({
  ...goodReleaseFacts,
  release,
  ownerId: 'owner',
  actorId,
  actorRoles,
  ...more,
});

const personal = releaseMachine.rows.filter(({ system }) => system !== true);

describe('commands on a release', () => {
  test('are closed to people who only hold the roles', () => {
    const stranger = as('stranger', ['RELEASE_MANAGER', 'RELEASE_OWNER', 'CHANGE_AUTHORITY', 'CHANGE_MANAGER']);
    const open = personal.flatMap(({ guards, command }) =>
      (guards ?? []).some((guard) => JSON.stringify(guard(stranger) ?? '').includes('NOT_RELEASE_OWNER'))
        ? []
        : [command],
    );
    expect([...new Set(open)]).toEqual(['releaseSaveAsTemplate']);
  });

  test('are open to the owner and the manager, apart from the acceptance', () => {
    for (const person of ['owner', 'manager']) {
      const closed = personal.flatMap(({ guards, command }) =>
        (guards ?? []).some((guard) => JSON.stringify(guard(as(person, [])) ?? '').includes('NOT_RELEASE_OWNER'))
          ? [command]
          : [],
      );
      expect([person, [...new Set(closed)]]).toEqual([person, person === 'owner' ? [] : ['releaseAccept']]);
    }
  });

  test('let any test manager begin the tests', () => {
    expect(refusal(releaseMachine, 'BUILDING', 'releaseStartTesting', as('tester', ['TEST_MANAGER']))).toEqual([]);
    expect(refusal(releaseMachine, 'BUILDING', 'releaseStartTesting', as('tester', ['RELEASE_MANAGER']))).toEqual([
      'NOT_RELEASE_OWNER',
    ]);
  });
});

describe('a part in a release', () => {
  const passes = (actorId: string, actorRoles: readonly Role[], ...handedOver: ('ownerId' | 'managerId')[]) =>
    refusal(releaseMachine, 'ACCEPTED', 'releaseHandOver', as(actorId, actorRoles, { handedOver })).length === 0;
  const every = ROLES.filter((role) => role !== 'ADMINISTRATOR');

  test.each<[string, readonly Role[], boolean, boolean]>([
    ['owner', [], true, true],
    ['manager', [], false, true],
    ['stranger', every, false, false],
    ['stranger', ['ADMINISTRATOR'], true, true],
  ])('passes on by %s with %j: owner %s, manager %s', (person, roles, owner, manager) => {
    expect(passes(person, roles, 'ownerId')).toBe(owner);
    expect(passes(person, roles, 'managerId')).toBe(manager);
    expect(passes(person, roles, 'ownerId', 'managerId')).toBe(owner && manager);
  });

  test('never passes on by an edit', () => {
    for (const field of ['ownerId', 'managerId'] as const)
      expect(refusal(releaseMachine, 'DRAFT', 'releaseUpdate', as('owner', [], { edited: [field] }))).toEqual([
        'ILLEGAL_TRANSITION',
      ]);
  });
});
