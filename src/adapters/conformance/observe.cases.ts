/** Does the adapter find its runs again and report them truthfully? */
import assert from 'node:assert/strict';
import { isFinalTargetState, packageDigest, type TargetReport } from '../adapter.js';
import type { CaseList } from './case-list.js';
import type { Scenario } from './fixtures.js';
import { assertAllEnded, filledIn, refusal } from './world.js';

/** The state of each target that a list of reports leads to. */
function statesOf(reports: readonly TargetReport[]): Record<string, string> {
  return Object.fromEntries(reports.map((report) => [report.ciId, report.state]));
}

/** Fails when a target leaves a final state; only `unknown` may still be resolved. */
function assertEndsStay(reports: readonly TargetReport[]): void {
  const ended = new Map<string, string>();
  for (const { ciId, state } of reports) {
    const before = ended.get(ciId);
    assert.ok(
      before === undefined || before === state || before === 'unknown',
      `${ciId} went from ${before ?? ''} to ${state}`,
    );
    if (isFinalTargetState(state)) ended.set(ciId, state);
  }
}

function reattachCases({ add, capabilities }: CaseList): void {
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
}

function outcomeCase({ add }: CaseList, scenario: Scenario): void {
  add(`outcome: ${scenario.name}`, undefined, async (world) => {
    const {
      expect,
      name: _name,
      config,
      ...variation
    } = world.fixtures.scenarios?.find(({ name }) => name === scenario.name) ?? scenario;
    const adapter = await world.hosted(config);
    const request = world.request(variation);
    const handle = await adapter.submit(request, world.patience());
    const { states, reports } = await world.follow(adapter, handle);
    for (const [ciId, wanted] of Object.entries(expect)) {
      assert.ok(
        [wanted].flat().includes(states[ciId] ?? 'unknown'),
        `${ciId} ended as ${states[ciId] ?? 'nothing'} instead of ${String(wanted)}`,
      );
    }
    const wanted = new Set(request.targets.map((target) => target.ciId));
    for (const { ciId } of reports) assert.ok(wanted.has(ciId), `${ciId} was not requested`);
    assertEndsStay(reports);
  });
}

/** Cases about the course and the end of a run. */
export function observeCases(list: CaseList): void {
  reattachCases(list);
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
    await world.follow(adapter, handle, (observation) => {
      seen.push(...observation.targets);
      return observation.complete;
    });
    const whole = await adapter.observe(handle, null, world.patience());
    assert.deepEqual(statesOf(whole.targets), statesOf(seen));
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

  if (fixtures.manyTargets !== undefined) {
    const count = Math.min(1_000, capabilities.limits.maxTargets ?? 1_000);
    add(`limits: ${count} targets`, undefined, async (world) => {
      const targets = Array.from({ length: count }, (_unused, index) => ({
        ciId: `ci-${index}`,
        name: `many-${index}`,
        binding: filledIn(fixtures.manyTargets, { n: String(index), dir: world.directory }),
      }));
      const adapter = await world.hosted();
      const request = world.request({ targets });
      assertAllEnded(request, await world.follow(adapter, await adapter.submit(request, world.patience())));
    });
  }

  if (capabilities.logs === 'cursor') {
    add('logs: can be read on from a cursor to the end', 'logs: cursor', async (world) => {
      const adapter = await world.hosted();
      const handle = await adapter.submit(world.request(), world.patience());
      await world.follow(adapter, handle);
      const read = async (maxBytes: number): Promise<string> => {
        let text = '';
        for (let cursor: string | undefined; ;) {
          const part = await adapter.logs(handle, { cursor, maxBytes }, world.patience());
          assert.ok(Buffer.byteLength(part.chunk) <= maxBytes, 'A chunk must not exceed the requested size');
          text += part.chunk;
          if (part.eof) return text;
          assert.notEqual(part.cursor, cursor, 'The cursor must move on');
          cursor = part.cursor;
        }
      };
      assert.equal(await read(200), await read(1_000_000));
    });
  }

  for (const scenario of fixtures.scenarios ?? []) outcomeCase(list, scenario);
}
