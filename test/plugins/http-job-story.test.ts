/** Jobs by HTTP as users have them: planned through the API, called back by the tool, and killed in between. */
import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SecretRef } from '../../src/adapters/adapter.js';
import type { HttpSimulator } from '../simulators/http/http-simulator.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Canary } from '../support/canary.js';
import { registerVersion, upload } from '../support/media.js';
import { freePort, ServerProcess } from '../support/server-process.js';
import { storyOf, type Story } from '../support/story.js';
import { until } from '../support/until.js';
import { github, gitlab, jenkins, rundeck } from './support/http-tools.js';

const canary = new Canary('cr3d3nt14l-canary');
const HOOK = 'h00k-s3cr3t-canary';
const folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'http-job-'));
const secretFile = (name: string, value: string): SecretRef => {
  writeFileSync(join(folder, name), value, { mode: 0o600 });
  return { $secret: `file:${join(folder, name) as `/${string}`}` };
};
const credentials = secretFile('credentials', canary.value);
const secret = secretFile('hook', HOOK);
const DECK = 'https://interlock.example/integrations/deck/callback';

const tools = { ci: jenkins(), actions: github(), lab: gitlab(), deck: rundeck() };
const AUTH = {
  ci: { type: 'basic', username: 'interlock', password: credentials },
  actions: { type: 'bearer', token: credentials },
  lab: { type: 'header', name: 'PRIVATE-TOKEN', value: credentials },
  deck: { type: 'header', name: 'X-Rundeck-Auth-Token', value: credentials },
};
type Name = keyof typeof tools;

/** The settings of an instance; it is looked at once a minute, unless the tool calls. */
const settingsOf = (name: Name, minPollMs = 60_000) => ({
  ...tools[name].config(),
  auth: AUTH[name],
  minPollMs,
  ...(name === 'lab' && { secrets: { trigger: secretFile('trigger', 'tr1gg3r-canary') } }),
  callback: {
    secret,
    ...{
      ci: { scheme: 'hmac' },
      actions: { scheme: 'github' },
      lab: { scheme: 'gitlab' },
      deck: { scheme: 'rundeck', url: DECK },
    }[name],
  },
});

let app: TestApp;
let world: Story;
let content: string;
beforeAll(async () => {
  for (const { simulator } of Object.values(tools)) await simulator.start();
  const adapters = (Object.keys(tools) as Name[]).map((name) => ({
    instance: name,
    module: 'http-job',
    config: settingsOf(name),
  }));
  app = await startTestApp({ adapters, env: { INTERLOCK_RATE_LIMIT: '300' } });
  world = await storyOf(app);
  const bindings = Object.fromEntries(
    Object.entries(tools).map(([name, { packageBinding }]) => [name, packageBinding]),
  );
  const item = await world.item('shop');
  content = await registerVersion(world.librarian, item, '4.2.0', { bindings });
  await upload(world.librarian, content, 'the bytes');
  await app.jobs.runOnce();
  await world.secondLibrarian.run('dmlItemVersionAuthorise', { id: content }, 'dmlItemVersion');
}, 60_000);
afterAll(async () => {
  await app?.end();
  for (const { simulator } of Object.values(tools)) await simulator.stop();
});

/** A release for web-01, ready for one of the tools. */
const ready = async (name: Name) =>
  await world.ready(['web-01'], { ci: { bindings: { [name]: tools[name].target('web-01') } }, content: [content] });

const stateOf = async (id: string): Promise<string> => (await world.targets(id))['web-01'].state as string;

const hmac = (text: string, key = HOOK) => createHmac('sha256', key).update(text).digest('hex');
type Message = { readonly body: string; readonly headers: Record<string, string> };

/** The message of each tool about a job, by the name of the instance, signed with a secret. */
const MESSAGES: Record<Name, (key: string, by?: string) => Message> = {
  ci: (key, by) => {
    const [time, body] = [String(Math.floor(Date.now() / 1000)), JSON.stringify({ key })];
    return { body, headers: { 'x-interlock-time': time, 'x-interlock-signature': hmac(`${time}.${body}`, by) } };
  },
  actions: (key, by) => {
    const body = JSON.stringify({
      action: 'completed',
      workflow_run: { id: 1, display_title: `Deploy shop [${key}]` },
    });
    return { body, headers: { 'x-hub-signature-256': `sha256=${hmac(body, by)}`, 'x-github-event': 'workflow_run' } };
  },
  lab: (key, by = HOOK) => {
    const variables = [{ key: 'RELEASE_KEY', value: key }];
    const body = JSON.stringify({
      object_kind: 'pipeline',
      object_attributes: { id: 1, status: 'success', variables },
    });
    return { body, headers: { 'x-gitlab-token': by, 'x-gitlab-event': 'Pipeline Hook' } };
  },
  deck: (key, by = HOOK) => {
    const execution = { id: 7, job: { options: { interlock_key: key } } };
    const digest = createHash('sha256').update(`${DECK}success7${by}`).digest('hex');
    return {
      body: JSON.stringify({ trigger: 'success', status: 'succeeded', executionId: 7, execution }),
      headers: {
        'x-rundeck-notification-trigger': 'success',
        'x-rundeck-notification-execution-id': '7',
        'x-rundeck-notification-sha256-digest': digest,
      },
    };
  },
};

