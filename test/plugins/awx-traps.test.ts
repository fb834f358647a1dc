import { describe, expect, test } from '@jest/globals';
import { awx } from '../../plugins/awx/awx.adapter.js';
import type { AwxPackage } from '../../plugins/awx/settings.js';
import type { DistributionRequest } from '../../src/adapters/adapter.js';
import type { HostedAdapter } from '../../src/adapters/hosted-adapter.js';
import { codeOf, follow, patience, requestOf } from '../adapters/support/harness.js';
import { AwxSimulator, type AwxController } from '../simulators/awx/awx-simulator.js';
import { until } from '../support/until.js';
import { benchForEachTest, FAULTS, refusal, type Bench } from './support/http-traps.js';

const tool = new AwxSimulator();
let controller: AwxController;
let adapter: HostedAdapter;
let connect: Bench<AwxController>['connect'];

const settings = {
  config: { auth: { type: 'bearer', token: { $secret: 'env:AWX_TOKEN' } } },
  env: { AWX_TOKEN: 'a token of the site' },
};
benchForEachTest(tool, awx, settings, (bench) => ({ tool: controller, adapter, connect } = bench));

/** A request for hosts of the simulator. */
const order = (
  hosts: readonly string[],
  binding: Partial<AwxPackage> = {},
  more: Partial<DistributionRequest> = {},
): DistributionRequest =>
  requestOf({
    targets: hosts.map((host) => ({ ciId: `ci-${host}`, name: host, binding: { host } })),
    package: { binding: { jobTemplate: 7, endMarker: 'The release is installed', ...binding }, artifacts: [] },
    ...more,
  });

describe('a template is refused, and nothing is launched,', () => {
  test.each<[string, Record<string, unknown>, object, string]>([
    ['limit not asked', { asks: { limit: false } }, {}, 'does not ask for a limit'],
    ['variables not asked', { asks: { variables: false } }, {}, 'does not ask for variables'],
    ['labels not asked', { asks: { labels: false } }, {}, 'does not ask for labels'],
    ['a template that only checks', { jobType: 'check', asks: { jobType: false } }, {}, 'job type is check'],
    ['a job in slices', { jobSliceCount: 3 }, {}, '3 slices'],
    ['no inventory', { inventory: null }, {}, 'has no inventory'],
    ['passwords needed', { passwords: ['ssh_password'] }, {}, 'ssh_password'],
    ['variables needed', { variables: ['colour'] }, {}, 'colour'],
    ['forks not asked', { asks: { forks: false } }, { maxParallel: 2 }, 'does not ask for forks'],
    ['a playbook that does not stop', {}, { stopAfterFailures: 1 }, 'stopsAfterFailures'],
  ])('%s', async (_name, { asks, ...template }, more, words) => {
    const whole = { limit: true, variables: true, labels: true, jobType: true, forks: true, ...(asks as object) };
    controller.template(7, { ...template, asks: whole });
    const request = order(['web-1'], {}, more);
    const report = await adapter.preflight(request, patience());
    expect([report.verdict, report.messages.join(' ')]).toEqual(['block', expect.stringContaining(words)]);
    expect(await refusal(adapter.submit(request, patience()))).toMatch(new RegExp(`^FAILED_PRECONDITION: .*${words}`));
    expect([controller.jobs.size, controller.labels]).toEqual([0, []]);
  });

  test('hosts that are missing, disabled, or named like a group', async () => {
    controller.host('web');
    controller.host('asleep').enabled = false;
    const request = order(['web-1', 'nobody', 'asleep', 'web']);
    const { verdict, targets } = await adapter.preflight(request, patience());
    expect(verdict).toBe('block');
    expect(targets.map((target) => target.message)).toEqual([
      undefined,
      'The inventory has no host nobody.',
      expect.stringContaining('disabled'),
      expect.stringContaining('all hosts of the group'),
    ]);
    expect(await codeOf(adapter.submit(request, patience()))).toBe('FAILED_PRECONDITION');
    expect(controller.jobs.size).toBe(0);
  });

  test('a host that two targets name, and a job template that was deleted', async () => {
    const [target] = order(['web-1']).targets;
    const twice = order([], {}, { targets: [target, { ...target, ciId: 'ci-2' }] as never });
    expect(await codeOf(adapter.submit(twice, patience()))).toBe('INVALID_ARGUMENT');
    controller.templates.delete(7);
    expect(await codeOf(adapter.preflight(order(['web-1']), patience()))).toBe('NOT_FOUND');
    expect(await codeOf(adapter.submit(order(['web-1']), patience()))).toBe('NOT_FOUND');
    expect(await codeOf(adapter.submit(order(['web-1'], {}, { operation: 'undo' }), patience()))).toBe(
      'FAILED_PRECONDITION',
    );
  });
});

