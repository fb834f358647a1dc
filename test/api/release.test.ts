import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import type { TestClient } from '../support/client.js';

let app: TestApp;
let manager: TestClient;
let owner: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  manager = await app.as('rena', 'RELEASE_MANAGER');
  owner = await app.as('olaf', 'RELEASE_OWNER');
});
afterAll(async () => await app.end());

const create = async (name: string, more: Record<string, unknown> = {}) =>
  await manager.run('releaseCreate', { name, ownerId: owner.personId, ...more }, 'release', 'id version number state skippedStates');

describe('releases', () => {
  test('are created from scratch', async () => {
    const release = await create('Payroll 4');
    expect(release).toMatchObject({ state: 'DRAFT', version: 1, skippedStates: [], number: expect.stringMatching(/^REL-\d+$/) });
    const planning = await manager.run('releaseStartPlanning', { id: release.id }, 'release', 'state itupStatus availableCommands { command allowed blockers { code } } plan { requires { backOutPlan } forcedBy { state } }');
    expect(planning).toMatchObject({ state: 'PLANNING', itupStatus: 'OPEN' });
  });
});
