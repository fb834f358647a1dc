import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { hawkbit } from '../../plugins/hawkbit/hawkbit.adapter.js';
import type { DistributionRequest } from '../../src/adapters/adapter.js';
import type { HostedAdapter } from '../../src/adapters/hosted-adapter.js';
import { artifactOf, codeOf, follow, patience, requestOf } from '../adapters/support/harness.js';
import { HawkbitSimulator, type HawkbitServer } from '../simulators/hawkbit/hawkbit-simulator.js';
import { until } from '../support/until.js';
import { benchForEachTest, FAULTS, refusal, type Bench } from './support/http-traps.js';

const tool = new HawkbitSimulator();
let server: HawkbitServer;
let adapter: HostedAdapter;
let folder: string;
let connect: Bench<HawkbitServer>['connect'];

const settings = {
  config: { auth: { type: 'basic', username: 'interlock', password: { $secret: 'env:HAWKBIT' } }, readyMs: 3_000 },
  env: { HAWKBIT: 'a password of the site' },
};
benchForEachTest(tool, hawkbit, settings, (bench) => ({ tool: server, adapter, folder, connect } = bench));

const order = (ids: readonly string[], more: Partial<DistributionRequest> = {}): DistributionRequest =>
  requestOf({
    targets: ids.map((controllerId) => ({ ciId: `ci-${controllerId}`, name: controllerId, binding: { controllerId } })),
    package: { binding: { distributionSet: 5 }, artifacts: [] },
    ...more,
  });

describe('a rollout is refused before it is started:', () => {
  test('a rollout with more targets than asked', async () => {
    server.target('DEV-1');
    const report = await adapter.preflight(order(['dev-1', 'dev-2']), patience());
    expect([report.verdict, report.messages[0]]).toEqual(['block', 'The query would also select DEV-1.']);
    server.targets.pop();
    // It comes between the check and the rollout.
    tool.http.faults.clear();
    const request = order(['dev-1', 'dev-2']);
    tool.http.faults.add({ fault: 'maintenance', method: 'POST', path: /rollouts$/, acts: true });
    server.held = true;
    expect(await codeOf(adapter.submit(request, patience()))).toBe('UNAVAILABLE');
    const [rollout] = server.rolloutsOf(request.key);
    if (rollout) rollout.targets = [...rollout.targets, server.target('DEV-1')];
    server.held = false;
    expect(await refusal(adapter.submit(request, patience()))).toMatch(
      /^FAILED_PRECONDITION: The rollout has 3 targets, and 2 were requested. .* was not started. It was deleted./,
    );
    expect([server.rolloutsOf(request.key), server.actions]).toEqual([[], []]);
    expect(await adapter.find(request.key, patience())).toBeNull();
  });

  test('as many targets, but others', async () => {
    const request = order(['dev-1', 'dev-2']);
    tool.http.faults.add({ fault: 'reset', method: 'POST', path: /rollouts$/, acts: true });
    expect(await codeOf(adapter.submit(request, patience()))).toBe('UNAVAILABLE');
    const [rollout] = server.rolloutsOf(request.key);
    if (rollout) rollout.targets = [server.target('DEV-1'), server.target('other')];
    expect(await codeOf(adapter.submit(request, patience()))).toBe('FAILED_PRECONDITION');
    expect(server.actions).toEqual([]);
  });

  test('targets that are missing or not compatible', async () => {
    const { verdict, targets } = await adapter.preflight(order(['dev-1', 'nobody']), patience());
    expect([verdict, targets[1]?.message]).toEqual(['block', 'hawkBit has no target nobody.']);
    for (const target of server.targets) if (target.controllerId === 'dev-2') target.compatible = false;
    expect(await refusal(adapter.submit(order(['dev-1', 'dev-2']), patience()))).toMatch(/has 1 targets, and 2/);
    expect(server.actions).toEqual([]);
  });

  test('a distribution set that cannot be used, or lacks a file of the release', async () => {
    const artifact = artifactOf('the bytes', 'https://media.example/app.bin');
    const request = order(['dev-1'], { package: { binding: { distributionSet: 5 }, artifacts: [artifact] } });
    expect((await adapter.preflight(request, patience())).messages).toEqual([expect.stringContaining(artifact.sha256)]);
    expect(await codeOf(adapter.submit(request, patience()))).toBe('FAILED_PRECONDITION');
    server.sets.get(5)?.digests.push(artifact.sha256);
    expect((await adapter.preflight(request, patience())).verdict).toBe('ok');
    for (const spoil of [{ complete: false }, { complete: true, valid: false }, { valid: true, deleted: true }]) {
      Object.assign(server.sets.get(5) ?? {}, spoil);
      expect((await adapter.preflight(request, patience())).messages[0]).toMatch(/incomplete, invalid or deleted/);
    }
    server.sets.clear();
    expect(await codeOf(adapter.submit(request, patience()))).toBe('NOT_FOUND');
    expect(server.rollouts.size).toBe(0);
  });

  test('an approval that hawkBit waits for', async () => {
    server.approval = true;
    const request = order(['dev-1']);
    expect(await refusal(adapter.submit(request, patience()))).toMatch(/^FAILED_PRECONDITION: .*approve/);
    expect(server.rollouts.size).toBe(0);
  });

  test('a rollout that is not ready in time, which the next try goes on with', async () => {
    server.held = true;
    const slow = await connect({ readyMs: 0 });
    const request = order(['dev-1']);
    expect(await codeOf(slow.submit(request, patience()))).toBe('UNAVAILABLE');
    expect(await adapter.find(request.key, patience())).toBeNull();
    server.held = false;
    const handle = await adapter.submit(request, patience());
    expect(server.rolloutsOf(request.key)).toHaveLength(1);
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-dev-1': 'succeeded' });
  });
});

