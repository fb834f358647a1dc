import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tpm } from '../../plugins/tpm/tpm.adapter.js';
import type { TpmProfile } from '../../plugins/tpm/profile-format.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Canary } from '../support/canary.js';
import { TestClock } from '../support/clock.js';
import { storyOf, type Story } from '../support/story.js';
import { until } from '../support/until.js';
import { killedServer, releaseFor, type KilledServer } from './support/killed-server.js';
import { keptLog, MENTOR } from './support/tivoli-story.js';
import {
  commandProfile,
  soapProfile,
  startTpm,
  type SimulatorSetup,
  type TpmSimulator,
} from './support/tpm-simulator.js';

const SOFTWARE = { softwareId: '1001', workflow: 'Software.Install' };
const devicesOf = (devices: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(devices).map(([name, deviceId]) => [name, { deviceId }]));

const settings = (tool: TpmSimulator, profile: TpmProfile, passwordFile: string) => ({
  profile,
  baseUrl: tool.url,
  allowHttp: true,
  username: 'maxadmin',
  password: { $secret: `file:${passwordFile}` },
  pollMs: 200,
  timeoutMs: 10_000,
  concurrency: 1,
});

const fails = { end: 'failed', message: 'The installer ended with 12.' };

describe.each([
  ['SOAP and Basic', 'basic'],
  ['SOAP and WS-Security', 'wsse-digest'],
  ['soapcli', 'soapcli'],
] as const)('Tivoli Provisioning Manager by %s', (_how, kind) => {
  const clock = new TestClock();
  const canary = new Canary();
  const { log, text: logged } = keptLog();
  let tool: TpmSimulator;
  let app: TestApp;
  let world: Story;

  beforeAll(async () => {
    const setup: SimulatorSetup = { devices: { '9402': fails }, auth: { kind: kind === 'soapcli' ? 'basic' : kind } };
    tool = await startTpm(setup, canary.value);
    const passwordFile = join(tool.directory, 'password');
    writeFileSync(passwordFile, canary.value, { mode: 0o600 });
    const profile = kind === 'soapcli' ? commandProfile({ by: 'stdin' }, tool.configFile) : soapProfile(setup);
    app = await startTestApp({
      clock: clock.now,
      log,
      adapters: [{ instance: 'tpm', module: tpm, config: settings(tool, profile, passwordFile) }],
    });
    world = await storyOf(app, clock);
  });
  afterAll(async () => {
    await app?.end();
    await tool?.stop();
  });

  /** Lets the server work at a time. */
  const workAt = async (ms: number) => {
    clock.advance(ms);
    await app.jobs.runOnce();
  };

  test(
    MENTOR,
    async () => {
      const release = await releaseFor(
        world,
        ['tpm'],
        devicesOf({ north: '9401', south: '9402', west: '9403' }),
        SOFTWARE,
      );
      await world.ci('bystander', { bindings: { tpm: { deviceId: '9999' } } });
      const scheduledStart = new Date(clock.now().getTime() + 600_000);
      const id = await world.plan(release, { scheduledStart: scheduledStart.toISOString() }, 'tpm');
      await world.act('Schedule', id);

      // Not before the scheduled time, and at it without anybody's command.
      await workAt(590_000);
      expect([await world.state(id), tool.created()]).toEqual(['SCHEDULED', []]);
      await workAt(10_000);
      for (let i = 0; i < 5 && tool.created().length < 3; i++) await workAt(100);

      // To the appropriate targets and no other, as one deployment request for each.
      const [run] = (await world.read(id, 'runs { nodes { key } }')).runs.nodes;
      expect(tool.created().map(({ workflowName }) => workflowName)).toEqual(Array(3).fill('Software.Install'));
      expect(
        tool
          .created()
          .map(({ requestParameters }) => requestParameters)
          .toSorted(),
      ).toEqual(
        ['9401', '9402', '9403'].map((device) =>
          expect.stringMatching(
            new RegExp(`^SoftwareID=1001,DeviceID=${device},ReleaseKey=${run.key}\\.\\d,ReleaseName=Release \\d+$`),
          ),
        ),
      );

      // Status comes back: complete, and success or failure of each target.
      await until(async () => {
        await workAt(500);
        return (await world.state(id)) === 'PARTIALLY_SUCCEEDED';
      }, 'the distribution to be complete');
      expect(await world.targets(id, 'state nativeStatus reasonMessage')).toEqual({
        north: { state: 'SUCCEEDED', nativeStatus: 'erfolgreich', reasonMessage: null },
        south: {
          state: 'FAILED',
          nativeStatus: 'fehlgeschlagen',
          reasonMessage: expect.stringMatching(/^Deployment request \d+: The installer ended with 12\.$/),
        },
        west: { state: 'SUCCEEDED', nativeStatus: 'erfolgreich', reasonMessage: null },
      });
      expect(await world.events(id)).toEqual(
        expect.arrayContaining(['distribution.submitted', 'distribution.partially-succeeded']),
      );
      expect(tool.created()).toHaveLength(3);

      const events = await world.read(id, 'events(first: 200) { nodes { type data } } runs { nodes { key message } }');
      expect(
        await canary.shownIn({
          texts: { log: logged(), events: JSON.stringify(events) },
          folders: [app.config.dataDir, tool.requests],
          database: app.testDatabase.url,
          processes: { mayHaveItInEnvironment: [tool.pid] },
        }),
      ).toEqual([]);
      expect(logged()).toContain('not verified against the product');
    },
    60_000,
  );
});

