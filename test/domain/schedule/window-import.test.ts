import { describe, expect, test } from '@jest/globals';
import type { CalendarWindow } from '../../../src/domain/schedule/calendar-windows.js';
import { planImport, type KnownWindow } from '../../../src/domain/schedule/window-import.js';
import { atOnce } from '../../../src/domain/steps.js';

const NOW = new Date('2027-06-01T12:00Z');
const freeze = { startsAt: new Date('2027-12-24T00:00Z'), endsAt: new Date('2027-12-27T00:00Z') };
const past = { startsAt: new Date('2027-01-01T00:00Z'), endsAt: new Date('2027-01-02T00:00Z') };
const running = { startsAt: new Date('2027-05-31T00:00Z'), endsAt: new Date('2027-06-03T00:00Z') };
const times = { kind: 'BLACKOUT' as const, rrule: null, timeZone: 'UTC', exceptions: [] };

const event = (more: object = {}, rest: Partial<CalendarWindow> = {}): CalendarWindow => ({
  ...{ uid: 'x', name: 'Freeze', description: '', cancelled: false, problems: [] },
  recurrence: { ...times, ...freeze, ...more },
  ...rest,
});
const window = (more: Partial<KnownWindow> = {}): KnownWindow => ({
  ...{ ...times, ...freeze, id: 'w', name: 'Freeze', description: '', externalKey: 'x', active: true },
  ...more,
});
const plan = (events: CalendarWindow[], known: KnownWindow[], isScoped = true) =>
  atOnce(planImport(events, known, NOW, () => isScoped)).map(({ status, windowId, replaces, code, values }) => ({
    status,
    ...(windowId !== null && { windowId }),
    ...(replaces !== null && { replaces }),
    ...(code !== null && { code }),
    ...(values !== null && { startsAt: values.startsAt }),
  }));

describe('what an import does', () => {
  const { startsAt } = freeze;
  const windowId = 'w';
  test.each<[string, CalendarWindow[], KnownWindow[], object[]]>([
    ['a new event', [event()], [], [{ status: 'CREATED', startsAt }]],
    ['one that is known', [event()], [window()], [{ status: 'UNCHANGED', windowId }]],
    ['another name', [event({}, { name: 'Calm' })], [window()], [{ status: 'UPDATED', windowId, startsAt }]],
    ['one that came back', [event()], [window({ active: false })], [{ status: 'UPDATED', windowId, startsAt }]],
    ['one that is gone', [], [window()], [{ status: 'REMOVED', windowId }]],
    ['one that was removed before', [], [window({ active: false })], []],
    ['one that is cancelled', [event({}, { cancelled: true })], [window()], [{ status: 'REMOVED', windowId }]],
    ['one that is cancelled and unknown', [event({}, { cancelled: true })], [], [{ status: 'UNCHANGED' }]],
    ['one that was moved into the past', [event(past)], [window()], [{ status: 'REMOVED', windowId }]],
    ['one that is over', [event(past)], [window(past)], [{ status: 'OVER' }]],
    ['one that is over and gone', [], [window(past)], []],
    ['one that is over and cancelled', [event({}, { cancelled: true })], [window(past)], [{ status: 'UNCHANGED' }]],
    ['this year after last year', [event()], [window(past)], [{ status: 'CREATED', replaces: 'w', startsAt }]],
    ['a new one that has begun', [event(running)], [], [{ status: 'CREATED', startsAt: NOW }]],
    [
      'one that has begun since it was imported',
      [event(running)],
      [window({ ...running, startsAt: new Date('2027-05-31T09:00Z') })],
      [{ status: 'UNCHANGED', windowId }],
    ],
    ['one that began and is moved', [event()], [window(running)], [{ status: 'REFUSED', windowId, code: 'HAS_BEGUN' }]],
    [
      'a rule that began long ago',
      [event({ ...past, rrule: 'FREQ=YEARLY' })],
      [],
      [{ status: 'CREATED', startsAt: past.startsAt }],
    ],
    ['a rule that is over', [event({ ...past, rrule: 'FREQ=DAILY;COUNT=3' })], [], [{ status: 'OVER' }]],
    [
      'nonsense about a known one',
      [event({}, { recurrence: null, problems: [{ code: 'EVENT_MALFORMED', message: '' }] })],
      [window()],
      [{ status: 'REFUSED', windowId, code: 'EVENT_MALFORMED' }],
    ],
  ])('with %s', (_, events, known, expected) => expect(plan(events, known)).toEqual(expected));

  test('another scope changes what is otherwise the same', () =>
    expect(plan([event()], [window()], false)).toEqual([{ status: 'UPDATED', windowId: 'w', startsAt }]));
});
