import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterModule } from '../../../src/adapters/adapter.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Canary } from '../../support/canary.js';
import { freePort, ServerProcess } from '../../support/server-process.js';
import { storyOf, type Story } from '../../support/story.js';
import { until } from '../../support/until.js';

/** A tool as an operator configures it. */
export interface Instance {
  readonly instance: string;
  readonly module: AdapterModule;
  readonly config: unknown;
}

/**
 * A server process that drives tools and can be killed, and beside it an app on the same database through which a test
 * speaks: it works on no jobs.
 */
export interface KilledServer {
  readonly app: TestApp;
  readonly server: ServerProcess;
  readonly world: Story;
  /** Where a secret shows: in the log of the process, its data, the database, or what the system tells of processes. */
  shown(secret: Canary): Promise<string[]>;
  end(): Promise<void>;
}

const folder = (prefix: string): string => mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, prefix));

/** The reference to a secret, in a file of its own. */
export function secretFile(secret: Canary): { $secret: `file:/${string}`; path: string } {
  const path = join(folder('secret-'), 'secret') as `/${string}`;
  writeFileSync(path, secret.value, { mode: 0o600 });
  return { $secret: `file:${path}`, path };
}

/** Starts both. @param leaseMs how long the work of a process that was killed stays its own */
export async function killedServer(tools: readonly Instance[], leaseMs = 2_000): Promise<KilledServer> {
  const app = await startTestApp({ adapters: [...tools] });
  const world = await storyOf(app);
  const toolsFile = join(app.config.dataDir, 'tools-of-the-process.json');
  const entries = tools.map(({ instance, module, config }) => ({ name: instance, adapter: module.id, config }));
  writeFileSync(toolsFile, JSON.stringify({ tools: entries }));
  const log = join(folder('log-'), 'server.log');
  const env = {
    DATABASE_URL: app.testDatabase.url,
    INTERLOCK_DATA_DIR: app.config.dataDir,
    INTERLOCK_TOOLS: toolsFile,
    NODE_ENV: 'development',
    LOG_LEVEL: 'debug',
    INTERLOCK_LEASE_MS: String(leaseMs),
  };
  const server = new ServerProcess(await freePort(), env, log);
  await server.start();
  await until(
    async () => (await app.count(`deployment_tool where state = 'READY'`)) >= tools.length,
    'the tools to be ready',
  );
  return {
    app,
    server,
    world,
    shown: async (secret) => {
      const text = readFileSync(log, 'utf8');
      if (!text.includes('"level"')) throw new Error(`The server has logged nothing:\n${text}`);
      const { dataDir } = app.config;
      const database = app.testDatabase.url;
      return await secret.shownIn({ texts: { log: text }, folders: [dataDir], database, processes: true });
    },
    end: async () => {
      await server.kill('SIGTERM');
      await app.end();
    },
  };
}

/** A release with targets of some tools. @param bindings of each target by its name; every tool gets the same. */
export async function releaseFor(
  world: Story,
  tools: readonly string[],
  bindings: Readonly<Record<string, object>>,
  packageBinding: object,
): Promise<Awaited<ReturnType<Story['ready']>>> {
  const of = (binding: object) => ({ bindings: Object.fromEntries(tools.map((tool) => [tool, binding])) });
  const cis: Record<string, string> = {};
  for (const [name, binding] of Object.entries(bindings)) cis[name] = await world.ci(name, of(binding));
  const item = await world.item(`package of ${Object.keys(bindings).join()} ${Math.random()}`);
  const content = await world.media(item, '1.0', 'the bytes', of(packageBinding));
  return await world.ready([], { cis, content: [content] });
}
