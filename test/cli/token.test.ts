import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { TestClient } from '../support/client.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../bin/interlock.mjs', import.meta.url));

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.end());

const interlock = async (...args: string[]) =>
  await run(process.execPath, [MAIN, ...args], { env: { PATH: process.env['PATH'], DATABASE_URL: app.testDatabase.url, NODE_ENV: 'test' } }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  );

describe('interlock token', () => {
  test('makes, lists and revokes tokens of a running server', async () => {
    const made = await interlock(
      'token',
      'create',
      '--role',
      'administrator',
      '--role',
      'AUDITOR',
      '--email',
      'Root@Example.test',
      '--name',
      'first',
      '--days',
      '2',
    );
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('root@example.test') });
    expect(made.stdout).toMatch(/^ilk_\S+\n$/); // alone on standard output, so that a script can take it
    const client = new TestClient(app.url, made.stdout.trim(), '');
    const { viewer } = await client.ok('{ viewer { roles person { name email } accessTokens { nodes { id } } } }');
    expect(viewer).toMatchObject({ roles: ['ADMINISTRATOR', 'AUDITOR'], person: { name: 'first', email: 'root@example.test' } });

    const [{ id }] = viewer.accessTokens.nodes;
    const listed = await interlock('token', 'list');
    expect(
      listed.stdout
        .split('\n')
        .find((line) => line.startsWith(id))
        ?.split('\t'),
    ).toEqual([id, 'valid', expect.stringMatching(/^\d{4}-/), expect.any(String), 'root@example.test', 'ADMINISTRATOR,AUDITOR', 'first']);
    expect(`${listed.stdout}${listed.stderr}`).not.toContain(made.stdout.trim().slice(-43));

    expect(await interlock('token', 'revoke', id)).toMatchObject({ code: 0 });
    await until(async () => (await client.send('{ viewer { roles } }')).status === 401, 'the token to be refused', 1_500);
    expect((await interlock('token', 'list')).stdout).not.toContain(id);
    expect((await interlock('token', 'list', '--all')).stdout).toContain(`${id}\trevoked`);
  });

  test('grants a person who is known the roles that the token needs', async () => {
    await app.as('pat', 'REQUESTER');
    const made = await interlock('token', 'create', '--role', 'CHANGE_MANAGER', '--email', 'pat@example.test');
    const { viewer } = await new TestClient(app.url, made.stdout.trim(), '').ok('{ viewer { roles person { name roles } } }');
    expect(viewer).toEqual({ roles: ['CHANGE_MANAGER'], person: { name: 'pat', roles: ['CHANGE_MANAGER', 'REQUESTER'] } });
  });

  test.each([
    [['token', 'create', '--role', 'KING'], 'Unknown role KING'],
    [['token', 'create', '--role', 'AUDITOR', '--days', '999'], '--days'],
    [['token', 'revoke', 'tok_01h455vb4pex5vsknk084sn02q'], 'There is no AccessToken'],
    [['token'], 'Say `interlock token create'],
  ])('refuses %j and changes nothing', async (args, message) => {
    const before = await app.count('access_token');
    expect(await interlock(...args)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
    expect(await app.count('access_token')).toBe(before);
  });
});
