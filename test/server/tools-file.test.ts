import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../../src/config.js';
import { loadTools } from '../../src/server/tools/tools-file.js';
import { startTestApp, type TestApp } from '../support/app.js';

const folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'tools-'));
const apps: TestApp[] = [];
afterAll(async () => {
  for (const app of apps.toReversed()) await app.end();
  rmSync(folder, { recursive: true, force: true });
});

let serial = 0;
function fileOf(content: unknown): string {
  const path = join(folder, `tools-${++serial}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const load = (content: unknown) =>
  loadTools(loadConfig({ NODE_ENV: 'test', INTERLOCK_DATA_DIR: folder, INTERLOCK_TOOLS: fileOf(content) }));

describe("the operator's tools file", () => {
  test('lists instances with their adapters and settings', () => {
    const { tools } = load({
      tools: [
        { name: 'prod-exec', adapter: 'exec', config: { command: ['node', 'x.mjs'] }, media: 'http' },
        { name: 'lab', adapter: './lab-adapter.js' },
      ],
    });
    expect(tools).toEqual([
      { instance: 'prod-exec', module: 'exec', config: { command: ['node', 'x.mjs'] }, media: 'http' },
      { instance: 'lab', module: './lab-adapter.js' },
    ]);
  });

  // Every example of a tool that people can copy. An instance in the words of the port is none, and neither is the
  // package of an adapter, whose `adapter` is an object.
  const documents = globSync(['README.md', 'docs/**/*.md', 'plugins/*/README.md', 'examples/*/README.md']);
  const examples = documents.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/```json\n(.*?)```/gs)].flatMap(([, text = '']) => {
      if (!/"(adapter|module)":\s*"|"tools":/.test(text)) return [];
      const content = JSON.parse(text) as { tools?: unknown };
      return [[path, content.tools === undefined ? { tools: [content] } : content] as const];
    }),
  );

  test('has examples in the documents', () => expect(new Set(examples.map(([path]) => path)).size).toBeGreaterThan(3));

  test.each(examples)('is as %s shows it', (_path, content) => {
    expect(() => load(content)).not.toThrow();
  });

  test.each<[string, unknown, RegExp]>([
    ['no JSON', '{ tools: ', /is not JSON/],
    ['no list', {}, /must have required property 'tools'/],
    ['a misspelt word', { tools: [{ name: 'a', adapter: 'exec', conifg: {} }] }, /must not have the property "conifg"/],
    ['no adapter', { tools: [{ name: 'a' }] }, /must have required property 'adapter'/],
    [
      'a name that cannot be part of an address',
      { tools: [{ name: 'Prod Exec', adapter: 'exec' }] },
      /name must match pattern/,
    ],
    [
      'a name twice',
      {
        tools: [
          { name: 'a-tool', adapter: 'exec' },
          { name: 'a-tool', adapter: 'manual' },
        ],
      },
      /"a-tool" is used twice/,
    ],
  ])('with %s is refused before anything is opened', (_name, content, message) => {
    expect(() => load(content)).toThrow(ConfigError);
    expect(() => load(content)).toThrow(message);
  });

  test('that is absent gives tools to try things with, but none in production', () => {
    const names = (env: string) =>
      loadTools(loadConfig({ NODE_ENV: env, INTERLOCK_DATA_DIR: folder })).tools.map(({ instance }) => instance);
    expect(names('development')).toEqual(['simulator', 'manual', 'directory']);
    expect(names('production')).toEqual([]);
  });
});

describe('a server', () => {
  const tools = async (app: TestApp) => {
    const client = await app.as('ada', 'ADMINISTRATOR');
    const { deploymentTools } = await client.ok(
      '{ deploymentTools(orderBy: [{ field: NAME }]) { nodes { name state detail configured capabilities { ' +
        'submit } } } }',
    );
    return Object.fromEntries(deploymentTools.nodes.map(({ name, ...rest }: { name: string }) => [name, rest]));
  };

  test('comes up whatever its tools do, and says what is wrong with each', async () => {
    const env = {
      INTERLOCK_TOOLS: fileOf({
        tools: [
          { name: 'good', adapter: 'simulator' },
          { name: 'gone', adapter: './nowhere.js' },
          { name: 'wrong', adapter: 'exec', config: { command: 'node x.mjs' } },
        ],
      }),
    };
    const app = await startTestApp({ env });
    apps.push(app);
    await app.jobs.runOnce();
    expect(await tools(app)).toEqual({
      good: { state: 'READY', detail: null, configured: true, capabilities: { submit: 'IDEMPOTENT' } },
      gone: { state: 'BROKEN', detail: expect.stringContaining('nowhere.js'), configured: true, capabilities: null },
      wrong: { state: 'BROKEN', detail: expect.stringContaining('command'), configured: true, capabilities: null },
    });

    // The same database with another file: what is gone stays for the history.
    const other = await startTestApp({
      env: { INTERLOCK_TOOLS: fileOf({ tools: [{ name: 'gone', adapter: 'manual' }] }) },
      beside: app,
    });
    apps.push(other);
    await other.jobs.runOnce();
    expect(await tools(other)).toMatchObject({
      good: { configured: false, state: 'BROKEN' },
      gone: { configured: true, state: 'READY', detail: null, capabilities: { submit: 'IDEMPOTENT' } },
      wrong: { configured: false },
    });
  });

  test('does not start with a file that makes no sense', async () => {
    await expect(startTestApp({ env: { INTERLOCK_TOOLS: fileOf('nonsense') } })).rejects.toThrow(
      /INTERLOCK_TOOLS=.*is not JSON/,
    );
  });
});
