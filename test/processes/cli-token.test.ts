import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { TestClient } from '../support/client.js';
import { interlock } from '../support/command.js';
import { until } from '../support/until.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.end());

const token = async (...args: string[]) =>
  await interlock(['token', ...args], { env: { DATABASE_URL: app.testDatabase.url } });

// Each call starts a process, which a busy machine takes its time for.
describe('interlock token', () => {
  test('makes, lists and revokes tokens of a running server', async () => {
    await app.as('pat', 'REQUESTER');
    const made = await token(
      'create',
      '--role',
      'change_manager',
      '--role',
      'AUDITOR',
      '--email',
      'Pat@Cast.test',
      '--name',
      'nightly',
      '--days',
      '2',
    );
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('pat@cast.test') });
    expect(made.stdout).toMatch(/^ilk_\S+\n$/); // alone on standard output, so that a script can take it
    const client = new TestClient(app.url, made.stdout.trim(), '');
    const { viewer } = await client.ok(
      '{ viewer { roles person { name roles } accessTokens(first: 1) { nodes { id } } } }',
    );
    // Pat was known; the roles that the token needs were granted, those that Pat had are not in it.
    expect(viewer).toMatchObject({
      roles: ['AUDITOR', 'CHANGE_MANAGER'],
      person: { name: 'pat', roles: ['AUDITOR', 'CHANGE_MANAGER', 'REQUESTER'] },
    });

    const [{ id }] = viewer.accessTokens.nodes;
    const listed = await token('list', '--json');
    expect(JSON.parse(listed.stdout).find((known: { id: string }) => known.id === id)).toEqual({
      id,
      state: 'valid',
      expires: expect.stringMatching(/^\d{4}-/),
      lastUsed: expect.any(String),
      person: 'pat@cast.test',
      roles: ['AUDITOR', 'CHANGE_MANAGER'],
      name: 'nightly',
    });
    const [head = '', ...lines] = (await token('list')).stdout.split('\n');
    const line = lines.find((text) => text.startsWith(id)) ?? '';
    expect(line.indexOf('pat@cast.test')).toBe(head.indexOf('PERSON'));
    expect(`${listed.stdout}${listed.stderr}`).not.toContain(made.stdout.trim().slice(-43));

    expect(await token('revoke', id)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'The token "nightly" is revoked.\n',
    });
    await until(
      async () => (await client.send('{ viewer { roles } }')).status === 401,
      'the token to be refused',
      2_000,
    );
    expect((await token('list', '--all')).stdout).toMatch(new RegExp(`^${id} +revoked `, 'm'));
  }, 120_000);

  test('refuses what it cannot do and changes nothing', async () => {
    const before = await app.count('access_token');
    expect(await token('create', '--role', 'AUDITOR', '--days', '999')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('--days must be 1 to 366'),
    });
    expect(await token('revoke', 'tok_01h455vb4pex5vsknk084sn02q')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('There is no AccessToken'),
    });
    expect(await app.count('access_token')).toBe(before);
  }, 120_000);
});
