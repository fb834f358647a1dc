import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdapterError, type Adapter, type LogChunk } from '../../../src/adapters/adapter.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';
import { reworked } from '../../support/tools.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
/** The whole log of the tool "chatty", what it has written of it so far, and the failures that come first. */
let text = '';
let written = 0;
let ended = false;
let failures: AdapterError[] = [];
const asked: (string | undefined)[] = [];

const chatty = (_inner: Adapter): Partial<Adapter> => ({
  logs: async (_handle, { ciId, cursor, maxBytes }): Promise<LogChunk> => {
    asked.push(ciId);
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    const from = Number(cursor ?? 0);
    const to = Math.min(written, from + Math.floor(maxBytes / 4));
    return { chunk: text.slice(from, to), cursor: String(to), eof: ended && to === text.length };
  },
});

beforeAll(async () => {
  app = await startTestApp({
    clock: clock.now,
    adapters: [
      { instance: 'simulator', module: 'simulator' },
      { instance: 'chatty', module: reworked('chatty', chatty) },
      { instance: 'mute', module: reworked('mute', () => ({ logs: undefined }), { logs: 'none' }) },
    ],
  });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const LOG = 'log { text endCursor hasMore complete truncated length error }';
const LOG_AFTER = 'log(after: $after) { text endCursor hasMore complete }';

const runOf = async (id: string): Promise<{ id: string; log: any }> =>
  (await world.read(id, `runs { nodes { id ${LOG} } }`)).runs.nodes.at(-1);

/** Reads a log to its end, page by page. */
async function wholeLog(run: string): Promise<string> {
  let all = '';
  for (let after: string | null = null; ;) {
    const query = `query($id: ID!, $after: String) { node(id: $id) { ... on DistributionRun { ${LOG_AFTER} } } }`;
    const { log }: { log: any } = (await world.auditor.ok(query, { id: run, after })).node;
    all += log.text;
    after = log.endCursor;
    if (!log.hasMore) return all;
  }
}

const follow = async (id: string, more: object = {}, client = world.operator) =>
  await client.run('distributionFollowLog', { id, ...more }, 'distribution');

/** A subscription to a log: what it delivered so far, and how to end it. */
function listen(run: string, more: object = {}) {
  const socket = world.operator.socket();
  const heard: { text: string; endCursor: string; complete: boolean }[] = [];
  const stop = socket.subscribe(
    {
      query: `subscription($run: ID!, $target: ID, $after: String) {
        runLogStream(run: $run, target: $target, after: $after) { text endCursor complete } }`,
      variables: { run, ...more },
    },
    {
      next: ({ data }) => void heard.push((data as any).runLogStream),
      error: (error) => void heard.push({ text: `ERROR ${JSON.stringify(error)}`, endCursor: '', complete: true }),
      complete: () => {},
    },
  );
  const until = async (done: () => boolean) => {
    for (let n = 0; n < 100 && !done(); n++) {
      await app.relay();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(done()).toBe(true);
  };
  const said = () => heard.map((message) => message.text).join('');
  return { heard, said, until, end: async () => (stop(), await socket.dispose()) };
}

test('the log of a run is read while somebody follows it, and a stream resumes after its cursor', async () => {
  const release = await world.ready(['web', 'db']);
  const id = await world.started(release, { parameters: world.simulate({ outcome: 'hang' }) }, 'chatty');
  await world.passUntil(id, 'RUNNING', 30);
  text = Array.from({ length: 1_500 }, (_, n) => `line ${n} äöü €\n`).join('');
  [written, ended] = [1_000, false];
  const run = await runOf(id);
  expect(run.log).toBeNull();
  expect(asked).toEqual([]);

  const first = listen(run.id);
  await first.until(() => first.heard.length > 0);
  await follow(id);
  await world.pass(3);
  await app.relay();
  expect((await runOf(id)).log).toMatchObject({
    text: text.slice(0, 1_000),
    complete: false,
    length: 1_000,
    error: null,
  });
  await first.until(() => first.said().length === 1_000);
  const { endCursor } = first.heard.at(-1)!;
  await first.end();

  // What is written meanwhile comes to a stream that resumes, exactly once and in order.
  [written, ended] = [text.length, true];
  await world.pass(20, 2_000);
  const second = listen(run.id, { after: endCursor });
  await second.until(() => second.heard.some(({ complete }) => complete));
  expect(first.said() + second.said()).toBe(text);
  await second.end();
  await app.relay();
  expect(await wholeLog(run.id)).toBe(text);
  const { log } = await runOf(id);
  expect(log).toMatchObject({ complete: true, truncated: false, length: text.length });
  // A log that has ended is not asked for again.
  const before = asked.length;
  await follow(id);
  await world.pass(3);
  expect(asked.length).toBe(before);
});

test('the log of one target is its own', async () => {
  const release = await world.ready(['web', 'db']);
  const id = await world.started(release);
  await world.passUntil(id, 'SUCCEEDED', 60);
  const targets = await world.targets(id, 'id');
  await follow(id, { targetExecutionId: targets['web'].id });
  await world.pass(3);
  await app.relay();
  const logs = await world.targets(id, LOG);
  expect(logs['db']).toEqual({ log: null });
  expect(logs['web'].log).toMatchObject({ complete: true, hasMore: false });
  const lines = logs['web'].log.text.trim().split('\n');
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.every((line: string) => line.includes(release.cis['web'] as string))).toBe(true);
  expect((await runOf(id)).log).toBeNull();
});

test('a tool that is away is asked again, one that has no log says so, and strangers follow nothing', async () => {
  [text, written, ended] = ['all of it', 9, true];
  failures = [new AdapterError('UNAVAILABLE', 'It reboots.')];
  const id = await world.started(await world.ready(['web']), {}, 'chatty');
  await world.passUntil(id, 'SUCCEEDED', 60);
  await follow(id);
  await world.pass(1);
  expect((await runOf(id)).log).toMatchObject({ text: '', error: 'UNAVAILABLE: It reboots.', complete: false });
  await world.pass(10);
  await app.relay();
  expect((await runOf(id)).log).toMatchObject({ text: 'all of it', error: null, complete: true });

  failures = [new AdapterError('NOT_FOUND', 'It was purged.')];
  const purged = await world.started(await world.ready(['web']), {}, 'chatty');
  await world.passUntil(purged, 'SUCCEEDED', 60);
  await follow(purged);
  await world.pass(5);
  expect((await runOf(purged)).log).toMatchObject({ text: '', error: 'NOT_FOUND: It was purged.', complete: false });

  const mute = await world.started(await world.ready(['web']), {}, 'mute');
  await world.passUntil(mute, 'SUCCEEDED', 60);
  expect(await world.refusal('FollowLog', mute)).toEqual(['ADAPTER_UNSUPPORTED']);
  const planned = await world.plan(await world.ready(['web']));
  expect(await world.refusal('FollowLog', planned)).toEqual(['ILLEGAL_TRANSITION']);
  const code = async (more: object, client = world.operator) =>
    await rejectionCode(client, 'distributionFollowLog', { id, ...more });
  expect(await code({}, world.auditor)).toBe('FORBIDDEN');
  expect(await code({ attempt: 7 })).toBe('NOT_FOUND');
  expect(await code({ attempt: 0 })).toBe('BAD_USER_INPUT');
  const foreign = (await world.targets(mute, 'id'))['web'].id;
  expect(await code({ targetExecutionId: foreign })).toBe('NOT_FOUND');
});