describe('the end of a target', () => {
  test('set assigned already: hawkBit says finished, and nothing was done', async () => {
    for (const target of server.targets) if (target.controllerId === 'dev-1') target.assigned = 5;
    const handle = await adapter.submit(order(['dev-1', 'dev-2']), patience());
    const end = await follow(adapter, handle);
    expect(end.states).toEqual({ 'ci-dev-1': 'skipped', 'ci-dev-2': 'succeeded' });
    // The first look may have come before hawkBit passed the target by.
    expect(end.reports.findLast(({ ciId }) => ciId === 'ci-dev-1')?.reason?.code).toBe('ALREADY_ASSIGNED');
  });

  test('unknown native state: it is shown as it is, and the run stays open', async () => {
    const handle = await adapter.submit(order(['slow-1']), patience());
    await until(() => server.actions.length > 0, 'the action');
    server.held = true;
    const [action] = server.actions;
    if (action) action.status = 'hibernating';
    const seen = await adapter.observe(handle, null, patience());
    expect(seen.targets).toMatchObject([{ state: 'unknown', nativeStatus: 'hibernating' }]);
    expect(seen.complete).toBe(false);
    const [rollout] = server.rollouts.values();
    if (rollout) rollout.status = 'somewhere';
    const again = await adapter.observe(handle, null, patience());
    expect([again.run.nativeStatus, again.complete]).toEqual(['somewhere', false]);
  });

  test('a stopped rollout is not over while a device has not answered, and a device may refuse', async () => {
    const handle = await adapter.submit(order(['busy-1', 'off-1', 'slow-1']), patience());
    await follow(adapter, handle, (_seen, states) => states['ci-busy-1'] === 'staging');
    server.held = true;
    expect(await adapter.cancel(handle, { mode: 'abort' }, patience())).toMatchObject({ accepted: true });
    for (let steps = 0; steps < 2; steps += 1) server.step(true);
    expect([...server.rollouts.values()].map(({ status }) => status)).toEqual(['stopped']);
    const open = await adapter.observe(handle, null, patience());
    expect([open.complete, open.run.phase]).toEqual([false, 'cancelling']);
    expect(open.targets.map(({ state, nativeStatus }) => `${state} ${nativeStatus}`)).toEqual([
      'running cancel_rejected',
      'running canceling',
      'cancelled canceled',
    ]);
    server.held = false;
    for (const target of server.targets) if (target.controllerId === 'off-1') target.script = 'ok';
    expect((await follow(adapter, handle)).states).toEqual({
      'ci-busy-1': 'succeeded',
      'ci-off-1': 'cancelled',
      'ci-slow-1': 'cancelled',
    });
  });

  test('405 at the cancel of a target that has ended changes nothing', async () => {
    const handle = await adapter.submit(order(['dev-1', 'slow-1']), patience());
    await follow(adapter, handle, (_seen, states) => states['ci-dev-1'] === 'succeeded');
    const cancel = async (...targets: string[]) =>
      (await adapter.cancel(handle, { mode: 'stop', targets }, patience())).accepted;
    expect(await cancel('ci-dev-1')).toBe(false);
    server.held = true;
    expect([await cancel('ci-slow-1'), await cancel('ci-slow-1')]).toEqual([true, false]);
    server.held = false;
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-dev-1': 'succeeded', 'ci-slow-1': 'cancelled' });
  });

  test('pause and resume reach hawkBit, twice does no harm, and not after the end', async () => {
    const handle = await adapter.submit(order(['slow-1']), patience());
    await follow(adapter, handle, (seen) => seen.run.phase === 'running');
    for (let times = 0; times < 2; times += 1) await adapter.pause(handle, patience());
    expect((await adapter.observe(handle, null, patience())).run.phase).toBe('paused');
    for (let times = 0; times < 2; times += 1) await adapter.resume(handle, patience());
    await follow(adapter, handle);
    await until(() => [...server.rollouts.values()][0]?.status === 'finished', 'the rollout to end');
    expect(await codeOf(adapter.pause(handle, patience()))).toBe('FAILED_PRECONDITION');
  });

  test('a rollout that was deleted, or has another name, is NOT_FOUND', async () => {
    const handle = await adapter.submit(order(['dev-1']), patience());
    expect(await codeOf(adapter.observe({ ...handle, key: 'another' }, null, patience()))).toBe('NOT_FOUND');
    server.rollouts.clear();
    expect(await codeOf(adapter.observe(handle, null, patience()))).toBe('NOT_FOUND');
  });
});

