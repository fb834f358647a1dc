import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromNodeId, toNodeId } from '../../../src/domain/node-id.js';
import type { FieldChange } from '../../../src/services/change-log.js';
import { MOST_CHANGES, pagesOf, topicsOfPages } from '../../../src/services/change-pages.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { driveRuns } from '../../support/drive-runs.js';
import { contradictions } from '../../support/history.js';
import { storyOf, type Story } from '../../support/story.js';
import { writeStatements } from '../../support/write-statements.js';

/** Line 11: events tell what became of each target and what is installed on it, and none is without bounds. */

const clock = new TestClock();
let app: TestApp;
let story: Story;
beforeAll(async () => {
  // No lease is renewed while statements are counted, however slow the machine is.
  app = await startTestApp({ clock: clock.now, env: { INTERLOCK_LEASE_MS: '600000' } });
  story = await storyOf(app, clock);
}, 60_000);
afterAll(async () => await app.end());

interface Told {
  readonly type: string;
  readonly changes: readonly FieldChange[];
}

async function eventsOf(id: string, ...types: string[]): Promise<Told[]> {
  await app.relay();
  const { events } = await story.read(
    id,
    'events(first: 100) { nodes { type changes { object field before after } } }',
    story.auditor,
  );
  return events.nodes.filter(({ type }: Told) => types.length === 0 || types.includes(type));
}

const sizeOf = ({ before, after }: Pick<FieldChange, 'before' | 'after'>): number =>
  Math.max(1, [before, after].flatMap((value) => (Array.isArray(value) ? value : [])).length);

describe('a delivery', () => {
  test('tells the state of each target, and what was installed on it and what is', async () => {
    const item = await story.item('ledger');
    const [first, second] = [await story.media(item, '1'), await story.media(item, '2')];
    const { id: dmlItem } = await story.read(second, 'item { id }').then(({ item: of }) => of);
    const release = await story.ready(['till', 'scale'], { content: [first] });
    await story.passUntil(await story.started(release), 'SUCCEEDED', 60);
    const update = await story.ready([], { cis: release.cis, content: [second] });
    const id = await story.started(update);
    await story.passUntil(id, 'SUCCEEDED', 60);

    const succeeded = await eventsOf(id, 'distribution.target-succeeded');
    expect(succeeded).toHaveLength(2);
    const ci = release.cis['till'] as string;
    const [ofTill] = succeeded.filter(({ changes }) => JSON.stringify(changes).includes(ci));
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/);
    const of = { dmlItem, digest, validFrom: expect.any(String) };
    expect(ofTill?.changes.filter(({ field }) => field === 'targets' || field === 'installations')).toEqual([
      {
        object: id,
        field: 'targets',
        before: [{ ci, excluded: false, state: expect.any(String), attempt: 1 }],
        after: [{ ci, excluded: false, state: 'SUCCEEDED', attempt: 1, verifiedDigest: digest }],
      },
      {
        object: ci,
        field: 'installations',
        before: [{ ...of, dmlItemVersion: first, assurance: 'VERIFIED' }],
        after: [{ ...of, dmlItemVersion: second, assurance: 'VERIFIED' }],
      },
    ]);
    expect(await eventsOf(ci, 'distribution.target-succeeded')).toContainEqual(ofTill);
    expect(await contradictions(app)).toEqual([]);
  });
});

describe('the number of statements', () => {
  test('of a start and of what a tool reports does not depend on the number of targets', async () => {
    const counts: number[][] = [];
    for (const names of [['one'], ['a', 'b', 'c', 'd', 'e', 'f', 'g']]) {
      const release = await story.ready(names);
      const id = await story.plan(release, { parameters: story.simulate({ steps: ['install'], stepMs: 100 }) });
      await story.act('Schedule', id);
      const start = await writeStatements(app, async () => await story.act('Start', id));
      await driveRuns(app, clock);
      clock.advance(10_000);
      const reports = await writeStatements(app, async () => await driveRuns(app, clock));
      expect(await story.state(id)).toBe('SUCCEEDED');
      counts.push([start.length, reports.length]);
    }
    expect(counts[0]?.[1]).toBeGreaterThan(10);
    expect(counts[1]).toEqual(counts[0]);
  });
});

