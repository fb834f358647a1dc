/** What a tool that speaks HTTP can answer, and what an adapter must make of it. */
import assert from 'node:assert/strict';
import type { AdapterErrorCode } from '../adapter.js';
import type { CaseList } from './case-list.js';
import { assertAllEnded, assertGivesUp, GIVEN_UP_MS, refused } from './assertions.js';
import { assertCode, assertStarted, callOf } from './error.cases.js';
import type { HttpFault } from './http-gate.js';
import { waitUntil } from './processes.js';
import type { World } from './world.js';

const RETRY_AFTER_SECONDS = 7;
const GIVE_UP_MS = 200;

/** An answer, and the codes that are right for it: in a call that only reads, and in a submission. */
interface Answer {
  readonly name: string;
  readonly fault: HttpFault;
  readonly read: readonly AdapterErrorCode[];
  readonly submit: readonly AdapterErrorCode[];
  readonly retryAfterMs?: number;
}

/** The order may have been taken: nobody can tell. */
const UNCLEAR: readonly AdapterErrorCode[] = ['OUTCOME_UNKNOWN', 'DEADLINE_EXCEEDED', 'INTERNAL'];
const AGAIN: readonly AdapterErrorCode[] = ['UNAVAILABLE', 'INTERNAL', 'DEADLINE_EXCEEDED', 'ABORTED'];

const json = (status: number, headers: Record<string, string> = {}): HttpFault => ({
  kind: 'answer',
  status,
  headers,
  body: JSON.stringify({ message: 'The conformance kit says no.' }),
});
const wait = { 'retry-after': String(RETRY_AFTER_SECONDS) };
const html: HttpFault = {
  kind: 'answer',
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><title>Sign in</title><form>…</form>',
};
const malformed: HttpFault = { kind: 'answer', status: 200, body: '{"id": 1, "half' };

const ANSWERS: readonly Answer[] = [
  { name: '401', fault: json(401), read: ['UNAUTHENTICATED'], submit: ['UNAUTHENTICATED'] },
  { name: '403', fault: json(403), read: ['PERMISSION_DENIED'], submit: ['PERMISSION_DENIED'] },
  // Where one address takes every call, as with SOAP, it says nothing about the run.
  {
    name: '404',
    fault: json(404),
    read: ['NOT_FOUND', 'FAILED_PRECONDITION'],
    submit: ['NOT_FOUND', 'FAILED_PRECONDITION'],
  },
  {
    name: '409',
    fault: json(409),
    read: ['ABORTED', 'FAILED_PRECONDITION', 'NOT_FOUND', 'UNAVAILABLE'],
    submit: ['ALREADY_EXISTS', 'ABORTED', 'FAILED_PRECONDITION'],
  },
  {
    name: '429 with Retry-After',
    fault: json(429, wait),
    read: ['RESOURCE_EXHAUSTED', 'UNAVAILABLE'],
    submit: ['RESOURCE_EXHAUSTED', 'UNAVAILABLE'],
    retryAfterMs: RETRY_AFTER_SECONDS * 1_000,
  },
  {
    name: '503 with Retry-After',
    fault: json(503, wait),
    read: ['UNAVAILABLE', 'RESOURCE_EXHAUSTED'],
    submit: ['UNAVAILABLE', 'RESOURCE_EXHAUSTED', ...UNCLEAR],
    retryAfterMs: RETRY_AFTER_SECONDS * 1_000,
  },
  { name: '500', fault: json(500), read: AGAIN, submit: UNCLEAR },
  { name: '502', fault: json(502), read: AGAIN, submit: UNCLEAR },
  {
    name: 'a page of HTML instead of data',
    fault: html,
    read: [...AGAIN, 'UNAUTHENTICATED', 'FAILED_PRECONDITION'],
    submit: [...UNCLEAR, 'UNAUTHENTICATED'],
  },
  { name: 'half an answer', fault: malformed, read: AGAIN, submit: UNCLEAR },
  { name: 'an answer that breaks off', fault: { kind: 'truncated' }, read: AGAIN, submit: UNCLEAR },
];

