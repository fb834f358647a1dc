import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { awx } from '../../plugins/awx/awx.adapter.js';
import { AwxSimulator, type AwxController } from '../simulators/awx/awx-simulator.js';
import { Canary } from '../support/canary.js';
import { until } from '../support/until.js';
import { killedServer, releaseFor, secretFile, type KilledServer } from './support/killed-server.js';

// AWX as a whole: a server process of its own drives it, GraphQL asks for the distributions, and the server dies.
const tool = new AwxSimulator();
const [token, hook] = [new Canary(), new Canary()];
const binding = { jobTemplate: 7, endMarker: 'The release is installed' };
let controller: AwxController;
let rig: KilledServer;

beforeAll(async () => {
  await tool.start();
  controller = tool.at();
  controller.token = token.value;
  const config = {
    baseUrl: tool.http.url,
    allowHttp: true,
    auth: { type: 'bearer', token: { $secret: secretFile(token).$secret } },
    callback: { header: 'X-Interlock-Token', token: { $secret: secretFile(hook).$secret } },
    pollMs: 60,
    settleMs: 0,
    timeoutMs: 5_000,
  };
  rig = await killedServer([{ instance: 'awx', module: awx, config }]);
}, 60_000);
afterAll(async () => {
  await rig?.end();
  await tool.stop();
});

const started = async (hosts: readonly string[], more: Record<string, unknown> = {}) => {
  const bindings = Object.fromEntries(hosts.map((host) => [host.replace('-', '_'), { host }]));
  return await rig.world.started(await releaseFor(rig.world, ['awx'], bindings, binding), more, 'awx');
};
const ended = async (id: string, state: string) =>
  await until(async () => (await rig.world.state(id)) === state, `the distribution to be ${state}`, 20_000);
const keyOf = async (id: string): Promise<string> =>
  (await rig.world.read(id, 'runs(last: 1) { nodes { key } }')).runs.nodes[0].key as string;

test('the result of each host comes back, and the failed ones are retried in a job of their own', async () => {
  const id = await started(['web-1', 'bad-1', 'dark-1']);
  await ended(id, 'PARTIALLY_SUCCEEDED');
  expect(await rig.world.targets(id, 'state reasonCode')).toEqual({
    web_1: { state: 'SUCCEEDED', reasonCode: null },
    bad_1: { state: 'FAILED', reasonCode: 'TASK_FAILED' },
    dark_1: { state: 'FAILED', reasonCode: 'UNREACHABLE' },
  });
  const [job] = controller.jobsOf(await keyOf(id));
  expect(job?.limit.split(',').sort()).toEqual(['bad-1', 'dark-1', 'web-1']);
  for (const host of controller.hosts) if (['bad-1', 'dark-1'].includes(host.name)) host.script = 'ok';
  await rig.world.act('RetryFailed', id);
  await ended(id, 'SUCCEEDED');
  const [again] = controller.jobsOf(await keyOf(id));
  expect(again?.limit.split(',').sort()).toEqual(['bad-1', 'dark-1']);
}, 60_000);

test('a template that would widen the limit is blocked before anything is launched', async () => {
  const asks = { limit: false, variables: true, labels: true, jobType: true, forks: true };
  controller.template(7, { asks });
  const jobs = controller.jobs.size;
  const id = await started(['web-1']);
  await ended(id, 'FAILED');
  expect(JSON.stringify(await rig.world.read(id, 'targets { nodes { reasonMessage } }'))).toContain('all hosts');
  expect(controller.jobs.size).toBe(jobs);
  controller.template(7);
}, 60_000);

describe.each([
  ['carried out', true],
  ['not carried out', false],
])('kill -9 between send and answer, with the launch %s,', (_name, acts) => {
  test('leads to one job', async () => {
    tool.http.faults.add({ fault: 'slow', method: 'POST', path: /launch/, acts });
    const id = await started(['web-1', 'web-2']);
    await until(() => tool.http.waiting > 0 && tool.http.requests.at(-1)?.path.includes('launch'), 'the launch');
    await rig.server.kill();
    const key = await keyOf(id);
    expect(controller.jobsOf(key)).toHaveLength(acts ? 1 : 0);
    await rig.server.start();
    await ended(id, 'SUCCEEDED');
    expect(controller.jobsOf(key)).toHaveLength(1);
  }, 60_000);
});

describe('a notification of AWX', () => {
  const post = async (body: object, headers: Record<string, string> = { 'x-interlock-token': hook.value }) =>
    await fetch(`${rig.server.url}/integrations/awx/callback`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const bodyOf = (key: string, status: string, job = 1) => ({
    ...{ id: job, status, name: 'Deploy', hosts: { 'web-1': { failed: true, failures: 1, ok: 0 } } },
    extra_vars: JSON.stringify({ interlock: { key, name: key, fingerprint: 'f', targets: { 'web-1': 'ci_1' } } }),
  });
  const looksAt = (job: number) => tool.http.requests.filter(({ path }) => path.endsWith(`/jobs/${job}/`)).length;

  test('that is forged, replayed, reordered, twice there or foreign changes nothing', async () => {
    controller.held = true;
    const id = await started(['web-1']);
    const states = async () => (await rig.world.read(id, 'targets { nodes { state } }')).targets.nodes[0].state;
    await until(async () => (await states()) === 'ACKNOWLEDGED', 'the job to be launched and seen');
    const key = await keyOf(id);
    const [job] = controller.jobsOf(key);
    const events = async () => await rig.app.count("domain_event where type like 'distribution.%'");
    const before = [await events(), controller.jobs.size];
    const status = async (...args: Parameters<typeof post>) => (await post(...args)).status;
    expect(await status(bodyOf(key, 'failed'), {})).toBe(401);
    expect(await status(bodyOf(key, 'failed'), { 'x-interlock-token': `${hook.value}x` })).toBe(401);
    expect(await status(bodyOf(key, 'failed'), { authorization: `Bearer ${token.value}` })).toBe(401);
    expect(await status({ hello: 'world' })).toBe(400);
    // Authentic: it ends in a look at the job, which knows better than the message.
    for (const said of ['successful', 'running', 'failed', 'failed', 'successful', 'canceled'])
      expect(await status(bodyOf(key, said, job?.id))).toBe(202);
    expect(await status(bodyOf('DST-999-1', 'failed'))).toBe(202);
    expect(await status({ id: 3, status: 'failed', extra_vars: '{}' })).toBe(202);
    const seen = looksAt(job?.id as number);
    await until(() => looksAt(job?.id as number) > seen, 'a further look');
    expect([await events(), controller.jobs.size]).toEqual(before);
    expect(await rig.world.read(id, 'state targets { nodes { state } }')).toEqual({
      state: 'RUNNING',
      targets: { nodes: [{ state: 'ACKNOWLEDGED' }] },
    });
    controller.held = false;
    await ended(id, 'SUCCEEDED');
    const end = await events();
    expect(await status(bodyOf(key, 'failed', job?.id))).toBe(202);
    expect([await rig.world.state(id), await events()]).toEqual(['SUCCEEDED', end]);
  }, 60_000);

  test('of the controller itself arrives', async () => {
    const headers = { 'X-Interlock-Token': hook.value };
    controller.webhook = { url: `${rig.server.url}/integrations/awx/callback`, headers };
    await ended(await started(['web-1']), 'SUCCEEDED');
    expect(await Promise.all(controller.notified)).toEqual([202, 202]);
    controller.webhook = undefined;
  }, 60_000);
});

test('no secret shows anywhere', async () => {
  for (const secret of [token, hook]) expect(await rig.shown(secret)).toEqual([]);
}, 30_000);