describe('what changes more than an event can carry', () => {
  test('is told by several: acceptance, plan and start of a release with 1,200 targets', async () => {
    const { rows } = await app.readDatabase.pool.query<{ id: string }>(
      `insert into configuration_item (id, name, ci_class, state, criticality, created_at, updated_at, version)
       select uuidv7(), 'many-' || n, 'SERVER', 'AUTHORISED', 'LOW', now(), now(), 1 from generate_series(1, 1200) n
       returning id`,
    );
    const ids = rows.map((row) => toNodeId('ConfigurationItem', row.id));
    const { id } = await story.release('Everywhere');
    for (let n = 0; n < ids.length; n += 400) await story.addTargets(id, ...ids.slice(n, n + 400));
    await story.addContent(id);
    await story.startTesting(id);
    await story.step('releaseAccept', id, {}, story.owner);
    const [startsAt, endsAt] = [clock.now(), new Date(clock.now().getTime() + 3_600_000)];
    await story.step('releaseSchedule', id, { startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() });
    await story.step('releaseCommunicate', id, { audience: 'Everybody', message: 'All of it.' });
    const distribution = await story.plan({ id, cis: {} });
    await story.act('Schedule', distribution);
    await story.act('Start', distribution);

    const events = [...(await eventsOf(id)), ...(await eventsOf(distribution))];
    const sizes = events.map(({ changes }) => changes.reduce((sum, change) => sum + sizeOf(change), 0));
    expect(Math.max(...sizes)).toBe(MOST_CHANGES);
    const told = await eventsOf(distribution);
    // Newest first. 2,400: each target before and after. 1,200: what the approval stands on, and the targets.
    expect(told.map(({ type }) => type)).toEqual([
      'distribution.continued',
      'distribution.continued',
      'distribution.started',
      'release.distribution-started',
      'schedule-entry.booked',
      'distribution.continued',
      'distribution.scheduled',
      'distribution.continued',
      'distribution.planned',
    ]);
    expect(events.map(({ type }) => type)).toContain('release.continued');

    // The plan tells of 1,200 targets in two events. The history of a target has the rest only if it is told of there.
    const planned = told.slice(-2).map(({ changes }) => JSON.stringify(changes));
    for (const ci of [ids[0], ids.find((one) => planned[0]?.includes(one))] as string[]) {
      const history = (await eventsOf(ci)).filter(({ changes }) => planned.includes(JSON.stringify(changes)));
      expect(history.map(({ type }) => type)).toEqual(
        planned[0]?.includes(ci) ? ['distribution.continued', 'distribution.planned'] : ['distribution.planned'],
      );
    }
    const [rest = 0, first = 0] = planned.map((text) => ids.filter((ci) => text.includes(ci)).length);
    expect([rest + first, rest >= 200 && rest < 300]).toEqual([1200, true]);

    // What the tool reports of them is recorded 500 at a time, so that nobody waits long for the run.
    await driveRuns(app, clock);
    clock.advance(60_000);
    await driveRuns(app, clock);
    expect(await story.state(distribution)).toBe('SUCCEEDED');
    const { rows: progress } = await app.readDatabase.pool.query<{ changed: number }>(
      `select (payload ->> 'changed')::int as changed from domain_event
       where type = 'distribution.progressed' and aggregate_id = $1 order by sequence`,
      [fromNodeId('Distribution', distribution, 'id')],
    );
    expect(Math.max(...progress.map(({ changed }) => changed))).toBe(500);
  }, 60_000);

  test('reaches the followers of what each part tells of, and of what none tells of', () => {
    const [release, plan, one, two, three] = [1, 2, 3, 4, 5].map((n) => `0000000${n}-0000-7000-8000-000000000000`);
    const ci = (uuid: string | undefined) => toNodeId('ConfigurationItem', uuid as string);
    const object = toNodeId('Distribution', plan as string);
    const part = (...after: unknown[]) => [{ object, field: 'targets', before: [], after }];
    const topics = [plan, release, one, two, three] as string[];
    const pages = [part({ ci: ci(one), excluded: false }), part(ci(two)), part({ ci: ci(two), more: [ci(three)] })];
    expect(topicsOfPages(topics, pages)).toEqual([topics, [release, plan, two], [release, plan, two, three]]);
    expect(topicsOfPages([release as string], [part(ci(one))])).toEqual([[release, plan]]);
    expect(topicsOfPages(topics, [[]])).toEqual([topics]);
  });

  test('is divided anywhere, and nothing is lost or told twice', () => {
    const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
    const changes: FieldChange[] = [
      { object: 'a', field: 'name', before: 'old', after: 'new' },
      { object: 'a', field: 'list', before: numbers(0, 7), after: numbers(7, 12) },
      { object: 'b', field: 'list', before: [], after: [1] },
      { object: 'b', field: 'roles', before: null, after: numbers(0, 4) },
    ];
    for (const most of numbers(1, 20)) {
      const pages = pagesOf(changes, most);
      for (const page of pages) expect(page.reduce((sum, change) => sum + sizeOf(change), 0)).toBeLessThanOrEqual(most);
      const all = (field: 'before' | 'after') =>
        pages.flat().flatMap((change) => {
          const value = change[field];
          return (Array.isArray(value) ? value : [value]).map(
            (element) => `${change.object}.${change.field}=${element}`,
          );
        });
      expect(new Set(all('before'))).toEqual(
        new Set(['a.name=old', ...numbers(0, 7).map((n) => `a.list=${n}`), 'b.roles=null']),
      );
      expect(new Set(all('after'))).toEqual(
        new Set([
          'a.name=new',
          ...numbers(7, 12).map((n) => `a.list=${n}`),
          'b.list=1',
          ...numbers(0, 4).map((n) => `b.roles=${n}`),
        ]),
      );
      expect(all('before').filter((text) => !text.endsWith('null'))).toHaveLength(8);
      expect(all('after')).toHaveLength(11);
    }
    expect(pagesOf([])).toEqual([[]]);
  });
});
