/** Does the adapter believe only its tool, and does a callback change nothing by itself? */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  isAdapterError,
  isFinalTargetState,
  type Adapter,
  type CallbackMessage,
  type CallbackReport,
  type JsonValue,
  type RunHandle,
} from '../adapter.js';
import type { CaseList } from './case-list.js';
import { refusal } from './assertions.js';
import type { CallbackFixture } from './fixtures.js';
import { filledIn, withComputed, type Placeholders } from './placeholders.js';
import type { World } from './world.js';

const OVERSIZED_BYTES = 1_048_576;

function nativeTexts(handle: Pick<RunHandle, 'native'>): Placeholders {
  return Object.fromEntries(Object.entries(handle.native).map(([name, value]) => [`native.${name}`, String(value)]));
}

/** What a message is about, and when it was sent. */
interface About {
  readonly key: string;
  readonly native: RunHandle['native'];
  readonly sentAt?: Date;
  readonly body?: JsonValue;
}

/** Writes the message that the tool would send. */
function genuine(world: World, fixture: CallbackFixture, about: About): CallbackMessage {
  const secrets = Object.fromEntries(Object.entries(world.secrets).map(([name, value]) => [`secret.${name}`, value]));
  const known = { key: about.key, nonce: randomUUID(), ...nativeTexts(about), ...secrets };
  const filled = world.fill(about.body ?? fixture.body, known);
  const now = about.sentAt ?? new Date();
  // The body may hold computed values (a time), and others are computed from the body (a signature).
  const early = withComputed(fixture.values ?? {}, { ...known, body: '' }, now);
  const body = filledIn(typeof filled === 'string' ? filled : JSON.stringify(filled), early);
  const texts = withComputed(fixture.values ?? {}, { ...known, body }, now);
  const headers = Object.entries(filledIn(fixture.headers ?? {}, texts));
  return {
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    query: filledIn(fixture.query ?? {}, texts),
    rawBody: new TextEncoder().encode(body),
  };
}

type Change = (value: string) => string | undefined;

/** The message with one of its proofs changed; undefined removes it. */
function changedProof(message: CallbackMessage, name: string, change: Change): CallbackMessage {
  const changed = (values: Readonly<Record<string, string>>, wanted: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(values).flatMap(([key, value]) => {
        const next = key === wanted ? change(value) : value;
        return next === undefined ? [] : [[key, next]];
      }),
    );
  const { headers, query } = message;
  return { ...message, headers: changed(headers, name.toLowerCase()), query: changed(query, name) };
}

/** Every forgery of one proof: absent, empty, too long, and with one character changed at either end. */
const FORGERIES: readonly Change[] = [
  () => undefined,
  () => '',
  (value) => `${value}0`,
  (value) => `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`,
  (value) => value.slice(0, -1),
];

async function started(
  world: World,
): Promise<{ adapter: Adapter & Required<Pick<Adapter, 'receive'>>; handle: RunHandle }> {
  const adapter = await world.hosted();
  return { adapter, handle: await adapter.submit(world.request(), world.patience()) };
}

/** The names of the run in a report: by its key, or by its own identification. */
const names = (report: CallbackReport, handle: RunHandle): boolean =>
  report.key === handle.key || JSON.stringify(report.native) === JSON.stringify(handle.native);

function genuineCases({ add, capabilities }: CaseList, fixture: CallbackFixture): void {
  const promise = 'observe: callback';
  add('callback: a genuine message names its run, and changes nothing by itself', promise, async (world) => {
    const { adapter, handle } = await started(world);
    const { states } = await world.follow(adapter, handle);
    const [runs, effects] = [await world.runCount(), await world.effects()];
    const message = genuine(world, fixture, handle);
    const report = await adapter.receive(message, world.patience());
    assert.ok(names(report, handle), 'The report must name the run, by its key or by what the handle holds');
    const again = await adapter.receive(message, world.patience());
    assert.ok(
      report.dedupeId === again.dedupeId,
      'The same message must have the same dedupeId, so that a repetition can be recognised',
    );
    assert.deepEqual([await world.runCount(), await world.effects()], [runs, effects], 'A message must change nothing');
    assert.deepEqual((await world.follow(adapter, handle)).states, states, 'A message must change no state');
  });

  add('callback: two different messages have different dedupeIds', promise, async (world) => {
    const { adapter, handle } = await started(world);
    await world.follow(adapter, handle);
    const first = await adapter.receive(genuine(world, fixture, handle), world.patience());
    const body = fixture.earlierBody ?? fixture.body;
    const sentAt = new Date(Date.now() - 2_000);
    const other = await adapter.receive(genuine(world, fixture, { ...handle, body, sentAt }), world.patience());
    assert.ok(
      first.dedupeId === undefined || fixture.earlierBody === undefined || first.dedupeId !== other.dedupeId,
      'A second message must not pass for a repetition of the first',
    );
  });

  add('callback: a message of an earlier moment does not take back what is known', promise, async (world) => {
    const { adapter, handle } = await started(world);
    const { states } = await world.follow(adapter, handle);
    const late = genuine(world, fixture, { ...handle, body: fixture.earlierBody ?? fixture.body });
    const { observation } = await adapter.receive(late, world.patience());
    for (const report of observation?.targets ?? [])
      if (isFinalTargetState(report.state)) assert.equal(report.state, states[report.ciId], `${report.ciId} had ended`);
    assert.deepEqual((await world.follow(adapter, handle)).states, states, 'A late message must change no state');
  });

  add(
    'callback: a message about another run does not touch this one, before or after it began',
    promise,
    async (world) => {
      const adapter = await world.hosted();
      const request = world.request();
      const early = genuine(world, fixture, { key: request.key, native: {} });
      const answer = await adapter.receive(early, world.patience()).catch((error: unknown) => error);
      const sound = !(answer instanceof Error) || (isAdapterError(answer) && answer.code !== 'INTERNAL');
      assert.ok(sound, `A message that arrives before its run is known: ${String(answer)}`);
      const handle = await adapter.submit(request, world.patience());
      const { states } = await world.follow(adapter, handle);
      const foreign = genuine(world, fixture, { key: 'run-of-somebody-else', native: { id: 'somebody-else' } });
      const report = await adapter.receive(foreign, world.patience()).catch((error: unknown) => {
        if (!isAdapterError(error)) throw error;
        return {};
      });
      assert.ok(!names(report, handle), 'A message about another run must not name this one');
      assert.deepEqual((await world.follow(adapter, handle)).states, states);
      if (capabilities.submit === 'idempotent') assert.ok([undefined, 1].includes(await world.runCount()));
    },
  );
}