describe('one order, one rollout', () => {
  test.each(['rollouts$', 'start$'])('a lost answer to %s is found, or gone on from', async (path) => {
    const request = order(['dev-1']);
    tool.http.faults.add({ fault: 'reset', method: 'POST', path: new RegExp(path), acts: true });
    expect(await codeOf(adapter.submit(request, patience()))).toBe(
      path === 'start$' ? 'OUTCOME_UNKNOWN' : 'UNAVAILABLE',
    );
    const found = await adapter.find(request.key, patience());
    expect(found === null).toBe(path !== 'start$');
    const handle = await adapter.submit(request, patience());
    if (found !== null) expect(handle).toEqual(found);
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-dev-1': 'succeeded' });
    expect(server.rolloutsOf(request.key)).toHaveLength(1);
  });

  test('a rollout that is still being deleted is no run, and its name is waited for', async () => {
    server.held = true;
    const request = order(['dev-1']);
    const slow = await connect({ readyMs: 0 });
    expect(await codeOf(slow.submit(request, patience()))).toBe('UNAVAILABLE');
    const [rollout] = server.rolloutsOf(request.key);
    if (rollout) rollout.status = 'deleting';
    expect(await adapter.find(request.key, patience())).toBeNull();
    expect(await codeOf(adapter.submit(request, patience()))).toBe('ABORTED');
    server.rollouts.clear();
    server.held = false;
    expect((await follow(adapter, await adapter.submit(request, patience()))).states).toEqual({
      'ci-dev-1': 'succeeded',
    });
  });

  test('another machine without the record of the targets refuses to guess', async () => {
    const request = order(['dev-1']);
    await adapter.submit(request, patience());
    await rm(join(folder, 'runs'), { recursive: true });
    expect(await refusal(adapter.find(request.key, patience()))).toMatch(/^FAILED_PRECONDITION: .* record/);
  });
});

describe.each(FAULTS)('the fault %s', (fault, atStart, atObserve) => {
  test(`is ${atStart} for a start and ${atObserve} for a look`, async () => {
    const request = order(['dev-1']);
    const play = (method: string, path: RegExp): void => tool.http.faults.add({ fault, method, path });
    play('POST', /start$/);
    expect(await codeOf(adapter.submit(request, patience()))).toBe(atStart);
    const handle = await adapter.submit(request, patience());
    play('GET', /rollouts\/\d+$/);
    expect(await codeOf(adapter.observe(handle, null, patience()))).toBe(atObserve);
    play('GET', /rollouts$/);
    expect(await codeOf(adapter.find(request.key, patience()))).toBe(atObserve);
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-dev-1': 'succeeded' });
    expect(server.rolloutsOf(request.key)).toHaveLength(1);
  });
});

test('a server that is away is an answer of the probe', async () => {
  expect(await adapter.probe(patience())).toEqual({ status: 'ready' });
  server.password = 'another';
  expect(await adapter.probe(patience())).toMatchObject({ status: 'broken' });
  tool.http.faults.add({ fault: 'maintenance' });
  expect(await adapter.probe(patience())).toMatchObject({ status: 'starting' });
});
