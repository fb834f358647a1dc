import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { VERSION } from '../../src/config.js';
import { interlock, serve, stopServers, type CommandResult } from '../support/command.js';
import { TestClient } from '../support/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

let database: TestDatabase;
let folder: string;
let env: Record<string, string>;

const STACK = /^\s+at .*:\d+:\d+/m;

/** A mistake is told in words, on standard error, with exit code 1 and without a stack. */
function expectPlainFailure({ code, stderr, stdout }: CommandResult, words: RegExp): void {
  expect(stderr).toMatch(words);
  expect(stderr).not.toMatch(STACK);
  expect(stdout).not.toMatch(STACK);
  expect(code).toBe(1);
}

const client = (url: string, token: string) => new TestClient(url, token, '');
const tokenIn = (text: string) => /\bilk_\S+/.exec(text)?.[0];

beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'cli-'));
  chmodSync(folder, 0o755);
  env = { DATABASE_URL: database.url, INTERLOCK_DATA_DIR: join(folder, 'data') };
});

afterAll(async () => {
  await stopServers();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

describe('interlock without a server', () => {
  test('--version prints the version of the package', async () => {
    expect(await interlock(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
    expect(JSON.parse(readFileSync('package.json', 'utf8')).version).toBe(VERSION);
  });

  test('help names every command', async () => {
    const { code, stdout } = await interlock(['--help']);
    expect(code).toBe(0);
    for (const command of ['serve', 'migrate', 'token', 'schema', 'migration', 'config', 'demo', 'explain', 'doctor'])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  test('config lists the settings, without their values', async () => {
    const { code, stdout } = await interlock(['config'], { env: { DATABASE_URL: 'postgres://u:hunter2@h/d' } });
    expect(code).toBe(0);
    expect(stdout).toContain('PORT (default 4000)');
    expect(stdout).not.toContain('hunter2');
  });

  test('an unknown command, option or role is refused with what there is', async () => {
    expectPlainFailure(await interlock(['token', 'create', '--role', 'KING'], { env }), /Unknown role KING[^]*AUDITOR/);
  });

  test('every bad setting is named at once', async () => {
    const result = await interlock(['serve'], {
      env: { PORT: 'http', INTERLOCK_WORKER: 'maybe', INTERLOCK_NONSENSE: '1' },
    });
    expectPlainFailure(result, /PORT=http[^]*INTERLOCK_WORKER=maybe[^]*INTERLOCK_NONSENSE/);
  });

  test('explain prints the statement of an operation from a file or standard input', async () => {
    const file = join(folder, 'operation.graphql');
    writeFileSync(file, 'query($first: Int) { releases(first: $first) { nodes { name } } }');
    const printed = await interlock(['explain', file, '--variables', '{"first": 7}', '--role', 'release_owner']);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    expect(printed.stdout).toMatch(/^select case when octet_length[^]*\n +from release t\n[^]*limit 7\n/);
    expect(await interlock(['explain'], { input: '{ viewer { roles } }' })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Query.viewer computes its result.'),
    });
    expectPlainFailure(await interlock(['explain'], { input: '{ relaeses }' }), /relaeses/);
    expectPlainFailure(await interlock(['explain', file, '--variables', '[]']), /--variables takes a JSON object/);
    expectPlainFailure(await interlock(['explain', join(folder, 'none')]), /none/);
  });

  test('schema prints, writes and checks the schema', async () => {
    const printed = await interlock(['schema']);
    expect(printed.code).toBe(0);
    expect(printed.stdout).toContain('type Query {');
    expect((await interlock(['schema', '--write'], { cwd: folder })).code).toBe(0);
    const file = join(folder, 'schema.graphql');
    expect(readFileSync(file, 'utf8')).toBe(printed.stdout);
    expect(await interlock(['schema', '--check'], { cwd: folder })).toMatchObject({
      code: 0,
      stdout: 'schema.graphql is up to date.\n',
    });
    writeFileSync(file, `${printed.stdout}type Stale { id: ID }\n`);
    expectPlainFailure(await interlock(['schema', '--check'], { cwd: folder }), /out of date/);
  });
});

describe('interlock with a database', () => {
  test('explain --analyze prints how PostgreSQL executes the statement', async () => {
    const explain = async (url: string) =>
      await interlock(['explain', '--analyze'], { env: { DATABASE_URL: url }, input: '{ releases { totalCount } }' });
    const empty = new URL(database.url);
    empty.pathname = '/postgres';
    expectPlainFailure(await explain(empty.href), /interlock migrate/);
    const { code, stdout } = await explain(database.url);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^select [^]*;\n-- cost \d+;[^\n]*\n\n[^]*actual time=[^]*Buffers: [^]*Execution Time: /);
  });

  test('migration check finds that the migrations make what the entities declare', async () => {
    expect(await interlock(['migration', 'check'], { env })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The migrations match the entities.'),
    });
  });

  test('a database that cannot be reached is said in words, without the password', async () => {
    const away = { ...env, DATABASE_URL: 'postgres://interlock:hunter2@127.0.0.1:9/interlock' };
    const commands = [['serve'], ['migrate'], ['token', 'create', '--role', 'AUDITOR']];
    for (const result of await Promise.all(commands.map(async (args) => await interlock(args, { env: away })))) {
      expectPlainFailure(result, /database[^]*127\.0\.0\.1:9/i);
      expect(result.stdout + result.stderr).not.toContain('hunter2');
    }
  });

  test('a port that is taken is said in words', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    const { port } = taken.address() as AddressInfo;
    expectPlainFailure(
      await interlock(['serve'], { env: { ...env, PORT: String(port) } }),
      new RegExp(`port ${port}[^]*PORT`, 'i'),
    );
    await new Promise((done) => taken.close(done));
  });

  test(
    'token create prints a token that works with just its roles; in production nothing is seeded; SIGTERM ends ' +
      'in time',
    async () => {
      const made = await interlock(['token', 'create', '--role', 'AUDITOR', '--name', 'script'], { env });
      expect(made.code).toBe(0);
      const token = made.stdout.trim();
      expect(token).toBe(tokenIn(made.stdout));

      const server = await serve({ env: { ...env, NODE_ENV: 'production' } });
      expect(tokenIn(server.out.stdout + server.out.stderr)).toBeUndefined();
      const reader = client(server.url, token);
      expect(
        (await reader.ok('{ configurationItems { nodes { id } } releases { nodes { id } } }')).configurationItems.nodes,
      ).toEqual([]);
      expect(
        await reader.code('configurationItemRegister', { name: 'x', ciClass: 'SERVER' }, 'configurationItem'),
      ).toBe('FORBIDDEN');

      // A running subscription and a socket that never answers must not hold it up.
      const stream = reader.subscribe('subscription { eventStream { endCursor } }');
      await stream.next();
      const asked = Date.now();
      const { code, stderr } = await server.stop();
      expect(code).toBe(0);
      expect(stderr).not.toMatch(STACK);
      expect(Date.now() - asked).toBeLessThan(8_000);
      await reader.close();
    },
  );
});

describe('interlock with the embedded database', () => {
  test('the first start prints a token and loads samples, the second finds its data and prints none', async () => {
    const own = { NODE_ENV: 'development', INTERLOCK_DATA_DIR: join(folder, 'embedded') };
    const first = await serve({ env: own });
    const token = await until(() => tokenIn(first.out.stderr), 'the development token');
    await client(first.url, token).run(
      'configurationItemRegister',
      { name: 'kept', ciClass: 'SERVER' },
      'configurationItem',
    );
    expect((await first.stop()).code).toBe(0);

    const second = await serve({ env: own });
    await until(() => second.out.stderr.includes('/readyz'), 'the welcome');
    expect(tokenIn(second.out.stderr + second.out.stdout)).toBeUndefined();
    const { configurationItems } = await client(second.url, token).ok(
      '{ configurationItems(filter: { name: { eq: "kept" } }) { nodes { name } } }',
    );
    expect(configurationItems.nodes).toEqual([{ name: 'kept' }]);

    // Killed without notice, the database lives on; the next start attaches to it.
    second.child.kill('SIGKILL');
    await second.ended;
    const third = await serve({ env: own });
    expect(
      (await client(third.url, token).ok('{ configurationItems(filter: { name: { eq: "kept" } }) { totalCount } }'))
        .configurationItems.totalCount,
    ).toBe(1);
    expect((await third.stop()).code).toBe(0);
  }, 90_000);
});
