/** What tools do that would make a careless client start work twice, reach too much, or believe what is not so. */
import { readdirSync, utimesSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Observation } from '../../src/adapters/adapter.js';
import type { Profile } from '../../plugins/http-job/profile.js';
import { PROFILES } from '../../plugins/http-job/profiles.js';
import { codeOf, follow, patience, targetsOf } from '../adapters/support/harness.js';
import { until } from '../support/until.js';
import { argoCd, atWork, github, gitlab, jenkins, kubernetes, octopus, rundeck } from './support/http-tools.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function use<T extends Parameters<typeof atWork>[0]>(tool: T, settings = {}) {
  const made = await atWork(tool as never, settings);
  ends.push(made.end);
  return { ...made, simulator: tool.simulator as T['simulator'] };
}

const natives = ({ targets }: Observation): Record<string, [string, string]> =>
  Object.fromEntries(targets.map(({ ciId, state, nativeStatus }) => [ciId, [state, nativeStatus]]));
const three = (binding: (index: number) => object) => targetsOf(3, binding);

describe('empty id lists', () => {
  test('mean all machines to Octopus, and are never sent', async () => {
    const profile = structuredClone(PROFILES['octopus']) as Profile;
    const wide = {
      ...profile,
      parameters: { type: 'object', properties: { machines: { type: 'array' } } },
      submit: {
        ...profile.submit,
        request: {
          method: 'POST',
          path: '/api/Spaces-1/deployments/create/untenanted/v1',
          json: { SpecificMachineNames: '${parameters.machines}' },
        },
      },
    };
    const { adapter, simulator, order } = await use(octopus(), { profile: wide as never });
    for (const machines of [[], [''], ['web-01', '']])
      expect(await codeOf(adapter.submit(order({ parameters: { machines } }), patience()))).toBe('INVALID_ARGUMENT');
    expect(simulator.requests).toEqual([]);
    // What it would have done: the simulator keeps the trap.
    await fetch(`${simulator.url}/api/Spaces-1/deployments/create/untenanted/v1`, {
      method: 'POST',
      headers: { 'x-octopus-apikey': simulator.key },
      body: '{"SpecificMachineNames":[]}',
    });
    expect(simulator.book.jobs[0]?.data.machines).toEqual(simulator.inventory);
  });
});

describe('an unknown native state', () => {
  test('is unknown in the words of the tool, ends nothing, and may still become a success', async () => {
    const { adapter, simulator, order } = await use(gitlab());
    const handle = await adapter.submit(order(), patience());
    simulator.oddStatus = 'waiting_for_quantum';
    const seen = await adapter.observe(handle, null, patience());
    const odd = ['unknown', 'waiting_for_quantum'];
    expect([seen.complete, seen.run.phase, natives(seen)]).toEqual([false, 'running', { 'ci-1': odd, 'ci-2': odd }]);
    simulator.oddStatus = undefined;
    simulator.book.move('succeeded');
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-1': 'succeeded', 'ci-2': 'succeeded' });
  });

  test('that ends a Jenkins build is no end either, unless the site says what it means', async () => {
    const { adapter, simulator, order, again } = await use(jenkins());
    const handle = await adapter.submit(order(), patience());
    simulator.book.move('succeeded');
    simulator.oddResult = 'QUARANTINED';
    const seen = await adapter.observe(handle, null, patience());
    expect([seen.complete, natives(seen)['ci-1']]).toEqual([false, ['unknown', 'QUARANTINED']]);
    const told = (await again({ states: { QUARANTINED: 'rejected' } })).adapter;
    const end = await told.observe(handle, null, patience());
    expect([end.complete, natives(end)['ci-1']]).toEqual([true, ['rejected', 'QUARANTINED']]);
  });
});

