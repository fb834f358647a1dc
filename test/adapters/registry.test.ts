import { createHash } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AdapterError } from '../../src/adapters/adapter.js';
import { AdapterRegistry, type AdapterInstanceSpec } from '../../src/adapters/registry.js';
import { codeOf, keepingLogger, moduleOf, noArtifacts, patience, temporaryDirectory } from './support/harness.js';

const SITE_ADAPTER = `
export default {
  $$type: 'release-adapter', apiVersion: 1, id: 'site-tool', version: '1.2.3', title: 'Site tool',
  configSchema: { type: 'object', properties: { token: { 'x-secret': true } }, required: ['token'],
    additionalProperties: false },
  targetSchema: { type: 'object' }, packageSchema: { type: 'object' },
  capabilities: () => ({
    submit: 'at-most-once', observe: ['poll'], targetStatus: 'none', cancel: 'none', cancelTargets: false,
    pause: false, retryTargets: false, preflight: 'none', operations: ['install'], artifacts: ['prestaged'],
      verifiesDigest: false,
    logs: 'none', toolSchedules: false, limits: { minPollMs: 1000, typicalLatencyMs: 1000 } }),
  create: async (config, ctx) => ({
    probe: async () => ({ status: 'ready', detail: await ctx.secrets.get(config.token) }),
    close: async () => {},
  }),
};`;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let log: ReturnType<typeof keepingLogger>;
const opened: AdapterRegistry[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
  log = keepingLogger();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((registry) => registry.close()));
  await directory.remove();
});

async function open(specs: AdapterInstanceSpec[], env: Record<string, string> = {}): Promise<AdapterRegistry> {
  const registry = await AdapterRegistry.open(specs, {
    configFile: join(directory.path, 'interlock.json'),
    workRoot: join(directory.path, 'work'),
    env,
    log,
    artifacts: noArtifacts,
    builtIns: { plain: moduleOf({}) },
  });
  opened.push(registry);
  return registry;
}

