import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { ScheduleBuilder, type ScheduledCi } from '../../support/schedule.js';
import { storyOf } from '../../support/story.js';

let app: TestApp;
let reader: TestClient;
let adapter: TestClient;
let changeManager: TestClient;
let build: ScheduleBuilder;

/** Releases of a month: name, day, hour in UTC, how many hours, and which item. */
const PLANS = [
  ['Shop search', 4, 20, 3, 1],
  ['Mail gateway', 6, 21, 2, 2],
  ['Shop checkout', 11, 20, 4, 1],
  ['Mail archive', 13, 21, 2, 2],
  ['Security fixes', 20, 20, 6, 1],
  ['Shop search, part 2', 25, 20, 3, 1],
  ['Mail clients', 27, 18, 5, 2],
] as const;

beforeAll(async () => {
  app = await startTestApp({ clock: new TestClock('2027-01-01T00:00:00Z').now });
  const world = await storyOf(app);
  ({ auditor: reader, adapter } = world);
  build = new ScheduleBuilder(world);
  const web = await build.ci('web');
  await build.release('Lohn, Steuern; \\ Zoë', '2027-02-01T20:00:00Z', '2027-02-02T04:00:00Z', [web]);
  changeManager = world.changeManager;
  const manager = changeManager;
  await manager.run(
    'scheduleEntryCreate',
    { title: 'CAB', startsAt: '2027-02-10T09:00:00Z', endsAt: '2027-02-10T10:00:00Z' },
    'scheduleEntry',
  );
  const cancelled = await manager.run(
    'scheduleEntryCreate',
    { title: 'Gone', startsAt: '2027-02-11T09:00:00Z', endsAt: '2027-02-11T10:00:00Z' },
    'scheduleEntry',
  );
  await manager.run('scheduleEntryCancel', { id: cancelled.id }, 'scheduleEntry');
});
afterAll(async () => await app.end());

const fetchFeed = async (query = '', headers = reader.headers) =>
  await fetch(`${app.url}/calendar.ics${query}`, { headers });

describe('the calendar feed', () => {
  test('holds the live entries as events', async () => {
    const response = await fetchFeed();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    const body = await response.text();
    expect(body.endsWith('END:VCALENDAR\r\n')).toBe(true);
    const unfolded = body.replace(/\r\n /g, '').split('\r\n');
    expect(unfolded.filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(2);
    const event = unfolded.slice(unfolded.indexOf('BEGIN:VEVENT'), unfolded.indexOf('END:VEVENT'));
    expect(event).toEqual([
      'BEGIN:VEVENT',
      expect.stringMatching(/^UID:sch_[0-9a-z]{26}@interlock$/),
      'SEQUENCE:2',
      expect.stringMatching(/^DTSTAMP:\d{8}T\d{6}Z$/),
      'DTSTART:20270201T200000Z',
      'DTEND:20270202T040000Z',
      expect.stringMatching(/^SUMMARY:REL-\d+ Lohn\\, Steuern\\; \\\\ Zoë$/),
      'CATEGORIES:RELEASE',
      'STATUS:CONFIRMED',
      expect.stringMatching(/^LAST-MODIFIED:\d{8}T\d{6}Z$/),
    ]);
    expect(unfolded).toContain('SUMMARY:CAB');
  });

  test('is cut to a span', async () => {
    const body = await (await fetchFeed('?from=2027-02-05T00:00:00Z&to=2027-03-01T00:00:00Z')).text();
    expect(body.match(/SUMMARY:.*/g)).toEqual(['SUMMARY:CAB']);
  });

  test('is for readers who send their token in the header', async () => {
    expect((await fetchFeed('', {})).status).toBe(401);
    expect((await fetchFeed(`?token=${reader.token}`, {})).status).toBe(401);
    expect((await fetchFeed('', { authorization: 'Bearer nonsense' })).status).toBe(401);
    expect((await fetchFeed('', adapter.headers)).status).toBe(403);
  });

  test.each([
    '?from=yesterday',
    '?from=2027-02-05T00:00:00Z&to=2027-02-01T00:00:00Z',
    '?from=2020-01-01T00:00:00Z&to=2027-01-01T00:00:00Z',
    '?from=2027-02-05T00:00:00Z&from=2027-02-06T00:00:00Z',
  ])('refuses the span %s', async (query) => {
    const response = await fetchFeed(query);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: expect.stringMatching(/^(BAD_USER_INPUT|LIMIT_EXCEEDED)$/) } }],
    });
  });
});

