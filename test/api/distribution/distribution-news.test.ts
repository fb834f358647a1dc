import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdapterError, type DistributionRequest } from '../../../src/adapters/adapter.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';
import { reworked } from '../../support/tools.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
/** The orders that the tool `calling` has got. */
const orders: DistributionRequest[] = [];
let looks = 0;
const KEY = 'a key that both sides know';
const sign = (body: string) => createHmac('sha256', KEY).update(body).digest('hex');

const adapters = [
  { instance: 'simulator', module: 'simulator' },
  { instance: 'manual', module: 'manual' },
  {
    instance: 'calling',
    module: reworked(
      'calling',
      (inner) => ({
        submit: async (request, signal) => {
          orders.push(request);
          const { callback: _callback, ...rest } = request;
          return { ...(await inner.submit(rest, signal)), adapterId: 'calling' };
        },
        observe: async (handle, cursor, signal) => {
          looks += 1;
          return { ...(await inner.observe(handle, cursor, signal)), nextPollMs: 50_000 };
        },
        receive: async ({ headers, rawBody }) => {
          const body = Buffer.from(rawBody).toString('utf8');
          if (headers['x-signature'] !== sign(body)) throw new AdapterError('UNAUTHENTICATED', 'Wrong signature.');
          return JSON.parse(body) as object;
        },
      }),
      { observe: ['poll', 'callback'] },
    ),
  },
];

/** The rate limit: more than one of the people here asks in ten seconds. */
const MOST_CALLBACKS = 300;

beforeAll(async () => {
  app = await startTestApp({
    clock: clock.now,
    adapters,
    env: { INTERLOCK_RATE_LIMIT: String(MOST_CALLBACKS) },
  });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

/** Targets of a distribution: ids by the names of their configuration items. */
async function targetIds(id: string): Promise<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(await world.targets(id, 'id')).map(([name, target]) => [name, target.id as string]),
  );
}

const report = async (id: string | undefined, state: string, more: Record<string, unknown> = {}) =>
  await world.assignee.attempt(
    'targetExecutionReport',
    { id, state, ...more },
    'targetExecution',
    'state step reasonMessage reports(last: 1) { nodes { state effect evidence message reportedBy { name } } }',
  );

