import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { DistributionWorld } from '../support/distributions.js';

const clock = new TestClock();
let app: TestApp;
let world: DistributionWorld;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await DistributionWorld.of(app, clock);
});
afterAll(async () => await app.end());

describe('a distribution', () => {
  test('reaches every target, ends with it, and the release with it', async () => {
    const release = await world.ready(['web', 'db']);
    const id = await world.started(release, { parameters: world.simulate({ stepMs: 500 }) });
    expect(await world.state(id)).toBe('STARTING');
    await app.jobs.runOnce();
    expect(await world.state(id)).toBe('RUNNING');
    expect(await world.targets(id)).toMatchObject({ web: { attempt: 1 }, db: { attempt: 1 } });
    await world.pass(3);
    expect(await world.read(id, 'state percent progress { total ended percent counts { state count } } release { state }')).toEqual({
      state: 'SUCCEEDED',
      percent: 100,
      progress: { total: 2, ended: 2, percent: 100, counts: [{ state: 'SUCCEEDED', count: 2 }] },
      release: { state: 'DEPLOYED' },
    });
    expect(world.runsOf()).toEqual([expect.stringMatching(/^DST-\d+-1$/)]);
  });
});
