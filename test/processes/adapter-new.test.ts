import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { interlock, serve, stopServers } from '../support/command.js';
import { sha256 } from '../support/media.js';
import { storyOf } from '../support/story.js';
import { until } from '../support/until.js';

// An adapter that somebody else writes: its package lies in an empty folder outside the repository.
let folder: string;
let home: string;

beforeAll(async () => {
  folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'adapter-'));
  chmodSync(folder, 0o755);
  home = join(folder, 'interlock-adapter-depot');
  await interlock(['adapter', 'new', 'depot', '--title', 'The depot'], { cwd: folder });
});
afterAll(stopServers);

describe('interlock adapter new', () => {
  test('creates a package with everything that the author of an adapter needs', async () => {
    expect(readdirSync(home).toSorted()).toEqual(
      [
        '.gitignore',
        'README.md',
        'dist',
        'fixtures.json',
        'node_modules',
        'package.json',
        'src',
        'test',
        'tsconfig.json',
      ].toSorted(),
    );
    const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({
      name: 'interlock-adapter-depot',
      keywords: ['interlock-adapter'],
      interlock: { adapter: { apiVersion: 1, entry: './dist/index.js' } },
      peerDependencies: { interlock: expect.stringMatching(/^\^\d/) },
    });
    for (const file of ['src/index.ts', 'README.md', 'fixtures.json', 'package.json'])
      expect(readFileSync(join(home, file), 'utf8')).not.toMatch(/__[A-Z_]+__/);
  });

  test('the package is a well-formed adapter, from wherever it is named', async () => {
    const words = 'depot 0.1.0: The depot.';
    const checks = [
      interlock(['adapter', 'check', '.'], { cwd: home }),
      interlock(['adapter', 'check', './interlock-adapter-depot'], { cwd: folder }),
    ];
    for (const { code, stdout } of await Promise.all(checks))
      expect([code, stdout]).toEqual([0, expect.stringContaining(words)]);
  });

  test('the commands of the document create it, and its own test passes every case of the kit', async () => {
    const document = readFileSync('docs/deployment-tools.md', 'utf8');
    const [, commands = ''] = /## Write an adapter[^]*?```sh\n([^]*?)```/.exec(document) ?? [];
    expect(commands).toContain('interlock adapter new');
    const [bin, place] = [join(folder, 'bin'), join(folder, 'elsewhere')];
    for (const path of [bin, place]) mkdirSync(path);
    symlinkSync(resolve('bin/interlock.mjs'), join(bin, 'interlock'));
    const PATH = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter);
    const { stdout } = await promisify(execFile)('bash', ['-e', '-c', commands], {
      cwd: place,
      env: { ...process.env, PATH },
    });
    expect(stdout).toMatch(/fail 0/);
    expect(Number(/pass (\d+)/.exec(stdout)?.[1])).toBeGreaterThan(40);
    for (const path of [bin, place]) rmSync(path, { recursive: true });
  }, 120_000);

  test('a bad name, a built-in one and a folder that is not empty are refused, and nothing is written', async () => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await interlock(['adapter', 'new', ...args], { cwd: folder });
      expect(code).toBe(1);
      return stderr;
    };
    expect(await refused()).toContain("missing required argument 'name'");
    expect(await refused('../up')).toContain('A name has lower case letters');
    expect(await refused('exec')).toContain('built-in adapter');
    expect(await refused('depot')).toContain('is not empty');
    expect(await refused('other', '--title', '"],"x')).toContain('--title');
    expect(readdirSync(folder)).toEqual(['interlock-adapter-depot']);
  });
});

describe('a running server', () => {
  let app: TestApp;

  afterAll(async () => {
    await stopServers();
    await app.end();
  });

  test('loads it from a tools file and distributes to two targets', async () => {
    const root = join(folder, 'targets');
    const tools = join(folder, 'tools.json');
    mkdirSync(root);
    const depot = { name: 'depot', adapter: './interlock-adapter-depot', config: { root } };
    writeFileSync(tools, JSON.stringify({ tools: [depot] }));
    app = await startTestApp({ env: { INTERLOCK_TOOLS: tools } });
    // The people come first: a server fills only an empty database with its sample data.
    const world = await storyOf(app);
    // The work is done by a server process; this app only speaks to the API.
    await serve({
      env: { DATABASE_URL: app.testDatabase.url, INTERLOCK_DATA_DIR: app.config.dataDir, INTERLOCK_TOOLS: tools },
    });
    const cis: Record<string, string> = {};
    for (const name of ['north', 'south'])
      cis[name] = await world.ci(name, { bindings: { depot: { folder: `site/${name}` } } });
    const id = await world.plan(await world.ready([], { cis }), {}, 'depot');
    await world.act('Schedule', id);
    await world.begin(id);
    await until(async () => (await world.state(id)) === 'SUCCEEDED', 'the distribution to succeed', 30_000);
    for (const name of ['north', 'south'])
      expect(readFileSync(join(root, 'site', name, sha256('the bytes')), 'utf8')).toBe('the bytes');
    const { targets } = await world.read(id, 'targets { nodes { state } }');
    expect(targets.nodes).toEqual([{ state: 'SUCCEEDED' }, { state: 'SUCCEEDED' }]);
    expect(existsSync(join(root, 'site', 'west'))).toBe(false);
  }, 120_000);
});
