/** Does a cancel do what the adapter promises, and nothing else? */
import assert from 'node:assert/strict';
import { isAdapterError, isFinalTargetState, type RunHandle } from '../adapter.js';
import type { HostedAdapter } from '../hosted-adapter.js';
import type { CaseList } from './case-list.js';
import type { RunVariation } from './fixtures.js';
import { assertAllEnded, assertEndsStay, refusal } from './assertions.js';
import { liveProcesses, waitUntil } from './processes.js';
import type { Followed, World } from './world.js';

/** Start the slow run and wait until something is under way. @param more what differs from the slow run */
export async function underWay(
  world: World,
  more: RunVariation = {},
): Promise<{ adapter: HostedAdapter; handle: RunHandle; request: ReturnType<World['request']> }> {
  const { config, ...variation } = { ...world.fixtures.slow, ...more };
  const adapter = await world.hosted(config);
  await world.tell(variation);
  let request = world.request(variation);
  let handle: RunHandle;
  try {
    handle = await adapter.submit(request, world.patience());
  } catch (error) {
    // An adapter that cannot keep a limit refuses it.
    if (more.maxParallel === undefined || !isAdapterError(error) || error.code !== 'INVALID_ARGUMENT') throw error;
    request = world.request({ ...variation, maxParallel: undefined });
    handle = await adapter.submit(request, world.patience());
  }
  await world.follow(adapter, handle, (seen, states) => {
    assert.ok(!seen.complete, 'The slow run of the fixtures was over before it could be cancelled');
    return Object.values(states).some((state) => state === 'staging' || state === 'running');
  });
  return { adapter, handle, request };
}

/** Fails when a confirmed cancel has left no trace. */
function assertShows({ capabilities }: CaseList, end: Followed): void {
  const shows = Object.values(end.states).includes('cancelled');
  assert.ok(shows || capabilities.cancel !== 'confirmed', 'A confirmed cancel must show');
}

function slowCases(list: CaseList): void {
  const { add, capabilities } = list;
  add('cancel: during a run, every target still reaches a final state', 'cancel', async (world) => {
    const { adapter, handle, request } = await underWay(world);
    assert.equal((await adapter.cancel(handle, { mode: 'abort' }, world.patience())).accepted, true);
    const end = await world.follow(adapter, handle);
    assertAllEnded(request, end);
    if (capabilities.cancel !== 'confirmed') return;
    assertShows(list, end);
    for (const state of Object.values(end.states)) {
      assert.ok(
        ['cancelled', 'skipped', 'succeeded', 'failed'].includes(state),
        `A confirmed cancel leaves no target ${state}`,
      );
    }
    const effects = await world.effects();
    await adapter.observe(handle, null, world.patience());
    assert.equal(await world.effects(), effects, 'After a confirmed cancel nothing may continue');
  });

  if (capabilities.cancel === 'confirmed' && list.fixtures.pids !== undefined) {
    add('cancel: a confirmed cancel ends the programs that work on targets', 'cancel: confirmed', async (world) => {
      const { adapter, handle } = await underWay(world);
      const pids = world.fixtures.pids ?? '';
      await waitUntil(async () => (await liveProcesses(pids)).length > 0, 'a program to work', world.patience());
      await adapter.cancel(handle, { mode: 'abort' }, world.patience());
      await world.follow(adapter, handle);
      assert.deepEqual(await liveProcesses(pids), [], 'A confirmed cancel must end every program');
    });
  }

  add('cancel: right after the submission, every target still reaches a final state', 'cancel', async (world) => {
    const { config, ...variation } = world.fixtures.slow ?? {};
    const adapter = await world.hosted(config);
    await world.tell(variation);
    const request = world.request(variation);
    const handle = await adapter.submit(request, world.patience());
    const { accepted } = await adapter.cancel(handle, { mode: 'abort' }, world.patience());
    const end = await world.follow(adapter, handle);
    assertAllEnded(request, end);
    if (accepted) assertShows(list, end);
  });

  add('cancel: leaves what has ended as it ended', 'cancel', async (world) => {
    // An adapter that cannot pass the limit on refuses it; then the targets run side by side.
    const { adapter, handle } = await underWay(world, { maxParallel: 1 }).catch(async (error: unknown) => {
      if (isAdapterError(error) && error.code === 'UNIMPLEMENTED') return await underWay(world);
      throw error;
    });
    const { states: before } = await world.follow(adapter, handle, (seen, states) => {
      return seen.complete || Object.values(states).some(isFinalTargetState);
    });
    await adapter.cancel(handle, { mode: 'abort' }, world.patience());
    const { states: after, reports } = await world.follow(adapter, handle);
    assertEndsStay(reports);
    for (const [ciId, state] of Object.entries(before))
      if (isFinalTargetState(state) && state !== 'unknown') assert.equal(after[ciId], state, `${ciId} had ended`);
  });

  add('cancel: twice does no harm', 'cancel', async (world) => {
    const { adapter, handle, request } = await underWay(world);
    await adapter.cancel(handle, { mode: 'abort' }, world.patience());
    await adapter.cancel(handle, { mode: 'abort' }, world.patience());
    const end = await world.follow(adapter, handle);
    assertAllEnded(request, end);
    assertShows(list, end);
  });

  add('cancel: is seen by another instance', 'cancel', async (world) => {
    const { handle, request } = await underWay(world);
    const { config } = world.fixtures.slow ?? {};
    await (await world.hosted(config)).cancel(handle, { mode: 'abort' }, world.patience());
    const end = await world.follow(await world.hosted(config), handle);
    assertAllEnded(request, end);
    assertShows(list, end);
  });

  if (!capabilities.cancelTargets) return;
  add('cancel: of one target leaves the others', 'cancelTargets', async (world) => {
    const { adapter, handle, request } = await underWay(world);
    const last = request.targets.at(-1)?.ciId ?? '';
    const { accepted } = await adapter.cancel(handle, { mode: 'abort', targets: [last] }, world.patience());
    const { states } = await world.follow(adapter, handle);
    const others = Object.entries(states).filter(([ciId]) => ciId !== last);
    assert.deepEqual(new Set(others.map(([, state]) => state)), new Set(['succeeded']));
    if (accepted && capabilities.cancel === 'confirmed') assert.equal(states[last], 'cancelled');
  });
}

