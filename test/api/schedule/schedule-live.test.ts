import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { bookRelease, unbookRelease } from '../../../src/services/schedule/schedule-entry.service.js';
import type { WindowStatus } from '../../../src/domain/schedule/window-status.js';
import { findConflicts } from '../../../src/facts/schedule/schedule.facts.js';
import { windowStatusOf } from '../../../src/facts/schedule/window-status.facts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { ScheduleBuilder, type ScheduledCi } from '../../support/schedule.js';
import { storyOf } from '../../support/story.js';

let app: TestApp;
let build: ScheduleBuilder;
let changeManager: TestClient;
let reader: TestClient;

beforeAll(async () => {
  app = await startTestApp({ clock: new TestClock('2027-01-01T00:00:00Z').now });
  const world = await storyOf(app);
  changeManager = world.changeManager;
  reader = world.auditor;
  build = new ScheduleBuilder(world);
});
afterAll(async () => await app.end());

const uuid = ({ id }: ScheduledCi) => fromNodeId('ConfigurationItem', id, 'id');
const window = async (name: string, kind: string, from: string, to: string, scope: Record<string, unknown>) =>
  await changeManager.run(
    'scheduleWindowCreate',
    { name, kind, startsAt: from, endsAt: to, ...scope },
    'scheduleWindow',
    'id version',
  );
const changes = async (release: string) =>
  (
    await reader.ok(
      `{ events(filter: { type: { eq: "schedule.conflicts-changed" } }) { nodes { subject { type name } data } } }`,
    )
  ).events.nodes
    .filter(({ data }: any) => data.releases.includes(release))
    .map(({ subject, data }: any) => ({
      by: `${subject.type} ${subject.name}`,
      added: data.added.map(({ kind }: any) => kind),
      removed: data.removed.map(({ kind }: any) => kind),
      releases: data.releases,
    }));

describe('changes of conflicts', () => {
  test('are told to the releases they are about, by the request that causes them', async () => {
    const web = await build.ci('web');
    const first = await build.release('First', '2027-02-01T08:00:00Z', '2027-02-01T12:00:00Z', [web]);
    const bystander = await build.release('Bystander', '2027-02-01T08:00:00Z', '2027-02-01T12:00:00Z', [
      await build.ci('desk'),
    ]);
    await app.relay();
    expect(await changes(first)).toEqual([]);
    const second = await build.release('Second', '2027-02-01T10:00:00Z', '2027-02-01T14:00:00Z', [web]);
    await app.relay();
    expect(await changes(first)).toEqual([
      {
        by: 'ScheduleEntry Second',
        added: ['CI_CONFLICT'],
        removed: [],
        releases: expect.arrayContaining([first, second]),
      },
    ]);
    // Moved, but still in conflict: at another time.
    await build.onRelease(second, async (uow, row) => {
      row.plannedStart = new Date('2027-02-01T11:00:00Z');
      await bookRelease(uow, row);
    });
    await app.relay();
    expect((await changes(first))[0]).toMatchObject({ added: ['CI_CONFLICT'], removed: ['CI_CONFLICT'] });
    await build.onRelease(second, async (uow, row) => await unbookRelease(uow, row.id));
    await app.relay();
    expect((await changes(first))[0]).toMatchObject({ added: [], removed: ['CI_CONFLICT'] });
    expect(await changes(bystander)).toEqual([]);
  });

  test('come with windows too, and nothing is told when nothing changes', async () => {
    const web = await build.ci('w-web');
    const release = await build.release('W', '2027-03-01T08:00:00Z', '2027-03-01T12:00:00Z', [web]);
    const freeze = await window('Freeze', 'BLACKOUT', '2027-03-01T11:00:00Z', '2027-03-02T00:00:00Z', {
      ciIds: [web.id],
    });
    await app.relay();
    expect(await changes(release)).toEqual([
      { by: 'ScheduleWindow Freeze', added: ['BLACKOUT'], removed: [], releases: [release] },
    ]);
    await changeManager.run(
      'scheduleWindowUpdate',
      { id: freeze.id, expectedVersion: 1, description: 'Year end' },
      'scheduleWindow',
    );
    await app.relay();
    expect(await changes(release)).toHaveLength(1);
    await changeManager.run(
      'scheduleWindowUpdate',
      { id: freeze.id, expectedVersion: 2, startsAt: '2027-03-01T12:00:00Z' },
      'scheduleWindow',
    );
    await app.relay();
    expect((await changes(release))[0]).toMatchObject({ added: [], removed: ['BLACKOUT'] });
    await window('Nights', 'CHANGE_WINDOW', '2027-03-01T20:00:00Z', '2027-03-02T00:00:00Z', {
      ciIds: [web.id],
      rrule: 'FREQ=DAILY',
    });
    await app.relay();
    expect((await changes(release))[0]).toMatchObject({
      by: 'ScheduleWindow Nights',
      added: ['OUTSIDE_CHANGE_WINDOW'],
    });
  });

  test('reach a subscriber of the release', async () => {
    const web = await build.ci('s-web');
    const release = await build.release('S', '2027-04-01T08:00:00Z', '2027-04-01T12:00:00Z', [web]);
    await app.relay();
    const { events } = await reader.ok('{ events(first: 1) { nodes { cursor } } }');
    const stream = reader.subscribe(
      'subscription($of: [ID!], $after: String) { eventStream(of: $of, after: $after, types: ["schedule"]) { ' +
        'events { type data } } }',
      { of: [release], after: events.nodes[0].cursor },
    );
    const heard = (async () => {
      for await (const { data } of stream)
        if (data && data.eventStream.events.length > 0) return data.eventStream.events;
      return [];
    })();
    await window('Live freeze', 'BLACKOUT', '2027-04-01T11:00:00Z', '2027-04-02T00:00:00Z', { ciIds: [web.id] });
    await app.relay();
    expect(await heard).toMatchObject([
      {
        type: 'schedule.conflicts-changed',
        data: {
          addedCount: 1,
          removedCount: 0,
          added: [{ kind: 'BLACKOUT', severity: 'HIGH', startsAt: '2027-04-01T11:00:00.000Z' }],
        },
      },
    ]);
  });
});

