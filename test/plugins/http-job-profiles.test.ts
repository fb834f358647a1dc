/** The whole story with each ready profile: what was sent, how it goes on, how it ends, and how it is stopped. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { codeOf, follow, patience, targetsOf } from '../adapters/support/harness.js';
import type { HttpFault } from '../simulators/http/faults.js';
import type { JobPhase } from '../simulators/http/job-book.js';
import {
  argoCd,
  atWork,
  CREDENTIALS,
  github,
  gitlab,
  HTTP_TOOLS,
  jenkins,
  kubernetes,
  octopus,
  rundeck,
  TRIGGER,
} from './support/http-tools.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A running tool that is put away after the test. */
async function use<T extends Parameters<typeof atWork>[0]>(tool: T, settings = {}) {
  const made = await atWork(tool as never, settings);
  ends.push(made.end);
  return { ...made, simulator: tool.simulator as T['simulator'] };
}

const states = (seen: { targets: readonly { ciId: string; state: string }[] }): Record<string, string> =>
  Object.fromEntries(seen.targets.map(({ ciId, state }) => [ciId, state]));

describe.each(Object.entries(HTTP_TOOLS))('%s', (name, make) => {
  const perTarget = !['github-actions', 'rundeck'].includes(name);
  const jobs = perTarget ? 2 : 1;
  const tool = async () => await use(make() as never as ReturnType<typeof jenkins>);

  test('is ready, tells its version, and says why it is not', async () => {
    const { adapter, simulator } = await tool();
    expect((await adapter.probe(patience())).status).toBe('ready');
    simulator.faults.add({ fault: 'unauthenticated' });
    expect(await adapter.probe(patience())).toMatchObject({ status: 'broken' });
    simulator.faults.add({ fault: 'maintenance' });
    expect(await adapter.probe(patience())).toMatchObject({ status: 'starting' });
    await simulator.stop();
    expect(await adapter.probe(patience())).toMatchObject({ status: 'broken' });
  });

  test('waits, runs and succeeds', async () => {
    const { adapter, simulator, order } = await tool();
    simulator.book.pace = { queueMs: Number.POSITIVE_INFINITY, runMs: 0 };
    const handle = await adapter.submit(order(), patience());
    expect(simulator.book.jobs).toHaveLength(jobs);
    const at = async (phase?: JobPhase) => {
      if (phase) simulator.book.move(phase);
      const { run, targets, complete } = await adapter.observe(handle, null, patience());
      return [run.phase, run.outcome, complete, states({ targets })];
    };
    expect(await at()).toEqual(['queued', undefined, false, { 'ci-1': 'pending', 'ci-2': 'pending' }]);
    expect(await at('running')).toEqual(['running', undefined, false, { 'ci-1': 'running', 'ci-2': 'running' }]);
    const end = ['finished', 'success', true, { 'ci-1': 'succeeded', 'ci-2': 'succeeded' }];
    expect(await at('succeeded')).toEqual(end);
    // What has ended stays so, even when the tool has forgotten it.
    simulator.book.jobs.length = 0;
    expect(await at()).toEqual(end);
  });

  test('fails, and shows the words of the tool', async () => {
    const { adapter, simulator, order } = await tool();
    const handle = await adapter.submit(order(), patience());
    simulator.book.move('running');
    await adapter.observe(handle, null, patience());
    simulator.book.move('failed');
    const { run, targets, complete } = await adapter.observe(handle, null, patience());
    expect([complete, run.outcome, states({ targets })]).toEqual([
      true,
      'failure',
      { 'ci-1': 'failed', 'ci-2': 'failed' },
    ]);
    for (const { nativeStatus, reason } of targets) expect([nativeStatus, reason?.message]).not.toContain('');
  });

  test('is stopped, and not once it has ended', async () => {
    const { adapter, simulator, order } = await tool();
    const handle = await adapter.submit(order(), patience());
    simulator.book.move('running');
    expect((await adapter.cancel(handle, { mode: 'abort' }, patience())).accepted).toBe(true);
    const { last } = await follow(adapter, handle);
    expect(last.run.outcome).toBe(
      name === 'argo-cd' ? 'failure' : ['github-actions', 'rundeck'].includes(name) ? 'cancel' : 'cancel',
    );
    expect((await adapter.cancel(handle, { mode: 'abort' }, patience())).accepted).toBe(false);
  });

  test.each(['unauthenticated', 'forbidden', 'notFound', 'tooMany', 'maintenance', 'error'] as const)(
    'refused by %s, an order has the right code',
    async (fault) => {
      const { adapter, simulator, order } = await tool();
      simulator.faults.add({ fault, method: 'POST', times: 9 });
      expect(await codeOf(adapter.submit(order(), patience()))).toBe(
        {
          unauthenticated: 'UNAUTHENTICATED',
          forbidden: 'PERMISSION_DENIED',
          notFound: 'NOT_FOUND',
          tooMany: 'RESOURCE_EXHAUSTED',
          maintenance: 'UNAVAILABLE',
          error: 'OUTCOME_UNKNOWN',
        }[fault],
      );
      expect(simulator.book.jobs).toEqual([]);
    },
  );

  test.each(['unauthenticated', 'conflict', 'tooMany', 'error', 'html', 'malformed', 'truncated', 'reset'] as const)(
    'a look that is answered by %s is an error, and the next one goes on',
    async (fault) => {
      const { adapter, simulator, order } = await tool();
      const handle = await adapter.submit(order(), patience());
      simulator.book.move('running');
      await adapter.observe(handle, null, patience());
      simulator.faults.add({ fault, method: 'GET', times: 9 });
      expect(await codeOf(adapter.observe(handle, null, patience()))).not.toBe('NOT_FOUND');
      simulator.faults.clear();
      expect(states(await adapter.observe(handle, null, patience()))).toEqual({ 'ci-1': 'running', 'ci-2': 'running' });
    },
  );

  test('its lost answer starts nothing twice', async () => {
    for (const fault of ['reset', 'truncated', 'html', 'error'] satisfies (HttpFault['kind'] | 'error')[]) {
      const { adapter, simulator, order, again } = await tool();
      const request = order({ targets: (await tool()).targets.slice(0, 1) });
      simulator.faults.add({ fault, method: 'POST', acts: true });
      expect([fault, await codeOf(adapter.submit(request, patience()))]).toEqual([fault, 'OUTCOME_UNKNOWN']);
      expect(simulator.book.jobs).toHaveLength(1);
      const other = (await again()).adapter;
      const found = await other.find(request.key, patience());
      if (adapter.capabilities.submit === 'at-most-once') {
        expect(found).toBeNull();
        expect(await codeOf(other.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
      } else {
        expect(found?.key).toBe(request.key);
        simulator.book.move('succeeded');
        expect((await follow(other, found as never)).states).toEqual({ 'ci-1': 'succeeded' });
        await other.submit(request, patience());
      }
      expect(simulator.book.jobs).toHaveLength(1);
    }
  });

  test('an order that never arrived is sent again', async () => {
    const { adapter, simulator, order } = await tool();
    const request = order({ targets: (await tool()).targets.slice(0, 1) });
    simulator.faults.add({ fault: 'reset', method: 'POST' });
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    expect(await adapter.find(request.key, patience())).toBeNull();
    if (adapter.capabilities.submit === 'at-most-once') return;
    await adapter.submit(request, patience());
    expect(simulator.book.jobs).toHaveLength(1);
  });

  test('keeps its credentials to itself', async () => {
    const { adapter, simulator, order, log, directory } = await tool();
    const handle = await adapter.submit(order(), patience());
    const seen = await adapter.observe(handle, null, patience());
    const faulty = order();
    const secrets = name === 'gitlab' ? [CREDENTIALS, TRIGGER] : [CREDENTIALS];
    simulator.faults.add({ fault: { kind: 'status', status: 400, body: `no ${secrets.join(' ')}` }, times: 9 });
    const refused = await adapter.submit(faulty, patience()).catch((error: unknown) => error as Error);
    const { readdir, readFile } = await import('node:fs/promises');
    const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
    const texts = await Promise.all(
      files.map(async (file) => await readFile(`${file.parentPath}/${file.name}`, 'utf8')),
    );
    expect(texts.length).toBeGreaterThan(1);
    const shown = JSON.stringify([handle, seen, log.entries, texts, String(refused), (refused as Error).stack]);
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
    expect(simulator.requests.filter(({ path, query }) => `${path}${query}`.includes('canary'))).toEqual([]);
  });
});

describe('a preflight', () => {
  test('blocks what cannot be said, or what the tool does not have, and starts nothing', async () => {
    const { adapter, simulator, order } = await use(jenkins());
    const verdict = async (changes = {}) => (await adapter.preflight(order(changes), patience())).verdict;
    expect([
      await verdict(),
      await verdict({ parameters: { RELEASE_KEY: 'mine' } }),
      await verdict({ maxParallel: 1 }),
    ]).toEqual(['ok', 'block', 'block']);
    simulator.faults.add({ fault: 'notFound' });
    expect(await verdict()).toBe('block');
    simulator.faults.add({ fault: 'error' });
    expect(await codeOf(adapter.preflight(order(), patience()))).toBe('UNAVAILABLE');
    expect(simulator.book.jobs).toEqual([]);
  });
});

describe('what is sent', () => {
  test('to Jenkins are the parameters of one build, in a form', async () => {
    const { adapter, simulator, order } = await use(jenkins());
    const targets = [{ ciId: 'ci-1', name: 'web-01', binding: { host: 'a&b=c "d" \n ü' } }];
    const request = order({ targets, parameters: { FLAG: true, COUNT: 3 } });
    await adapter.submit(request, patience());
    expect(simulator.book.jobs.map(({ data }) => data)).toEqual([
      {
        job: 'shop/job/deploy',
        parameters: {
          RELEASE_KEY: `${request.key}.t1`,
          RELEASE_OPERATION: 'install',
          RELEASE_VERSION: '4.2.0',
          RELEASE_PACKAGE: 'shop',
          RELEASE_TARGET: 'a&b=c "d" \n ü',
          FLAG: 'true',
          COUNT: '3',
        },
      },
    ]);
    const taken = order({ parameters: { RELEASE_KEY: 'mine' } });
    expect(await codeOf(adapter.submit(taken, patience()))).toBe('INVALID_ARGUMENT');
  });

  test('to GitHub are inputs, with the targets as JSON for the matrix', async () => {
    const { adapter, simulator, order } = await use(github());
    const request = order({ parameters: { colour: 'blue' } });
    const handle = await adapter.submit(request, patience());
    expect(simulator.book.jobs[0]?.data).toMatchObject({
      ref: 'main',
      inputs: { interlock_key: request.key, targets: '["web-01","web-02"]', colour: 'blue', release: '4.2.0' },
    });
    expect(handle.native).toEqual({ jobs: 1, id: '30000' });
    expect((await adapter.observe(handle, null, patience())).run.url).toContain('/acme/shop/actions/runs/30000');
  });

  test('to GitLab is the trigger token in the body only, to Rundeck a filter of node names', async () => {
    const lab = await use(gitlab());
    await lab.adapter.submit(lab.order(), patience());
    expect(lab.simulator.book.jobs.map(({ data }) => data.variables['RELEASE_TARGET'])).toEqual(['web-01', 'web-02']);
    const deck = await use(rundeck());
    await deck.adapter.submit(deck.order(), patience());
    expect(JSON.parse(deck.simulator.requests[0]?.body ?? '')).toMatchObject({ filter: 'name: web-01,web-02' });
  });

  test('to Octopus is one machine each, to Kubernetes a Job by name, to Argo CD a revision', async () => {
    const octo = await use(octopus());
    await octo.adapter.submit(octo.order(), patience());
    expect(octo.simulator.book.jobs.map(({ data }) => data.machines)).toEqual([['web-01'], ['web-02']]);
    const kube = await use(kubernetes());
    const request = kube.order();
    await kube.adapter.submit(request, patience());
    const [first] = kube.simulator.book.jobs;
    expect(first?.data.metadata.name).toMatch(/^interlock-[0-9a-f]{40}$/);
    expect(first?.data.metadata.annotations).toMatchObject({ 'interlock.dev/key': `${request.key}.t1` });
    const argo = await use(argoCd());
    await argo.adapter.submit(argo.order(), patience());
    expect(argo.simulator.book.jobs.map(({ data }) => [data.application, data.revision])).toEqual([
      ['shop-north', 'v4.2.0'],
      ['shop-south', 'v4.2.0'],
    ]);
  });

  test('is nothing when it cannot be said for every target', async () => {
    const { adapter, simulator, order } = await use(rundeck());
    const bindings = [{}, { node: '' }, { node: 'a,b' }, { node: '.*' }];
    for (const binding of bindings)
      expect(await codeOf(adapter.submit(order({ targets: targetsOf(1, () => binding) }), patience()))).toBe(
        'INVALID_ARGUMENT',
      );
    expect(await codeOf(adapter.submit(order({ maxParallel: 1 }), patience()))).toBe('UNIMPLEMENTED');
    expect(await codeOf(adapter.submit(order({ dryRun: true }), patience()))).toBe('UNIMPLEMENTED');
    expect(simulator.requests).toEqual([]);
  });
});