describe('Jenkins', () => {
  test('a queue item that vanished: the build is found by its key', async () => {
    const { adapter, simulator, order } = await use(jenkins());
    simulator.book.pace = { queueMs: Number.POSITIVE_INFINITY, runMs: 0 };
    simulator.forgetful = true;
    const handle = await adapter.submit(order(), patience());
    expect(natives(await adapter.observe(handle, null, patience()))['ci-1']).toEqual(['pending', 'in the queue']);
    simulator.book.move('running');
    expect(natives(await adapter.observe(handle, null, patience()))['ci-1']).toEqual(['running', 'building']);
    simulator.book.move('succeeded');
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-1': 'succeeded', 'ci-2': 'succeeded' });
  });

  test('a build that still waits is taken out of the queue', async () => {
    const { adapter, simulator, order } = await use(jenkins());
    simulator.book.pace = { queueMs: Number.POSITIVE_INFINITY, runMs: 0 };
    const handle = await adapter.submit(order(), patience());
    expect(await adapter.cancel(handle, { mode: 'stop', targets: ['ci-2'] }, patience())).toEqual({ accepted: true });
    expect(simulator.book.jobs.map(({ end }) => end)).toEqual([undefined, 'cancelled']);
  });

  test('a page to sign in is no started build', async () => {
    const { adapter, simulator, order } = await use(jenkins());
    simulator.faults.add({ fault: 'html', method: 'POST' });
    expect(await codeOf(adapter.submit(order(), patience()))).toBe('OUTCOME_UNKNOWN');
  });
});

