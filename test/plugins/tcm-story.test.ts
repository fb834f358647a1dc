import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tcm } from '../../plugins/tcm/tcm.adapter.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Canary } from '../support/canary.js';
import { TestClock } from '../support/clock.js';
import { registerVersion, upload } from '../support/media.js';
import { freePort, ServerProcess } from '../support/server-process.js';
import { storyOf, type Story } from '../support/story.js';
import { until } from '../support/until.js';
import { TcmProduct } from './support/tcm-product.js';

/** A release of a package that each of the tools knows, to endpoints of these names. */
async function readyFor(world: Story, tools: readonly string[], endpoints: readonly string[]) {
  const { librarian, secondLibrarian } = world;
  const item = await world.item(`payroll-${endpoints.join('-')}`);
  const of = (value: object) => ({ bindings: Object.fromEntries(tools.map((tool) => [tool, value])) });
  const version = await registerVersion(librarian, item, '4.0', of({ name: 'payroll', version: '4.0' }));
  await upload(librarian, version, 'the bytes');
  await until(async () => {
    await world.app.jobs.runOnce();
    return (await world.read(version, 'state', librarian)).state === 'VERIFYING';
  }, 'the bytes to be verified');
  await secondLibrarian.run('dmlItemVersionAuthorise', { id: version }, 'dmlItemVersion');
  const cis: Record<string, string> = {};
  for (const endpoint of endpoints) cis[endpoint] = await world.ci(endpoint, of({ endpoint }));
  return await world.ready([], { cis, content: [version] });
}

describe.each(['distribution', 'plan'] as const)('Tivoli Configuration Manager by a %s', (mode) => {
  const clock = new TestClock();
  const canary = new Canary();
  let product: TcmProduct;
  let app: TestApp;
  let world: Story;

  beforeAll(async () => {
    product = new TcmProduct(mode);
    const env = { TCM_PASSWORD: { $secret: `file:${join(product.root, 'password')}` } };
    writeFileSync(join(product.root, 'password'), canary.value);
    const config = product.config({ env });
    app = await startTestApp({ clock: clock.now, adapters: [{ instance: 'tcm', module: tcm, config }] });
    world = await storyOf(app, clock);
  });
  afterAll(async () => await app.end());

  /** Lets the server work at a time, which is the time of the product too. */
  const workAt = async (ms: number) => {
    clock.advance(ms);
    product.control({ now: clock.now().getTime(), paceMs: 10_000 });
    await app.jobs.runOnce();
  };

  test(
    'Using the integration modules developed for Tivoli Configuration Manager or Tivoli Provisioning Manager, the ' +
      'Release Management process step of distribute and install can automate the invocation of those operational ' +
      'management products to perform the distribution to the appropriate target CIs at the scheduled time. The ' +
      'integration module can also accept status back from those products so they can indicate when the distribution ' +
      'is complete and a status of whether if was successful or had a failure.',
    async () => {
      const endpoints = [`web-1`, `retry-1`, `fail-1`];
      const release = await readyFor(world, ['tcm'], endpoints);
      await world.ci('bystander', { bindings: { tcm: { endpoint: 'bystander-1' } } });
      const scheduledStart = new Date(clock.now().getTime() + 600_000);
      const id = await world.plan(release, { scheduledStart: scheduledStart.toISOString() }, 'tcm');
      await world.act('Schedule', id);

      // Not before the scheduled time, and at it without anybody's command.
      await workAt(590_000);
      expect([await world.state(id), product.runs()]).toEqual(['SCHEDULED', []]);
      await workAt(10_000);
      for (let i = 0; i < 5 && product.runs().length === 0; i++) await workAt(100);

      // The appropriate targets, and no other.
      expect(product.runs()).toMatchObject([{ operation: 'install', package: 'payroll^4.0' }]);
      expect(product.runs()[0]?.endpoints.toSorted()).toEqual(endpoints.toSorted());

      // Status comes back: under way, out of reach for a while, and the end of each target.
      const seen = new Set<string>();
      for (let i = 0; i < 60 && (await world.state(id)) !== 'PARTIALLY_SUCCEEDED'; i++) {
        await workAt(2_500);
        for (const [name, { state }] of Object.entries(await world.targets(id))) seen.add(`${name} ${state}`);
      }
      expect([...seen]).toEqual(
        expect.arrayContaining(['web TRANSFERRING', 'retry UNREACHABLE', 'retry SUCCEEDED', 'web SUCCEEDED']),
      );
      // In the words of the log of the package, and of the list of the plan.
      const [good, bad] = mode === 'plan' ? ['SUCCESSFUL', 'FAILED'] : ['success', 'failure'];
      expect(await world.targets(id, 'state reasonCode nativeStatus')).toEqual({
        web: { state: 'SUCCEEDED', reasonCode: null, nativeStatus: good },
        retry: { state: 'SUCCEEDED', reasonCode: null, nativeStatus: good },
        fail: { state: 'FAILED', reasonCode: 'FAILED', nativeStatus: bad },
      });
      expect(await world.read(id, 'runs { nodes { state submitCalls } }')).toEqual({
        runs: { nodes: [{ state: 'FINISHED', submitCalls: 1 }] },
      });
      expect(await world.events(id)).toEqual(
        expect.arrayContaining(['distribution.submitted', 'distribution.partially-succeeded']),
      );
      expect(product.runs()).toHaveLength(1);

      expect(
        await canary.shownIn({
          texts: { events: JSON.stringify(await world.read(id, 'events(first: 200) { nodes { data } }')) },
          folders: [app.config.dataDir, product.state],
          database: app.testDatabase.url,
          processes: true,
        }),
      ).toEqual([]);
    },
    60_000,
  );
});

