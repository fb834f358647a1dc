import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { storyOf, type Story } from '../../support/story.js';

// By hand: INTERLOCK_TEST_RACE_ROUNDS=1000.
const ROUNDS = Number(process.env['INTERLOCK_TEST_RACE_ROUNDS'] ?? 30);
const HOUR = 3_600_000;
const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const inHours = (hours: number) => new Date(clock.now().getTime() + hours * HOUR).toISOString();

/** Schedules a release. @returns its state, or the codes of what refuses it */
async function schedule(id: string, from: number, to: number): Promise<string> {
  const input = { id, startsAt: inHours(from), endsAt: inHours(to) };
  const { release, userErrors } = await world.manager.attempt('releaseSchedule', input, 'release', 'state');
  return userErrors.length === 0 ? release.state : userErrors.map(({ code }: { code: string }) => code).join();
}

test('of two people who schedule the same item at the same moment, one sees the conflict', async () => {
  const service = await world.ci('payroll', { ciClass: 'BUSINESS_SERVICE' });
  const host = await world.ci('payroll-db', { ciClass: 'SERVER' });
  await world.configurationManager.run(
    'configurationItemRelate',
    { sourceId: service, kind: 'RUNS_ON', targetId: host },
    'ciRelation',
  );
  const [first, second] = [await world.accepted('First', [host]), await world.accepted('Second', [service])] as const;
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const from = 24 + (round % 50) * 3;
    const answers = await Promise.all([schedule(first, from, from + 2), schedule(second, from + 1, from + 3)]);
    expect(answers.toSorted()).toEqual(['IMPACTED_CI_CONFLICT', 'SCHEDULED']);
    const winner = answers[0] === 'SCHEDULED' ? first : second;
    seen.add(winner);
    await world.step('releaseUnschedule', winner, { reason: 'Next round.' });
  }
  // Each of them was faster at times.
  if (ROUNDS >= 1_000) expect(seen.size).toBe(2);
}, 300_000);
