import type { Role } from '../../src/domain/roles.js';

/**
 * Everybody who signs in. There are two of each role that approves something, and people who hold several roles: they
 * could approve their own work if nobody stopped them.
 */
export const PEOPLE = {
  rita: ['REQUESTER'],
  rob: ['REQUESTER', 'CHANGE_AUTHORITY'],
  chad: ['CHANGE_MANAGER'],
  anna: ['CHANGE_AUTHORITY'],
  mona: ['RELEASE_MANAGER'],
  mark: ['RELEASE_MANAGER', 'RELEASE_OWNER'],
  olga: ['RELEASE_OWNER'],
  otto: ['RELEASE_OWNER', 'DEPLOYMENT_OPERATOR'],
  tess: ['TEST_MANAGER'],
  tim: ['TEST_MANAGER', 'RELEASE_MANAGER'],
  oskar: ['DEPLOYMENT_OPERATOR'],
  opal: ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
  lara: ['DML_LIBRARIAN'],
  liam: ['DML_LIBRARIAN', 'TEST_MANAGER'],
  carl: ['CONFIGURATION_MANAGER'],
  audrey: ['AUDITOR'],
  ada: ['ADMINISTRATOR'],
  bella: [
    'REQUESTER',
    'CHANGE_MANAGER',
    'CHANGE_AUTHORITY',
    'RELEASE_MANAGER',
    'RELEASE_OWNER',
    'TEST_MANAGER',
    'DEPLOYMENT_OPERATOR',
    'DML_LIBRARIAN',
    'CONFIGURATION_MANAGER',
  ],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

/** The name of somebody who signs in. */
export type Name = keyof typeof PEOPLE;

/** All names. */
export const NAMES = Object.keys(PEOPLE) as Name[];
