import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { tcm } from '../../plugins/tcm/tcm.adapter.js';
import type { Profile } from '../../plugins/tcm/profile-format.js';
import type { DistributionRequest } from '../../src/adapters/adapter.js';
import { fingerprintOf } from '../../src/adapters/fingerprint.js';
import { codeOf, connected, patience, requestOf } from '../adapters/support/harness.js';
import { submitElsewhere } from '../adapters/support/second-process.js';
import { TestClock } from '../support/clock.js';
import { until } from '../support/until.js';
import { TcmProduct } from './support/tcm-product.js';

const withoutFind = ({ find: _find, ...profile }: Profile): Profile => profile;

const requestFor = (endpoints: readonly string[], changes: Partial<DistributionRequest> = {}) =>
  requestOf({
    package: { binding: { name: 'payroll', version: '4.0' }, artifacts: [] },
    targets: endpoints.map((endpoint) => ({ ciId: `ci-${endpoint}`, name: endpoint, binding: { endpoint } })),
    ...changes,
  });

/** A product, a clock, and instances over one private directory. */
function world(name: 'distribution' | 'plan' = 'distribution', rework?: (profile: Profile) => Profile) {
  const product = new TcmProduct(name, rework);
  const clock = new TestClock(new Date());
  const workDir = mkdtempSync(join(product.root, 'work-'));
  const connect = async (more: Record<string, unknown> = {}) =>
    (await connected(tcm, workDir, { config: product.config(more), now: clock.now })).adapter;
  return { product, clock, workDir, connect };
}

