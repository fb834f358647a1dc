import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hawkbit } from '../../plugins/hawkbit/hawkbit.adapter.js';
import { HawkbitSimulator, type HawkbitServer } from '../simulators/hawkbit/hawkbit-simulator.js';
import { Canary } from '../support/canary.js';
import { sha256 } from '../support/media.js';
import { until } from '../support/until.js';
import { killedServer, releaseFor, secretFile, type KilledServer } from './support/killed-server.js';

// hawkBit as a whole: a server process of its own drives it, GraphQL asks for the distributions, and the server dies.
const tool = new HawkbitSimulator(sha256('the bytes'));
/** The password of the server, and the token of a device that every target of hawkBit shows. */
const [password, deviceToken] = [new Canary(), new Canary()];
let update: HawkbitServer;
let rig: KilledServer;

beforeAll(async () => {
  tool.deviceToken = deviceToken.value;
  await tool.start();
  update = tool.at();
  update.password = password.value;
  const config = {
    baseUrl: tool.http.url,
    allowHttp: true,
    auth: { type: 'basic', username: 'interlock', password: { $secret: secretFile(password).$secret } },
    pollMs: 60,
    timeoutMs: 5_000,
  };
  rig = await killedServer([{ instance: 'hawkbit', module: hawkbit, config }]);
}, 60_000);
afterAll(async () => {
  await rig?.end();
  await tool.stop();
});

const started = async (ids: readonly string[]) => {
  const bindings = Object.fromEntries(ids.map((id) => [id.replace('-', '_'), { controllerId: id }]));
  return await rig.world.started(
    await releaseFor(rig.world, ['hawkbit'], bindings, { distributionSet: 5 }),
    {},
    'hawkbit',
  );
};
const ended = async (id: string, state: string) =>
  await until(async () => (await rig.world.state(id)) === state, `the distribution to be ${state}`, 20_000);
const keyOf = async (id: string): Promise<string> =>
  (await rig.world.read(id, 'runs(last: 1) { nodes { key } }')).runs.nodes[0].key as string;
const scriptOf = (id: string) => update.targets.find(({ controllerId }) => controllerId === id);

test('the result of each device comes back, and the failed one is retried in a rollout of its own', async () => {
  const id = await started(['dev-1', 'bad-1']);
  await ended(id, 'PARTIALLY_SUCCEEDED');
  expect(await rig.world.targets(id, 'state reasonMessage')).toEqual({
    dev_1: { state: 'SUCCEEDED', reasonMessage: null },
    bad_1: { state: 'FAILED', reasonMessage: 'Flashing failed: no space left' },
  });
  const device = scriptOf('bad-1');
  if (device) device.script = 'ok';
  await rig.world.act('RetryFailed', id);
  await ended(id, 'SUCCEEDED');
  const [again] = update.rolloutsOf(await keyOf(id));
  expect(again?.targets.map(({ controllerId }) => controllerId)).toEqual(['bad-1']);
}, 60_000);

test('a rollout that would reach other devices is blocked', async () => {
  const other = update.target('M1');
  const id = await started(['m1']);
  await ended(id, 'FAILED');
  expect(JSON.stringify(await rig.world.read(id, 'targets { nodes { reasonMessage } }'))).toContain('also select M1');
  update.targets.splice(update.targets.indexOf(other), 1);
}, 60_000);

describe.each([
  ['the rollout', /rollouts$/, true],
  ['the rollout, which was not created', /rollouts$/, false],
  ['its start', /start$/, true],
  ['its start, which did not happen', /start$/, false],
])('kill -9 between send and answer of %s', (name, path, acts) => {
  test('leads to one rollout that runs once', async () => {
    tool.http.faults.add({ fault: 'slow', method: 'POST', path, acts });
    const n = name.length;
    const id = await started([`m${n}`, `m${n + 1}`]);
    await until(() => tool.http.waiting > 0 && path.test(tool.http.requests.at(-1)?.path ?? ''), 'the command');
    await rig.server.kill();
    await rig.server.start();
    await ended(id, 'SUCCEEDED');
    const rollouts = update.rolloutsOf(await keyOf(id));
    expect(rollouts).toHaveLength(1);
    expect(update.actionsOf(rollouts[0] ?? { id: 0 })).toHaveLength(2);
  }, 60_000);
});

test('a cancel is asked of the devices, and each answers for itself', async () => {
  const id = await started(['slow-1', 'off-1']);
  await until(async () => (await rig.world.targets(id, 'state'))['slow_1'].state === 'INSTALLING', 'a device to work');
  await rig.world.act('Stop', id, { mode: 'ABORT', reason: 'Wrong evening.' });
  await until(async () => (await rig.world.targets(id, 'state'))['slow_1'].state === 'CANCELLED', 'its cancel');
  expect((await rig.world.targets(id, 'state'))['off_1'].state).not.toBe('CANCELLED');
  const device = scriptOf('off-1');
  if (device) device.script = 'ok';
  await ended(id, 'STOPPED');
}, 60_000);

test('no secret shows anywhere', async () => {
  for (const secret of [password, deviceToken]) expect(await rig.shown(secret)).toEqual([]);
}, 30_000);
