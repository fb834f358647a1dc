import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { interlock, serve, stopServers, type ServerProcess } from '../support/command.js';
import { TestClient } from '../support/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

let database: TestDatabase;
let folder: string;
let env: Record<string, string>;
let token: string;
const children: ChildProcess[] = [];

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

/** Runs the example client and collects what it prints. */
function subscribe(url: string) {
  const args = [
    resolve('examples/subscribe/subscribe.ts'),
    '--url',
    url,
    '--cursor-file',
    join(folder, 'cursor'),
    '--types',
    'configuration-item',
  ];
  const child = spawn(process.execPath, ['--no-warnings', ...args], {
    env: { PATH: process.env['PATH'], TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (out.stdout += chunk));
  child.stderr.on('data', (chunk: Buffer) => (out.stderr += chunk));
  const ended = new Promise<number | null>((done) => child.on('close', done));
  return {
    out,
    names: () => [...out.stdout.matchAll(/configuration-item\.registered {2}\S+ {2}(\S+)/g)].map((match) => match[1]),
    connected: async () => await until(() => /connected/.test(out.stderr), 'the client to connect'),
    stop: async () => {
      child.kill('SIGINT');
      return await ended;
    },
  };
}

const register = async (server: ServerProcess, name: string) =>
  await new TestClient(server.url, token, '').run(
    'configurationItemRegister',
    { name, ciClass: 'SERVER' },
    'configurationItem',
  );

beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'examples-'));
  env = { DATABASE_URL: database.url, INTERLOCK_DATA_DIR: join(folder, 'data'), PORT: String(await freePort()) };
  token = (await interlock(['token', 'create', '--role', 'CONFIGURATION_MANAGER'], { env })).stdout.trim();
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await stopServers();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the example clients', () => {
  test('subscribe.ts prints every event once, across restarts of the server and of itself', async () => {
    let server = await serve({ env });
    const first = subscribe(server.url);
    await first.connected();
    await register(server, 'one');
    await until(() => first.names().includes('one'), 'the first event');

    await server.stop();
    server = await serve({ env });
    await register(server, 'two');
    await until(() => first.names().includes('two'), 'the event after the restart', 20_000);
    expect(first.names()).toEqual(['one', 'two']);
    expect(await first.stop()).toBe(0);

    await register(server, 'three');
    const second = subscribe(server.url);
    await until(() => second.names().includes('three'), 'what happened while nobody listened');
    await register(server, 'four');
    await until(() => second.names().includes('four'), 'the next event');
    expect(second.names()).toEqual(['three', 'four']);
    expect(await second.stop()).toBe(0);
  }, 60_000);

  test('import-calendar.sh imports a file, with whatever is in it', async () => {
    const server = await serve({ env: { ...env, PORT: '0' } });
    const created = await interlock(['token', 'create', '--role', 'CHANGE_MANAGER'], { env });
    const file = join(folder, 'holidays.ics');
    const event = [
      'BEGIN:VEVENT',
      'UID:1',
      'SUMMARY:A "holiday"\\, with\ttab',
      'DTSTART;VALUE=DATE:20400101',
      'END:VEVENT',
    ];
    writeFileSync(file, ['BEGIN:VCALENDAR', ...event, 'END:VCALENDAR', ''].join('\r\n'));
    const run = async (dryRun: boolean) => {
      const child = spawn('bash', ['examples/curl/import-calendar.sh', 'holidays', 'Europe/Berlin', file], {
        env: { PATH: process.env['PATH'], URL: server.url, TOKEN: created.stdout.trim(), DRY_RUN: String(dryRun) },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      let stdout = '';
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk));
      expect(await new Promise<number | null>((done) => child.on('close', done))).toBe(0);
      return JSON.parse(stdout).data.scheduleWindowsImport.results;
    };
    const expected = [{ status: 'CREATED', name: 'A "holiday", with tab', code: null, message: null }];
    expect(await run(true)).toEqual(expected);
    expect(await run(false)).toEqual(expected);
    expect(await run(false)).toMatchObject([{ status: 'UNCHANGED' }]);
    await server.stop();
  }, 60_000);

  test('subscribe.ts says what is missing, and ends when the token is not valid', async () => {
    const server = await serve({ env: { ...env, PORT: '0' } });
    const run = async (value: string | undefined) => {
      const child = spawn(
        process.execPath,
        ['--no-warnings', resolve('examples/subscribe/subscribe.ts'), '--url', server.url],
        {
          env: { PATH: process.env['PATH'], ...(value !== undefined && { TOKEN: value }) },
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      children.push(child);
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
      return { code: await new Promise<number | null>((done) => child.on('close', done)), stderr: () => stderr };
    };
    const without = await run(undefined);
    expect(without.code).toBe(1);
    expect(without.stderr()).toContain('Set TOKEN');
    const invalid = await run('ilk_nonsense');
    expect(invalid.code).toBe(1);
    expect(invalid.stderr()).toContain('4403');
    await server.stop();
  }, 60_000);
});