describe('an order', () => {
  test('whose answer has no id is unclear, is found by its label, and is never given twice', async () => {
    const { product, connect } = world();
    const adapter = await connect();
    product.control({ mute: true });
    const request = requestFor(['web-1']);
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    product.control({});
    const handle = await adapter.find(request.key, patience());
    expect(handle?.native).toEqual({ runId: product.runs()[0]?.id });
    expect(await adapter.submit(request, patience())).toEqual(handle);
    expect(product.runs()).toHaveLength(1);
  });

  test('that was taken, and that the product does not list, is not given again however late it is', async () => {
    const { product, connect, clock } = world('distribution', (profile) => ({
      ...profile,
      find: { ...profile.find!, line: '^another (?<label>\\S+) (?<id>\\S+)$' },
    }));
    const adapter = await connect();
    product.control({ mute: true });
    const request = requestFor(['web-1']);
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    clock.advance(86_400_000);
    expect(await codeOf(adapter.find(request.key, patience()))).toBe('OUTCOME_UNKNOWN');
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    expect(product.runs()).toHaveLength(1);
  });

  test('to a product without labels is left to a person when its answer is lost', async () => {
    const { product, connect } = world('distribution', withoutFind);
    const adapter = await connect();
    expect(adapter.capabilities.submit).toBe('at-most-once');
    product.control({ mute: true });
    const request = requestFor(['web-1']);
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    expect(await adapter.find(request.key, patience())).toBeNull();
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    expect(product.runs()).toHaveLength(1);
  });

  test('that is refused has not been given: the text is short, and the same key may be tried again', async () => {
    const { product, connect } = world();
    const adapter = await connect();
    product.control({ refuse: 'busy' });
    const request = requestFor(['web-1']);
    await expect(adapter.submit(request, patience())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'SIM0012E The distribution manager has no free place.',
    });
    expect(await adapter.find(request.key, patience())).toBeNull();
    product.control({});
    await adapter.submit(request, patience());
    expect(await codeOf(adapter.submit(requestFor(['absent-1']), patience()))).toBe('INVALID_ARGUMENT');
    expect(product.runs()).toHaveLength(1);
  });

  test.each(['distribution', 'plan'] as const)(
    'is given once, however many ask at once here and in another process: %s',
    async (name) => {
      const { product, workDir, connect } = world(name);
      const request = requestFor(['web-1', 'web-2']);
      const instances = [await connect(), await connect()];
      const here = Promise.allSettled(
        Array.from({ length: 4 }, (_unused, n) => instances[n % 2]!.submit(request, patience())),
      );
      const module = 'plugins/tcm/tcm.adapter.ts';
      const there = await submitElsewhere({ module, workDir, config: product.config(), request, calls: 3 });
      expect(there.exitCode).toBe(0);
      for (const answer of await here)
        if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'ABORTED' });
      expect(product.runs()).toHaveLength(1);
      expect((await instances[0]!.find(request.key, patience()))?.native).toEqual({ runId: product.runs()[0]?.id });
    },
  );

  test('whose process is stopped after the product took it is found by its label', async () => {
    const { product, connect } = world();
    const adapter = await connect();
    product.hold('after');
    const request = requestFor(['web-1']);
    const stop = new AbortController();
    const code = codeOf(adapter.submit(request, stop.signal));
    await until(() => product.isHeld(), 'the product to hold the order');
    stop.abort(new Error('stopped'));
    expect(await code).toBe('OUTCOME_UNKNOWN');
    product.control({});
    // The process that gave it takes a moment to end.
    const handle = await until(() => adapter.find(request.key, patience()).catch(() => null), 'the order to be found');
    expect(handle.native).toEqual({ runId: product.runs()[0]?.id });
    expect(product.runs()).toHaveLength(1);
  });

  test('whose process is stopped before is given again only when the product had time to list it', async () => {
    const { product, connect, clock } = world();
    const adapter = await connect();
    product.hold('before');
    const request = requestFor(['web-1']);
    const stop = new AbortController();
    const code = codeOf(adapter.submit(request, stop.signal));
    await until(() => product.isHeld(), 'the product to hold the order');
    stop.abort(new Error('stopped'));
    expect(await code).toBe('OUTCOME_UNKNOWN');
    product.control({});
    expect(await codeOf(adapter.find(request.key, patience()))).toBe('ABORTED');
    expect(await codeOf(adapter.submit(request, patience()))).toBe('ABORTED');
    expect(product.runs()).toHaveLength(0);
    clock.advance(60_000 + 1_000);
    expect(await adapter.find(request.key, patience())).toBeNull();
    await adapter.submit(request, patience());
    expect(product.runs()).toHaveLength(1);
  });

  test('whose machine went down when it was sent is left to a person, though its files show no answer', async () => {
    const { product, connect, workDir } = world('distribution', withoutFind);
    const adapter = await connect();
    const request = requestFor(['web-1']);
    await adapter.submit(request, patience());
    // What is left after a power cut: the note that it is being sent, of another boot, and nothing newer.
    const run = join(workDir, 'runs', request.key);
    rmSync(join(run, 'run.json'));
    rmSync(join(run, 'try-1'), { recursive: true });
    writeFileSync(join(run, 'sending-1.json'), JSON.stringify({ at: new Date().toISOString(), bootId: 'another' }));
    expect(await adapter.find(request.key, patience())).toBeNull();
    expect(await codeOf(adapter.submit(request, patience()))).toBe('OUTCOME_UNKNOWN');
    expect(product.runs()).toHaveLength(1);
  });

  test('that the product has and whose record is gone is not given again', async () => {
    const { connect, workDir, product } = world();
    const adapter = await connect();
    const request = requestFor(['web-1']);
    await adapter.submit(request, patience());
    rmSync(join(workDir, 'runs'), { recursive: true });
    expect(await codeOf(adapter.find(request.key, patience()))).toBe('FAILED_PRECONDITION');
    expect(product.runs()).toHaveLength(1);
  });

  test('for each operation runs the command of the profile, and for others none', async () => {
    const { product, connect } = world();
    const adapter = await connect();
    for (const operation of ['install', 'remove', 'undo', 'commit'] as const)
      await adapter.submit(requestFor(['web-1'], { operation }), patience());
    expect(await codeOf(adapter.submit(requestFor(['web-1'], { operation: 'verify' }), patience()))).toBe(
      'UNIMPLEMENTED',
    );
    const runs = product.runs().map((run) => [run.operation, run.package, run.endpoints]);
    expect(runs.toSorted()).toEqual(
      ['commit', 'install', 'remove', 'undo'].map((operation) => [operation, 'payroll^4.0', ['web-1']]),
    );
  });

  test('that asks for what the product cannot do is refused, before anything is sent', async () => {
    const { product, connect } = world();
    const adapter = await connect();
    for (const changes of [{ dryRun: true }, { maxParallel: 1 }, { stopAfterFailures: 1 }])
      expect(await codeOf(adapter.submit(requestFor(['web-1', 'web-2'], changes), patience()))).toBe('UNIMPLEMENTED');
    const twice = requestFor(['web-1', 'web-2']);
    const targets = twice.targets.map((target) => ({ ...target, binding: { endpoint: 'web-1' } }));
    const same = { ...twice, targets };
    const request = { ...same, fingerprint: fingerprintOf(same) };
    expect(await codeOf(adapter.submit(request, patience()))).toBe('INVALID_ARGUMENT');
    expect(await adapter.preflight(request, patience())).toMatchObject({ verdict: 'block' });
    expect(product.asked('operations/install')).toBe(0);
  });
});

