/** Does every failure of the tool become the right error, and start nothing that should not start? */
import assert from 'node:assert/strict';
import { ADAPTER_ERRORS, type Adapter, type AdapterError, type AdapterErrorCode, type RunHandle } from '../adapter.js';
import type { CaseList } from './case-list.js';
import { assertAllEnded, refusal, refused } from './assertions.js';
import type { ErrorFixture, FailingCall } from './fixtures.js';
import type { World } from './world.js';

type Request = ReturnType<World['request']>;

/** Makes one call of an adapter. */
export function callOf(
  adapter: Adapter,
  call: FailingCall,
  request: Request,
  handle: RunHandle | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  if (call === 'probe') return adapter.probe(signal);
  if (call === 'preflight') return adapter.preflight(request, signal);
  if (call === 'submit') return adapter.submit(request, signal);
  if (call === 'find') return adapter.find(request.key, signal);
  assert.ok(handle);
  if (call === 'observe') return adapter.observe(handle, null, signal);
  if (call === 'cancel') return adapter.cancel(handle, { mode: 'abort' }, signal);
  assert.ok(adapter.logs, 'The adapter has no logs');
  return adapter.logs(handle, { maxBytes: 1_000 }, signal);
}

/** Fails unless an error has one of the codes, and the wait that the tool asks for. */
export function assertCode(
  error: AdapterError,
  codes: readonly AdapterErrorCode[],
  what: string,
  retryAfterMs?: number,
): void {
  assert.ok(
    codes.includes(error.code),
    `${what} must be ${codes.join(' or ')}, and it is ${error.code}: ${error.message}`,
  );
  if (retryAfterMs === undefined) return;
  assert.ok((error.retryAfterMs ?? 0) >= retryAfterMs, `${what} must say how long to wait: ${retryAfterMs} ms`);
}

/** Fails when a submission was refused with a code that says that nothing started, and there is a run. */
export async function assertStarted(world: World, error: AdapterError, before: number | undefined): Promise<void> {
  if (ADAPTER_ERRORS[error.code].mayHaveStarted) return;
  assert.equal(await world.runCount(), before, `${error.code} says that nothing started`);
}

function errorCase({ add }: CaseList, { name }: ErrorFixture): void {
  add(`errors: ${name}`, undefined, async (world) => {
    const fixture = world.fixtures.errors?.find((one) => one.name === name);
    assert.ok(fixture);
    const { call = 'submit', code, retryAfterMs, config, ...variation } = fixture;
    const onRun = call === 'observe' || call === 'cancel' || call === 'logs';
    const usual = world.request();
    const handle = onRun ? await (await world.hosted()).submit(usual, world.patience()) : undefined;
    const adapter = await world.hosted(config);
    const before = await world.runCount();
    await world.tell(variation);
    const request = onRun ? usual : world.request(variation);
    const error = await refused(callOf(adapter, call, request, handle, world.patience()), name);
    assertCode(error, [code].flat() as AdapterErrorCode[], name, retryAfterMs);
    if (call === 'submit') await assertStarted(world, error, before);
  });
}

/** A tool that is down, brought about by settings or by closing the way to it. */
function downCases({ add, capabilities, fixtures, lacks }: CaseList): void {
  const shut = fixtures.tool?.http !== undefined;
  if (fixtures.down === undefined && !shut) return lacks('errors: the tool is down', 'down, or tool.http');
  const polls = capabilities.observe.includes('poll');

  add('errors: while the tool is down a probe says so, and an order starts nothing', undefined, async (world) => {
    const before = await world.runCount();
    const adapter = await world.hosted(shut ? undefined : world.fixtures.down?.config);
    await world.http?.down();
    const { status } = await adapter.probe(world.patience());
    assert.notEqual(status, 'ready', 'A tool that is down is not ready');
    const error = await refused(adapter.submit(world.request(), world.patience()), 'An order to a tool that is down');
    assertCode(error, ['UNAVAILABLE', 'FAILED_PRECONDITION', 'RESOURCE_EXHAUSTED'], 'An order to a tool that is down');
    await assertStarted(world, error, before);
  });

  if (!polls) return;
  add(
    'errors: a tool that is down during a run ends no target, and the run goes on afterwards',
    undefined,
    async (world) => {
      const adapter = await world.hosted();
      const request = world.request();
      const handle = await adapter.submit(request, world.patience());
      const down = shut ? adapter : await world.hosted(world.fixtures.down?.config);
      await world.http?.down();
      const code = await refusal(down.observe(handle, null, world.patience()), 'A look while the tool is down');
      const transient = code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED' || (!shut && code !== 'NOT_FOUND');
      assert.ok(transient, `A look while the tool is down must be UNAVAILABLE, and it is ${code}`);
      await world.http?.up();
      assertAllEnded(request, await world.follow(adapter, handle));
    },
  );
}

/** Cases about tools in trouble. */
export function errorCases(list: CaseList): void {
  for (const fixture of list.fixtures.errors ?? []) errorCase(list, fixture);
  downCases(list);
}