describe('work by people', () => {
  test('is reported target by target, with evidence, and ends the distribution', async () => {
    const id = await world.started(await world.ready(['rack', 'switch']), {}, 'manual');
    await app.jobs.runOnce();
    expect(await world.read(id, 'state targets { nodes { state } }')).toEqual({
      state: 'RUNNING',
      targets: { nodes: [{ state: 'SENT' }, { state: 'SENT' }] },
    });
    const targets = await targetIds(id);
    expect((await report(targets['rack'], 'INSTALLING')).targetExecution.state).toBe('INSTALLING');
    expect((await report(targets['rack'], 'SUCCEEDED')).userErrors).toMatchObject([
      { code: 'EVIDENCE_MISSING', path: ['evidence'] },
    ]);
    expect((await report(targets['switch'], 'FAILED')).userErrors).toMatchObject([
      { code: 'EVIDENCE_MISSING', path: ['reason'] },
    ]);
    const { targetExecution } = await report(targets['rack'], 'SUCCEEDED', { evidence: 'Serial 4711' });
    expect(targetExecution).toEqual({
      state: 'SUCCEEDED',
      step: null,
      reasonMessage: null,
      reports: {
        nodes: [
          {
            state: 'SUCCEEDED',
            effect: 'APPLIED',
            evidence: 'Serial 4711',
            message: null,
            reportedBy: { name: 'tom' },
          },
        ],
      },
    });
    // What is done cannot be taken back by saying less; that it was said is kept.
    expect((await report(targets['rack'], 'FAILED', { reason: 'Oops.' })).targetExecution).toMatchObject({
      state: 'SUCCEEDED',
      reports: { nodes: [{ state: 'FAILED', effect: 'LATE' }] },
    });
    await report(targets['switch'], 'FAILED', { reason: 'No free port.' });
    expect(
      await world.read(
        id,
        'state release { state } targets { nodes { reasonMessage installations { nodes { assurance } } } }',
      ),
    ).toEqual({
      state: 'PARTIALLY_SUCCEEDED',
      release: { state: 'PARTIALLY_DEPLOYED' },
      targets: {
        nodes: expect.arrayContaining([
          { reasonMessage: null, installations: { nodes: [{ assurance: 'REPORTED' }] } },
          { reasonMessage: 'No free port.', installations: { nodes: [] } },
        ]),
      },
    });
    // Better news may still come: then it is what happened.
    await report(targets['switch'], 'SUCCEEDED', { evidence: 'A port was found after all.' });
    expect(await world.read(id, 'state release { state }')).toEqual({
      state: 'SUCCEEDED',
      release: { state: 'DEPLOYED' },
    });
  });

  test('that is to stop is cancelled where it had not begun, and awaited where it had', async () => {
    const id = await world.started(await world.ready(['rack', 'switch']), {}, 'manual');
    await app.jobs.runOnce();
    const targets = await targetIds(id);
    await report(targets['rack'], 'INSTALLING');
    await world.act('Stop', id);
    await app.jobs.runOnce();
    expect(await world.targets(id, 'state')).toEqual({
      rack: { state: 'CANCEL_REQUESTED' },
      switch: { state: 'CANCELLED' },
    });
    expect(await world.state(id)).toBe('STOPPING');
    await report(targets['rack'], 'SUCCEEDED', { evidence: 'It was already in.' });
    expect(await world.state(id)).toBe('STOPPED');
  });

  test('is for tools that are people, and for the people of deployment', async () => {
    const id = await world.started(await world.ready(['web']));
    await app.jobs.runOnce();
    const target = (await targetIds(id))['web'];
    const input = { id: target, state: 'SUCCEEDED', evidence: 'I say so.' };
    expect(await refusalCodes(world.assignee, 'targetExecutionReport', input)).toEqual(['ADAPTER_UNSUPPORTED']);
    expect(await rejectionCode(world.manager, 'targetExecutionReport', input)).toBe('FORBIDDEN');
    const planned = await world.plan(await world.ready(['rack']), {}, 'manual');
    expect(
      await refusalCodes(world.assignee, 'targetExecutionReport', { ...input, id: (await targetIds(planned))['rack'] }),
    ).toEqual(['ILLEGAL_TRANSITION']);
  });
});

