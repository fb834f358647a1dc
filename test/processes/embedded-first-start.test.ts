import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { launch, serve, stopServers, type ServerProcess } from '../support/command.js';
import { until } from '../support/until.js';

let folder: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'first-'));
  chmodSync(folder, 0o755);
  env = { NODE_ENV: 'development', INTERLOCK_DATA_DIR: join(folder, 'data'), DATABASE_URL: '' };
});
afterEach(async () => {
  await stopServers();
  rmSync(folder, { recursive: true, force: true });
});

/** Sample data are loaded, if need be, once the server listens. */
const welcomed = async ({ out }: ServerProcess) =>
  await until(() => out.stderr.includes('Interlock is listening'), 'the welcome', 30_000);
const clusters = () =>
  existsSync(join(folder, 'data'))
    ? readdirSync(join(folder, 'data')).filter((name) => name.startsWith('postgres'))
    : [];
const ready = async (url: string) => (await fetch(`${url}/readyz`)).status;

test('processes that start at the same moment on the same empty folder share one database', async () => {
  const servers = await Promise.all([1, 2, 3].map(async () => await serve({ env })));
  expect(await Promise.all(servers.map(async ({ url }) => await ready(url)))).toEqual([200, 200, 200]);
  for (const server of servers) await welcomed(server);
  for (const server of servers) {
    // Ctrl-C reaches a process twice: from the terminal, and from whoever started it.
    server.child.kill('SIGINT');
    expect((await server.stop()).code).toBe(0);
  }
  // The last of them stopped the database, and only one of them has filled it.
  const texts = servers.map(({ out }) => out.stderr);
  expect(texts.filter((text) => text.includes('The database was empty'))).toHaveLength(1);
  expect(readdirSync(join(folder, 'data')).filter((name) => name.startsWith('postgres'))).toEqual(['postgres']);
  expect(readdirSync(join(folder, 'data', 'postgres'))).not.toContain('postmaster.pid');
}, 120_000);

test('a first start that is asked to end half-way ends in good order, and leaves no database running', async () => {
  const { child, ended } = launch(['serve'], { env: { ...env, PORT: '0' } });
  await until(() => clusters().length > 0, 'the cluster to be begun', 30_000);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0 });
  expect(clusters()).toEqual(['postgres']);
  expect(readdirSync(join(folder, 'data', 'postgres'))).not.toContain('postmaster.pid');
}, 120_000);

test('a first start that is killed half-way leaves nothing that stands in the way of the next', async () => {
  const { child, ended } = launch(['serve'], { env });
  await until(() => clusters().length > 0, 'the cluster to be begun', 30_000);
  child.kill('SIGKILL');
  await ended;
  expect(clusters()).not.toContain('postgres');
  const server = await serve({ env });
  expect(await ready(server.url)).toBe(200);
  await welcomed(server);
  expect((await server.stop()).stderr).toContain('The database was empty');
  expect(clusters()).toEqual(['postgres']);
}, 120_000);