describe('a server that is killed with kill -9 between send and answer', () => {
  const tools = ['tpm', 'searching', 'soapcli'] as const;
  let tool: TpmSimulator;
  let rig: KilledServer;

  beforeAll(async () => {
    tool = await startTpm();
    const passwordFile = join(tool.directory, 'password');
    writeFileSync(passwordFile, 'maxadmin-secret-9401');
    const profiles: Record<(typeof tools)[number], TpmProfile> = {
      tpm: soapProfile(),
      searching: soapProfile({}, { search: true }),
      soapcli: commandProfile({ by: 'stdin' }, tool.configFile),
    };
    const instances = tools.map((instance) => ({
      instance,
      module: tpm,
      config: settings(tool, profiles[instance], passwordFile),
    }));
    rig = await killedServer(instances, 1_000);
  }, 60_000);
  afterAll(async () => {
    await rig?.end();
    await tool?.stop();
  }, 60_000);

  const keyOf = async (id: string): Promise<string> =>
    (await rig.world.read(id, 'runs { nodes { key } }')).runs.nodes[0]?.key ?? 'none';
  const createdFor = (key: string) =>
    tool.created().filter(({ requestParameters }) => requestParameters.includes(`ReleaseKey=${key}.`));

  /** Starts a distribution, and kills the server when the tool has taken as many requests, the last one unanswered. */
  async function killedInBetween(instance: string, names: readonly string[], taken: number): Promise<string> {
    const devices = Object.fromEntries(names.map((name, index) => [name, String(9401 + index)]));
    const release = await releaseFor(rig.world, tools, devicesOf(devices), SOFTWARE);
    if (taken > 1) await tool.arm('submit', 'slow', { ms: 1, times: taken - 1 });
    await tool.arm('submit', 'late-answer');
    const id = await rig.world.plan(release, {}, instance);
    await rig.world.act('Schedule', id);
    await rig.world.begin(id);
    await until(async () => createdFor(await keyOf(id)).length === taken, 'the tool to take the requests', 30_000);
    await rig.server.kill('SIGKILL');
    await rig.server.start();
    return id;
  }

  test.each(['tpm', 'soapcli'])(
    'asks a person (%s): no second start',
    async (instance) => {
      const id = await killedInBetween(instance, [`alone-${instance}`], 1);
      await until(async () => (await rig.world.state(id)) === 'START_UNKNOWN', 'a person to be asked', 40_000);
      expect(createdFor(await keyOf(id))).toHaveLength(1);
    },
    90_000,
  );

  test('follows what it knows: one target succeeds, one is unknown, one is skipped, and no second start', async () => {
    const id = await killedInBetween('tpm', ['first', 'second', 'third'], 2);
    await until(async () => (await rig.world.targets(id))['second']?.state === 'UNKNOWN', 'the unknown target', 80_000);
    await until(async () => (await rig.world.targets(id))['first']?.state === 'SUCCEEDED', 'the known target', 40_000);
    expect(await rig.world.targets(id, 'state')).toEqual({
      first: { state: 'SUCCEEDED' },
      second: { state: 'UNKNOWN' },
      third: { state: 'SKIPPED' },
    });
    expect(createdFor(await keyOf(id))).toHaveLength(2);
  }, 150_000);

  test('finds the request by its key where the profile can search: no second start', async () => {
    const id = await killedInBetween('searching', ['found'], 1);
    await until(async () => (await rig.world.state(id)) === 'SUCCEEDED', 'the distribution to succeed', 40_000);
    expect(createdFor(await keyOf(id))).toHaveLength(1);
    expect(await rig.world.read(id, 'runs { nodes { submitCalls } }')).toEqual({
      runs: { nodes: [{ submitCalls: 1 }] },
    });
  }, 90_000);
});