describe('a look', () => {
  test('at many runs by two instances walks the gateways once', async () => {
    const { product, connect } = world();
    const instances = [await connect({ cacheMs: 60_000 }), await connect({ cacheMs: 60_000 })];
    const handles = [];
    for (const n of [1, 2, 3, 4]) handles.push(await instances[0]!.submit(requestFor([`web-${n}`]), patience()));
    const looks = handles.flatMap((handle) => instances.map((adapter) => adapter.observe(handle, null, patience())));
    for (const { targets } of await Promise.all(looks)) expect(targets).toHaveLength(1);
    expect([product.asked('progress/gateways'), product.asked('progress/queue')]).toEqual([1, 2]);
  });

  test('makes the endpoints of a silent gateway unreachable, until it answers', async () => {
    const { product, connect, clock } = world();
    const adapter = await connect();
    // Two names that differ by one lie behind different gateways.
    const handle = await adapter.submit(requestFor(['web-1', 'web-2']), patience());
    product.control({ silentGateways: ['gw-north'], paceMs: 60_000 });
    const { targets } = await adapter.observe(handle, null, patience());
    expect(targets.map(({ state }) => state).toSorted()).toEqual(['pending', 'unreachable']);
    const [silent] = targets.filter(({ state }) => state === 'unreachable');
    expect(silent?.nativeStatus).toBe('SIM0007E The gateway gw-north did not answer');
    product.control({ paceMs: 1 });
    const end = await until(async () => {
      clock.advance(1_000);
      const seen = await adapter.observe(handle, null, patience());
      return seen.complete ? seen : undefined;
    }, 'the run to end');
    expect(end.targets.map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
  });

  test('shows a pause and what goes on after it', async () => {
    const { product, connect, clock } = world();
    const adapter = await connect();
    product.control({ now: 1_000_000, paceMs: 1_000 });
    const handle = await adapter.submit(requestFor(['web-1']), patience());
    const look = async (now: number) => {
      product.control({ now, paceMs: 1_000 });
      clock.advance(60_000);
      return await adapter.observe(handle, null, patience());
    };
    expect((await look(1_001_000)).targets).toMatchObject([{ state: 'staging', nativeStatus: 'SENDING' }]);
    await adapter.pause(handle, patience());
    const paused = await look(1_900_000);
    expect([paused.run.phase, paused.targets[0]?.nativeStatus]).toEqual(['paused', 'PAUSED']);
    await adapter.resume(handle, patience());
    expect((await look(1_901_000)).targets).toMatchObject([{ state: 'running', nativeStatus: 'RECEIVING' }]);
  });

  test('fails while the product is down, and has forgotten nothing when it is back', async () => {
    const { product, connect, clock } = world();
    const adapter = await connect();
    const handle = await adapter.submit(requestFor(['web-1']), patience());
    product.control({ down: true });
    expect(await codeOf(adapter.observe(handle, null, patience()))).toBe('UNAVAILABLE');
    expect(await adapter.probe(patience())).toEqual({
      status: 'broken',
      detail: 'UNAVAILABLE: SIM0003E The server process does not answer.',
    });
    product.control({ paceMs: 1 });
    await until(async () => {
      clock.advance(1_000);
      return (await adapter.observe(handle, null, patience())).complete;
    }, 'the run to end');
  });
});

describe('an instance', () => {
  test.each([
    ['without the environment', 'true\n', 'SIM0001E'],
    ['with a script that fails', 'exit 3\n', 'exit code 3'],
  ])('%s is broken', async (_name, script, detail) => {
    const { product, connect } = world();
    const bare = join(product.root, 'bare.sh');
    const path = `PATH='${product.root}/bin':$PATH TCM_SIM_ROOT='${product.root}' TCM_SIM_NODE='${process.execPath}'\n`;
    writeFileSync(bare, `${path}export PATH TCM_SIM_ROOT TCM_SIM_NODE\n${script}`);
    const report = await (await connect({ environmentScript: bare })).probe(patience());
    expect(report).toMatchObject({ status: 'broken', detail: expect.stringContaining(detail) });
  });

  test('takes its profile from a file, and says what is wrong with it', async () => {
    const { product, connect } = world();
    const file = join(product.root, 'site.json');
    writeFileSync(file, JSON.stringify({ ...product.profile, verified: false }));
    const adapter = await connect({ profile: file });
    expect(adapter.capabilities).toMatchObject({ submit: 'findable', cancelTargets: true, pause: true });
    expect(await adapter.preflight(requestFor(['web-1']), patience())).toMatchObject({
      verdict: 'warn',
      messages: [expect.stringMatching(/not been verified/)],
    });
    expect((await adapter.probe(patience())).detail).toMatch(/not verified against the product/);
    writeFileSync(file, JSON.stringify({ ...product.profile, runId: 'x' }));
    await expect(connect({ profile: file })).rejects.toThrow('runId needs the group');
    writeFileSync(file, '{');
    expect(await codeOf(connect({ profile: file }))).toBe('FAILED_PRECONDITION');
  });
});

describe('a plan', () => {
  test('is a document in which every text is only text, and an interrupted start goes on', async () => {
    const { product, connect } = world('plan');
    const adapter = await connect();
    const name = '</plan><plan name="other">&amp;{targets}]]>\u0007"\'';
    const request = requestFor(['web-1', 'web-2'], {
      release: { id: 'rel-1', name, version: '4.0', changeIds: [] },
    });
    product.control({ refuse: 'busy' });
    expect(await codeOf(adapter.submit(request, patience()))).toBe('FAILED_PRECONDITION');
    product.control({});
    const handle = await adapter.submit(request, patience());
    expect(handle.native).toEqual({ runId: product.runs()[0]?.id });
    expect(product.runs()).toMatchObject([
      { label: request.key, package: 'payroll^4.0', endpoints: ['web-1', 'web-2'] },
    ]);
    const [file = ''] = readdirSync(join(product.root, 'plans'));
    expect(readFileSync(join(product.root, 'plans', file), 'utf8')).toContain('&lt;/plan&gt;&lt;plan name=&quot;other');
  });
});
