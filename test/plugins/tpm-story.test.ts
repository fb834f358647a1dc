import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { tpm } from '../../plugins/tpm/tpm.adapter.js';
import type { TpmProfile } from '../../plugins/tpm/profile-format.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Canary } from '../support/canary.js';
import { TestClock } from '../support/clock.js';
import { registerVersion, upload } from '../support/media.js';
import { freePort, ServerProcess } from '../support/server-process.js';
import { storyOf, type ReadyRelease, type Story } from '../support/story.js';
import { until } from '../support/until.js';
import {
  commandProfile,
  soapProfile,
  startTpm,
  type SimulatorSetup,
  type TpmSimulator,
} from './support/tpm-simulator.js';

const MENTOR =
  'Using the integration modules developed for Tivoli Configuration Manager or Tivoli Provisioning Manager, the ' +
  'Release Management process step of distribute and install can automate the invocation of those operational ' +
  'management products to perform the distribution to the appropriate target CIs at the scheduled time. The ' +
  'integration module can also accept status back from those products so they can indicate when the distribution is ' +
  'complete and a status of whether if was successful or had a failure.';

/** A release of a package that each of the tools knows, to targets of these names. */
async function readyFor(
  world: Story,
  tools: readonly string[],
  devices: Readonly<Record<string, string>>,
): Promise<ReadyRelease> {
  const { librarian, secondLibrarian } = world;
  const of = (value: object) => ({ bindings: Object.fromEntries(tools.map((tool) => [tool, value])) });
  const item = await world.item(`payroll for ${Object.keys(devices).join(', ')}`);
  const binding = { softwareId: '1001', workflow: 'Software.Install' };
  const version = await registerVersion(librarian, item, '4.0', of(binding));
  await upload(librarian, version, 'the bytes');
  await until(async () => {
    await world.app.jobs.runOnce();
    return (await world.read(version, 'state', librarian)).state === 'VERIFYING';
  }, 'the bytes to be verified');
  await secondLibrarian.run('dmlItemVersionAuthorise', { id: version }, 'dmlItemVersion');
  const cis: Record<string, string> = {};
  for (const [name, deviceId] of Object.entries(devices)) cis[name] = await world.ci(name, of({ deviceId }));
  return await world.ready([], { cis, content: [version] });
}

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
  const log: string[] = [];
  let tool: TpmSimulator;
  let app: TestApp;
  let world: Story;

  beforeAll(async () => {
    const setup: SimulatorSetup = { devices: { '9402': fails }, auth: { kind: kind === 'soapcli' ? 'basic' : kind } };
    tool = await startTpm(setup, canary.value);
    const passwordFile = join(tool.directory, 'password');
    writeFileSync(passwordFile, canary.value, { mode: 0o600 });
    const profile = kind === 'soapcli' ? commandProfile({ by: 'stdin' }, tool.configFile) : soapProfile(setup);
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        log.push(String(chunk));
        done();
      },
    });
    app = await startTestApp({
      clock: clock.now,
      log: pino({ level: 'trace' }, stream),
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
      const release = await readyFor(world, ['tpm'], { north: '9401', south: '9402', west: '9403' });
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
          texts: { log: log.join(''), events: JSON.stringify(events) },
          folders: [app.config.dataDir, tool.requests],
          database: app.testDatabase.url,
          processes: { mayHaveItInEnvironment: [tool.pid] },
        }),
      ).toEqual([]);
      expect(log.join('')).toContain('not verified against the product');
    },
    60_000,
  );
});

describe('a server that is killed with kill -9 between send and answer', () => {
  const tools = ['tpm', 'searching', 'soapcli'] as const;
  let tool: TpmSimulator;
  let app: TestApp;
  let world: Story;
  let server: ServerProcess;

  beforeAll(async () => {
    tool = await startTpm();
    const passwordFile = join(tool.directory, 'password');
    writeFileSync(passwordFile, 'maxadmin-secret-9401');
    const profiles: Record<(typeof tools)[number], TpmProfile> = {
      tpm: soapProfile(),
      searching: soapProfile({}, { search: true }),
      soapcli: commandProfile({ by: 'stdin' }, tool.configFile),
    };
    const adapters = tools.map((instance) => ({
      instance,
      module: tpm,
      config: settings(tool, profiles[instance], passwordFile),
    }));
    // The app of the test only answers; the work is done by a process that can be killed.
    app = await startTestApp({ adapters });
    world = await storyOf(app);
    const file = join(tool.directory, 'tools.json');
    const instances = adapters.map(({ instance: name, config }) => ({ name, adapter: 'tpm', config }));
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
    await tool?.stop();
  }, 60_000);

  const keyOf = async (id: string): Promise<string> =>
    (await world.read(id, 'runs { nodes { key } }')).runs.nodes[0]?.key ?? 'none';
  const createdFor = (key: string) =>
    tool.created().filter(({ requestParameters }) => requestParameters.includes(`ReleaseKey=${key}.`));

  /** Starts a distribution, and kills the server when the tool has taken as many requests, the last one unanswered. */
  async function killedInBetween(instance: string, names: readonly string[], taken: number): Promise<string> {
    const devices = Object.fromEntries(names.map((name, index) => [name, String(9401 + index)]));
    const release = await readyFor(world, tools, devices);
    if (taken > 1) await tool.arm('submit', 'slow', { ms: 1, times: taken - 1 });
    await tool.arm('submit', 'late-answer');
    const id = await world.plan(release, {}, instance);
    await world.act('Schedule', id);
    await world.begin(id);
    await until(async () => createdFor(await keyOf(id)).length === taken, 'the tool to take the requests', 30_000);
    await server.kill('SIGKILL');
    await server.start();
    return id;
  }

  test.each(['tpm', 'soapcli'])(
    'asks a person (%s): no second start',
    async (instance) => {
      const id = await killedInBetween(instance, [`alone-${instance}`], 1);
      await until(async () => (await world.state(id)) === 'START_UNKNOWN', 'a person to be asked', 40_000);
      expect(createdFor(await keyOf(id))).toHaveLength(1);
    },
    90_000,
  );

  test('follows what it knows: one target succeeds, one is unknown, one is skipped, and no second start', async () => {
    const id = await killedInBetween('tpm', ['first', 'second', 'third'], 2);
    await until(async () => (await world.targets(id))['second']?.state === 'UNKNOWN', 'the unknown target', 80_000);
    await until(async () => (await world.targets(id))['first']?.state === 'SUCCEEDED', 'the known target', 40_000);
    expect(await world.targets(id, 'state')).toEqual({
      first: { state: 'SUCCEEDED' },
      second: { state: 'UNKNOWN' },
      third: { state: 'SKIPPED' },
    });
    expect(createdFor(await keyOf(id))).toHaveLength(2);
  }, 150_000);

  test('finds the request by its key where the profile can search: no second start', async () => {
    const id = await killedInBetween('searching', ['found'], 1);
    await until(async () => (await world.state(id)) === 'SUCCEEDED', 'the distribution to succeed', 40_000);
    expect(createdFor(await keyOf(id))).toHaveLength(1);
    expect(await world.read(id, 'runs { nodes { submitCalls } }')).toEqual({ runs: { nodes: [{ submitCalls: 1 }] } });
  }, 90_000);
});