const post = async (url: string, { body, headers }: Message): Promise<number> =>
  (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })).status;

describe.each(Object.keys(tools) as Name[])('callbacks of %s', (name) => {
  test('that are forged, foreign, repeated or late change nothing; a genuine one leads to a look', async () => {
    const { simulator } = tools[name];
    const sim = simulator as HttpSimulator & Pick<(typeof tools)['ci']['simulator'], 'book'>;
    const id = await world.started(await ready(name), {}, name);
    await app.jobs.runOnce();
    await until(async () => {
      await app.jobs.runOnce();
      return (await world.state(id)) === 'RUNNING' && (await stateOf(id)) !== 'SENT';
    }, 'the first look');
    expect(sim.book.jobs).toHaveLength(1);
    const key = (
      await app.readDatabase.pool.query<{ key: string }>(
        'select key from distribution_run order by created_at desc limit 1',
      )
    ).rows[0]?.key as string;
    const jobKey = ['ci', 'lab'].includes(name) ? `${key}.t1` : key;
    sim.book.move('succeeded');
    const address = `${app.url}/integrations/${name}/callback`;
    const genuine = MESSAGES[name](jobKey);
    const looks = sim.requests.length;
    const before = await stateOf(id);
    const answers = [
      await post(address, MESSAGES[name](jobKey, 'a guess that is wrong')),
      await post(address, { ...genuine, headers: {} }),
      await post(address, MESSAGES[name]('dist_of_somebody_else.1')),
      await post(address, { ...MESSAGES[name](jobKey), body: 'no JSON' }),
      await post(`${address}/no-such-token`, genuine),
    ];
    await app.jobs.runOnce();
    // Where a body is not covered by the proof, it is at least understood or refused.
    expect(answers).toEqual([401, 401, 202, ['lab', 'deck'].includes(name) ? 400 : 401, 404]);
    expect([sim.requests.length, await stateOf(id)]).toEqual([looks, before]);
    expect(await post(address, genuine)).toBe(202);
    await app.jobs.runOnce();
    expect(await stateOf(id)).toBe('SUCCEEDED');
    const seen = sim.requests.length;
    // A repetition, and one that was late: the run is over, and nobody looks again.
    for (const message of [genuine, MESSAGES[name](jobKey)]) expect(await post(address, message)).toBe(202);
    await app.jobs.runOnce();
    expect([sim.requests.length, await stateOf(id), sim.book.jobs.length]).toEqual([seen, 'SUCCEEDED', 1]);
  }, 60_000);
});

test('kill -9 between the order and its answer: no second start, and the secrets show nowhere', async () => {
  const { simulator } = tools.ci;
  const toolsFile = join(folder, 'tools.json');
  const begun = simulator.book.jobs.length;
  writeFileSync(
    toolsFile,
    JSON.stringify({ tools: [{ name: 'ci', adapter: 'http-job', config: settingsOf('ci', 100) }] }),
  );
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const log = join(dataDir, 'server.log');
  const server = new ServerProcess(
    await freePort(),
    {
      DATABASE_URL: app.testDatabase.url,
      INTERLOCK_DATA_DIR: dataDir,
      INTERLOCK_TOOLS: toolsFile,
      NODE_ENV: 'development',
      LOG_LEVEL: 'debug',
      INTERLOCK_LEASE_MS: '3000',
    },
    log,
  );
  try {
    const release = await ready('ci');
    simulator.faults.add({ fault: 'slow', method: 'POST', path: /buildWithParameters/, acts: true });
    await server.start();
    const id = await world.started(release, {}, 'ci');
    await until(() => simulator.book.jobs.length === begun + 1, 'the order to arrive', 20_000);
    await server.kill();
    await server.start();
    await until(async () => (await stateOf(id)) === 'INSTALLING', 'the build to be found by its key', 40_000);
    simulator.book.move('succeeded');
    await until(async () => (await stateOf(id)) === 'SUCCEEDED', 'the end', 40_000);
    expect(simulator.book.jobs).toHaveLength(begun + 1);
    const shown = {
      folders: [folder, app.config.dataDir],
      except: ['credentials', 'hook', 'trigger'].map((name) => join(folder, name)),
      database: app.testDatabase.url,
      processes: true,
    };
    // The log is among the folders.
    expect(readFileSync(log, 'utf8')).toContain('"level"');
    expect([await canary.shownIn(shown), await new Canary(HOOK).shownIn(shown)]).toEqual([[], []]);
  } finally {
    await server.kill('SIGTERM');
  }
}, 150_000);
