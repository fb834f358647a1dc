import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const REASON = 'The users are back early.';
const endOf = async (id: string, event: string) => {
  await app.relay();
  const { events, ...rest } = await world.read(id, 'state stateReason events(first: 50) { nodes { type reason } }');
  return { ...rest, reason: events.nodes.find(({ type }: { type: string }) => type === event)?.reason };
};

describe('a tool that refuses a stop', () => {
  test.each([
    ['as a whole', (story) => story.simulate({ stepMs: 4_000 }, {}, { cancel: 'reject' })],
    ['at each of its targets', (story) => story.simulate({ stepMs: 4_000, cancel: 'refuse' })],
  ] as readonly [string, (story: Story) => Record<string, unknown>][])(
    '%s is recorded as refusing, and its success carries no reason of a stop',
    async (_how, parameters) => {
      const id = await world.started(await world.ready(['web']), { parameters: parameters(world) });
      await world.pass(1);
      await world.act('Stop', id, { mode: 'ABORT', reason: REASON });
      await world.pass(1);
      expect(await world.events(id)).toContain('distribution.cancel-rejected');
      expect(await world.events(id)).not.toContain('distribution.cancel-accepted');
      expect(await world.targets(id)).toEqual({ web: { state: 'CANCEL_REJECTED', attempt: 1 } });
      expect((await world.read(id, 'stateReason')).stateReason).toMatch(/^The tool refused the stop: /);
      await world.passUntil(id, 'SUCCEEDED', 60);
      expect(await endOf(id, 'distribution.succeeded')).toEqual({
        state: 'SUCCEEDED',
        stateReason: null,
        reason: null,
      });
    },
  );

  test('or accepts it too late leaves a success without a reason', async () => {
    const parameters = world.simulate({ stepMs: 4_000 });
    const id = await world.started(await world.ready(['web']), { parameters });
    await world.pass(1);
    // A graceful stop lets the only target finish.
    await world.act('Stop', id, { reason: REASON });
    await world.passUntil(id, 'SUCCEEDED', 60);
    expect(await world.events(id)).toContain('distribution.cancel-accepted');
    expect(await endOf(id, 'distribution.succeeded')).toEqual({ state: 'SUCCEEDED', stateReason: null, reason: null });
  });
});
