import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterModule } from '../../../src/adapters/adapter.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Canary } from '../../support/canary.js';
import { freePort, ServerProcess } from '../../support/server-process.js';
import { storyOf, type Story } from '../../support/story.js';
import { until } from '../../support/until.js';

/**
 * A server process that drives a tool and can be killed, and beside it an app on the same database through which a test
 * speaks: it works on no jobs.
 */
export interface KilledServer {
  readonly app: TestApp;
  readonly server: ServerProcess;
  readonly world: Story;
  end(): Promise<void>;
}

/** The reference to a secret, in a file of its own. */
export function secretFile(secret: Canary): { $secret: `file:/${string}`; path: string } {
  const folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'secret-'));
  const path = join(folder, 'secret') as `/${string}`;
  writeFileSync(path, secret.value, { mode: 0o600 });
  return { $secret: `file:${path}`, path };
}

/** Starts both. The name of the instance is that of the adapter. */
export async function killedServer(module: AdapterModule, config: unknown): Promise<KilledServer> {
  const app = await startTestApp({ adapters: [{ instance: module.id, module, config }] });
  const world = await storyOf(app);
  const tools = join(app.config.dataDir, 'tools-of-the-process.json');
  writeFileSync(tools, JSON.stringify({ tools: [{ name: module.id, adapter: module.id, config }] }));
  const server = new ServerProcess(await freePort(), {
    DATABASE_URL: app.testDatabase.url,
    INTERLOCK_DATA_DIR: app.config.dataDir,
    INTERLOCK_TOOLS: tools,
    NODE_ENV: 'development',
    LOG_LEVEL: 'fatal',
    INTERLOCK_LEASE_MS: '2000',
  });
  await server.start();
  await until(
    async () => (await app.count(`deployment_tool where name = '${module.id}' and state = 'READY'`)) === 1,
    'the tool to be ready',
  );
  return {
    app,
    server,
    world,
    end: async () => {
      await server.kill('SIGTERM');
      await app.end();
    },
  };
}

/** A release with targets of a tool. @param bindings of each target by its name. */
export async function releaseFor(
  world: Story,
  tool: string,
  bindings: Readonly<Record<string, object>>,
  packageBinding: object,
): Promise<Awaited<ReturnType<Story['ready']>>> {
  const cis: Record<string, string> = {};
  for (const [name, binding] of Object.entries(bindings))
    cis[name] = await world.ci(name, { bindings: { [tool]: binding } });
  const item = await world.item(`package of ${Object.keys(bindings).join()} ${Math.random()}`);
  const content = await world.media(item, '1.0', 'the bytes', { bindings: { [tool]: packageBinding } });
  return await world.ready([], { cis, content: [content] });
}
