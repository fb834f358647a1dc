import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { expectRefused } from '../../support/refusals.js';
import { storyOf, type Made, type Story } from '../../support/story.js';

/** Line 12: the dates of a change follow the slot of its release, and no edit takes them out of it. */

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const at = (hour: number, day = 4) => `2031-06-0${day}T${String(hour).padStart(2, '0')}:00:00.000Z`;
const slot = { startsAt: at(20), endsAt: at(23) };
const dates = async (id: string) => await world.read(id, 'state plannedStart plannedEnd');
const version = async (id: string) => (await world.read(id, 'version')).version as number;

/** A change in a release that is ACCEPTED. */
async function accepted(name: string): Promise<{ id: string; change: Made }> {
  const ci = await world.ci(name);
  const change = await world.authorised(name, [ci]);
  const { id } = await world.release(name);
  await world.addTargets(id, ci);
  await world.addContent(id);
  await world.join(change.id, id);
  await world.startTesting(id);
  await world.step('releaseAccept', id, {}, world.owner);
  return { id, change };
}

async function refusal(id: string, fields: Record<string, unknown>) {
  const input = { id, expectedVersion: await version(id), ...fields };
  return (await expectRefused(world.requester, 'changeUpdate', input)).map(({ code, path, subject, resolvableBy }) => ({
    code,
    field: path?.at(-1),
    release: subject?.id,
    resolvableBy,
  }));
}
const edit = async (id: string, fields: Record<string, unknown>) =>
  await world.requester.run('changeUpdate', { id, expectedVersion: await version(id), ...fields }, 'change');

describe('the dates of a change in a booked release', () => {
  test('are not edited out of its slot, nor taken away', async () => {
    const { id, change } = await accepted('bound');
    await edit(change.id, { plannedStart: at(8), plannedEnd: at(9) });
    await world.step('releaseSchedule', id, slot);
    const outside = (field: string) => ({
      code: 'CHANGE_OUTSIDE_RELEASE',
      field,
      release: id,
      resolvableBy: ['CHANGE_MANAGER', 'RELEASE_MANAGER'],
    });
    expect(await refusal(change.id, { plannedStart: at(1, 5), plannedEnd: at(2, 5) })).toEqual([
      outside('plannedStart'),
      outside('plannedEnd'),
    ]);
    expect(await refusal(change.id, { plannedEnd: at(1, 5) })).toEqual([outside('plannedEnd')]);
    expect(await refusal(change.id, { plannedStart: at(19) })).toEqual([outside('plannedStart')]);
    expect(await refusal(change.id, { plannedStart: null, plannedEnd: null })).toHaveLength(2);
    // Other fields stay open, and so does the slot.
    await edit(change.id, { plannedStart: at(21), plannedEnd: at(22) });
    expect(await dates(change.id)).toEqual({ state: 'SCHEDULED', plannedStart: at(21), plannedEnd: at(22) });
    await world.step('releaseMoveSchedule', id, { startsAt: at(8, 5), endsAt: at(9, 5), reason: 'Sooner.' });
    expect(await dates(change.id)).toEqual({ state: 'SCHEDULED', plannedStart: at(8, 5), plannedEnd: at(9, 5) });
    await world.step('releaseUnschedule', id, { reason: 'Later.' });
    await edit(change.id, { plannedStart: at(1, 6), plannedEnd: at(2, 6) });
  });

  test('are not edited by another system either', async () => {
    const externalRef = { source: 'desk', key: 'bound' };
    const ci = await world.ci('synced');
    const { id: changeId } = await world.authorised('synced', [ci], { externalRef });
    const id = await world.accepted('synced', [ci]);
    await world.join(changeId, id);
    await world.step('releaseAccept', id, {}, world.owner);
    await world.step('releaseSchedule', id, slot);
    const input = { title: 'synced', externalRef, plannedStart: at(1, 5), plannedEnd: at(2, 5) };
    const errors = await expectRefused(world.changeManager, 'changeUpsert', input);
    expect(errors.map(({ code }) => code)).toEqual(['CHANGE_OUTSIDE_RELEASE', 'CHANGE_OUTSIDE_RELEASE']);
  });

  test('come from the slot when the change joins a release that is booked already', async () => {
    const { id } = await accepted('joined');
    await world.step('releaseSchedule', id, slot);
    const late = await world.authorised('late', [await world.ci('late')], {
      plannedStart: at(1, 5),
      plannedEnd: at(2, 5),
    });
    await world.join(late.id, id);
    expect(await dates(late.id)).toEqual({ state: 'SCHEDULED', plannedStart: at(20), plannedEnd: at(23) });
    expect(await refusal(late.id, { plannedEnd: at(2, 5) })).toMatchObject([{ code: 'CHANGE_OUTSIDE_RELEASE' }]);
    await world.manager.run('releaseRemoveChange', { id, changeId: late.id, reason: 'Too late.' }, 'release');
    expect(await dates(late.id)).toEqual({ state: 'AUTHORISED', plannedStart: null, plannedEnd: null });
  });

  test('come from the slot when a standard change is authorised there', async () => {
    const { id } = await accepted('standard');
    await world.step('releaseSchedule', id, slot);
    const targetCiIds = [await world.ci('standard-2')];
    const standard = await world.change('standard', { type: 'STANDARD', risk: 'LOW', targetCiIds });
    await world.join(standard.id, id);
    expect(await dates(standard.id)).toEqual({ state: 'OPEN', plannedStart: null, plannedEnd: null });
    await world.authority.run('changeAuthorise', { id: standard.id }, 'change');
    expect(await dates(standard.id)).toEqual({ state: 'SCHEDULED', plannedStart: at(20), plannedEnd: at(23) });
  });
});