describe('a call of a tool', () => {
  const call = async (url: string, body: string, headers: Record<string, string> = { 'x-signature': sign(body) }) =>
    await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

  test('has its run looked at at once, and nothing more', async () => {
    const id = await world.started(await world.ready(['web']), {}, 'calling');
    await app.jobs.runOnce();
    const { url, token } = orders.at(-1)?.callback as { url: string; token: { $secret: string } };
    expect(url).toMatch(new RegExp(`^${app.url}/integrations/calling/callback/[\\w-]{43}$`));
    expect(token.$secret).toMatch(/^file:\//);
    await world.pass(3);
    expect(await world.state(id)).toBe('RUNNING'); // the next look is far away
    expect(existsSync(token.$secret.slice('file:'.length))).toBe(true);
    expect(
      (
        await call(
          url,
          '{"dedupeId":"m-1","observation":{"run":{"phase":"finished"},"targets":[],"cursor":"x","complete":true}}',
        )
      ).status,
    ).toBe(202);
    await app.jobs.runOnce();
    expect(await world.state(id)).toBe('SUCCEEDED');
    const before = looks;
    expect((await call(url, '{"dedupeId":"m-1"}')).status).toBe(202);
    await app.jobs.runOnce({ housekeeping: true });
    expect(looks).toBe(before);
    expect(existsSync(token.$secret.slice('file:'.length))).toBe(false); // nobody has any use for it now
    expect(
      await app.count(`distribution_run where row_to_json(distribution_run)::text like '%${url.slice(-43)}%'`),
    ).toBe(0);
  });

  test('that is not authentic, not for a run, or too large changes nothing', async () => {
    await world.started(await world.ready(['web']), {}, 'calling');
    await app.jobs.runOnce();
    const { url } = orders.at(-1)?.callback as { url: string };
    const events = await app.count('domain_event');
    const before = looks;
    const status = async (...args: Parameters<typeof call>) => (await call(...args)).status;
    expect(await status(url, '{}', { 'x-signature': 'wrong' })).toBe(401);
    expect(await status(url, 'no json at all')).toBe(400);
    expect(await status(url, JSON.stringify({ key: 'DST-1-1' }))).toBe(404);
    expect(await status(`${url.slice(0, -3)}xyz`, '{}')).toBe(404);
    expect(await status(url.replace('/calling/', '/simulator/'), '{}')).toBe(404);
    expect(await status(url.replace('/calling/', '/nobody/'), '{}')).toBe(404);
    expect(await status(url, `"${'x'.repeat(1_100_000)}"`)).toBe(413);
    expect((await fetch(url)).status).toBe(404);
    await app.jobs.runOnce();
    expect(looks).toBe(before);
    expect(await app.count('domain_event')).toBe(events);
  });

  test('at the address of all its runs names its run, and is heard only when it is authentic', async () => {
    const id = await world.started(await world.ready(['web']), {}, 'calling');
    await app.jobs.runOnce();
    const { key } = orders.at(-1) as DistributionRequest;
    const address = `${app.url}/integrations/calling/callback`;
    const [before, events] = [looks, await app.count('domain_event')];
    const status = async (...args: Parameters<typeof call>) => (await call(...args)).status;
    await world.pass(3);
    expect(await status(address, JSON.stringify({ key }), { 'x-signature': 'wrong' })).toBe(401);
    expect(await status(address, 'no json at all')).toBe(400);
    expect(await status(address, '{"key":"DST-1-1"}')).toBe(202); // somebody else's work at the same tool
    expect(await status(address, '{}')).toBe(202);
    expect(await status(address.replace('/calling/', '/simulator/'), JSON.stringify({ key }))).toBe(404);
    await app.jobs.runOnce();
    expect([looks, await app.count('domain_event')]).toEqual([before, events]);
    expect(await status(address, JSON.stringify({ key, dedupeId: 'a-1' }))).toBe(202);
    await app.jobs.runOnce();
    expect([await world.state(id), looks]).toEqual(['SUCCEEDED', before + 1]);
    expect(await status(address, JSON.stringify({ key, dedupeId: 'a-1' }))).toBe(202);
    await app.jobs.runOnce();
    expect(looks).toBe(before + 1);
  });

  test('comes at most so often for one run, and that keeps no other run from being heard', async () => {
    const [busy, other] = [await world.ready(['web']), await world.ready(['web'])];
    const urls: string[] = [];
    for (const release of [busy, other]) {
      await world.started(release, {}, 'calling');
      await app.jobs.runOnce();
      urls.push((orders.at(-1)?.callback as { url: string }).url);
    }
    const statuses: number[] = [];
    for (let n = 0; n <= MOST_CALLBACKS; n++)
      statuses.push((await call(urls[0] as string, `{"dedupeId":"b-${n}"}`)).status);
    expect(statuses.filter((status) => status === 202)).toHaveLength(MOST_CALLBACKS);
    const refused = await call(urls[0] as string, '{"dedupeId":"b-more"}');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await refused.json()) as object).toMatchObject({
      errors: [{ message: expect.stringContaining('callbacks of one run'), extensions: { code: 'RATE_LIMITED' } }],
    });
    // Refused before the adapter sees it, whatever its signature.
    expect((await call(urls[0] as string, '{}', { 'x-signature': 'wrong' })).status).toBe(429);
    expect((await call(urls[1] as string, '{"dedupeId":"o-1"}')).status).toBe(202);
  });
});
