/** Does the adapter abort in time, keep secrets, refuse wrong media, and reject unauthenticated callbacks? */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAdapterError, type Adapter } from '../adapter.js';
import type { CaseList } from './case-list.js';
import { refusal, type World } from './world.js';

/** The contract allows a second; a little more for a busy machine. */
const GRANTED_MS = 1_000;

/** Our direct children now, where the system shows them. */
async function children(): Promise<string> {
  return readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
}

/** Everything that other processes show of themselves in their arguments. */
async function allArguments(): Promise<string> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  return (await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))).join('\n');
}

async function allFiles(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')))).join('\n');
}

function abortCases({ add, capabilities }: CaseList): void {
  add('abort: every call ends within a second and leaves no process behind', undefined, async (world) => {
    const adapter = await world.raw();
    const request = world.request();
    const handle = await adapter.submit(request, world.patience());
    const fresh = world.request();
    const calls: [string, (signal: AbortSignal) => Promise<unknown>][] = [
      ['probe', (signal) => adapter.probe(signal)],
      ['preflight', (signal) => adapter.preflight(request, signal)],
      ['find', (signal) => adapter.find(request.key, signal)],
      ['observe', (signal) => adapter.observe(handle, null, signal)],
      ['submit', (signal) => adapter.submit(fresh, signal)],
    ];
    const before = await children();
    for (const [name, call] of calls) {
      for (const delay of [0, 5, 40]) {
        const stop = new AbortController();
        const timer = setTimeout(() => stop.abort(new Error('given up')), delay);
        const started = performance.now();
        await call(stop.signal).catch(() => undefined);
        clearTimeout(timer);
        const took = performance.now() - started - delay;
        assert.ok(!stop.signal.aborted || took < GRANTED_MS, `${name} took ${Math.round(took)} ms to abort`);
      }
      await assert.rejects(
        call(AbortSignal.abort(new Error('given up'))),
        `${name} must not begin when it is already aborted`,
      );
    }
    assert.equal(await children(), before, 'No process may be left behind');
    if (capabilities.submit === 'idempotent') {
      assert.equal(
        (await adapter.submit(fresh, world.patience())).key,
        fresh.key,
        'An aborted submission must be repeatable',
      );
    }
  });
}

/** Calls every method and collects everything that can be seen of it. */
async function everythingShown(world: World, adapter: Adapter): Promise<string> {
  const { module } = world;
  const shown: unknown[] = [];
  const keep = async (call: Promise<unknown>): Promise<void> => {
    shown.push(
      await call.catch((error: unknown) => [
        String(error),
        isAdapterError(error) ? error.native : '',
        (error as Error).stack,
      ]),
    );
  };
  const request = world.request();
  await keep(adapter.probe(world.patience()));
  await keep(adapter.preflight(request, world.patience()));
  const handle = await adapter.submit(request, world.patience());
  shown.push(handle, await allArguments());
  const polled = module.capabilities(world.fixtures.config).observe.includes('poll');
  let looks = 0;
  await world.follow(adapter, handle, (seen) => {
    shown.push(seen);
    looks += 1;
    return seen.complete || (!polled && looks > 1);
  });
  shown.push(await allArguments());
  await keep(adapter.find(request.key, world.patience()));
  await keep(adapter.cancel(handle, { mode: 'abort' }, world.patience()));
  await keep(adapter.observe({ ...handle, key: 'nobody-ever-used-this-key' }, null, world.patience()));
  await keep(adapter.submit({ ...request, fingerprint: '0'.repeat(64) }, world.patience()));
  if (adapter.logs !== undefined) await keep(adapter.logs(handle, { maxBytes: 1_000_000 }, world.patience()));
  return JSON.stringify([shown, world.log, world.commands]);
}

function callbackCases({ add, capabilities }: CaseList): void {
  if (!capabilities.observe.includes('callback')) return;
  add(
    'callback: a message that does not prove where it comes from is UNAUTHENTICATED',
    'observe: callback',
    async (world) => {
      const adapter = await world.hosted();
      const bodies = ['', '{}', 'not json', JSON.stringify({ key: 'x'.repeat(1_000_000) })];
      for (const body of bodies) {
        const message = { headers: {}, rawBody: new TextEncoder().encode(body), query: {} };
        assert.equal(
          await refusal(adapter.receive(message, world.patience()), 'A message from anybody'),
          'UNAUTHENTICATED',
        );
      }
    },
  );
}

/** Cases about what must never happen. */
export function safetyCases(list: CaseList): void {
  abortCases(list);
  callbackCases(list);
  const { add, capabilities, fixtures } = list;

  if ((fixtures.secretEnv?.length ?? 0) > 0) {
    add('secrets: never show in answers, errors, logs, files or arguments', undefined, async (world) => {
      const shown = await everythingShown(world, await world.raw());
      const files = await allFiles(world.directory);
      for (const [name, canary] of Object.entries(world.secrets)) {
        assert.ok(
          !shown.includes(canary),
          `The secret ${name} shows in an answer, an error, the log or the arguments of a process`,
        );
        assert.ok(!files.includes(canary), `The secret ${name} was written to a file`);
      }
    });
  }

  if (capabilities.verifiesDigest && (fixtures.artifacts?.length ?? 0) > 0) {
    add('artifacts: content with another digest is never installed', 'verifiesDigest', async (world) => {
      const adapter = await world.hosted();
      await world.spoilMedia();
      const request = world.request();
      try {
        const { states } = await world.follow(adapter, await adapter.submit(request, world.patience()));
        for (const [ciId, state] of Object.entries(states))
          assert.ok(state === 'failed' || state === 'rejected', `${ciId} ended as ${state}`);
      } catch (error) {
        if (!isAdapterError(error)) throw error;
        assert.equal(error.code, 'FAILED_PRECONDITION');
      }
    });
  }
}
