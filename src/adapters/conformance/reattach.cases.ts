/** Does the adapter find its runs again, whatever happened to the process that started them? */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { CaseList } from './case-list.js';
import { assertAllEnded, refusal } from './assertions.js';
import type { World } from './world.js';

/** Moments after the order began at which the process is killed, in milliseconds. */
const KILLED_AFTER_MS = [0, 10, 60];

/** What the core does when it does not know what became of an order: ask, and send again only where that is safe. */
async function settle(world: World, { capabilities }: CaseList, request: ReturnType<World['request']>): Promise<void> {
  const adapter = await world.hosted();
  const found = await adapter.find(request.key, world.patience());
  if (found === null && capabilities.submit === 'at-most-once') return;
  const handle = found ?? (await adapter.submit(request, world.patience()));
  assertAllEnded(request, await world.follow(adapter, handle));
}

function killCases(list: CaseList): void {
  const { add, capabilities, fixtures } = list;
  add('reattach: a process that is killed while it sends an order leaves at most one run', undefined, async (world) => {
    for (const delay of KILLED_AFTER_MS) {
      const before = (await world.runCount()) ?? 0;
      const request = world.request();
      const host = world.elsewhere('submit', request, undefined);
      await host.until('calling');
      await pause(delay);
      await host.kill();
      await settle(world, list, request);
      const runs = (await world.runCount()) ?? before + 1;
      const expected = capabilities.submit === 'at-most-once' ? [before, before + 1] : [before + 1];
      assert.ok(expected.includes(runs), `There are ${runs - before} runs of one order`);
    }
  });

  if (capabilities.submit === 'at-most-once') return;
  add('reattach: a process that is killed in the middle of a run loses nothing', 'submit', async (world) => {
    const { config, ...variation } = world.fixtures.slow ?? {};
    await world.tell(variation);
    const request = world.request(variation);
    const host = world.elsewhere('submit', request, config);
    const { handle } = await host.until('submitted');
    await host.kill();
    const adapter = await world.hosted(config);
    assert.deepEqual(await adapter.find(request.key, world.patience()), handle, 'The run must be found again');
    const end = await world.follow(adapter, handle);
    assertAllEnded(request, end);
    assert.deepEqual(
      new Set(Object.values(end.states)),
      new Set(['succeeded']),
      'The run must go on without its process',
    );
  });
  if (fixtures.slow === undefined) list.lacks('reattach: a kill in the middle of a run that takes its time', 'slow');
}

/** Cases about finding runs again. */
export function reattachCases(list: CaseList): void {
  const { add, capabilities } = list;
  add('find: an unknown key is null', undefined, async (world) => {
    assert.equal(await (await world.raw()).find('nobody-ever-used-this-key', world.patience()), null);
  });

  if (!capabilities.observe.includes('poll')) return;

  add('observe: a run that does not exist is NOT_FOUND', undefined, async (world) => {
    const adapter = await world.raw();
    const handle = { adapterId: world.module.id, apiVersion: 1 as const, key: 'nobody-ever-used-this-key', native: {} };
    const code = await refusal(adapter.observe(handle, null, world.patience()), 'Observing a run that does not exist');
    assert.ok(code === 'NOT_FOUND' || code === 'INVALID_ARGUMENT', `Expected NOT_FOUND, got ${code}`);
  });

  if (capabilities.submit !== 'at-most-once') {
    add('reattach: a new instance finds the run and sees the same end', 'submit', async (world) => {
      const request = world.request();
      const first = await world.raw();
      const handle = await first.submit(request, world.patience());
      await first.close();
      const second = await world.hosted();
      assert.deepEqual(await second.find(request.key, world.patience()), handle);
      const end = await world.follow(second, handle);
      assertAllEnded(request, end);
      const third = await world.hosted();
      assert.deepEqual((await world.follow(third, handle)).states, end.states);
    });
  }

  if (list.hosts) killCases(list);
  else list.lacks('reattach: a process that is killed', 'the option `entry` of the kit');
}