describe('ignored_fields:', () => {
  test('a launch without the limit is cancelled before it begins, and said', async () => {
    controller.held = true;
    controller.template(7, { forgets: ['limit'] });
    expect(await refusal(adapter.submit(order(['web-1']), patience()))).toMatch(
      /^FAILED_PRECONDITION: AWX ignored limit of the order. Job \d+ was cancelled before it began./,
    );
    expect([...controller.jobs.values()].map(({ status }) => status)).toEqual(['canceled']);
  });

  test('a launch that had begun, or cannot be cancelled, is left to a person', async () => {
    controller.held = true;
    controller.template(7, { forgets: ['extra_vars', 'labels'] });
    tool.http.faults.add({ fault: 'error', method: 'POST', path: /cancel/ });
    const words = await refusal(adapter.submit(order(['web-1']), patience()));
    expect(words).toMatch(/^OUTCOME_UNKNOWN: AWX ignored extra_vars, labels .* could not be cancelled: look at job/);
  });

  test('a launch in slices is a workflow job, which is cancelled too', async () => {
    controller.held = true;
    controller.template(7, { slicesAtLaunch: 2 });
    expect(await refusal(adapter.submit(order(['web-1']), patience()))).toMatch(
      /^OUTCOME_UNKNOWN: AWX launched no single job/,
    );
    expect([...controller.jobs.values()].map(({ status }) => status)).toEqual(['canceled']);
  });
});

describe('the end of a host', () => {
  test('unknown native state: it is shown as it is, and the run stays open', async () => {
    const request = order(['web-1']);
    controller.held = true;
    const handle = await adapter.submit(request, patience());
    const [job] = controller.jobsOf(request.key);
    if (job) job.status = 'quarantined';
    const seen = await adapter.observe(handle, null, patience());
    expect([seen.run.phase, seen.run.nativeStatus, seen.complete]).toEqual(['running', 'quarantined', false]);
    expect(seen.targets).toMatchObject([{ ciId: 'ci-web-1', state: 'unknown', nativeStatus: 'quarantined' }]);
  });

  test('events that are still being stored are waited for', async () => {
    const request = order(['web-1', 'bad-1']);
    const handle = await adapter.submit(request, patience());
    const [job] = controller.jobsOf(request.key);
    if (job) job.late = 1;
    await until(() => job?.status === 'failed', 'the job to end');
    const open = await adapter.observe(handle, null, patience());
    expect([open.complete, open.targets.some(({ state }) => state === 'failed')]).toEqual([false, false]);
    if (job) job.late = 0;
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-web-1': 'succeeded', 'ci-bad-1': 'failed' });
  });

  test('a cancel leaves what was under way unknown, and 405 at cancel changes nothing', async () => {
    const request = order(['web-1', 'web-2'], { jobTemplate: 8, endMarker: 'Task 39' });
    const handle = await adapter.submit(request, patience());
    await follow(adapter, handle, (_seen, states) => states['ci-web-1'] === 'running');
    tool.http.faults.add({ fault: 'html', method: 'POST', path: /cancel/ });
    expect(await codeOf(adapter.cancel(handle, { mode: 'abort' }, patience()))).toBe('OUTCOME_UNKNOWN');
    expect(await adapter.cancel(handle, { mode: 'abort' }, patience())).toMatchObject({ accepted: true });
    const end = await follow(adapter, handle);
    expect([end.states, end.last.run.outcome]).toEqual([{ 'ci-web-1': 'unknown', 'ci-web-2': 'unknown' }, 'cancel']);
    expect(await adapter.cancel(handle, { mode: 'abort' }, patience())).toMatchObject({ accepted: false });

    controller.held = true;
    const queued = await adapter.submit(order(['web-1']), patience());
    await adapter.cancel(queued, { mode: 'stop' }, patience());
    expect((await follow(adapter, queued)).states).toEqual({ 'ci-web-1': 'cancelled' });
  });

  test('a job that AWX deleted, or that belongs to another run, is NOT_FOUND', async () => {
    const request = order(['web-1']);
    const handle = await adapter.submit(request, patience());
    expect(await codeOf(adapter.observe({ ...handle, key: 'another' }, null, patience()))).toBe('NOT_FOUND');
    controller.jobs.clear();
    expect(await codeOf(adapter.observe(handle, null, patience()))).toBe('NOT_FOUND');
    expect(await codeOf(adapter.cancel(handle, { mode: 'stop' }, patience()))).toBe('NOT_FOUND');
    const [label] = controller.labels;
    if (label) label.modified = new Date(Date.now() - 180_000).toISOString();
    expect(await adapter.find(request.key, patience())).toBeNull();
  });
});