async function installPackage(name: string, manifest: unknown, entry = SITE_ADAPTER): Promise<string> {
  const home = join(directory.path, 'node_modules', name);
  await mkdir(join(home, 'lib'), { recursive: true });
  await writeFile(join(home, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(home, 'lib', 'index.js'), entry);
  return join(home, 'lib', 'index.js');
}

const manifest = (adapter: unknown): unknown => ({
  name: 'x',
  type: 'module',
  exports: './nothing.js',
  interlock: { adapter },
});
const secretConfig = { token: { $secret: 'env:SITE_TOKEN' } };

describe('the allow-list', () => {
  test('connects built-in modules, objects, several instances of one module, in order', async () => {
    const registry = await open([
      { instance: 'prod', module: 'plain' },
      { instance: 'stage', module: 'plain' },
      { instance: 'other', module: moduleOf({}, { id: 'other' }) },
    ]);
    expect(registry.list().map((entry) => [entry.instance, entry.status, entry.module?.id])).toEqual([
      ['prod', 'connected', 'plain'],
      ['stage', 'connected', 'plain'],
      ['other', 'connected', 'other'],
    ]);
    expect(await registry.get('prod').probe(patience())).toEqual({ status: 'ready' });
  });

  test('refuses a list whose names are malformed or given twice', async () => {
    for (const names of [['a', 'a'], ['../up'], ['Prod'], ['']]) {
      const specs = names.map((instance) => ({ instance, module: 'plain' }));
      expect(await codeOf(open(specs))).toBe('INVALID_ARGUMENT');
    }
  });

  test('an instance that nobody configured is NOT_FOUND', async () => {
    const registry = await open([]);
    expect(await codeOf((async () => registry.get('prod'))())).toBe('NOT_FOUND');
  });
});

describe('a module that fails makes its own instance broken and no other', () => {
  const cases: [string, AdapterInstanceSpec['module'], RegExp][] = [
    ['wrong $$type', moduleOf({}, { $$type: 'something-else' as never }), /\$\$type/],
    ['wrong apiVersion', moduleOf({}, { apiVersion: 2 as never }), /apiVersion/],
    ['bad id', moduleOf({}, { id: 'Bad Id' }), /id must match/],
    ['an id that another module holds', moduleOf({}), /already uses the adapter id "plain"/],
    ['a settings schema that does not compile', moduleOf({}, { id: 'aa', configSchema: { type: 'nonsense' } }), /type/],
    ['a target schema that does not compile', moduleOf({}, { id: 'ab', targetSchema: { type: 'nonsense' } }), /type/],
    [
      'a reference to a foreign schema',
      moduleOf({}, { id: 'ac', packageSchema: { $ref: 'https://example.org/s.json' } }),
      /reference/,
    ],
    [
      'settings that do not fit',
      moduleOf({}, { id: 'ad', configSchema: { type: 'object', required: ['url'] } }),
      /url/,
    ],
    [
      'create that throws',
      moduleOf({}, { id: 'ae', create: async () => Promise.reject(new Error('no licence')) }),
      /no licence/,
    ],
    [
      'capabilities that throw',
      moduleOf(
        {},
        {
          id: 'af',
          capabilities: () => {
            throw new Error('odd');
          },
        },
      ),
      /odd/,
    ],
    [
      'capabilities outside the contract',
      moduleOf({}, { id: 'ag', capabilities: () => ({}) as never }),
      /violate the contract/,
    ],
    ['a package that is not there', 'no-such-package', /not installed/],
    ['a file that is not there', './missing.js', /cannot be loaded/],
    ['an absolute path', '/etc/passwd', /neither a package name nor a path/],
    ['a path that climbs', 'node_modules/../../x', /neither a package name nor a path/],
  ];

  test.each(cases)('%s', async (_name, module, reason) => {
    const registry = await open([
      { instance: 'good', module: 'plain' },
      { instance: 'bad', module },
    ]);
    expect(registry.entry('good')?.status).toBe('connected');
    expect(registry.entry('bad')).toMatchObject({ status: 'broken', reason: expect.stringMatching(reason) });
    expect(await codeOf((async () => registry.get('bad'))())).toBe('FAILED_PRECONDITION');
    expect(log.entries).toContainEqual(
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ instance: 'bad' }) }),
    );
  });

  test('can be connected later, once', async () => {
    let licensed = false;
    let made = 0;
    const module = moduleOf({}, { id: 'late' });
    const registry = await open([
      {
        instance: 'late',
        module: {
          ...module,
          create: async (config, context) => {
            if (!licensed) throw new AdapterError('UNAVAILABLE', 'no licence yet');
            made += 1;
            return module.create(config, context);
          },
        },
      },
    ]);
    expect(registry.entry('late')?.status).toBe('broken');
    licensed = true;
    const entries = await Promise.all([registry.reconnect('late'), registry.reconnect('late')]);
    expect([...entries.map((entry) => entry.status), made]).toEqual(['connected', 'connected', 1]);
  });
});

