/** Does the adapter give up in time, and does it refuse wrong media? */
import assert from 'node:assert/strict';
import { isAdapterError } from '../adapter.js';
import { assertGivesUp, GIVEN_UP_MS } from './assertions.js';
import type { CaseList } from './case-list.js';
import { children, openFiles, waitUntil } from './processes.js';
import type { World } from './world.js';

const aborted = async (signal: AbortSignal): Promise<void> => signal.throwIfAborted();

function abortCases({ add, capabilities }: CaseList): void {
  add(
    'abort: every call ends within a second and leaves no process and no open file behind',
    undefined,
    async (world) => {
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
        ['logs', async (signal) => await (adapter.logs?.(handle, { maxBytes: 1_000 }, signal) ?? aborted(signal))],
      ];
      const before = await children();
      const openBefore = await openFiles(world.directory);
      for (const [name, call] of calls) {
        for (const delay of [0, 5, 40]) await assertGivesUp(name, delay, call);
        await assert.rejects(
          call(AbortSignal.abort(new Error('given up'))),
          `${name} must not begin when it is already aborted`,
        );
      }
      // A run may go on in a process of its own. Any other program needs a moment until the system forgets it.
      const known = (): readonly number[] => [...before, ...world.detached];
      const tidy = async (): Promise<boolean> => (await children()).every((pid) => known().includes(pid));
      await waitUntil(tidy, 'the programs of aborted calls to end', AbortSignal.timeout(GIVEN_UP_MS));
      assert.deepEqual(await openFiles(world.directory), openBefore, 'No open file may be left behind');
      if (capabilities.submit === 'idempotent') {
        assert.equal(
          (await adapter.submit(fresh, world.patience())).key,
          fresh.key,
          'An aborted submission must be repeatable',
        );
      }
    },
  );
}

/** Submits while something is wrong with the media: nothing may be installed. */
async function assertNotInstalled(world: World): Promise<void> {
  const adapter = await world.hosted();
  const request = world.request();
  try {
    const { states } = await world.follow(adapter, await adapter.submit(request, world.patience()));
    for (const [ciId, state] of Object.entries(states))
      assert.ok(state === 'failed' || state === 'rejected', `${ciId} ended as ${state}`);
  } catch (error) {
    if (!isAdapterError(error)) throw error;
    assert.ok(['FAILED_PRECONDITION', 'NOT_FOUND'].includes(error.code), `Wrong media were refused with ${error.code}`);
  }
}

/** Cases about what must never happen. */
export function safetyCases(list: CaseList): void {
  abortCases(list);
  const { add, capabilities, fixtures } = list;
  if (!capabilities.verifiesDigest || (fixtures.artifacts?.length ?? 0) === 0) return;
  add('artifacts: content with another digest is never installed', 'verifiesDigest', async (world) => {
    await world.spoilMedia();
    await assertNotInstalled(world);
  });
  if (capabilities.artifacts.includes('prestaged')) return;
  add('artifacts: content that is missing is never installed', 'verifiesDigest', async (world) => {
    await world.removeMedia();
    await assertNotInstalled(world);
  });
}
