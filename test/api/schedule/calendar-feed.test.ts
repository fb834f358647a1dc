import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { ScheduleBuilder } from '../../support/schedule.js';
import { storyOf, type Story } from '../../support/story.js';
import { until } from '../../support/until.js';

let app: TestApp;
let world: Story;
let frieda: TestClient;
const clock = new TestClock('2027-01-01T00:00:00Z');
const logged: string[] = [];
/** Every address that was given to anybody: none of them may be found anywhere. */
const secrets: string[] = [];
const ids: Record<string, string> = {};
let lohn: string;

beforeAll(async () => {
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  app = await startTestApp({ clock: clock.now, log, env: { INTERLOCK_STRANGER_LIMIT: '40' } });
  world = await storyOf(app);
  const build = new ScheduleBuilder(world);
  const server = await build.ci('server');
  const payroll = await build.ci('payroll', 'BUSINESS_SERVICE', [['DEPENDS_ON', server]]);
  const other = await build.ci('other');
  Object.assign(ids, { server: server.id, payroll: payroll.id });
  lohn = await build.release('Lohn', '2027-02-01T20:00:00Z', '2027-02-02T04:00:00Z', [server]);
  await build.release('Mail', '2027-02-03T20:00:00Z', '2027-02-04T04:00:00Z', [other]);
  const blackout = { name: 'Year end', kind: 'BLACKOUT', rrule: 'FREQ=DAILY', timeZone: 'Europe/Berlin' };
  await world.changeManager.run(
    'scheduleWindowCreate',
    { ...blackout, ciIds: [server.id], startsAt: '2027-01-10T21:00:00Z', endsAt: '2027-01-11T05:00:00Z' },
    'scheduleWindow',
  );
  frieda = await app.as('frieda', 'REQUESTER');
}, 60_000);
afterAll(async () => await app.end());

const create = async (client: TestClient, input: object): Promise<{ id: string; url: string }> => {
  const { calendarFeedCreate: payload } = await client.ok(
    'mutation($i: CalendarFeedCreateInput!) { calendarFeedCreate(input: $i) { url calendarFeed { id } } }',
    { i: { name: 'Feed', ...input } },
  );
  secrets.push(secretIn(payload.url));
  return { id: payload.calendarFeed.id, url: payload.url };
};
const secretIn = (url: string) => /_([A-Za-z0-9-]{43})\.ics$/.exec(url)?.[1] as string;
const status = async (url: string) => (await fetch(url)).status;
const summaries = async (url: string) =>
  [...(await (await fetch(url)).text()).matchAll(/^SUMMARY:(?:REL|WIN)-\d+ (.*)\r$/gm)].map(([, name]) => name);

describe('a calendar feed', () => {
  test('shows its scope, and windows in their time zone', async () => {
    const shows = async (input: object) => await summaries((await create(frieda, input)).url);
    expect(await shows({ scope: 'EVERYTHING' })).toEqual(expect.arrayContaining(['Lohn', 'Mail', 'Year end']));
    expect(new Set(await shows({ scope: 'CONFIGURATION_ITEM', aboutId: ids['server'] }))).toEqual(
      new Set(['Lohn', 'Year end']),
    );
    expect(await shows({ scope: 'CONFIGURATION_ITEM', aboutId: ids['payroll'] })).toEqual([]);
    expect(new Set(await shows({ scope: 'SERVICE', aboutId: ids['payroll'] }))).toEqual(new Set(['Lohn', 'Year end']));
    expect(new Set(await shows({ scope: 'RELEASE', aboutId: lohn }))).toEqual(new Set(['Lohn', 'Year end']));
    expect(await shows({ scope: 'PERSON', aboutId: world.manager.personId })).toEqual(['Lohn', 'Mail']);
    expect(await shows({ scope: 'PERSON', aboutId: frieda.personId })).toEqual([]);
    const { url } = await create(frieda, { scope: 'SERVICE', aboutId: ids['payroll'] });
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    const text = await response.text();
    expect(text).toContain('DTSTART;TZID=Europe/Berlin:20270110T220000\r\n');
    expect(text).toContain('BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n');
  });

  test('is answered with 304 until something changes, and tells what was cancelled', async () => {
    const { url } = await create(frieda, { scope: 'EVERYTHING' });
    const meeting = await world.changeManager.run(
      'scheduleEntryCreate',
      { title: 'CAB', startsAt: '2027-02-10T09:00:00Z', endsAt: '2027-02-10T10:00:00Z' },
      'scheduleEntry',
    );
    const first = await fetch(url);
    const before = await first.text();
    const again = { headers: { 'if-none-match': first.headers.get('etag') as string } };
    expect((await fetch(url, again)).status).toBe(304);
    await world.changeManager.run('scheduleEntryCancel', { id: meeting.id }, 'scheduleEntry');
    const changed = await fetch(url, again);
    expect(changed.status).toBe(200);
    const after = await changed.text();
    const eventIn = (text: string) => text.slice(text.indexOf(`UID:${meeting.id}@interlock`)).split('END:VEVENT')[0];
    expect(eventIn(before)).toMatch(/SEQUENCE:2\r[^]*STATUS:CONFIRMED/);
    expect(eventIn(after)).toMatch(/SEQUENCE:5\r[^]*STATUS:CANCELLED/);
  });

  test('needs what its scope is about', async () => {
    const code = async (input: object) =>
      await frieda.code('calendarFeedCreate', { name: 'x', ...input }, 'calendarFeed');
    expect(await code({ scope: 'SERVICE' })).toBe('BAD_USER_INPUT');
    expect(await code({ scope: 'EVERYTHING', aboutId: ids['server'] })).toBe('BAD_USER_INPUT');
    expect(await code({ scope: 'RELEASE', aboutId: ids['server'] })).toBe('BAD_USER_INPUT');
    expect(await code({ scope: 'EVERYTHING', name: '' })).toBe('BAD_USER_INPUT');
  });
});

