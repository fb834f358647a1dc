import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tcm } from '../../plugins/tcm/tcm.adapter.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Canary } from '../support/canary.js';
import { TestClock } from '../support/clock.js';
import { storyOf, type Story } from '../support/story.js';
import { until } from '../support/until.js';
import { killedServer, releaseFor, type KilledServer } from './support/killed-server.js';
import { TcmProduct } from './support/tcm-product.js';
import { keptLog, MENTOR } from './support/tivoli-story.js';

const PAYROLL = { name: 'payroll', version: '4.0' };
const endpointsOf = (names: readonly string[]) => Object.fromEntries(names.map((endpoint) => [endpoint, { endpoint }]));

describe.each(['distribution', 'plan'] as const)('Tivoli Configuration Manager by a %s', (mode) => {
  const clock = new TestClock();
  const canary = new Canary();
  const { log, text: logged } = keptLog();
  let product: TcmProduct;
  let app: TestApp;
  let world: Story;

  beforeAll(async () => {
    product = new TcmProduct(mode);
    const env = { TCM_PASSWORD: { $secret: `file:${join(product.root, 'password')}` } };
    writeFileSync(join(product.root, 'password'), canary.value);
    const config = product.config({ env });
    app = await startTestApp({ clock: clock.now, log, adapters: [{ instance: 'tcm', module: tcm, config }] });
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
    MENTOR,
    async () => {
      const endpoints = [`web-1`, `retry-1`, `fail-1`];
      const release = await releaseFor(world, ['tcm'], endpointsOf(endpoints), PAYROLL);
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
          texts: {
            log: logged(),
            events: JSON.stringify(await world.read(id, 'events(first: 200) { nodes { data } }')),
          },
          folders: [app.config.dataDir, product.state],
          database: app.testDatabase.url,
          processes: true,
        }),
      ).toEqual([]);
      expect(logged()).toContain('"msg"');
    },
    60_000,
  );
});

describe('a server that is killed with kill -9 between send and answer', () => {
  const tools = ['tcm', 'blind'];
  let product: TcmProduct;
  let rig: KilledServer;

  beforeAll(async () => {
    product = new TcmProduct('distribution');
    const { find: _find, ...blind } = product.profile;
    const instances = [
      { instance: 'tcm', module: tcm, config: product.config() },
      { instance: 'blind', module: tcm, config: product.config({ profile: blind }) },
    ];
    rig = await killedServer(instances, 1_000);
  }, 60_000);
  afterAll(async () => await rig?.end(), 60_000);

  /** The process that gives an order, as it said itself. */
  function senderOf(tool: string): number {
    const runs = join(rig.app.config.workDir, tool, 'runs');
    const [run = ''] = readdirSync(runs).toSorted().slice(-1);
    return Number(readFileSync(join(runs, run, 'try-1', 'sender'), 'utf8').split(' ')[0]);
  }

  async function killedInBetween(tool: string, endpoint: string, alsoSender: boolean): Promise<string> {
    const release = await releaseFor(rig.world, tools, endpointsOf([endpoint]), PAYROLL);
    product.hold('after');
    const id = await rig.world.plan(release, {}, tool);
    await rig.world.act('Schedule', id);
    await rig.world.begin(id);
    await until(() => product.isHeld(), 'the product to take the order', 30_000);
    await rig.server.kill('SIGKILL');
    if (alsoSender) process.kill(-senderOf(tool), 'SIGKILL');
    product.letGo();
    await rig.server.start();
    return id;
  }

  const started = (endpoint: string) => product.runs().filter(({ endpoints }) => endpoints.includes(endpoint));

  test('finds the answer that its order has got since: no second start', async () => {
    const id = await killedInBetween('tcm', 'web-11', false);
    await until(async () => (await rig.world.state(id)) === 'SUCCEEDED', 'the distribution to succeed', 40_000);
    expect(started('web-11')).toHaveLength(1);
    expect(await rig.world.read(id, 'runs { nodes { submitCalls } }')).toEqual({
      runs: { nodes: [{ submitCalls: 1 }] },
    });
  }, 90_000);

  test('finds the run by its label when the answer died too: no second start', async () => {
    const id = await killedInBetween('tcm', 'web-12', true);
    await until(async () => (await rig.world.state(id)) === 'SUCCEEDED', 'the distribution to succeed', 40_000);
    expect(started('web-12')).toHaveLength(1);
  }, 90_000);

  test('asks a person where the product has no labels: no second start', async () => {
    const id = await killedInBetween('blind', 'web-13', true);
    await until(async () => (await rig.world.state(id)) === 'START_UNKNOWN', 'a person to be asked', 40_000);
    expect(started('web-13')).toHaveLength(1);
  }, 90_000);
});
