import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { ScheduleBuilder } from '../../support/schedule.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const at = (text: string) => `${text}:00.000Z`;
const window = {
  kind: 'BLACKOUT',
  startsAt: at('2027-01-04T09:00'),
  endsAt: at('2027-01-04T17:00'),
  rrule: 'RRULE:FREQ=WEEKLY;COUNT=3',
  timeZone: 'Europe/Berlin',
};
const cancelled = { occurrence: at('2027-01-11T09:00') };
const moved = {
  occurrence: at('2027-01-18T09:00'),
  startsAt: at('2027-01-19T09:00'),
  endsAt: at('2027-01-19T10:00'),
};
const PREVIEW =
  'query($window: ScheduleWindowPreviewInput!, $first: Int! = 10) { scheduleWindowPreview(window: $window, ' +
  'first: $first) { problems { code field } occurrences { startsAt endsAt } endsForGoodAt } }';

describe('exceptions of a window', () => {
  test('are seen before they are saved, are read back, and count in the schedule', async () => {
    const { changeManager } = world;
    const exceptions = [cancelled, moved];
    const { scheduleWindowPreview: seen } = await world.auditor.ok(PREVIEW, { window: { ...window, exceptions } });
    const occurrences = [
      { startsAt: window.startsAt, endsAt: window.endsAt },
      { startsAt: moved.startsAt, endsAt: moved.endsAt },
    ];
    expect(seen).toEqual({ problems: [], occurrences, endsForGoodAt: at('2027-01-19T10:00') });

    const ci = await new ScheduleBuilder(world).ci('till');
    const saved = await changeManager.run(
      'scheduleWindowCreate',
      { ...window, name: 'Stocktaking', ciIds: [ci.id], exceptions },
      'scheduleWindow',
      `id version exceptions { occurrence startsAt endsAt }
       occurrences(from: "2027-01-01T00:00:00Z", to: "2027-02-01T00:00:00Z") { startsAt endsAt }`,
    );
    expect(saved.exceptions).toEqual([{ ...cancelled, startsAt: null, endsAt: null }, moved]);
    expect(saved.occurrences).toEqual(occurrences);

    const free = async () => {
      const { scheduleSlots } = await world.manager.ok(
        `query($ciIds: [ID!]!) { scheduleSlots(durationMinutes: 60, ciIds: $ciIds, from: "2027-01-10T00:00:00Z",
          days: 14) { startsAt freeUntil } }`,
        { ciIds: [ci.id] },
      );
      return scheduleSlots.map(({ freeUntil }: { freeUntil: string }) => freeUntil);
    };
    expect(await free()).toEqual([moved.startsAt, at('2027-01-24T00:00')]);

    const edit = { id: saved.id, expectedVersion: saved.version };
    await changeManager.run('scheduleWindowUpdate', { ...edit, exceptions: [] }, 'scheduleWindow');
    expect(await free()).toEqual([at('2027-01-11T09:00'), at('2027-01-18T09:00'), at('2027-01-24T00:00')]);
  });

  test('that make no sense are shown by the preview and refused by the command', async () => {
    const exceptions = [{ occurrence: at('2027-01-12T09:00') }];
    const { scheduleWindowPreview: seen } = await world.auditor.ok(PREVIEW, { window: { ...window, exceptions } });
    const wrong = { code: 'NO_SUCH_OCCURRENCE', field: 'exceptions.0.occurrence' };
    expect(seen).toEqual({ problems: [wrong], occurrences: [], endsForGoodAt: null });
    const { errors } = await world.changeManager.send(
      'mutation($input: ScheduleWindowCreateInput!) { scheduleWindowCreate(input: $input) { scheduleWindow { id } } }',
      { input: { ...window, name: 'Wrong', exceptions } },
    );
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: wrong.field,
      problem: 'NO_SUCH_OCCURRENCE',
    });
    expect(await app.count(`schedule_window where name = 'Wrong'`)).toBe(0);
  });

  test('are looked at in lists of 1 to 100', async () => {
    for (const first of [0, 101])
      expect((await world.auditor.send(PREVIEW, { window, first })).errors?.[0]?.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'first',
      });
  });
});