describe('packages outside the tree', () => {
  test('are found from the configuration file, checked and loaded', async () => {
    await installPackage('@acme/interlock-adapter-site', manifest({ apiVersion: 1, entry: './lib/index.js' }));
    const registry = await open([{ instance: 'site', module: '@acme/interlock-adapter-site', config: secretConfig }], {
      SITE_TOKEN: 's3cr3t-value',
    });
    expect(registry.entry('site')).toMatchObject({
      status: 'connected',
      module: { id: 'site-tool', version: '1.2.3' },
    });
    expect(await registry.get('site').probe(patience())).toEqual({ status: 'ready', detail: '[redacted]' });
  });

  test('may be a path relative to the configuration file: a package directory or a file', async () => {
    await installPackage('site', manifest({ apiVersion: 1, entry: './lib/index.js' }));
    const registry = await open(
      [
        { instance: 'as-directory', module: './node_modules/site', config: secretConfig },
        { instance: 'as-file', module: './node_modules/site/lib/index.js', config: secretConfig },
      ],
      { SITE_TOKEN: 'x' },
    );
    expect(registry.list().map((entry) => entry.status)).toEqual(['connected', 'connected']);
  });

  const broken: [string, unknown, RegExp][] = [
    ['no adapter field', { name: 'x', type: 'module' }, /no "interlock.adapter"/],
    ['another API version', manifest({ apiVersion: 7, entry: './lib/index.js' }), /adapter API 7/],
    ['an entry outside the package', manifest({ apiVersion: 1, entry: '../../evil.js' }), /outside/],
    ['an entry that links outside', manifest({ apiVersion: 1, entry: './lib/link.js' }), /outside/],
    ['an entry that does not exist', manifest({ apiVersion: 1, entry: './lib/none.js' }), /does not exist/],
  ];

  test.each(broken)('are refused with %s, and none of their code runs', async (_name, packageJson, reason) => {
    const trace = join(directory.path, 'ran');
    const code = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(trace)}, 'x');`;
    await installPackage('site', packageJson, code);
    await writeFile(join(directory.path, 'evil.js'), code);
    await symlink(join(directory.path, 'evil.js'), join(directory.path, 'node_modules/site/lib/link.js'));
    const registry = await open([{ instance: 'site', module: 'site' }]);
    expect(registry.entry('site')).toMatchObject({ status: 'broken', reason: expect.stringMatching(reason) });
    await expect(readFile(trace)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('can be pinned to the bytes of their entry file', async () => {
    const entry = await installPackage('site', manifest({ apiVersion: 1, entry: './lib/index.js' }));
    const digest = `sha512-${createHash('sha512')
      .update(await readFile(entry))
      .digest('base64')}`;
    const spec = { instance: 'site', module: 'site', config: secretConfig };
    const right = await open([{ ...spec, integrity: digest }]);
    const wrong = await open([{ ...spec, integrity: digest.replace(/.{4}==$/, 'AAAA==') }]);
    expect(right.entry('site')?.status).toBe('connected');
    expect(wrong.entry('site')).toMatchObject({
      status: 'broken',
      reason: expect.stringMatching(/does not match its pinned integrity/),
    });
  });
});

describe('secrets in settings', () => {
  test('a plain value where a secret belongs is refused and not repeated anywhere', async () => {
    await installPackage('site', manifest({ apiVersion: 1, entry: './lib/index.js' }));
    const registry = await open([{ instance: 'site', module: 'site', config: { token: 'hunter2hunter2' } }]);
    expect(registry.entry('site')).toMatchObject({
      status: 'broken',
      reason: expect.stringMatching(/secret reference/),
    });
    expect(JSON.stringify([registry.list(), log.entries])).not.toContain('hunter2');
  });

  test('what an adapter has resolved is blotted out of anything the core shows', async () => {
    await installPackage('site', manifest({ apiVersion: 1, entry: './lib/index.js' }));
    const registry = await open([{ instance: 'site', module: 'site', config: secretConfig }], {
      SITE_TOKEN: 'canary-8472',
    });
    await registry.get('site').probe(patience());
    expect(registry.redact({ note: 'token=canary-8472', deep: [new Error('canary-8472')] })).toMatchObject({
      note: 'token=[redacted]',
      deep: [{ message: '[redacted]' }],
    });
  });
});

test('closing twice is harmless, a bad closer spares no other, and a closed instance refuses work', async () => {
  const closed: string[] = [];
  const registry = await open([
    { instance: 'bad', module: moduleOf({ close: async () => Promise.reject(new Error('stuck')) }, { id: 'bad' }) },
    { instance: 'good', module: moduleOf({ close: async () => void closed.push('good') }, { id: 'good' }) },
  ]);
  await registry.close();
  await registry.close();
  expect(closed).toEqual(['good']);
  expect(log.entries.filter((entry) => entry.level === 'warn')).toHaveLength(1);
  expect(await codeOf(registry.get('good').probe(patience()))).toBe('UNAVAILABLE');
});
