import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdapterError, type DistributionRequest } from '../../../src/adapters/adapter.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';
import { reworked } from '../../support/tools.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
/** What the tools were asked, in order. */
const asked: { readonly method: 'preflight' | 'submit'; readonly request: DistributionRequest }[] = [];
/** Thrown by the tool "moody" the next times it is asked. */
let moods: AdapterError[] = [];
/** Targets that the tool has nothing against any more. */
const cured = new Set<string>();

const moody = reworked('moody', (inner) => ({
  preflight: async (request, signal) => {
    asked.push({ method: 'preflight', request });
    const mood = moods.shift();
    if (mood !== undefined) throw mood;
    const { targets, ...answer } = await inner.preflight(request, signal);
    const now = targets.map(({ ciId, ...said }) => ({
      ciId,
      ...(cured.has(ciId) ? { verdict: 'ok' as const } : said),
    }));
    return { ...answer, verdict: 'ok', targets: now };
  },
  submit: async (request, signal) => {
    asked.push({ method: 'submit', request });
    return await inner.submit(request, signal).then((handle) => ({ ...handle, adapterId: 'moody' }));
  },
}));
const liar = reworked('liar', () => ({
  preflight: async () => ({
    verdict: 'ok' as const,
    messages: ['fine\u0000\u202e'],
    targets: [{ ciId: 'ConfigurationItem_stranger', verdict: 'block' as const, message: 'not yours' }],
  }),
}));
const mute = reworked('mute', () => ({}), { preflight: 'none' });

