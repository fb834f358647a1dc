/** Does the adapter find its runs again and report them truthfully? */
import assert from 'node:assert/strict';
import { isFinalTargetState, packageDigest, type TargetReport } from '../adapter.js';
import type { CaseList } from './case-list.js';
import { assertAllEnded, assertEndsStay, statesOf } from './assertions.js';

/** Cases about the course and the end of a run. */
export function observeCases(list: CaseList): void {
  const { add, capabilities, fixtures } = list;

  if (capabilities.observe.includes('reported')) {
    add('observe: what people report is not invented', 'observe: reported', async (world) => {
      const adapter = await world.hosted();
      const handle = await adapter.submit(world.request(), world.patience());
      const seen = await adapter.observe(handle, null, world.patience());
      assert.deepEqual([seen.targets, seen.complete], [[], false]);
    });
  }
  if (!capabilities.observe.includes('poll')) return;

  add('observe: every target reaches a final state, and none is invented', undefined, async (world) => {
    const adapter = await world.hosted();
    const request = world.request();
    const followed = await world.follow(adapter, await adapter.submit(request, world.patience()));
    assertAllEnded(request, followed);
    assertEndsStay(followed.reports);
    assert.deepEqual(new Set(Object.values(followed.states)), new Set(['succeeded']), 'The fixtures promise success');
    assert.deepEqual([followed.last.run.phase, followed.last.run.outcome], ['finished', 'success']);
  });

  add('observe: answers can be stored and shown unchanged', undefined, async (world) => {
    const adapter = await world.hosted();
    await adapter.probe(world.patience());
    const handle = await adapter.submit(world.request(), world.patience());
    await world.follow(adapter, handle);
    assert.deepEqual(world.changed, [], 'The core had to change answers before it could use them');
  });

  if (capabilities.verifiesDigest && (fixtures.artifacts?.length ?? 0) > 0) {
    add('observe: success carries the digest that was found on the target', 'verifiesDigest', async (world) => {
      const adapter = await world.hosted();
      const request = world.request();
      const { reports } = await world.follow(adapter, await adapter.submit(request, world.patience()));
      for (const report of reports.filter(({ state }) => state === 'succeeded')) {
        assert.equal(report.verifiedSha256, packageDigest(request.package.artifacts));
      }
    });
  }

  add('observe: a full look and the sum of the changes agree, at every moment', undefined, async (world) => {
    const adapter = await world.hosted();
    const handle = await adapter.submit(world.request(), world.patience());
    const seen: TargetReport[] = [];
    let complete = false;
    for (let cursor: string | null = null; !complete;) {
      const { reports, last } = await world.follow(adapter, handle, () => true, cursor);
      seen.push(...reports);
      ({ cursor, complete } = last);
      const [sum, whole] = [statesOf(seen), statesOf((await adapter.observe(handle, null, world.patience())).targets)];
      if (complete) assert.deepEqual(whole, sum);
      // Time passes between the two looks, so a target may have moved on; what had ended must look the same.
      for (const [ciId, state] of Object.entries(sum)) {
        assert.ok(whole[ciId] !== undefined, `A full look leaves ${ciId} out`);
        if (isFinalTargetState(state) && state !== 'unknown')
          assert.equal(whole[ciId], state, `A full look at ${ciId}`);
      }
    }
  });

  add('observe: an old cursor may be used again', undefined, async (world) => {
    const adapter = await world.hosted();
    const handle = await adapter.submit(world.request(), world.patience());
    const cursors: (string | null)[] = [null];
    const { states } = await world.follow(adapter, handle, (observation) => {
      cursors.push(observation.cursor);
      return observation.complete;
    });
    for (const cursor of cursors) {
      const again = await adapter.observe(handle, cursor, world.patience());
      for (const report of again.targets.filter(({ state }) => isFinalTargetState(state)))
        assert.equal(report.state, states[report.ciId]);
      assert.equal(again.complete, true);
    }
  });

  add('observe: complete stays complete', undefined, async (world) => {
    const adapter = await world.hosted();
    const handle = await adapter.submit(world.request(), world.patience());
    const { states, last } = await world.follow(adapter, handle);
    for (let times = 0; times < 3; times += 1) {
      const again = await adapter.observe(handle, last.cursor, world.patience());
      assert.deepEqual([again.complete, again.run.phase, again.run.outcome], [true, last.run.phase, last.run.outcome]);
      for (const report of again.targets) assert.equal(report.state, states[report.ciId]);
    }
  });

  add('observe: several observers at once see the same', undefined, async (world) => {
    const instances = [await world.hosted(), await world.hosted()];
    const handle = await instances[0]?.submit(world.request(), world.patience());
    assert.ok(handle);
    const ends = await Promise.all([...instances, ...instances].map((adapter) => world.follow(adapter, handle)));
    for (const end of ends) assert.deepEqual(end.states, ends[0]?.states);
  });
}