describe('facts for guards', () => {
  test('of a moment: windows, blackouts, and when it may next be', async () => {
    const service = await build.ci('t-service', 'BUSINESS_SERVICE');
    const [web, db] = [await build.ci('t-web'), await build.ci('t-db', 'DATABASE')];
    await build.relate(service, 'RUNS_ON', web);
    const at = async (now: string, ...cis: ScheduledCi[]) => {
      const asked = new Map([['', cis.map(uuid)]]);
      const found = (await windowStatusOf(app.readDatabase, new Date(now), asked)).get('');
      const { open, opensAt, windowIsOpen, activeBlackouts } = found as WindowStatus;
      return { windowIsOpen, activeBlackouts, nextOpening: (open ? new Date(now) : opensAt)?.toISOString() };
    };
    expect(await at('2027-05-01T10:00:00Z', web)).toEqual({
      windowIsOpen: true,
      nextOpening: '2027-05-01T10:00:00.000Z',
      activeBlackouts: [],
    });
    await window('t-nights', 'CHANGE_WINDOW', '2027-05-01T20:00:00Z', '2027-05-02T04:00:00Z', {
      ciIds: [web.id],
      rrule: 'FREQ=DAILY;COUNT=2',
    });
    const freeze = await window('t-freeze', 'BLACKOUT', '2027-05-01T20:00:00Z', '2027-05-01T22:00:00Z', {
      ciIds: [service.id],
    });
    expect(await at('2027-05-01T10:00:00Z', web, db)).toEqual({
      windowIsOpen: false,
      nextOpening: '2027-05-01T22:00:00.000Z',
      activeBlackouts: [],
    });
    expect(await at('2027-05-01T20:00:00Z', web)).toEqual({
      windowIsOpen: true,
      nextOpening: '2027-05-01T22:00:00.000Z',
      activeBlackouts: [{ id: fromNodeId('ScheduleWindow', freeze.id, 'id'), name: 't-freeze' }],
    });
    expect(await at('2027-05-02T04:00:00Z', web)).toMatchObject({
      windowIsOpen: false,
      nextOpening: '2027-05-02T20:00:00.000Z',
    });
    expect(await at('2027-05-03T05:00:00Z', web)).toEqual({
      windowIsOpen: true,
      nextOpening: '2027-05-03T05:00:00.000Z',
      activeBlackouts: [],
    });
    expect(await at('2027-05-01T10:00:00Z')).toEqual({
      windowIsOpen: true,
      nextOpening: '2027-05-01T10:00:00.000Z',
      activeBlackouts: [],
    });
  });

  test('of a proposal: conflicts in which it is the left side', async () => {
    const web = await build.ci('p-web');
    const own = await build.release('P1', '2027-06-01T08:00:00Z', '2027-06-01T12:00:00Z', [web]);
    await build.release('P2', '2027-06-01T11:00:00Z', '2027-06-01T13:00:00Z', [web]);
    const ask = async (exceptReleaseId?: string) =>
      await findConflicts(app.readDatabase, {
        startsAt: new Date('2027-06-01T08:00:00Z'),
        endsAt: new Date('2027-06-01T12:00:00Z'),
        ciIds: [uuid(web)],
        exceptReleaseId,
      });
    expect((await ask()).map(({ left, right }) => [left.name, right.name.replace(/^REL-\d+ /, '')])).toEqual([
      ['This work', 'P1'],
      ['This work', 'P2'],
    ]);
    const releaseId = fromNodeId('Release', own, 'id');
    expect(await ask(releaseId)).toMatchObject([
      { kind: 'CI_CONFLICT', left: { type: 'Release', id: releaseId }, right: { type: 'ScheduleEntry' } },
    ]);
    expect(
      await findConflicts(app.readDatabase, {
        startsAt: new Date('2027-06-01T08:00:00Z'),
        endsAt: new Date('2027-06-01T08:00:00Z'),
        ciIds: [uuid(web)],
      }),
    ).toEqual([]);
  });
});
