import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { toNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { usualLongestTurn } from '../../support/loop-watch.js';
import { ScheduleBuilder, type ScheduledCi } from '../../support/schedule.js';
import { storyOf, type Story } from '../../support/story.js';
import { writeStatements } from '../../support/write-statements.js';

let app: TestApp;
let story: Story;
let web: ScheduledCi;
let release: string;
const clock = new TestClock('2027-03-01T08:00:00Z');

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  story = await storyOf(app);
  const build = new ScheduleBuilder(story);
  web = await build.ci('web');
  release = await build.release('Payroll', '2027-12-24T10:00:00Z', '2027-12-24T12:00:00Z', [web]);
});
afterAll(async () => await app.end());

const unknown = toNodeId('ConfigurationItem', '00000000-0000-7000-8000-000000000000');

type Lines = readonly string[];
const calendar = (...events: readonly Lines[]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...events.flatMap((lines) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'])]
    .concat('END:VCALENDAR', '')
    .join('\r\n');
const freeze = ['UID:freeze', 'SUMMARY:Year end', 'DTSTART;VALUE=DATE:20271223', 'DTEND;VALUE=DATE:20271227'];
const easter = ['UID:easter', 'SUMMARY:Easter Monday', 'DTSTART;VALUE=DATE:20270329'];

const input = (text: string, more: object = {}) => ({
  ...{ source: 'freezes', calendar: text, kind: 'BLACKOUT', timeZone: 'Europe/Berlin', ciIds: [web.id] },
  ...more,
});
const MUTATION = `mutation($input: ScheduleWindowsImportInput!) { scheduleWindowsImport(input: $input) {
  created updated removed refused replayed userErrors { code }
  results { uid status code scheduleWindow { id name active version startsAt externalRef { source key } } } } }`;
const run = async (text: string, more: object = {}, by = story.changeManager) =>
  (await by.ok(MUTATION, { input: input(text, more) })).scheduleWindowsImport;
const statuses = ({ results }: { results: { status: string }[] }) => results.map(({ status }) => status);
const blackouts = async () =>
  (
    await story.auditor.ok(`query($id: ID!) { scheduleConflicts(release: $id, first: 50) { nodes { kind } } }`, {
      id: release,
    })
  ).scheduleConflicts.nodes.length;
const events = async () => await app.count('domain_event');

test('a calendar is tried, imported, imported again and changed; conflicts come and go with it', async () => {
  const tried = await run(calendar(freeze, easter), { dryRun: true });
  expect(statuses(tried)).toEqual(['CREATED', 'CREATED']);
  expect(tried.results[0].scheduleWindow).toBeNull();
  expect([await app.count('schedule_window'), await blackouts()]).toEqual([0, 0]);

  const first = await run(calendar(freeze, easter));
  expect(first).toMatchObject({ created: 2, updated: 0, removed: 0, refused: 0, replayed: false, userErrors: [] });
  expect(first.results[0].scheduleWindow).toEqual({
    id: expect.stringMatching(/^win_/),
    name: 'Year end',
    active: true,
    version: 1,
    startsAt: '2027-12-22T23:00:00.000Z',
    externalRef: { source: 'freezes', key: 'freeze' },
  });
  expect(await blackouts()).toBe(1);
  const { node } = await story.auditor.ok(
    `query($id: ID!) { node(id: $id) { ... on ScheduleWindow { events { nodes { type data } } } } }`,
    { id: first.results[0].scheduleWindow.id },
  );
  expect(node.events.nodes.map(({ type }: { type: string }) => type)).toEqual([
    'schedule.conflicts-changed',
    'schedule-window.created',
  ]);
  expect(node.events.nodes[1].data).toMatchObject({ source: 'freezes', ciCount: 1 });

  const told = await events();
  expect(statuses(await run(calendar(easter, freeze)))).toEqual(['UNCHANGED', 'UNCHANGED']);
  expect(await events()).toBe(told);

  const moved = ['UID:freeze', 'SUMMARY:Year end', 'DTSTART;VALUE=DATE:20271225', 'DTEND;VALUE=DATE:20271227'];
  const wrong = ['UID:wrong', 'SUMMARY:Hourly', 'DTSTART;VALUE=DATE:20271225', 'RRULE:FREQ=HOURLY'];
  const second = await run(calendar(moved, wrong));
  expect(second.results).toMatchObject([
    { uid: 'freeze', status: 'UPDATED', scheduleWindow: { version: 2 } },
    { uid: 'wrong', status: 'REFUSED', code: 'RULE_MALFORMED', scheduleWindow: null },
    { uid: 'easter', status: 'REMOVED', scheduleWindow: { active: false } },
  ]);
  expect(await blackouts()).toBe(0);
  expect(statuses(await run(calendar(freeze, easter), { ciIds: [] }))).toEqual(['UPDATED', 'UPDATED']);
  expect(await blackouts()).toBe(1);
});

test('a calendar belongs to nobody: who may keep its windows goes on with it, and is named in the log', async () => {
  const more = { source: 'shared', kind: 'CHANGE_WINDOW' };
  const [made] = (await run(calendar(easter), more)).results;
  expect(statuses(await run(calendar(), more, story.manager))).toEqual(['REMOVED']);
  const { node } = await story.auditor.ok(
    `query($id: ID!) { node(id: $id) { ... on ScheduleWindow { active events(first: 1) { nodes { type actor { name }
      data } } } } }`,
    { id: made.scheduleWindow.id },
  );
  expect(node).toMatchObject({
    active: false,
    events: {
      nodes: [{ type: 'schedule-window.deactivated', actor: { name: 'mona' }, data: { source: 'shared' } }],
    },
  });
});

test('what is over stays as it was when its UID is used again, and a repeated request gets its result', async () => {
  const at = (hour: string) => calendar(['UID:calm', 'SUMMARY:Calm', `DTSTART:20270301T${hour}0000Z`, 'DURATION:PT1H']);
  const more = { source: 'hours', idempotencyKey: 'k1' };
  const [before] = (await run(at('09'), more)).results;
  expect(await run(at('09'), more)).toMatchObject({ replayed: true, results: [{ status: 'CREATED' }] });
  clock.set('2027-03-01T10:30:00Z');
  expect(statuses(await run(at('09'), { source: 'hours' }))).toEqual(['OVER']);
  const [after] = (await run(at('11'), { source: 'hours' })).results;
  expect(after).toMatchObject({ status: 'CREATED', scheduleWindow: { externalRef: { key: 'calm' } } });
  const { node } = await story.auditor.ok(
    'query($id: ID!) { node(id: $id) { ... on ScheduleWindow { active startsAt externalRef { key } } } }',
    { id: before.scheduleWindow.id },
  );
  expect(node).toEqual({ active: true, startsAt: '2027-03-01T09:00:00.000Z', externalRef: null });
});

test('without the role, with another kind or zone, or without a calendar nothing is written', async () => {
  const told = await events();
  const refused = async (text: string, more: object = {}, by = story.changeManager) =>
    (await by.send(MUTATION, { input: input(text, more) })).errors?.[0]?.extensions['code'];
  expect(await refused(calendar(freeze), {}, story.manager)).toBe('FORBIDDEN');
  expect(await refused(calendar(freeze), {}, story.auditor)).toBe('FORBIDDEN');
  expect(await refused(calendar(freeze), { kind: 'CHANGE_WINDOW' })).toBe('BAD_USER_INPUT');
  // The name of a calendar gives nobody power over blackouts who may not keep them.
  expect(await refused(calendar(), { kind: 'CHANGE_WINDOW' }, story.manager)).toBe('BAD_USER_INPUT');
  expect(await refused(calendar(freeze), { timeZone: 'Mars' })).toBe('BAD_USER_INPUT');
  expect(await refused('Monday to Friday')).toBe('BAD_USER_INPUT');
  expect(await refused(calendar(freeze), { source: '' })).toBe('BAD_USER_INPUT');
  expect(await refused(calendar(freeze), { ciIds: [release] })).toBe('BAD_USER_INPUT');
  expect(await refused(calendar(freeze), { ciIds: [unknown] })).toBe('NOT_FOUND');
  expect(await events()).toBe(told);
});

test('two imports of a new calendar at the same moment make its windows once', async () => {
  const more = { source: 'race' };
  const both = await Promise.all([run(calendar(freeze, easter), more), run(calendar(freeze, easter), more)]);
  expect(both.flatMap(statuses).toSorted()).toEqual(['CREATED', 'CREATED', 'UNCHANGED', 'UNCHANGED']);
});

test('the largest calendar takes as many statements as a small one, in short turns', async () => {
  const many = (count: number, rule: string) =>
    calendar(
      ...Array.from({ length: count }, (_, n) => [`UID:${n}`, 'SUMMARY:x', 'DTSTART;VALUE=DATE:20271223', rule]),
    );
  const more = { ciIds: [], ciClasses: ['DESKTOP'], kind: 'CHANGE_WINDOW' };
  const few = await writeStatements(
    app,
    async () => await run(many(2, 'RRULE:FREQ=YEARLY'), { ...more, source: 'few' }),
  );
  const all = await writeStatements(
    app,
    async () => await run(many(500, 'RRULE:FREQ=YEARLY'), { ...more, source: 'all' }),
  );
  expect(all).toHaveLength(few.length);
  const slow = many(80, 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU');
  expect(await usualLongestTurn(async () => await run(slow, { dryRun: true }), 50)).toBeLessThan(50);
});
