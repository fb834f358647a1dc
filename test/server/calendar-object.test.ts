import { describe, expect, test } from '@jest/globals';
import ICAL from 'ical.js';
import nodeIcal, { type VEvent } from 'node-ical';
import type { Interval } from '../../src/domain/schedule/interval.js';
import { occurrencesIn } from '../../src/facts/schedule/occurrence-cache.js';
import type { ScheduleEntryType } from '../../src/schema/schedule/schedule-entry.type.js';
import type { ScheduleWindowType } from '../../src/schema/schedule/schedule-window.type.js';
import { calendarObject, calendarSteps } from '../../src/server/calendar/calendar-object.js';

const ID = '01a2b3c4-0000-7000-8000-00000000000f';
const UPDATED = '2026-01-01T00:00:00.000Z';
const YEAR = { startsAt: new Date('2027-01-01T00:00:00Z'), endsAt: new Date('2028-01-01T00:00:00Z') };

const windowWith = (given: Partial<ScheduleWindowType>): ScheduleWindowType =>
  ({
    id: ID,
    number: 'WIN-1',
    name: 'Night',
    description: '',
    kind: 'BLACKOUT',
    rrule: 'FREQ=DAILY',
    timeZone: 'Europe/Berlin',
    startsAt: '2026-12-31T21:00:00.000Z',
    endsAt: '2027-01-01T05:00:00.000Z',
    exceptions: [],
    active: true,
    version: 1,
    updatedAt: UPDATED,
    ...given,
  }) as ScheduleWindowType;

const entryWith = (given: Partial<ScheduleEntryType>): ScheduleEntryType =>
  ({
    id: ID,
    kind: 'RELEASE',
    title: 'REL-1',
    startsAt: '2027-02-01T20:00:00.000Z',
    endsAt: '2027-02-02T04:00:00.000Z',
    live: true,
    version: 1,
    updatedAt: UPDATED,
    ...given,
  }) as ScheduleEntryType;

const textOf = (entries: ScheduleEntryType[], windows: ScheduleWindowType[] = []) =>
  calendarObject({ name: 'All', entries, windows, span: YEAR });

test('many entries and windows are written in steps, so that others have their turn', () => {
  const entries = Array.from({ length: 1_000 }, (_, n) => entryWith({ title: `REL-${n}` }));
  const windows = Array.from({ length: 40 }, () => windowWith({ rrule: 'FREQ=DAILY' }));
  const steps = calendarSteps({ name: 'All', entries, windows, span: YEAR });
  let count = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) count++;
  expect(count).toBe(60);
  expect(step.value).toBe(textOf(entries, windows));
  expect(step.value.match(/BEGIN:VEVENT/g)?.length).toBeGreaterThanOrEqual(1_040);
  expect(step.value.match(/BEGIN:VTIMEZONE/g)).toHaveLength(1);
});

type Shown = readonly [startsAt: string, endsAt: string];
const iso = (at: Date) => at.toISOString();

/** What a program shows that is built on ical.js: only the object itself tells it of time zones. */
function byIcalJs(text: string, { startsAt, endsAt }: Interval): Shown[] {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  const [main, ...others] = calendar.getAllSubcomponents('vevent');
  const moved = others.filter((one) => one.hasProperty('recurrence-id'));
  const event = new ICAL.Event(main as ICAL.Component, { exceptions: moved });
  const shown: Shown[] = [];
  const occurrences = event.iterator();
  for (let next = occurrences.next(); next; next = occurrences.next()) {
    const { startDate, endDate } = event.getOccurrenceDetails(next);
    if (next.toJSDate().getTime() > endsAt.getTime() + 86_400_000) break;
    if (startDate.toJSDate() < endsAt && endDate.toJSDate() > startsAt)
      shown.push([iso(startDate.toJSDate()), iso(endDate.toJSDate())]);
  }
  return shown;
}

/** What a program shows that is built on node-ical. */
function byNodeIcal(text: string, { startsAt, endsAt }: Interval): Shown[] {
  const event = Object.values(nodeIcal.sync.parseICS(text)).find((part) => part?.type === 'VEVENT') as VEvent;
  return nodeIcal
    .expandRecurringEvent(event, { from: startsAt, to: endsAt, expandOngoing: true })
    .filter(({ start, end }) => start < endsAt && end > startsAt)
    .map(({ start, end }) => [iso(start), iso(end)]);
}

const localTimes = (shown: readonly Shown[], timeZone: string): Set<string> => {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'short' });
  return new Set(shown.map(([from, to]) => `${format.format(new Date(from))}-${format.format(new Date(to))}`));
};