function forgedCases({ add }: CaseList, fixture: CallbackFixture): void {
  const promise = 'observe: callback';
  const assertForged = async (
    world: World,
    adapter: Adapter,
    message: CallbackMessage,
    what: string,
  ): Promise<void> => {
    assert.ok(adapter.receive);
    assert.equal(await refusal(adapter.receive(message, world.patience()), what), 'UNAUTHENTICATED', what);
  };

  add('callback: a message whose proof is absent, changed or cut is UNAUTHENTICATED', promise, async (world) => {
    const { adapter, handle } = await started(world);
    for (const name of fixture.proof)
      for (const [index, forge] of FORGERIES.entries()) {
        const message = changedProof(genuine(world, fixture, handle), name, forge);
        await assertForged(world, adapter, message, `A message with a forged ${name} (${index + 1})`);
      }
  });

  if (fixture.unsignedBody === true)
    add('callback: what is not signed is only a hint', promise, async (world) => {
      const { adapter, handle } = await started(world);
      const report = await adapter.receive(genuine(world, fixture, handle), world.patience());
      assert.equal(
        report.observation,
        undefined,
        'Anybody can have written the body, so nothing of it can be reported',
      );
    });
  else
    add('callback: a body that was exchanged is UNAUTHENTICATED', promise, async (world) => {
      const { adapter, handle } = await started(world);
      const message = genuine(world, fixture, handle);
      const rawBody = Uint8Array.from([...message.rawBody, 0x20]);
      await assertForged(world, adapter, { ...message, rawBody }, 'A message with another body');
      const foreign = genuine(world, fixture, { ...handle, key: 'run-of-somebody-else' });
      if (Buffer.compare(foreign.rawBody, message.rawBody) !== 0)
        await assertForged(world, adapter, { ...foreign, headers: message.headers }, 'A proof of another message');
    });

  const { maxAgeSeconds } = fixture;
  if (maxAgeSeconds === undefined) return;
  add('callback: an old message is UNAUTHENTICATED', promise, async (world) => {
    const { adapter, handle } = await started(world);
    const sentAt = new Date(Date.now() - (maxAgeSeconds + 60) * 1_000);
    await assertForged(world, adapter, genuine(world, fixture, { ...handle, sentAt }), 'An old message');
  });
}

/** Cases about callbacks, for adapters that promise them. */
export function callbackCases(list: CaseList): void {
  const { add, capabilities, fixtures, lacks } = list;
  if (!capabilities.observe.includes('callback')) return;
  add(
    'callback: a message that does not prove where it comes from is UNAUTHENTICATED',
    'observe: callback',
    async (world) => {
      const adapter = await world.hosted();
      const bodies = ['', '{}', 'not json', JSON.stringify({ key: 'x'.repeat(OVERSIZED_BYTES) })];
      for (const body of bodies) {
        const message = { headers: {}, rawBody: new TextEncoder().encode(body), query: {} };
        assert.equal(
          await refusal(adapter.receive(message, world.patience()), 'A message from anybody'),
          'UNAUTHENTICATED',
        );
      }
    },
  );
  if (fixtures.callback === undefined) return lacks('callback: genuine, forged and repeated messages', 'callback');
  genuineCases(list, fixtures.callback);
  forgedCases(list, fixtures.callback);
}
