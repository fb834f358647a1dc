import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { expectRefused } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const LAPSES = '{ code message subject { id } resolvableBy }';

describe('an approval that lapsed', () => {
  test('says what the release no longer is as it was accepted, to whoever reads and to whoever tries', async () => {
    const [web, db] = [await world.ci('lapse-web'), await world.ci('lapse-db')];
    const id = await world.accepted('Lapses', [web]);
    const lapses = async () =>
      (await world.read(id, `acceptanceIsStale acceptanceLapses ${LAPSES}`, world.auditor)) as {
        acceptanceIsStale: boolean;
        acceptanceLapses: { message: string }[];
      };
    expect(await lapses()).toEqual({ acceptanceIsStale: false, acceptanceLapses: [] });
    await world.addTargets(id, db);
    const { version } = await world.read(id, 'version');
    await world.manager.run(
      'releaseUpdate',
      { id, expectedVersion: version, backOutPlan: 'Reinstall the former version.' },
      'release',
    );
    const found = await lapses();
    expect(found).toMatchObject({
      acceptanceIsStale: true,
      acceptanceLapses: [
        { code: 'APPROVAL_STALE', message: expect.stringContaining('back-out plan was edited') },
        { code: 'APPROVAL_STALE', message: expect.stringContaining('lapse-db was added'), subject: { id: db } },
      ],
    });
    const refused = await expectRefused(world.manager, 'releaseSchedule', {
      id,
      startsAt: '2031-06-01T10:00:00Z',
      endsAt: '2031-06-01T12:00:00Z',
    });
    const words = refused.filter(({ code }) => code === 'APPROVAL_STALE').map(({ message }) => message);
    expect(words).toEqual(found.acceptanceLapses.map(({ message }) => message));
    await world.step('releaseAccept', id, {}, world.owner);
    expect(await lapses()).toEqual({ acceptanceIsStale: false, acceptanceLapses: [] });
  });
});