describe('a recurring window in a calendar program', () => {
  test.each([
    ['Europe/Berlin', '2026-12-31T21:00:00.000Z', '2027-01-01T05:00:00.000Z'],
    ['America/New_York', '2027-01-01T03:00:00.000Z', '2027-01-01T11:00:00.000Z'],
    ['Australia/Lord_Howe', '2027-01-01T11:00:00.000Z', '2027-01-01T19:00:00.000Z'],
    ['Asia/Kolkata', '2027-01-01T16:30:00.000Z', '2027-01-02T00:30:00.000Z'],
    ['Pacific/Apia', '2027-01-01T09:00:00.000Z', '2027-01-01T17:00:00.000Z'],
  ])('is at 22:00 to 06:00 in %s all year', (timeZone, startsAt, endsAt) => {
    const window = windowWith({ timeZone, startsAt, endsAt });
    const text = textOf([], [window]);
    const ours: Shown[] = occurrencesIn(
      { ...window, startsAt: new Date(startsAt), endsAt: new Date(endsAt) },
      YEAR,
    ).map((occurrence) => [iso(occurrence.startsAt), iso(occurrence.endsAt)]);
    expect(ours.length).toBeGreaterThanOrEqual(365);
    expect(localTimes(ours, timeZone)).toEqual(new Set(['22:00-06:00']));
    expect(byIcalJs(text, YEAR)).toEqual(ours);
    expect(byNodeIcal(text, YEAR)).toEqual(ours);
  });

  test('ends when its rule says so, whether that is a date, a local time or an instant', () => {
    const lastOf = (until: string) => byIcalJs(textOf([], [windowWith({ rrule: `FREQ=DAILY;UNTIL=${until}` })]), YEAR);
    for (const until of ['20270704', '20270704T220000', '20270704T200000Z'])
      expect([until, lastOf(until).at(-1)]).toEqual([until, ['2027-07-04T20:00:00.000Z', '2027-07-05T04:00:00.000Z']]);
    expect(lastOf('20270704T195959Z').at(-1)?.[0]).toBe('2027-07-03T20:00:00.000Z');
  });

  test('is where Interlock has it when the clock skips its start', () => {
    const window = windowWith({
      rrule: 'FREQ=WEEKLY;BYDAY=SU',
      startsAt: '2027-03-21T01:30:00.000Z',
      endsAt: '2027-03-21T05:00:00.000Z',
    });
    const text = textOf([], [window]);
    const skipped: Shown = ['2027-03-28T01:00:00.000Z', '2027-03-28T04:00:00.000Z'];
    expect(byIcalJs(text, YEAR)[1]).toEqual(skipped);
    expect(byNodeIcal(text, YEAR)[1]).toEqual(skipped);
  });

  test('has the exceptions of the window', () => {
    const exceptions = [
      { occurrence: '2027-01-02T21:00:00.000Z', startsAt: null, endsAt: null },
      {
        occurrence: '2027-01-03T21:00:00.000Z',
        startsAt: '2027-01-06T10:00:00.000Z',
        endsAt: '2027-01-06T11:00:00.000Z',
      },
      { occurrence: null, startsAt: '2027-01-07T10:00:00.000Z', endsAt: '2027-01-07T12:00:00.000Z' },
    ];
    const rrule = 'FREQ=DAILY;COUNT=5';
    const window = windowWith({ exceptions, rrule });
    const recurrence = { ...window, startsAt: new Date(window.startsAt), endsAt: new Date(window.endsAt) };
    const ours = occurrencesIn(recurrence, YEAR).map(({ startsAt, endsAt }): Shown => [iso(startsAt), iso(endsAt)]);
    const added: Shown = ['2027-01-07T10:00:00.000Z', '2027-01-07T12:00:00.000Z'];
    expect(ours).toContainEqual(added);
    const text = textOf([], [window]);
    const ruled = ours.filter(([startsAt]) => startsAt !== added[0]);
    expect(ruled).toHaveLength(4);
    expect(byIcalJs(text, YEAR).toSorted()).toEqual(ruled);
    expect(byNodeIcal(text, YEAR)).toEqual(ruled);
    expect(text).toContain('DTSTART:20270107T100000Z\r\nDTEND:20270107T120000Z\r\n');
  });

  test('has the newer name of a zone that got one', () => {
    const text = textOf([], [windowWith({ timeZone: 'US/Eastern' })]);
    expect(text).toContain('TZID:America/New_York\r\n');
    expect(text).not.toContain('US/Eastern');
  });
});

describe('a calendar object', () => {
  test('says that a cancelled entry is off, as a newer state of the same event', () => {
    const parse = (entry: Partial<ScheduleEntryType>) =>
      Object.values(nodeIcal.sync.parseICS(textOf([entryWith(entry)]))).find((e) => e?.type === 'VEVENT') as VEvent;
    const [live, byRelease, byItself] = [
      parse({}),
      parse({ live: false }), // the release of a task was cancelled, so the task itself is what it was
      parse({ live: false, version: 2 }),
    ];
    expect([live.status, byRelease.status, byItself.status]).toEqual(['CONFIRMED', 'CANCELLED', 'CANCELLED']);
    expect(new Set([live, byRelease, byItself].map(({ uid }) => uid))).toEqual(
      new Set(['sch_01masw8000e00800000000000f@interlock']),
    );
    expect(Number(byRelease.sequence)).toBeGreaterThan(Number(live.sequence));
    expect(Number(byItself.sequence)).toBeGreaterThan(Number(byRelease.sequence));
    expect(Number(parse({ version: 3 }).sequence)).toBeGreaterThan(Number(byItself.sequence));
  });

  test('carries any title through two parsers, in lines of at most 75 octets', () => {
    const title = `Lohn, Steuern; \\ "Zoë" ${'ä€😀x'.repeat(40)}`;
    const text = textOf([entryWith({ title })]);
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    const event = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent('vevent') as ICAL.Component;
    expect(event.getFirstPropertyValue('summary')).toBe(title);
    const [other] = Object.values(nodeIcal.sync.parseICS(text)).filter((part) => part?.type === 'VEVENT');
    expect((other as VEvent).summary).toBe(title);
  });

  test('lets no title write lines of its own', () => {
    const text = textOf([entryWith({ title: 'x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil\nATTACH:http://evil.test' })]);
    expect(new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent')).toHaveLength(1);
    expect(text).not.toMatch(/^(?:UID:evil|ATTACH)/m);
  });

  test('asks to be fetched again', () => {
    expect(textOf([])).toContain('REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\nX-PUBLISHED-TTL:PT15M\r\n');
  });
});
