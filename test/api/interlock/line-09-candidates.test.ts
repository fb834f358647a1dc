import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { storyOf, type Story } from '../../support/story.js';

// Candidates for a change know the calendar, and a change that is over has none.

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

interface Candidate {
  readonly release: { readonly name: string };
  readonly score: number;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
}

const candidates = async (id: string): Promise<Candidate[]> => {
  const query = `query($id: ID!) {
    changeReleaseCandidates(changeId: $id, limit: 50) { release { name } score reasons { code message } }
  }`;
  return (await world.requester.ok(query, { id })).changeReleaseCandidates;
};

describe('candidates for a change', () => {
  test('rank a release whose time conflicts with work on the targets below a free one, and say why', async () => {
    const web = await world.ci('web');
    const change = await world.authorised('Patch', [web]);
    await world.release('In the freeze', { plannedStart: inHours(24), plannedEnd: inHours(28) });
    await world.release('In a free night', { plannedStart: inHours(48), plannedEnd: inHours(52) });
    const before = await candidates(change.id);
    expect(new Set(before.map(({ score }) => score)).size).toBe(1);

    const times = { startsAt: inHours(20), endsAt: inHours(30) };
    await world.changeManager.run(
      'scheduleWindowCreate',
      { name: 'Freeze', kind: 'BLACKOUT', ...times, ciIds: [web] },
      'scheduleWindow',
    );
    const [best, worse, ...others] = await candidates(change.id);
    expect(others).toEqual([]);
    expect([best?.release.name, worse?.release.name]).toEqual(['In a free night', 'In the freeze']);
    expect((best?.score ?? 0) - (worse?.score ?? 0)).toBe(30);
    expect(worse?.reasons).toContainEqual({
      code: 'CALENDAR_CONFLICT',
      message: expect.stringContaining('during blackout "Freeze"'),
    });
    expect(best?.reasons.map(({ code }) => code)).not.toContain('CALENDAR_CONFLICT');
  });

  test('are not offered once the change is over', async () => {
    const change = await world.authorised('Given up', [await world.ci('desk')]);
    expect((await candidates(change.id)).length).toBeGreaterThan(0);
    await world.requester.run('changeCancel', { id: change.id, reason: 'Not needed.' }, 'change');
    expect(await candidates(change.id)).toEqual([]);
  });
});
