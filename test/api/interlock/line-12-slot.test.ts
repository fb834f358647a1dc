import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { templateTask } from '../../support/plans.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const at = (day: number, hour: number) => `2031-05-${String(day).padStart(2, '0')}T${hour}:00:00.000Z`;
const slot = (day: number, from = 20, to = 23) => ({ startsAt: at(day, from), endsAt: at(day, to) });

/** A release in state ACCEPTED with a change. */
async function withChange(name: string, more: Record<string, unknown> = {}) {
  const ci = await world.ci(name);
  const change = await world.authorised(`${name} change`, [ci], more);
  const { id } = await world.release(name);
  await world.addTargets(id, ci);
  await world.addContent(id);
  await world.step('releaseStartPlanning', id);
  await world.join(change.id, id);
  await world.step('releaseStartBuilding', id);
  await world.step('releaseStartTesting', id);
  await world.step('releaseAccept', id, {}, world.owner);
  const dates = async () => await world.read(change.id, 'state plannedStart plannedEnd');
  return { id, ci, change, dates };
}

const entries = async (filter: string) =>
  (
    await world.auditor.ok(
      `{ scheduleEntries(filter: { ${filter} }) {
        nodes { kind title startsAt endsAt release { id } change { id } cis { nodes { id } } } } }`,
    )
  ).scheduleEntries.nodes;

describe('the schedule of a change', () => {
  test('follows the slot of its release, and stands in the calendar', async () => {
    const { id, ci, change, dates } = await withChange('told');
    expect(await dates()).toEqual({ state: 'AUTHORISED', plannedStart: null, plannedEnd: null });
    await world.step('releaseSchedule', id, slot(2));
    expect(await dates()).toEqual({ state: 'SCHEDULED', plannedStart: at(2, 20), plannedEnd: at(2, 23) });
    expect(await entries(`change: { eq: "${change.id}" }`)).toEqual([
      {
        kind: 'CHANGE',
        title: `${change.number} told change`,
        ...slot(2),
        release: { id },
        change: { id: change.id },
        cis: { nodes: [{ id: ci }] },
      },
    ]);
    expect((await entries(`ci: { eq: "${ci}" }`)).map(({ kind }: any) => kind).sort()).toEqual(['CHANGE', 'RELEASE']);
    const feed = await fetch(`${app.url}/calendar.ics?from=2031-05-01T00:00:00Z&to=2031-05-03T00:00:00Z`, {
      headers: world.auditor.headers,
    });
    expect(await feed.text()).toContain(`SUMMARY:${change.number} told change\r\nCATEGORIES:CHANGE`);
    // It is the same work, so it clashes with nothing of its release.
    expect((await world.read(id, 'conflicts { totalCount }')).conflicts.totalCount).toBe(0);
    await world.step('releaseMoveSchedule', id, { ...slot(3, 21), reason: 'Late.' });
    expect(await dates()).toEqual({ state: 'SCHEDULED', plannedStart: at(3, 21), plannedEnd: at(3, 23) });
    await app.relay();
    const { events } = await world.read(change.id, 'events(first: 1) { nodes { type data } }');
    expect(events.nodes[0]).toMatchObject({
      type: 'change.dated',
      data: { plannedStart: at(3, 21), was: { plannedStart: at(2, 20) } },
    });
    await world.step('releaseUnschedule', id, { reason: 'Later.' });
    expect(await dates()).toEqual({ state: 'AUTHORISED', plannedStart: null, plannedEnd: null });
    expect(await entries(`change: { eq: "${change.id}" }`)).toEqual([]);
  });

  test('keeps dates of its own as long as they lie in the slot, and ends with its release', async () => {
    const own = { plannedStart: at(5, 21), plannedEnd: at(5, 22) };
    const { id, dates } = await withChange('own', own);
    await world.step('releaseSchedule', id, slot(5));
    expect(await dates()).toMatchObject(own);
    await world.step('releaseMoveSchedule', id, { ...slot(6), reason: 'Late.' });
    expect(await dates()).toMatchObject({ plannedStart: at(6, 20), plannedEnd: at(6, 23) });
    await world.step('releaseCancel', id, { reason: 'No need.' });
    expect(await dates()).toEqual({ state: 'AUTHORISED', plannedStart: null, plannedEnd: null });
  });
});

describe('the tasks of a template', () => {
  test('follow the slot of the release: those of the distribution and after it, not those before', async () => {
    const phase = (key: string, releaseState: string, startOffsetMinutes: number) => ({
      key,
      name: key,
      releaseState,
      tasks: [templateTask(`${key}-it`, { name: `${key} it`, startOffsetMinutes, durationMinutes: 60 })],
    });
    const { versionId } = await world.template('Slotted', {
      phases: [
        phase('plan', 'PLANNING', 0),
        phase('install', 'DISTRIBUTING', 120),
        phase('review', 'IN_REVIEW', 1_560),
      ],
    });
    const planStart = at(1, 10);
    const { id } = await world.release('Slotted', { templateVersionId: versionId, planStart });
    await world.addTargets(id, await world.ci('slotted'));
    await world.addContent(id);
    await world.step('releaseStartPlanning', id);
    const planned = (await world.tasks(id))['plan it'];
    await world.manager.run('taskSkip', { id: planned.id, reason: 'known' }, 'task');
    await world.step('releaseStartBuilding', id);
    await world.step('releaseStartTesting', id);
    await world.step('releaseAccept', id, {}, world.owner);
    const dates = async () => {
      const tasks = await world.tasks(id, 'plannedStart plannedEnd');
      return ['plan it', 'install it', 'review it'].map((name) => tasks[name].plannedStart);
    };
    expect(await dates()).toEqual([planStart, at(1, 12), at(2, 12)]);
    await world.step('releaseSchedule', id, slot(8));
    expect(await dates()).toEqual([planStart, at(8, 20), at(9, 20)]);
    expect((await world.tasks(id, 'plannedEnd'))['install it'].plannedEnd).toBe(at(8, 21));
    await world.step('releaseMoveSchedule', id, { ...slot(9, 18, 20), reason: 'Late.' });
    expect(await dates()).toEqual([planStart, at(9, 18), at(10, 18)]);
    await app.relay();
    const { events } = await world.read(id, 'events(first: 20) { nodes { type data } }');
    expect(events.nodes.find(({ type }: any) => type === 'release.tasks-moved').data.minutes).toBe(22 * 60);
  });
});