beforeAll(async () => {
  app = await startTestApp({
    clock: clock.now,
    adapters: [
      { instance: 'moody', module: moody },
      { instance: 'liar', module: liar },
      { instance: 'mute', module: mute },
    ],
  });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const PREFLIGHT = 'preflight { verdict kind messages toolVersion error answeredAt targets { totalCount } }';
const unavailable = () => new AdapterError('UNAVAILABLE', 'It reboots.');
const internal = () => new AdapterError('INTERNAL', 'It divided by zero.');

test('a preflight shows before the start what the tool thinks of each target, and the start asks again', async () => {
  const release = await world.ready(['web', 'db', 'app']);
  const block = { preflight: 'block', message: 'old firmware' };
  const [web, db] = [release.cis['web'] as string, release.cis['db'] as string];
  const scripts = { [web]: { preflight: 'warn', message: 'low disk' }, [db]: block };
  const id = await world.plan(release, { parameters: world.simulate('succeed', scripts) }, 'moody');
  expect(await world.read(id, 'preflight { askedAt }')).toEqual({ preflight: null });
  expect(await rejectionCode(world.auditor, 'distributionPreflight', { id })).toBe('FORBIDDEN');

  asked.length = 0;
  await world.act('Preflight', id);
  expect(await world.read(id, PREFLIGHT)).toMatchObject({ preflight: { verdict: null, answeredAt: null } });
  await world.act('Preflight', id);
  await world.pass(2);
  const blocked = '{ preflightVerdict: { eq: BLOCK } }';
  expect(
    await world.read(
      id,
      `preflight { verdict kind error targets(filter: ${blocked}) { nodes { ci { name } preflightMessage } } }`,
    ),
  ).toEqual({
    preflight: {
      verdict: 'BLOCK',
      kind: 'STATIC',
      error: null,
      targets: { nodes: [{ ci: { name: expect.stringContaining('db') }, preflightMessage: 'old firmware' }] },
    },
  });
  expect(await world.targets(id, 'state preflightVerdict')).toEqual({
    web: { state: 'PENDING', preflightVerdict: 'WARN' },
    db: { state: 'PENDING', preflightVerdict: 'BLOCK' },
    app: { state: 'PENDING', preflightVerdict: 'OK' },
  });

  await world.act('Schedule', id);
  await world.begin(id);
  await world.pass(2);
  expect(asked.map(({ method }) => method)).toEqual(['preflight', 'preflight']);
  const [first, second] = asked.map(({ request }) => request);
  const same = ({ deadline: _d, fingerprint: _f, actor: _a, ...request }: DistributionRequest) => request;
  expect(same(second as DistributionRequest)).toEqual(same(first as DistributionRequest));
  expect(await world.state(id)).toBe('FAILED');
  expect(await world.targets(id, 'state reasonCode reasonMessage')).toEqual({
    web: expect.objectContaining({ state: 'REJECTED', reasonCode: 'PREFLIGHT_BLOCKED' }),
    db: { state: 'REJECTED', reasonCode: 'PREFLIGHT_BLOCKED', reasonMessage: 'old firmware' },
    app: expect.objectContaining({ state: 'REJECTED', reasonCode: 'PREFLIGHT_BLOCKED' }),
  });
  expect(await world.events(id)).toEqual(
    expect.arrayContaining(['distribution.preflight-requested', 'distribution.preflighted']),
  );

  // Somebody updates the firmware, asks whether that was all, and retries.
  cured.add(db);
  await world.act('Preflight', id);
  expect(await world.read(id, PREFLIGHT)).toMatchObject({ preflight: { verdict: null, answeredAt: null } });
  await world.pass(2);
  expect(await world.read(id, `state ${PREFLIGHT}`)).toMatchObject({ state: 'FAILED', preflight: { verdict: 'WARN' } });
  expect(await world.targets(id, 'preflightVerdict')).toMatchObject({ db: { preflightVerdict: 'OK' } });
  await world.act('RetryFailed', id);
  await world.pass(15);
  expect(await world.state(id)).toBe('SUCCEEDED');
  expect(await world.refusal('Preflight', id)).toEqual(['ILLEGAL_TRANSITION']);
  const methods = ['preflight', 'preflight', 'preflight', 'preflight', 'submit'];
  expect(asked.map(({ method }) => method)).toEqual(methods);
  const [, , third, fourth] = asked.map(({ request }) => request);
  expect(same(fourth as DistributionRequest)).toEqual(same(third as DistributionRequest));
});

test('a start that the tool is away for waits, and is sent once', async () => {
  asked.length = 0;
  moods = [unavailable(), internal()];
  const id = await world.started(await world.ready(['web']), {}, 'moody');
  await world.pass(15);
  expect(await world.read(id, 'state runs { nodes { submitCalls } }')).toEqual({
    state: 'SUCCEEDED',
    runs: { nodes: [{ submitCalls: 1 }] },
  });
  expect(asked.map(({ method }) => method)).toEqual(['preflight', 'preflight', 'preflight', 'submit']);
  expect(await world.read(id, PREFLIGHT)).toMatchObject({ preflight: { verdict: 'OK', error: null } });
});

test('a tool that fails at the preflight is given no order, which can be retried', async () => {
  moods = [internal(), internal(), internal()];
  const id = await world.started(await world.ready(['web']), {}, 'moody');
  await world.pass(15);
  expect(await world.targets(id, 'state reasonCode')).toEqual({ web: { state: 'REJECTED', reasonCode: 'INTERNAL' } });
  await world.act('RetryFailed', id);
  await world.pass(5);
  expect(await world.state(id)).toBe('SUCCEEDED');
});

test('a question is asked again while the tool is away, and given up when it fails three times', async () => {
  const id = await world.plan(await world.ready(['web']), {}, 'moody');
  moods = [unavailable()];
  await world.act('Preflight', id);
  await world.pass(5);
  expect(await world.read(id, PREFLIGHT)).toMatchObject({ preflight: { verdict: 'OK', error: null } });
  moods = [internal(), internal(), internal()];
  await world.act('Preflight', id);
  await world.pass(15);
  expect(await world.read(id, PREFLIGHT)).toMatchObject({
    preflight: { verdict: null, error: 'INTERNAL: It divided by zero.', answeredAt: expect.any(String) },
  });
  expect(await world.targets(id, 'preflightVerdict')).toEqual({ web: { preflightVerdict: null } });
});

test('what a tool says of strangers does no harm, and a tool that checks nothing is not asked', async () => {
  const release = await world.ready(['web']);
  const lied = await world.plan(release, {}, 'liar');
  await world.act('Preflight', lied);
  await world.pass(2);
  expect(await world.read(lied, PREFLIGHT)).toMatchObject({
    preflight: { verdict: 'OK', messages: ['fine\\u0000\\u202e'], targets: { totalCount: 0 } },
  });
  const silent = await world.plan(release, {}, 'mute');
  expect(await world.refusal('Preflight', silent)).toEqual(['ADAPTER_UNSUPPORTED']);
  await world.act('Schedule', silent);
  await world.begin(silent);
  await world.pass(5);
  expect(await world.read(silent, 'state preflight { verdict }')).toEqual({ state: 'SUCCEEDED', preflight: null });
});
