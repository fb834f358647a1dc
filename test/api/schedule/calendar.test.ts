import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { ScheduleBuilder } from '../../support/schedule.js';
import { storyOf } from '../../support/story.js';

let app: TestApp;
let reader: TestClient;
let adapter: TestClient;

beforeAll(async () => {
  app = await startTestApp({ clock: new TestClock('2027-01-01T00:00:00Z').now });
  const world = await storyOf(app);
  ({ auditor: reader, adapter } = world);
  const build = new ScheduleBuilder(world);
  const web = await build.ci('web');
  await build.release('Lohn, Steuern; \\ Zoë', '2027-02-01T20:00:00Z', '2027-02-02T04:00:00Z', [web]);
  const manager = world.changeManager;
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
