import { describe, expect, test } from '@jest/globals';
import { DOMParser } from '@xmldom/xmldom';
import { Temporal } from 'temporal-polyfill';
import type { ScheduleEntryType } from '../../src/schema/schedule/schedule-entry.type.js';
import { daysOfMonth, intervalOfMonth, monthPicture } from '../../src/server/calendar/month-picture.js';

const entry = (startsAt: string, title = 'REL-1 Payroll'): ScheduleEntryType =>
  ({ kind: 'RELEASE', title, startsAt, endsAt: '2027-12-31T00:00:00.000Z' }) as ScheduleEntryType;

const draw = (month: string, timeZone: string, entries: ScheduleEntryType[]) =>
  monthPicture(Temporal.PlainYearMonth.from(month), timeZone, { entries });

const parsed = (svg: string) =>
  new DOMParser({
    onError: (level, message) => {
      throw new Error(`${level}: ${message}`);
    },
  }).parseFromString(svg, 'image/svg+xml');

describe('the picture of a month', () => {
  test('is well-formed whatever a title holds, and has a title and a description', () => {
    const title = `<script>&"'\u0000\u000b\ud800 ]]> Zoë 😀 --`;
    const svg = parsed(draw('2027-02', 'Europe/Berlin', [entry('2027-02-03T21:00:00.000Z', title)]));
    const texts = [...svg.getElementsByTagName('title')].map(({ textContent }) => textContent);
    expect(texts[0]).toBe('Schedule of 2027-02, Europe/Berlin');
    expect(texts[1]).toContain(`RELEASE <script>&"' ]]> Zoë 😀 --`);
    expect(svg.getElementsByTagName('script')).toHaveLength(0);
    expect(svg.getElementsByTagName('desc')[0]?.textContent).toContain('1 entries');
    expect(svg.documentElement?.getAttribute('aria-labelledby')).toBe('title desc');
  });

  test('has a cell for each day of whole weeks, and shows local times on both sides of a change of clocks', () => {
    const cells = (month: string) => draw(month, 'UTC', []).match(/<rect/g)?.length;
    expect([cells('2027-02'), cells('2026-08'), cells('2027-05')]).toEqual([28, 42, 42]);
    const svg = draw('2027-03', 'Europe/Berlin', [
      entry('2027-03-27T21:00:00.000Z'),
      entry('2027-03-28T21:00:00.000Z'),
    ]);
    expect(svg.match(/■ \d\d:\d\d/g)).toEqual(['■ 22:00', '■ 23:00']);
  });

  test('counts what does not fit into a day', () => {
    const many = Array.from({ length: 7 }, () => entry('2027-02-03T21:00:00.000Z'));
    expect(draw('2027-02', 'UTC', many)).toContain('and 3 more');
  });

  test('of more entries than can be listed counts them by day and kind', () => {
    const counts = [
      { day: 3, kind: 'RELEASE' as const, count: 4_321 },
      { day: 3, kind: 'TASK' as const, count: 1 },
      { day: 28, kind: 'CAB_MEETING' as const, count: 2 },
    ];
    const svg = monthPicture(Temporal.PlainYearMonth.from('2027-02'), 'UTC', { counts });
    const lines = [...parsed(svg).getElementsByTagName('text')].map(({ textContent }) => textContent);
    expect(lines).toEqual(expect.arrayContaining(['■ 4321 releases', '○ 1 task', '☰ 2 cab meetings']));
    expect(svg).toContain('4324 entries');
  });

  test('has days that begin at midnight of its zone, also where the clock changes', () => {
    const days = daysOfMonth(Temporal.PlainYearMonth.from('2027-03'), 'Europe/Berlin').map((day) => day.toISOString());
    expect([days.length, days[27], days[28], days[31]]).toEqual([
      32,
      '2027-03-27T23:00:00.000Z',
      '2027-03-28T22:00:00.000Z',
      '2027-03-31T22:00:00.000Z',
    ]);
  });

  test('begins and ends at midnight of its zone', () => {
    expect(intervalOfMonth(Temporal.PlainYearMonth.from('2027-03'), 'Europe/Berlin')).toEqual({
      startsAt: new Date('2027-02-28T23:00:00Z'),
      endsAt: new Date('2027-03-31T22:00:00Z'),
    });
  });
});
