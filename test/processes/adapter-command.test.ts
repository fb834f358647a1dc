import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { interlock } from '../support/command.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'adapter-command-'));
});

describe('--help', () => {
  // Every command that would do something if it ran.
  test.each([
    ['serve'],
    ['migrate'],
    ['demo'],
    ['token create --role ADMINISTRATOR'],
    ['schema --write'],
    ['migration create'],
    ['adapter new depot'],
    ['adapter conformance simulator --fixtures none.json'],
    ['adapter profile check none.json --adapter tpm'],
    ['explain none.graphql'],
  ])('of %s is printed, and the command does not run', async (line) => {
    const words = line.split(' ');
    const { code, stdout, stderr } = await interlock([...words, '--help'], {
      cwd: folder,
      env: { INTERLOCK_DATA_DIR: join(folder, 'data'), PORT: '0' },
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`interlock ${words[0]}`);
    expect(stdout.split('\n').length).toBeLessThan(30);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('of a command that does not exist names every command', async () => {
    const { stdout } = await interlock(['sevre', '--help']);
    for (const command of ['serve', 'adapter', 'import', 'config'])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  });
});

describe('adapter profile check', () => {
  const PACKAGE = {
    'package.json': JSON.stringify({ type: 'module', interlock: { adapter: { apiVersion: 1, entry: './index.js' } } }),
    'index.js': `
      export const checkProfile = (profile) => profile.endpoint === undefined
        ? { problems: ['/endpoint is missing.', '/state maps "DONE" twice.'], samples: [] }
        : { problems: [], samples: [
            { title: 'submit', argv: ['tool', 'a b', '--key=1'], text: 'POST ' + profile.endpoint + '\\n<a/>' },
            { title: 'status', text: 'GET /1' },
          ] };
      export default {};`,
  };

  beforeAll(() => {
    mkdirSync(join(folder, 'tool'));
    for (const [name, text] of Object.entries(PACKAGE)) writeFileSync(join(folder, 'tool', name), text);
    writeFileSync(join(folder, 'good.json'), '{ "endpoint": "/ws" }');
    writeFileSync(join(folder, 'bad.json'), '{}');
    writeFileSync(join(folder, 'half.json'), '{');
  });

  const check = async (file: string, adapter: string) =>
    await interlock(['adapter', 'profile', 'check', file, '--adapter', adapter], { cwd: folder });

  test('prints exactly what would be sent for a sample order', async () => {
    const { code, stdout, stderr } = await check('good.json', './tool');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('submit:\n    "tool" "a b" "--key=1"\n    POST /ws\n    <a/>\n');
    expect(stdout).toContain('status:\n    GET /1\n');
    expect(stdout).toContain('good.json has no problems.');
  });

  test('names each problem with its place, and fails', async () => {
    const { code, stdout, stderr } = await check('bad.json', './tool');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe('bad.json has problems:\n  - /endpoint is missing.\n  - /state maps "DONE" twice.\n');
  });

  test('says what is wrong with the command', async () => {
    expect((await check('half.json', './tool')).stderr).toContain('half.json is not JSON');
    expect((await check('good.json', 'simulator')).stderr).toBe('The adapter simulator has no profiles.\n');
    expect((await check('good.json', './none')).stderr).toMatch(/Cannot find module|cannot be loaded/);
    expect((await interlock(['adapter', 'profile', 'check'])).stderr).toContain("required option '--adapter");
  });
});

describe('adapter conformance', () => {
  test('runs the cases with a text in their name, or a part of all', async () => {
    const run = async (...options: string[]) => {
      const args = ['adapter', 'conformance', 'manual', '--fixtures', 'plugins/manual/fixtures.json', ...options];
      const { code, stdout, stderr } = await interlock(args);
      return { code, stderr, names: [...stdout.matchAll(/^ok +(.+) \(\d+ ms\)/gm)].map(([, name = '']) => name) };
    };
    const whole = (await run()).names;
    expect(await run('--only', 'identity')).toMatchObject({
      code: 0,
      names: whole.filter((name) => /identity/.test(name)),
    });
    const parts = [await run('--shard', '1/2'), await run('--shard', '2/2')];
    expect(parts.map(({ names }) => names)).toEqual([0, 1].map((n) => whole.filter((_name, index) => index % 2 === n)));
    expect((await run('--shard', '3/2')).stderr).toContain('--shard takes a part');
    expect(await run('--only', 'no such case')).toMatchObject({ code: 1, stderr: 'No case was selected.\n' });
  }, 60_000);

  test('fails with the rule that is broken', async () => {
    writeFileSync(join(folder, 'wrong.json'), JSON.stringify({ config: { unknown: 1 }, targets: [] }));
    const { code, stdout, stderr } = await interlock([
      'adapter',
      'conformance',
      'manual',
      '--fixtures',
      join(folder, 'wrong.json'),
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain('FAILED  identity: the schemas compile and the settings fit');
    expect(stderr).toBe('manual does not conform to the contract.\n');
  });
});