describe('one order, one job', () => {
  test('a lost answer is found by its label, also after somebody launched the job again', async () => {
    const request = order(['web-1']);
    tool.http.faults.add({ fault: 'reset', method: 'POST', path: /launch/, acts: true });
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    const found = await adapter.find(request.key, patience());
    const [job] = controller.jobsOf(request.key);
    expect(found?.native['job']).toBe(job?.id);
    if (job) controller.jobs.set(9_999, { ...job, id: 9_999 });
    expect(await adapter.find(request.key, patience())).toEqual(found);
    expect(await adapter.submit(request, patience())).toEqual(found);
    expect((await follow(adapter, found as never)).states).toEqual({ 'ci-web-1': 'succeeded' });
  });

  test('a launch that may still be under way is waited for', async () => {
    const request = order(['web-1']);
    tool.http.faults.add({ fault: 'slow', method: 'POST', path: /launch/ });
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    // A null would say that there is no run: then a failed read of the next try would count as "certainly not sent".
    expect(await refusal(adapter.find(request.key, patience()))).toMatch(/^OUTCOME_UNKNOWN: .* may still be under way/);
    expect(await refusal(adapter.submit(request, patience()))).toMatch(/^OUTCOME_UNKNOWN: .* may still be under way/);
    expect(controller.jobs.size).toBe(0);
    const [label] = controller.labels;
    if (label) label.modified = new Date(Date.now() - 180_000).toISOString();
    expect(await adapter.find(request.key, patience())).toBeNull();
    await adapter.submit(request, patience());
    expect(controller.jobsOf(request.key)).toHaveLength(1);
    // The second launch counts as the last one, so a third would wait for it.
    expect(Date.parse(label?.modified ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  test('a launch that AWX refused is known not to be under way', async () => {
    const request = order(['web-1']);
    for (const fault of ['tooMany', 'maintenance'] as const) {
      tool.http.faults.add({ fault, method: 'POST', path: /launch/ });
      expect(await codeOf(adapter.submit(request, patience()))).not.toBe('OUTCOME_UNKNOWN');
      expect(await adapter.find(request.key, patience())).toBeNull();
    }
    await adapter.submit(request, patience());
    expect(controller.jobsOf(request.key)).toHaveLength(1);
  });

  test('without labels the newest jobs are searched, and an order is sent at most once', async () => {
    adapter = await connect({ find: 'recent' });
    expect(adapter.capabilities.submit).toBe('at-most-once');
    controller.template(7, {
      asks: { limit: true, variables: true, labels: false, jobType: true, forks: true },
    });
    const request = order(['web-1']);
    const handle = await adapter.submit(request, patience());
    expect(await adapter.find(request.key, patience())).toEqual(handle);
    expect(await adapter.find('nobody', patience())).toBeNull();
  });
});

describe.each(FAULTS)('the fault %s', (fault, atSubmit, atObserve) => {
  test(`is ${atSubmit} for a launch and ${atObserve} for a look, and the run goes on`, async () => {
    controller.held = true;
    const request = order(['web-1']);
    const play = (method: string, path: RegExp): void => tool.http.faults.add({ fault, method, path });
    // Before the launch nothing has happened, so even an unclear answer is only a reason to come back.
    play('POST', /labels/);
    const early = await codeOf(adapter.submit(request, patience()));
    expect(early).toBe(atSubmit === 'OUTCOME_UNKNOWN' ? 'UNAVAILABLE' : atSubmit);
    play('POST', /launch/);
    expect(await codeOf(adapter.submit(request, patience()))).toBe(atSubmit);
    expect(controller.jobs.size).toBe(0);
    controller.labels.length = 0;
    const handle = await adapter.submit(request, patience());
    play('GET', /jobs\/\d+\/$/);
    expect(await codeOf(adapter.observe(handle, null, patience()))).toBe(atObserve);
    play('GET', /jobs\/$/);
    expect(await codeOf(adapter.find(request.key, patience()))).toBe(atObserve);
    controller.held = false;
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-web-1': 'succeeded' });
  });
});

test('a controller that is away is an answer of the probe', async () => {
  expect(await adapter.probe(patience())).toEqual({ status: 'ready', toolVersion: '24.6.1' });
  controller.token = 'another';
  expect(await adapter.probe(patience())).toMatchObject({ status: 'broken' });
  tool.http.faults.add({ fault: 'maintenance' });
  expect(await adapter.probe(patience())).toMatchObject({ status: 'starting' });
  const { port } = new URL(tool.http.url);
  const gone = await connect({ baseUrl: `http://127.0.0.1:${Number(port) === 1 ? 2 : 1}` });
  expect(await gone.probe(patience())).toMatchObject({ status: 'broken' });
  expect(await codeOf(gone.submit(order(['web-1']), patience()))).toBe('UNAVAILABLE');
});