/** Cases about stopping a run. */
export function cancelCases(list: CaseList): void {
  const { add, capabilities, fixtures } = list;
  if (capabilities.cancel === 'none') {
    add('cancel: is UNIMPLEMENTED where it is not offered', 'cancel: none', async (world) => {
      const adapter = await world.raw();
      const handle = await adapter.submit(world.request(), world.patience());
      assert.equal(
        await refusal(adapter.cancel(handle, { mode: 'stop' }, world.patience()), 'A cancel'),
        'UNIMPLEMENTED',
      );
    });
    return;
  }
  if (!capabilities.observe.includes('poll')) {
    add('cancel: is accepted, also twice', 'cancel', async (world) => {
      const adapter = await world.hosted();
      const handle = await adapter.submit(world.request(), world.patience());
      for (let times = 0; times < 2; times += 1) {
        assert.equal((await adapter.cancel(handle, { mode: 'stop' }, world.patience())).accepted, true);
      }
    });
    return;
  }

  add('cancel: after the end is not accepted and changes nothing', 'cancel', async (world) => {
    const adapter = await world.hosted();
    const handle = await adapter.submit(world.request(), world.patience());
    const before = await world.follow(adapter, handle);
    assert.equal((await adapter.cancel(handle, { mode: 'abort' }, world.patience())).accepted, false);
    const after = await world.follow(adapter, handle);
    assert.deepEqual([after.states, after.last.run.outcome], [before.states, before.last.run.outcome]);
    assert.ok(Object.values(after.states).every(isFinalTargetState));
  });

  add('cancel: of a run that does not exist is NOT_FOUND', 'cancel', async (world) => {
    const adapter = await world.raw();
    const handle = { adapterId: world.module.id, apiVersion: 1 as const, key: 'nobody-ever-used-this-key', native: {} };
    const code = await refusal(
      adapter.cancel(handle, { mode: 'abort' }, world.patience()),
      'Cancelling a run that does not exist',
    );
    assert.ok(code === 'NOT_FOUND' || code === 'INVALID_ARGUMENT', `Expected NOT_FOUND, got ${code}`);
  });

  if (capabilities.cancelTargets) {
    add(
      'cancel: of a target that the run does not name is INVALID_ARGUMENT and stops nothing',
      'cancelTargets',
      async (world) => {
        const adapter = await world.hosted();
        const request = world.request();
        const handle = await adapter.submit(request, world.patience());
        const call = adapter.cancel(handle, { mode: 'abort', targets: ['ci-of-somebody-else'] }, world.patience());
        assert.equal(await refusal(call, 'Cancelling a foreign target'), 'INVALID_ARGUMENT');
        const { states } = await world.follow(adapter, handle);
        assert.deepEqual(new Set(Object.values(states)), new Set(['succeeded']));
      },
    );
  }

  if (fixtures.slow === undefined) return list.lacks('cancel: during a run', 'slow');
  slowCases(list);
  if (capabilities.cancel === 'confirmed' && fixtures.pids === undefined)
    list.lacks('cancel: a confirmed cancel ends the programs that work on targets', 'pids');
}