describe('a server that is killed with kill -9 between send and answer', () => {
  let product: TcmProduct;
  let app: TestApp;
  let world: Story;
  let server: ServerProcess;
  const tools = ['tcm', 'blind'];

  beforeAll(async () => {
    product = new TcmProduct('distribution');
    const { find: _find, ...blind } = product.profile;
    const adapters = [
      { instance: 'tcm', module: tcm, config: product.config() },
      { instance: 'blind', module: tcm, config: product.config({ profile: blind }) },
    ];
    // The app of the test only answers; the work is done by a process that can be killed.
    app = await startTestApp({ adapters });
    world = await storyOf(app);
    const file = join(product.root, 'tools.json');
    const instances = adapters.map(({ instance: name, config }) => ({ name, adapter: 'tcm', config }));
    writeFileSync(file, JSON.stringify({ tools: instances }));
    server = new ServerProcess(await freePort(), {
      DATABASE_URL: app.testDatabase.url,
      INTERLOCK_DATA_DIR: app.config.dataDir,
      INTERLOCK_TOOLS: file,
      INTERLOCK_LEASE_MS: '1000',
      NODE_ENV: 'development',
      LOG_LEVEL: 'fatal',
    });
    await server.start();
  }, 60_000);
  afterAll(async () => {
    await server?.kill('SIGTERM');
    await app?.end();
  }, 60_000);

  /** The process that gives an order, as it said itself. */
  function senderOf(tool: string): number {
    const runs = join(app.config.workDir, tool, 'runs');
    const [run = ''] = readdirSync(runs).toSorted().slice(-1);
    return Number(readFileSync(join(runs, run, 'try-1', 'sender'), 'utf8').split(' ')[0]);
  }

  async function killedInBetween(tool: string, endpoint: string, alsoSender: boolean): Promise<string> {
    const release = await readyFor(world, tools, [endpoint]);
    product.hold('after');
    const id = await world.plan(release, {}, tool);
    await world.act('Schedule', id);
    await world.begin(id);
    await until(() => product.isHeld(), 'the product to take the order', 30_000);
    await server.kill('SIGKILL');
    if (alsoSender) process.kill(-senderOf(tool), 'SIGKILL');
    product.letGo();
    await server.start();
    return id;
  }

  const started = (endpoint: string) => product.runs().filter(({ endpoints }) => endpoints.includes(endpoint));

  test('finds the answer that its order has got since: no second start', async () => {
    const id = await killedInBetween('tcm', 'web-11', false);
    await until(async () => (await world.state(id)) === 'SUCCEEDED', 'the distribution to succeed', 40_000);
    expect(started('web-11')).toHaveLength(1);
    expect(await world.read(id, 'runs { nodes { submitCalls } }')).toEqual({ runs: { nodes: [{ submitCalls: 1 }] } });
  }, 90_000);

  test('finds the run by its label when the answer died too: no second start', async () => {
    const id = await killedInBetween('tcm', 'web-12', true);
    await until(async () => (await world.state(id)) === 'SUCCEEDED', 'the distribution to succeed', 40_000);
    expect(started('web-12')).toHaveLength(1);
  }, 90_000);

  test('asks a person where the product has no labels: no second start', async () => {
    const id = await killedInBetween('blind', 'web-13', true);
    await until(async () => (await world.state(id)) === 'START_UNKNOWN', 'a person to be asked', 40_000);
    expect(started('web-13')).toHaveLength(1);
  }, 90_000);
});