describe('the secret of a calendar feed', () => {
  test('is shown once: not in a replay, a list, an event or a log', async () => {
    const input = { name: 'once', scope: 'EVERYTHING', idempotencyKey: 'k' };
    const once = 'mutation($i: CalendarFeedCreateInput!) { calendarFeedCreate(input: $i) { url replayed } }';
    const { calendarFeedCreate: first } = await frieda.ok(once, { i: input });
    secrets.push(secretIn(first.url));
    const { calendarFeedCreate: replay } = await frieda.ok(once, { i: input });
    expect([replay.replayed, replay.url, await status(first.url)]).toEqual([true, null, 200]);
    await app.relay();
    const { viewer } = await frieda.ok(
      '{ viewer { calendarFeeds(first: 1) { nodes { name scope person { name } } } } }',
    );
    expect(viewer.calendarFeeds.nodes).toEqual([{ name: 'once', scope: 'EVERYTHING', person: { name: 'frieda' } }]);
    expect((await frieda.send('{ calendarFeeds { totalCount } }')).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const { rows } = await app.readDatabase.pool.query(
      `select to_jsonb(f)::text as text from calendar_feed f union all select payload::text from domain_event
        union all select to_jsonb(i)::text from idempotency_record i`,
    );
    const everywhere = [...rows.map(({ text }) => text), ...logged].join('\n');
    expect(logged.some((line) => line.includes('/calendar/:file'))).toBe(true); // the log does tell of requests
    expect(secrets.length).toBeGreaterThan(5);
    for (const secret of secrets) expect(everywhere).not.toContain(secret);
  });

  test('is worth nothing once it was rotated or revoked, and says nothing else', async () => {
    const { id, url } = await create(frieda, { scope: 'EVERYTHING' });
    const { calendarFeedRotate: rotated } = await frieda.ok(
      'mutation($i: CalendarFeedRotateInput!) { calendarFeedRotate(input: $i) { url } }',
      { i: { id } },
    );
    secrets.push(secretIn(rotated.url));
    expect([await status(url), await status(rotated.url)]).toEqual([404, 200]);
    const admin = world.administrator;
    expect(await admin.code('calendarFeedRotate', { id }, 'calendarFeed')).toBe('FORBIDDEN');
    expect(await world.manager.code('calendarFeedRevoke', { id }, 'calendarFeed')).toBe('FORBIDDEN');
    await admin.run('calendarFeedRevoke', { id, reason: 'On a public page.' }, 'calendarFeed');
    expect(await status(rotated.url)).toBe(404);
    expect(await frieda.code('calendarFeedRotate', { id }, 'calendarFeed')).toBe('BAD_USER_INPUT');
    const guesses = [`${app.url}/calendar/x.ics`, url.replace(/.\.ics$/, '~.ics'), url.replace(/ilf_./, 'ilf_7')];
    const bodies = await Promise.all([url, rotated.url, ...guesses].map(async (at) => await (await fetch(at)).text()));
    expect(new Set(bodies).size).toBe(1);
  });

  test('falls with the token that it was created with', async () => {
    const { secret, accessToken } = (
      await frieda.ok(
        'mutation($i: AccessTokenCreateInput!) { accessTokenCreate(input: $i) { secret accessToken { id } } }',
        { i: { name: 'stolen', roles: ['REQUESTER'], days: 1 } },
      )
    ).accessTokenCreate;
    const thief = Object.assign(Object.create(frieda), { token: secret }) as TestClient;
    const { url } = await create(thief, { scope: 'EVERYTHING' });
    expect(await status(url)).toBe(200);
    await frieda.run('accessTokenRevoke', { id: accessToken.id }, 'accessToken');
    expect(await status(url)).toBe(404);
  });

  test('has the rights of its person at each request', async () => {
    const zoe = await app.as('zoe', 'REQUESTER');
    const { url } = await create(zoe, { scope: 'EVERYTHING' });
    const { administrator: admin } = world;
    await admin.run('personRevokeRole', { id: zoe.personId, role: 'REQUESTER' }, 'person');
    expect(await status(url)).toBe(403);
    await admin.run('personGrantRole', { id: zoe.personId, role: 'REQUESTER' }, 'person');
    expect(await status(url)).toBe(200);
    await admin.run('personDeactivate', { id: zoe.personId }, 'person');
    expect(await status(url)).toBe(404);
    await admin.run('personActivate', { id: zoe.personId }, 'person');
    expect(await status(url)).toBe(200);
    await until(
      async () => (await app.count(`calendar_feed where last_used_at is not null and name = 'Feed'`)) > 0,
      'the use to be noted',
    );
  });

  test('cannot be guessed for long, nor stretched to any range', async () => {
    const { url } = await create(frieda, { scope: 'EVERYTHING' });
    expect(await (await fetch(`${url}?from=0001-01-01T00:00:00Z&to=9999-01-01T00:00:00Z`)).text()).toBe(
      await (await fetch(url)).text(),
    );
    const wrong = url.replace(/.{4}\.ics$/, 'aaaa.ics');
    const answers = await Promise.all(Array.from({ length: 60 }, async () => await fetch(wrong)));
    const statuses = answers.map((answer) => answer.status);
    expect(new Set(statuses)).toEqual(new Set([404, 429]));
    expect(statuses.filter((code) => code === 404).length).toBeLessThanOrEqual(40);
    expect(answers.find((answer) => answer.status === 429)?.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await status(url)).toBe(200); // whoever has the secret gets in behind the same address
  });
});
