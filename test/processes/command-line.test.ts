import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startTestApp, type TestApp } from '../support/app.js';
import { interlock } from '../support/command.js';
import { createTestDatabase } from '../support/database.js';
import { ndjson } from '../support/files.js';

const folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'command-line-'));
let app: TestApp;
let env: Record<string, string>;

beforeAll(async () => {
  app = await startTestApp();
  const manager = await app.as('carl', 'CONFIGURATION_MANAGER');
  env = { INTERLOCK_URL: app.url, INTERLOCK_TOKEN: (manager.headers['authorization'] as string).slice(7) };
});
afterAll(async () => {
  await app.end();
  rmSync(folder, { recursive: true, force: true });
});

const DID_YOU_MEAN = (word: string) => new RegExp(`\\(Did you mean ${word}\\?\\)`);

// None of them reads a setting, a file or a database.
describe('a wrong command line is answered in words, and nothing is done', () => {
  test.each<[string, RegExp]>([
    ['sevre', DID_YOU_MEAN('serve')],
    ['exprot relations', DID_YOU_MEAN('export')],
    ['serve --prot 80', /unknown option '--prot'/],
    ['serve now', /too many arguments for 'serve'/],
    ['migrate --dry-run', /unknown option '--dry-run'/],
    ['--verson', DID_YOU_MEAN('--version')],
    ['token', /Commands:[^]*create[^]*list[^]*revoke/],
    ['token creat', DID_YOU_MEAN('create')],
    ['token create', /required option '--role <role>' not specified/],
    ['token create --role', /option '--role <role>' argument missing/],
    ['token create --role KING', /Unknown role KING[^]*AUDITOR/],
    ['token revoke', /missing required argument 'id'/],
    ['token list --al', DID_YOU_MEAN('--all')],
    ['adapter', /Commands:[^]*conformance/],
    ['adapter conformance manual', /required option '--fixtures <file>' not specified/],
    ['adapter profile check x.json', /required option '--adapter <module>' not specified/],
    ['schema --write --check', /option '--check' cannot be used with option '--write'/],
    ['schedule chek', DID_YOU_MEAN('check')],
    ['demo --tool puppet', /Allowed choices are directory, ssh, ansible/],
    ['import', /missing required argument 'file'/],
    ['import cis.txt', /Is cis\.txt CSV or NDJSON\?/],
    ['import cis.csv', /No token: set INTERLOCK_TOKEN/],
    ['import cis.csv --kind releases', /Allowed choices are configuration-items, relations, people, observations/],
    ['import cis.csv --error-policy ignore', /Allowed choices are STOP_AT_FAILED/],
    ['export', /missing required argument 'kind'/],
    ['export everything', /Allowed choices are configuration-items/],
    ['completion tcsh', /Allowed choices are bash, zsh, fish/],
  ])('interlock %s', async (line, words) => {
    const { code, stdout, stderr } = await interlock(line.split(' '), { cwd: folder });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a shell completes commands, options and values', async () => {
  const complete = async (...words: string[]) => {
    const script = `
      interlock() { ${process.execPath} ${resolve('bin/interlock.mjs')} "$@"; }
      source <(interlock completion bash)
      COMP_WORDS=(interlock "$@"); COMP_CWORD=$#; _interlock; echo "\${COMPREPLY[*]}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script, 'bash', ...words]);
    return stdout.trim().split(/\s+/);
  };
  expect(await complete('ex')).toEqual(['export', 'explain']);
  expect(await complete('token', 'create', '--s')).toEqual(['--service']);
  expect(await complete('import', '--kind', '')).toEqual([
    'configuration-items',
    'relations',
    'people',
    'observations',
  ]);
  expect(await complete('export', 'in')).toEqual(['installations']);
});

test('a reader that goes away is no error, and colour is for terminals', async () => {
  const bin = resolve('bin/interlock.mjs');
  const { stdout, stderr } = await promisify(execFile)('bash', [
    '-c',
    `set -o pipefail; "${process.execPath}" "${bin}" schema | head -1; echo "\${PIPESTATUS[0]}"`,
  ]);
  expect([stdout.split('\n')[1], stderr]).toEqual(['0', '']);
  const told = await interlock(['doctor'], { env: { DATABASE_URL: app.testDatabase.url } });
  expect(told.stdout).not.toContain('\u001b');
});

test('doctor says what is well and what is not, without secrets', async () => {
  const doctor = async (more: Record<string, string>) => {
    const { code, stdout } = await interlock(['doctor', '--json'], { env: { INTERLOCK_DATA_DIR: folder, ...more } });
    const found = JSON.parse(stdout) as { check: string; result: string; detail: string }[];
    return { code, found: Object.fromEntries(found.map(({ check, result }) => [check, result])), stdout };
  };
  const well = { settings: 'ok', disk: 'ok', tools: 'ok', database: 'ok', schema: 'ok', clock: 'ok', versions: 'ok' };
  expect(await doctor({ DATABASE_URL: app.testDatabase.url })).toMatchObject({ code: 0, found: well });
  const away = await doctor({ DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:9/d' });
  expect(away).toMatchObject({ code: 1, found: { settings: 'ok', database: 'failed' } });
  expect(away.stdout).not.toContain('hunter2');
  expect(await doctor({ PORT: 'http', INTERLOCK_NONSENSE: '1' })).toMatchObject({
    code: 1,
    found: { settings: 'failed' },
  });
  expect(await doctor({ DATABASE_URL: app.testDatabase.url, INTERLOCK_DATA_DIR: '/dev/null/x' })).toMatchObject({
    code: 1,
    found: { disk: 'failed' },
  });
});

test('import prints what became of the rows, and what is exported comes back unchanged', async () => {
  const item = (key: string, name = `item ${key}`) => ({
    externalRef: { source: 'cli', key },
    name,
    ciClass: 'SERVER',
    description: 'one\u2028line',
  });
  const file = join(folder, 'cis.ndjson');
  writeFileSync(file, ndjson([item('a'), item('b'), item('c', '')]));
  const dry = await interlock(['import', file, '--dry-run', '--error-policy', 'IGNORE_FAILED'], { env });
  expect(dry).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^COMPLETED \(nothing was written\) 3 rows: 2 /),
  });
  const stopped = await interlock(['import', file], { env });
  expect(stopped).toMatchObject({ code: 1, stderr: '' });
  expect(stopped.stdout).toMatch(/^STOPPED 3 rows: 2 created[^]*ROW +CODE +FIELD[^]*3 +BAD_USER_INPUT +name/);
  const again = await interlock(['import', file, '--error-policy', 'IGNORE_FAILED', '--json'], { env });
  expect(JSON.parse(again.stdout)).toMatchObject({ import: { unchanged: 2, failed: 1 }, failed: [{ row: 3 }] });

  for (const format of ['ndjson', 'csv']) {
    const out = join(folder, `out.${format}`);
    expect(await interlock(['export', 'configuration-items', '--format', format, '-o', out], { env })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const back = await interlock(['import', out, '--json'], { env });
    expect(JSON.parse(back.stdout)).toMatchObject({ import: { state: 'COMPLETED', rows: 2, unchanged: 2 } });
  }
  const printed = await interlock(['export', 'configuration-items'], { env });
  expect(printed.stdout).toBe(readFileSync(join(folder, 'out.ndjson'), 'utf8'));
  const refused = await interlock(['import', file, '--kind', 'people'], { env });
  expect(refused).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^This requires one of the roles/),
  });
});

test('the demo against a server with another database says so in one line', async () => {
  const { hostname, port } = new URL(app.url);
  const database = await createTestDatabase();
  const other = await interlock(['demo'], {
    env: { HOST: hostname, PORT: port, DATABASE_URL: database.url, INTERLOCK_DATA_DIR: join(folder, 'other') },
  });
  await database.drop();
  expect(other.code).toBe(1);
  expect(other.stderr).toMatch(/^The server at \S+ uses another database than this command: .*\n$/);
}, 60_000);