function answerCase({ add, capabilities }: CaseList, { name, fault, read, submit, retryAfterMs }: Answer): void {
  add(`errors: ${name} has the right code`, undefined, async (world) => {
    const adapter = await world.hosted();
    const usual = world.request();
    const handle = await adapter.submit(usual, world.patience());
    const { http } = world;
    assert.ok(http);
    if (capabilities.observe.includes('poll')) {
      http.fault = fault;
      const error = await refused(callOf(adapter, 'observe', usual, handle, world.patience()), `observe, ${name}`);
      assertCode(error, read, `observe, ${name}`, retryAfterMs);
    }
    const before = await world.runCount();
    Object.assign(http, { fault, startsOnly: true });
    const fresh = world.request();
    const error = await refused(callOf(adapter, 'submit', fresh, undefined, world.patience()), `submit, ${name}`);
    assertCode(error, submit, `submit, ${name}`, retryAfterMs);
    await assertStarted(world, error, before);
    assert.ok(http.met > 0, 'No request met the fault');
    http.fault = undefined;
    // What the tool said once is no memory: the next call works.
    if (capabilities.observe.includes('poll')) assertAllEnded(usual, await world.follow(adapter, handle));
  });
}

async function lostAnswer(world: World, { capabilities }: CaseList): Promise<void> {
  const adapter = await world.hosted();
  const { http } = world;
  assert.ok(http);
  const before = (await world.runCount()) ?? 0;
  Object.assign(http, { fault: { kind: 'lost' }, startsOnly: true });
  const request = world.request();
  const error = await refused(adapter.submit(request, world.patience()), 'An order whose answer is lost');
  assertCode(error, UNCLEAR, 'An order whose answer is lost');
  http.fault = undefined;
  if (capabilities.submit === 'at-most-once') return;
  const found = await adapter.find(request.key, world.patience());
  assert.ok(found !== null || capabilities.submit === 'idempotent', 'The run must be found by its key');
  const handle = found ?? (await adapter.submit(request, world.patience()));
  assertAllEnded(request, await world.follow(adapter, handle));
  assert.ok([undefined, before + 1].includes(await world.runCount()), 'There must be one run');
}

/** Every fault of HTTP, in observations and in submissions, where the fixtures have a tool that speaks it. */
export function httpErrorCases(list: CaseList): void {
  const { add, capabilities, fixtures } = list;
  if (fixtures.tool?.http === undefined) return;
  for (const answer of ANSWERS) answerCase(list, answer);
  add('errors: an order whose answer is lost is not known to have failed, and is not sent twice', undefined, (world) =>
    lostAnswer(world, list),
  );

  add('errors: a tool that hangs is given up in time, and its connection is closed', undefined, async (world) => {
    const adapter = await world.raw();
    const usual = world.request();
    const handle = await adapter.submit(usual, world.patience());
    const { http } = world;
    assert.ok(http);
    http.fault = { kind: 'hang' };
    const calls = capabilities.observe.includes('poll')
      ? (['probe', 'observe', 'submit'] as const)
      : (['submit'] as const);
    for (const call of calls) {
      const request = call === 'submit' ? world.request() : usual;
      await assertGivesUp(call, GIVE_UP_MS, (signal) => callOf(adapter, call, request, handle, signal));
      const closed = async (): Promise<boolean> => http.hanging === 0;
      await waitUntil(closed, `${call} to close its connection`, AbortSignal.timeout(GIVEN_UP_MS));
    }
  });

  add(
    'errors: a tool that does not speak TLS is not available, and nothing is sent to it',
    undefined,
    async (world) => {
      const { http } = world;
      assert.ok(http);
      const before = await world.runCount();
      const adapter = await world.hosted(world.configWithTool(http.address('https')));
      const error = await refused(adapter.submit(world.request(), world.patience()), 'An order over TLS that fails');
      assertCode(error, ['UNAVAILABLE', 'FAILED_PRECONDITION'], 'An order over TLS that fails');
      await assertStarted(world, error, before);
    },
  );
}
