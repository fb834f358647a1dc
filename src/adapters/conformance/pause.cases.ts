/** Does a pause stop a run, and does it go on afterwards? */
import assert from 'node:assert/strict';
import { isFinalTargetState } from '../adapter.js';
import { underWay } from './cancel.cases.js';
import type { CaseList } from './case-list.js';
import { assertAllEnded } from './assertions.js';

/** Cases about pausing a run. */
export function pauseCases({ add, capabilities, fixtures, lacks }: CaseList): void {
  if (!capabilities.pause) return;
  if (fixtures.slow === undefined) return lacks('pause: a run', 'slow');
  add('pause: the run is paused, and after a resume it goes on to its end', 'pause', async (world) => {
    const { adapter, handle, request } = await underWay(world);
    await adapter.pause(handle, world.patience());
    const paused = await world.follow(adapter, handle, (seen) => seen.complete || seen.run.phase === 'paused');
    assert.ok(!paused.last.complete, 'A run that is paused is not complete');
    await adapter.pause(handle, world.patience());
    await adapter.resume(handle, world.patience());
    const end = await world.follow(adapter, handle);
    assertAllEnded(request, end);
    assert.ok(Object.values(end.states).every(isFinalTargetState));
    assert.deepEqual(new Set(Object.values(end.states)), new Set(['succeeded']), 'A pause must not change the end');
  });
}