describe('the picture of a month', () => {
  const picture = async (query: string, headers = reader.headers) =>
    await fetch(`${app.url}/calendar/month.svg${query}`, { headers });

  test('shows what starts in it, by the local time of a zone', async () => {
    const response = await picture('?month=2027-02&timeZone=Europe/Berlin');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8']);
    const text = await response.text();
    expect(text).toContain('2 entries, times in Europe/Berlin');
    expect(text).toContain('☰ 10:00 CAB<');
    expect(text).toMatch(/■ 21:00 REL-\d+ Lohn/);
    expect(await (await picture('?month=2027-03')).text()).toContain('0 entries, times in UTC');
  });

  test('counts what starts on each day when a month has more entries than can be listed', async () => {
    await app.readDatabase.pool.query(`
      insert into schedule_entry (id, kind, title, starts_at, ends_at, live, created_at, updated_at, version)
      select gen_random_uuid(), 'CAB_MEETING', 'many ' || n, t, t + interval '1 hour', true, now(), now(), 1
      from generate_series(1, 5500) n, lateral (select timestamptz '2028-02-01' + n % 29 * interval '1 day' as t) t`);
    const text = await (await picture('?month=2028-02')).text();
    expect(text).toContain('5500 entries, times in UTC');
    expect(text.match(/☰ (189|190) cab meetings/g)).toHaveLength(29);
    // By the clock of Honolulu each of them starts the evening before.
    const shifted = await (await picture('?month=2028-02&timeZone=Pacific/Honolulu')).text();
    expect(shifted.match(/☰ (189|190) cab meetings/g)).toHaveLength(28);
  });

  // `npm run picture:month` writes it for the README.
  test('shows the README what it looks like', async () => {
    const at = (day: number, hour: number) => new Date(Date.UTC(2027, 4, day, hour)).toISOString();
    const cis = await Promise.all(['payroll-db', 'web-shop', 'mail'].map(async (name) => await build.ci(name)));
    for (const [name, day, hour, hours, ci] of PLANS)
      await build.release(name, at(day, hour), at(day, hour + hours), [cis[ci] as ScheduledCi]);
    const release = await build.release('Payroll 2027.2', at(18, 20), at(19, 4), [cis[0] as ScheduledCi]);
    await build.distribution(release, 'Databases', at(18, 20), at(18, 23), [cis[0] as ScheduledCi]);
    await build.distribution(release, 'Applications', at(19, 0), at(19, 3), [cis[0] as ScheduledCi]);
    for (const [name, day] of [
      ['Freeze the build', 12],
      ['Test the back-out', 13],
      ['Inform the users', 17],
    ] as const)
      await build.task(release, name, at(day, 8), at(day, 12));
    for (const day of [5, 12, 19, 26])
      await changeManager.run(
        'scheduleEntryCreate',
        { title: 'Change board', startsAt: at(day, 9), endsAt: at(day, 10) },
        'scheduleEntry',
      );
    const response = await picture('?month=2027-05&timeZone=Europe/Berlin');
    const text = await response.text();
    expect(text).toContain('17 entries, times in Europe/Berlin');
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync('docs/month.svg', text);
  });

  test('is for readers, and for months and zones that exist', async () => {
    expect((await picture('', {})).status).toBe(401);
    expect((await picture('', adapter.headers)).status).toBe(403);
    for (const query of ['?month=2027-13', '?month=2027-2', '?month=9999999-01', '?month=2027-02&month=2027-03'])
      expect([query, (await picture(query)).status]).toEqual([query, 400]);
    expect((await picture('?timeZone=Mars/Base')).status).toBe(400);
  });
});
