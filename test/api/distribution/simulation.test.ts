import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { names, Rollouts } from '../../support/rollouts.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
let rollouts: Rollouts;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  rollouts = new Rollouts(world);
});
afterAll(async () => await app.end());

const hence = (minutes: number) => new Date(clock.now().getTime() + minutes * 60_000).toISOString();

const SIMULATION = `
  start predictable likelyEnd cautiousEnd runs mostParallel typicalParallel
  classes { ciClass targets basis deliveries runs likelySeconds cautiousSeconds }
  waves { wave { position } name targets likelyStart likelyEnd cautiousStart cautiousEnd }
  overruns { kind name limit likelyMinutes cautiousMinutes }`;

const simulate = async (id: string, start: string | null = null): Promise<any> =>
  (
    await world.auditor.ok(
      `query($id: ID!, $start: DateTime) { distributionSimulate(id: $id, start: $start) { ${SIMULATION} } }`,
      { id, start },
    )
  ).distributionSimulate;

const seconds = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1_000;

test('a start in the past, an unknown distribution and a stranger get nothing', async () => {
  const id = await world.plan(await world.ready(['one']));
  expect(await world.auditor.ok(`{ distributionSimulate(id: "${id}") { start runs } }`)).toEqual({
    distributionSimulate: { start: hence(0), runs: 0 },
  });
  const ask = `query($id: ID!, $start: DateTime) { distributionSimulate(id: $id, start: $start) { runs } }`;
  const code = async (client: typeof world.auditor, variables: Record<string, unknown>) =>
    (await client.send(ask, variables)).errors?.[0]?.extensions?.code;
  expect(await code(world.auditor, { id, start: hence(-1) })).toBe('BAD_USER_INPUT');
  expect(await code(world.auditor, { id, start: hence(60 * 24 * 400) })).toBe('BAD_USER_INPUT');
  expect(await code(world.auditor, { id: id.replace(/.{4}$/, '0000') })).toBe('NOT_FOUND');
  expect(await code(app.anonymous(), { id })).toBe('UNAUTHENTICATED');
});

test('a distribution is predicted from past runs of its tool, with the windows that it would overrun', async () => {
  const first = await world.plan(await world.ready(names(6)), { maxParallel: 3 });
  expect(await simulate(first)).toMatchObject({
    predictable: false,
    likelyEnd: null,
    runs: 0,
    classes: [{ ciClass: 'SERVER', targets: 6, basis: 'NONE', deliveries: 0, likelySeconds: null }],
    waves: [],
    overruns: [],
  });
  await world.act('Schedule', first);
  await world.begin(first);
  await world.passUntil(first, 'SUCCEEDED', 120);
  expect(await simulate(first)).toMatchObject({ predictable: false, classes: [], runs: 1 });

  // The same media, on other servers: the lengths are those that were seen.
  const release = await world.ready(names(12));
  const second = await world.plan(release, { maxParallel: 3, scheduledEnd: hence(0.1) });
  const seen = await simulate(second);
  expect(seen).toMatchObject({ predictable: true, runs: 1, start: hence(0) });
  expect(seen.classes).toEqual([
    expect.objectContaining({ ciClass: 'SERVER', targets: 12, basis: 'SAME_MEDIA', deliveries: 6, runs: 1 }),
  ]);
  const [{ likelySeconds, cautiousSeconds }] = seen.classes;
  expect(likelySeconds).toBeGreaterThan(0);
  expect(cautiousSeconds).toBeGreaterThanOrEqual(likelySeconds);
  // Three at a time: four rounds.
  expect(seconds(seen.start, seen.likelyEnd)).toBeGreaterThanOrEqual(4 * likelySeconds - 0.5);
  expect(seen.waves).toEqual([expect.objectContaining({ wave: null, targets: 12, likelyStart: hence(0) })]);
  const over = seen.overruns.find(({ kind }: { kind: string }) => kind === 'SCHEDULED_END');
  expect(over).toMatchObject({ limit: hence(0.1) });
  expect(over.likelyMinutes).toBeCloseTo(seconds(hence(0.1), seen.likelyEnd) / 60, 0);

  // Waves follow each other, with their soak time.
  await world.operator.run(
    'distributionUpdate',
    { id: second, scheduledEnd: null, expectedVersion: (await world.read(second, 'version')).version },
    'distribution',
  );
  await rollouts.planWaves(second, { by: 'COUNT', sizes: [4, 8], soakMinutes: 30 });
  const waved = await simulate(second, hence(60));
  expect(waved.waves.map((one: any) => [one.wave.position, one.targets])).toEqual([
    [1, 4],
    [2, 8],
  ]);
  expect(waved.start).toBe(hence(60));
  expect(seconds(waved.waves[0].likelyEnd, waved.waves[1].likelyStart)).toBe(1_800);
  expect(waved.overruns).toEqual([]);

  // A blackout in its way is named.
  await world.changeManager.run(
    'scheduleWindowCreate',
    { name: 'Year-end closing', kind: 'BLACKOUT', startsAt: hence(75), endsAt: hence(135) },
    'scheduleWindow',
  );
  expect((await simulate(second, hence(60))).overruns).toEqual([
    {
      kind: 'BLACKOUT',
      name: 'Year-end closing',
      limit: hence(75),
      likelyMinutes: expect.any(Number),
      cautiousMinutes: expect.any(Number),
    },
  ]);
});