describe('GitHub', () => {
  test('an order that is answered by 204 is found by the key in the name of its run', async () => {
    const { adapter, simulator, order } = await use(github());
    simulator.old = true;
    simulator.hiddenLooks = 2;
    const handle = await adapter.submit(order(), patience());
    expect(handle.native).toEqual({ jobs: 1 });
    const first = await adapter.observe(handle, null, patience());
    expect([first.run.phase, natives(first)['ci-1']]).toEqual(['queued', ['pending', 'not visible yet']]);
    simulator.book.move('succeeded');
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-1': 'succeeded', 'ci-2': 'succeeded' });
  });

  test('a lost order is not sent again while it may not show yet', async () => {
    const { adapter, simulator, order, again } = await use(github(), { settleMs: 3_600_000 });
    const request = order();
    simulator.faults.add({ fault: 'reset', method: 'POST', acts: true });
    simulator.hiddenLooks = 2;
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    // UNAVAILABLE would mean that the tool certainly did nothing, and that it is not well.
    expect(await codeOf(adapter.find(request.key, patience()))).toBe('OUTCOME_UNKNOWN');
    expect(await codeOf((await again()).adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    expect((await adapter.find(request.key, patience()))?.native).toEqual({ jobs: 1, id: '30000' });
    expect(simulator.book.jobs).toHaveLength(1);
  });

  test('a run that succeeded says nothing about a target without a job of its own', async () => {
    const { adapter, simulator, order } = await use(github());
    const handle = await adapter.submit(order(), patience());
    simulator.book.jobs[0]?.data.targets.pop();
    simulator.book.move('succeeded');
    const { run, targets, complete } = await adapter.observe(handle, null, patience());
    expect([complete, run.outcome, targets.map(({ state }) => state)]).toEqual([
      true,
      'unknown',
      ['succeeded', 'unknown'],
    ]);
    expect(targets[1]?.reason?.code).toBe('TARGET_NOT_REPORTED');
  });
});

describe('Rundeck', () => {
  test('an execution that succeeded on no node reached no target', async () => {
    const { adapter, simulator, order } = await use(rundeck());
    simulator.inventory = ['elsewhere'];
    const handle = await adapter.submit(order(), patience());
    simulator.book.move('succeeded');
    const seen = await adapter.observe(handle, null, patience());
    const unknown = ['unknown', 'succeeded'];
    expect([seen.complete, natives(seen)]).toEqual([true, { 'ci-1': unknown, 'ci-2': unknown }]);
  });

  test('an abort that fails is not accepted', async () => {
    const { adapter, simulator, order } = await use(rundeck());
    const handle = await adapter.submit(order(), patience());
    simulator.faults.add({
      fault: {
        kind: 'status',
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '{"abort":{"status":"failed"}}',
      },
      path: /abort$/,
    });
    expect(await adapter.cancel(handle, { mode: 'abort' }, patience())).toEqual({
      accepted: false,
      detail: 'The tool answers failed.',
    });
  });
});

describe('Argo CD', () => {
  test('a sync that succeeded is no success before the application is healthy', async () => {
    const { adapter, simulator, order } = await use(argoCd());
    const handle = await adapter.submit(order(), patience());
    simulator.book.move('succeeded');
    simulator.health = 'Degraded';
    expect(natives(await adapter.observe(handle, null, patience()))['ci-1']).toEqual(['running', 'Succeeded/Degraded']);
    simulator.health = 'Healthy';
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-1': 'succeeded', 'ci-2': 'succeeded' });
  });

  test('an application that is busy with something else is asked later, and nothing of it is believed', async () => {
    const { adapter, simulator, order } = await use(argoCd());
    const others = simulator.syncByOthers('shop-north');
    expect(await codeOf(adapter.submit(order(), patience()))).toBe('ABORTED');
    others.end = 'succeeded';
    const handle = await adapter.submit(order(), patience());
    simulator.book.move('failed');
    simulator.syncByOthers('shop-south').end = 'succeeded';
    expect(natives(await adapter.observe(handle, null, patience()))).toEqual({
      'ci-1': ['failed', 'Failed/Progressing'],
      'ci-2': ['unknown', 'Replaced by another operation'],
    });
  });
});

describe('Kubernetes', () => {
  test('a Job that exists is the same order, also without any memory of it, and never another one', async () => {
    const tool = kubernetes();
    const [here, there] = [await use(tool), await use({ ...tool, simulator: tool.simulator })];
    const request = here.order();
    await here.adapter.submit(request, patience());
    await there.adapter.submit(request, patience());
    expect(tool.simulator.book.jobs).toHaveLength(2);
    const third = await use({ ...tool, simulator: tool.simulator });
    const other = third.order({ key: request.key, actor: 'somebody else' });
    expect(await codeOf(third.adapter.submit(other, patience()))).toBe('ALREADY_EXISTS');
  });
});

describe.each([
  ['jenkins', jenkins],
  ['github-actions', github],
  ['gitlab', gitlab],
  ['rundeck', rundeck],
] as const)('the list of %s shows the newest jobs only, and', (_name, make) => {
  const HOUR_MS = 3_600_000;
  const lost = async (acts: boolean) => {
    const made = await use(make() as never as ReturnType<typeof jenkins>);
    const { adapter, simulator, order } = made;
    const request = order({ targets: order().targets.slice(0, 1) });
    simulator.faults.add({ fault: 'reset', method: 'POST', acts: true });
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    const [ours] = simulator.book.jobs;
    const data = JSON.parse(JSON.stringify(ours?.data).replaceAll(request.key, 'of-somebody-else')) as never;
    if (!acts) simulator.book.jobs.length = 0;
    const others = (age: number): void => {
      for (let n = 0; n < 100; n += 1) simulator.book.start(data, Date.now() - age).end = 'succeeded';
    };
    return { ...made, request, others };
  };

  test('a lost job that is no longer among them is never sent again', async () => {
    const { adapter, simulator, request, others } = await lost(true);
    others(0);
    const jobs = simulator.book.jobs.length;
    expect(await codeOf(adapter.find(request.key, patience()))).toBe('OUTCOME_UNKNOWN');
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    expect(simulator.book.jobs).toHaveLength(jobs);
  });

  test('a job that never arrived is sent again, where the list reaches back to the order', async () => {
    const { adapter, simulator, request, others } = await lost(false);
    others(HOUR_MS);
    expect(await adapter.find(request.key, patience())).toBeNull();
    await adapter.submit(request, patience());
    expect(simulator.book.jobs).toHaveLength(101);
  });
});

test('a run is removed 90 days after its end, and one whose end nobody has seen stays', async () => {
  const { adapter, simulator, order, directory, again } = await use(jenkins());
  const [over, open, lost] = [order(), order(), order()];
  const handle = await adapter.submit(over, patience());
  simulator.book.move('succeeded');
  await follow(adapter, handle);
  await adapter.submit(open, patience());
  simulator.faults.add({ fault: 'reset', method: 'POST' });
  expect(await codeOf(adapter.submit(lost, patience()))).toBe('OUTCOME_UNKNOWN');
  const runs = () => readdirSync(join(directory, 'runs')).toSorted();
  const long = new Date(Date.now() - 91 * 86_400_000);
  for (const key of runs()) utimesSync(join(directory, 'runs', key, 'jobs.jsonl'), long, long);
  const last = order();
  await (await again()).adapter.submit(last, patience());
  expect(runs()).toEqual([open.key, lost.key, last.key].toSorted());
});

describe('a crash in the middle of several orders', () => {
  const binding = (index: number) => ({ host: `web-0${index + 1}` });

  test('starts nothing twice: what was sent is followed, what was not is skipped or sent now', async () => {
    const { simulator, order, again } = await use(jenkins());
    const request = order({ targets: three(binding) });
    const posts = { method: 'POST', path: /buildWithParameters/, acts: true } as const;
    simulator.faults.add({
      ...posts,
      fault: { kind: 'status', status: 201, headers: { location: '/queue/item/101/' } },
    });
    simulator.faults.add({ ...posts, fault: 'slow' });
    const killed = new AbortController();
    const lost = codeOf((await again()).adapter.submit(request, killed.signal));
    await until(() => simulator.book.jobs.length === 2, 'the second order, which is not answered');
    killed.abort();
    expect(await lost).toBe('OUTCOME_UNKNOWN');
    const survivor = (await again()).adapter;
    const handle = await survivor.find(request.key, patience());
    expect(handle?.key).toBe(request.key);
    const seen = await survivor.observe(handle as never, null, patience());
    expect(seen.targets.map(({ state, reason }) => [state, reason?.code])).toEqual([
      ['running', undefined],
      ['running', undefined],
      ['skipped', 'NOT_SENT'],
    ]);
    await survivor.submit(request, patience());
    expect(simulator.book.jobs.map(({ data }) => data.parameters['RELEASE_TARGET'])).toEqual([
      'web-01',
      'web-02',
      'web-03',
    ]);
  });

  test('leaves a torn note, and the one before it holds', async () => {
    const { adapter, simulator, order, again, directory } = await use(jenkins());
    const request = order({ targets: three(binding) });
    await adapter.submit(request, patience());
    const notes = join(directory, 'runs', request.key, 'jobs.jsonl');
    await appendFile(notes, '{"job":2,"is":"ne');
    const survivor = (await again()).adapter;
    simulator.book.move('succeeded');
    const handle = await survivor.find(request.key, patience());
    expect((await follow(survivor, handle as never)).states).toEqual({
      'ci-1': 'succeeded',
      'ci-2': 'succeeded',
      'ci-3': 'succeeded',
    });
    for (const line of (await readFile(notes, 'utf8')).trimEnd().split('\n')) JSON.parse(line);
  });

  test('one lost answer among several is looked for, and one refusal refuses its own target only', async () => {
    const { adapter, simulator, order } = await use(jenkins());
    const posts = { method: 'POST', path: /buildWithParameters/ } as const;
    simulator.faults.add({
      ...posts,
      fault: { kind: 'status', status: 201, headers: { location: '/queue/item/101/' } },
      acts: true,
    });
    simulator.faults.add({ ...posts, fault: 'reset', acts: true });
    simulator.faults.add({
      ...posts,
      fault: { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
      times: 9,
    });
    const handle = await adapter.submit(order({ targets: three(binding) }), patience());
    simulator.book.move('succeeded');
    const { targets } = await adapter.observe(handle, null, patience());
    expect(targets.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'rejected']);
    expect(targets[2]?.reason).toMatchObject({ code: 'RESOURCE_EXHAUSTED', retryable: true });
  });
});
