import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { sha256 } from '../../support/media.js';
import { storyOf, type Story } from '../../support/story.js';
import { until } from '../../support/until.js';

// One item of each sort: software on a server, firmware of a switch, a manual, a spare.
const CLASSES = {
  host: 'SERVER',
  app: 'SOFTWARE',
  switch: 'NETWORK_DEVICE',
  boot: 'FIRMWARE',
  manual: 'DOCUMENT',
  spare: 'SPARE',
} as const;
const KINDS = ['SOFTWARE', 'FIRMWARE', 'HARDWARE', 'DOCUMENT'] as const;

// Histories are kept in the real time. This one is ahead of it, and stands still but for the work of a tool.
const clock = new TestClock(new Date(Date.now() + 3_600_000).toISOString());
let app: TestApp;
let story: Story;
let reader: TestClient;
let change: { readonly id: string };
let second: { readonly release: string; readonly distribution: string };
let first: { readonly release: string; readonly distribution: string };
let versions: string[];
const cis: Record<string, string> = {};

const CI = 'configurationItem';

const QUERY = `query($filter: CiTouchFilter, $first: Int, $after: String, $last: Int, $before: String) {
  ciTouches(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    pageInfo { endCursor startCursor hasNextPage hasPreviousPage }
    nodes {
      kind at state fields reason requestId
      ci { name ciClass }
      actor { name }
      changes(first: 2) { nodes { title authorisedBy { name } requests(first: 1) { nodes { decidedBy { name } } } } }
      release { id acceptedBy { name } }
      distribution { id deploymentTool { name } }
      targetExecution { installations(first: 5) { nodes { digest previous { dmlItemVersion { label } } } } }
    }
  }
}`;

const page = async (variables: object) => (await reader.ok(QUERY, { ...variables })).ciTouches;
const touches = async (filter: object): Promise<any[]> => (await page({ filter, first: 60 })).nodes;
const brief = (nodes: any[]): string[] => nodes.map(({ kind, ci }) => `${kind} ${ci.name}`).toSorted();
const what = async (filter: object): Promise<string[]> => brief(await touches(filter));
const of = (kind: string, ...names: string[]): string[] => names.map((name) => `${kind} ${name}`);
const ALL = Object.keys(CLASSES);
const but = (...names: string[]) => ALL.filter((name) => !names.includes(name));

async function deliver(name: string, content: readonly string[], options: { change?: string; fails?: string } = {}) {
  const { id } = await story.release(name);
  if (options.change === undefined) await story.addTargets(id, ...Object.values(cis));
  else await story.join(options.change, id);
  await story.addContent(id, ...content);
  await story.startTesting(id);
  if ((await story.read(id, 'plan { requires { testEvidence } }')).plan.requires.testEvidence) await story.tested(id);
  await story.step('releaseAccept', id, {}, story.cast.owner);
  const [startsAt, endsAt] = [0, 43_200_000].map((ms) => new Date(clock.now().getTime() + ms).toISOString());
  await story.step('releaseSchedule', id, { startsAt, endsAt });
  await story.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Payroll will be down.' });
  const failing = options.fails === undefined ? {} : { [cis[options.fails] as string]: 'fail' };
  const parameters = story.simulate('succeed', failing);
  const distribution = await story.started({ id, cis }, { parameters });
  await story.passUntil(distribution, options.fails === undefined ? 'SUCCEEDED' : 'PARTIALLY_SUCCEEDED', 120);
  return { release: id, distribution };
}

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  story = await storyOf(app, clock);
  reader = story.cast.auditor;
  for (const [name, ciClass] of Object.entries(CLASSES)) cis[name] = await story.ci(name, { ciClass });
  const { librarian } = story.cast;
  const repository = await librarian.run('dmlRepositoryCreate', { name: 'library' }, 'dmlRepository');
  const items: { readonly id: string }[] = [];
  for (const kind of KINDS)
    items.push(await librarian.run('dmlItemCreate', { repositoryId: repository.id, name: kind, kind }, 'dmlItem'));
  const labelled = async (label: string) => {
    const made: string[] = [];
    for (const { id } of items) made.push(await story.media(id, label, `${id} ${label}`));
    return made;
  };
  first = await deliver('Payroll 1', await labelled('1.0'));
  // From now on the host needs a change.
  const { configurationManager } = story.cast;
  const edit = async (input: object) => {
    const { version } = await story.read(cis['host'] as string, 'version', configurationManager);
    await configurationManager.run(
      'configurationItemUpdate',
      { id: cis['host'], expectedVersion: version, ...input },
      CI,
    );
  };
  await edit({ lifecycleState: 'PRODUCTION' });
  change = await story.authorised('Payroll 2', Object.values(cis));
  await edit({ location: 'Berlin', serialNumber: 'SN-1' });
  const relation = { sourceId: cis['host'], kind: 'DEPENDS_ON', targetId: cis['manual'] };
  await configurationManager.run('configurationItemRelate', relation, 'ciRelation');
  versions = await labelled('2.0');
  second = await deliver('Payroll 2', versions, { change: change.id, fails: 'boot' });
});
afterAll(async () => await app.end());

const EDITED = ['RELATED host', 'RELATED manual', 'UPDATED host'];
const DELIVERED = ['ATTEMPTED boot', ...of('INSTALLED', ...but('boot'))].toSorted();

describe('from one end', () => {
  test('a change: what was delivered for it and what was edited under it, on items of every class', async () => {
    const found = await touches({ change: { eq: change.id } });
    expect(brief(found)).toEqual([...DELIVERED, ...EDITED].toSorted());
    expect(new Set(found.map(({ ci }) => ci.ciClass))).toEqual(new Set(Object.values(CLASSES)));
    for (const touch of found) {
      expect(touch.changes.nodes).toMatchObject([{ title: 'Payroll 2', authorisedBy: { name: 'anna' } }]);
      expect(touch.changes.nodes[0].requests.nodes).toMatchObject([{ decidedBy: { name: 'olga' } }]);
    }
    const delivered = found.find(({ kind, ci }) => kind === 'INSTALLED' && ci.name === 'spare');
    expect(delivered).toMatchObject({
      state: 'SUCCEEDED',
      fields: [],
      actor: null,
      release: { id: second.release, acceptedBy: { name: 'olga' } },
      distribution: { id: second.distribution, deploymentTool: { name: 'simulator' } },
    });
    const [installed] = delivered.targetExecution.installations.nodes;
    expect(delivered.targetExecution.installations.nodes).toHaveLength(KINDS.length);
    expect(installed.previous.dmlItemVersion.label).toBe('1.0');
    expect(found.find(({ kind }) => kind === 'ATTEMPTED')).toMatchObject({ state: 'FAILED', ci: { name: 'boot' } });
    expect(found.find(({ kind }) => kind === 'UPDATED')).toMatchObject({
      fields: ['location', 'serialNumber'],
      actor: { name: 'carl' },
      state: null,
      distribution: null,
      release: null,
      targetExecution: null,
    });
  });

  test('a release, a distribution, a version or its digest', async () => {
    const one = Object.values(ALL)
      .map((name) => `INSTALLED ${name}`)
      .toSorted();
    expect(await what({ release: { eq: first.release } })).toEqual(one);
    expect(await what({ release: { in: [first.release, second.release] } })).toEqual([...one, ...DELIVERED].toSorted());
    expect(await what({ distribution: { eq: second.distribution } })).toEqual(DELIVERED);
    expect(await what({ dmlItemVersion: { eq: versions[2] } })).toEqual(DELIVERED);
    const { item } = await story.read(versions[3] as string, 'item { id }', story.cast.librarian);
    const digest = sha256(`${item.id} 2.0`);
    expect(await what({ digest })).toEqual(DELIVERED);
    expect(await what({ digest: ` ${digest.toUpperCase()}` })).toEqual(DELIVERED);
    expect(await what({ digest: 'a'.repeat(64) })).toEqual([]);
  });

  test('a person, by the parts that they had', async () => {
    const { requester, authority, owner, operator, librarian, secondLibrarian, configurationManager } = story.cast;
    const by = async ({ personId }: TestClient, ...roles: string[]) =>
      await what({ person: { id: personId, ...(roles.length > 0 && { roles }) } });
    const changed = [...DELIVERED, ...EDITED].toSorted();
    const installed = [...of('INSTALLED', ...ALL), ...DELIVERED].toSorted();
    expect(await by(requester)).toEqual(changed);
    expect(await by(requester, 'REQUESTER')).toEqual(changed);
    expect(await by(requester, 'APPROVER', 'IMPLEMENTER', 'LIBRARIAN')).toEqual([]);
    expect(await by(authority, 'APPROVER')).toEqual(changed);
    expect(await by(authority, 'REQUESTER')).toEqual([]);
    // The owner accepted both releases, and approved that the change joins the second one.
    expect(await by(owner)).toEqual([...of('INSTALLED', ...ALL), ...changed].toSorted());
    expect(await by(operator, 'IMPLEMENTER')).toEqual(installed);
    expect(await by(operator, 'APPROVER')).toEqual([]);
    expect(await by(librarian)).toEqual(installed);
    expect(await by(secondLibrarian, 'LIBRARIAN')).toEqual(installed);
    expect(await by(configurationManager, 'IMPLEMENTER')).toEqual(
      [...of('REGISTERED', ...ALL), ...of('AUTHORISED', ...ALL), ...EDITED, 'UPDATED host'].toSorted(),
    );
  });

  test('an item, a kind, a window of time, and several of them together', async () => {
    const host = { ci: { eq: cis['host'] } };
    const found = await touches(host);
    expect(found.map(({ kind }) => kind)).toEqual([
      'INSTALLED',
      ...found.slice(1, 3).map(({ kind }) => kind),
      'UPDATED',
      'INSTALLED',
      ...found.slice(5).map(({ kind }) => kind),
    ]);
    expect(brief(found)).toEqual(
      ['AUTHORISED', 'INSTALLED', 'INSTALLED', 'REGISTERED', 'RELATED', 'UPDATED', 'UPDATED'].map(
        (kind) => `${kind} host`,
      ),
    );
    expect(await what({ ci: { eq: cis['manual'] }, kind: { in: ['RELATED', 'UPDATED'] } })).toEqual(['RELATED manual']);
    const at = found[0].at as string;
    const later = new Date(Date.parse(at) + 1).toISOString();
    expect(await what({ ...host, at: { gte: at, lt: later } })).toEqual(['INSTALLED host']);
    expect(await what({ ...host, at: { gte: later } })).toEqual([]);
    expect(await what({ ...host, at: { lt: '2020-01-01T00:00:00Z' } })).toEqual([]);
    expect(await what({ change: { eq: change.id }, not: { kind: { eq: 'INSTALLED' } } })).toEqual(
      ['ATTEMPTED boot', ...EDITED].toSorted(),
    );
  });

  test('what somebody found installed', async () => {
    const { configurationManager } = story.cast;
    const ci = await story.ci('found');
    const { item } = await story.read(versions[0] as string, 'item { id }', story.cast.librarian);
    const digest = sha256(`${item.id} 2.0`);
    const discovery = await app.as('scanner', 'DISCOVERY');
    const observation = { ciId: ci, key: 'F-1', name: 'found', installations: [{ dmlItemId: item.id, digest }] };
    await discovery.ok(
      'mutation($input: CiObservationsRecordInput!) { ciObservationsRecord(input: $input) { driftsFound } }',
      { input: { source: 'scan', observations: [observation] } },
    );
    const { drift } = await story.read(ci, 'drift { nodes { id } }', configurationManager);
    await configurationManager.run('driftAccept', { id: drift.nodes[0].id, reason: 'It is there.' }, 'drift');
    for (const filter of [{ digest }, { dmlItemVersion: { eq: versions[0] } }])
      expect((await what(filter)).filter((one) => one.endsWith('found'))).toEqual(['DISCOVERED found']);
    expect((await touches({ ci: { eq: ci } }))[0]).toMatchObject({
      kind: 'DISCOVERED',
      actor: { name: 'carl' },
      reason: 'It is there.',
      targetExecution: null,
    });
  });
});

test('pages follow each other without a gap, in both directions, and each is one statement', async () => {
  const everything = await touches({});
  expect(everything.length).toBeGreaterThan(30);
  const walk = async (size: object, key: 'after' | 'before', filter: object) => {
    const seen: any[] = [];
    for (let cursor: string | null = null; ;) {
      const found: any = await page({ filter, ...size, [key]: cursor });
      expect(found.totalCount).toBe((await touches(filter)).length);
      if (key === 'after') seen.push(...found.nodes);
      else seen.unshift(...found.nodes);
      if (!(key === 'after' ? found.pageInfo.hasNextPage : found.pageInfo.hasPreviousPage)) return seen;
      cursor = key === 'after' ? found.pageInfo.endCursor : found.pageInfo.startCursor;
    }
  };
  for (const filter of [{}, { change: { eq: change.id } }]) {
    const all = await touches(filter);
    expect(await walk({ first: 4 }, 'after', filter)).toEqual(all);
    expect(await walk({ last: 7 }, 'before', filter)).toEqual(all);
  }
  const times = everything.map(({ at }) => at);
  expect(times).toEqual(times.toSorted().toReversed());
  if (process.env['INTERLOCK_TEST_EXECUTOR'] !== 'graphql-js')
    expect(await app.statements(async () => await touches({ change: { eq: change.id } }))).toBe(1);
});

test('from an item: all that led to what is installed, now and at a moment, in one statement each', async () => {
  const INSTALLED = `assurance digest validFrom
    dmlItemVersion { label authorisedBy { name } }
    distribution { number approvedBy { name } plannedBy { name } deploymentTool { name } }
    targetExecution { state verifiedDigest }
    release { number acceptedBy { name } acceptedAt }
    changes { nodes { number authorisedBy { name } authorisedAt } }
    previous { digest dmlItemVersion { label } }`;
  const now = `query($id: ID!) { node(id: $id) { ... on ConfigurationItem {
    installations(current: true) { nodes { ${INSTALLED} } } } } }`;
  const then = `query($id: ID!, $at: DateTime) { snapshot(asOf: $at) { configurationItem(id: $id) {
    installations { nodes { ${INSTALLED} } } } } }`;
  const [id, at] = [cis['switch'], clock.now().toISOString()];
  const byLabel = (nodes: any[]) => nodes.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  const installed = byLabel((await reader.ok(now, { id })).node.installations.nodes);
  expect(installed).toHaveLength(KINDS.length);
  for (const one of installed)
    expect(one).toMatchObject({
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      dmlItemVersion: { label: '2.0', authorisedBy: { name: 'liam' } },
      distribution: { approvedBy: null, plannedBy: { name: 'oskar' }, deploymentTool: { name: 'simulator' } },
      targetExecution: { state: 'SUCCEEDED' },
      release: { acceptedBy: { name: 'olga' } },
      changes: { nodes: [{ authorisedBy: { name: 'anna' } }] },
      previous: { digest: expect.stringMatching(/^[0-9a-f]{64}$/), dmlItemVersion: { label: '1.0' } },
    });
  const snapshot = await reader.ok(then, { id, at });
  expect(byLabel(snapshot.snapshot.configurationItem.installations.nodes)).toEqual(installed);
  if (process.env['INTERLOCK_TEST_EXECUTOR'] === 'graphql-js') return;
  expect(await app.statements(async () => await reader.ok(now, { id }))).toBe(1);
  expect(await app.statements(async () => await reader.ok(then, { id, at }))).toBe(1);
});

/** The keys of an answer at every depth; what is null may be anything. */
const shapeOf = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.slice(0, 1).map(shapeOf)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inner === null ? {} : shapeOf(inner)]))
      : typeof value;

test('the first example of the README, and the examples for scripts', async () => {
  const readme = readFileSync('README.md', 'utf8');
  const [query = '', answer = ''] = ['graphql', 'json'].map(
    (language) => readme.split(`\n\`\`\`${language}\n`)[1]?.split('\n```')[0] ?? '',
  );
  const { item } = await story.read(versions[0] as string, 'item { id }', story.cast.librarian);
  const digest = sha256(`${item.id} 2.0`);
  const asked = query.replace('web-01', 'app').replace(/[0-9a-f]{64}/, digest);
  const read = async () => await reader.ok(asked);
  const found = await read();
  expect(found.fromTheItem.nodes[0].installations.nodes[0].previous.dmlItemVersion.label).toBe('1.0');
  expect(shapeOf({ ...found })).toMatchObject(shapeOf(JSON.parse(answer)) as object);
  if (process.env['INTERLOCK_TEST_EXECUTOR'] !== 'graphql-js') expect(await app.statements(read)).toBe(1);

  const env = { PATH: process.env['PATH'], URL: reader.url, TOKEN: reader.token };
  const run = async (program: string, ...args: string[]) =>
    (await promisify(execFile)(program, args, { env })).stdout.trim().split('\n');
  const trace = async (...args: string[]) => await run(process.execPath, 'examples/trace/trace.mjs', ...args);
  const { number } = await story.read(change.id, 'number');
  const lines = await trace('change', number);
  expect(lines).toHaveLength((await touches({ change: { eq: change.id } })).length);
  const delivered = /^2\S+Z INSTALLED CI-\d+ spare SPARE; .*sha256:[0-9a-f]{64}; .*DST-\d+ by simulator; /;
  expect(lines.filter((line) => delivered.test(line) && line.endsWith(' (olga); CHG-1001 (anna)'))).toHaveLength(1);
  const byDigest = (await trace('digest', digest)).filter((line) => !line.includes('DISCOVERED'));
  expect(byDigest).toEqual(lines.filter((line) => line.includes('DST-')));
  expect(await trace('person', 'anna@cast.test', 'APPROVER')).toEqual(lines);
  expect((await trace('item', 'manual')).some((line) => line.includes('RELATED'))).toBe(true);
  await expect(trace('change', 'CHG-0')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('CHG-0') });
  const [then] = await run('bash', 'examples/curl/what-ran-then.sh', 'app', clock.now().toISOString());
  const { asWeKnowNow } = JSON.parse(then as string).data;
  expect(asWeKnowNow.configurationItems.nodes[0].installations.nodes).toHaveLength(KINDS.length);
});

test('what makes no sense, and who may not read, is refused', async () => {
  const code = async (filter: object, client = reader) =>
    (await client.send(QUERY, { filter })).errors?.[0]?.extensions.code;
  for (const filter of [
    { digest: 'abc' },
    { digest: 'g'.repeat(64) },
    { digest: '' },
    { and: [{ digest: "' or true --" }] },
    { at: { gte: '2026-02-01T00:00:00Z', lt: '2026-01-01T00:00:00Z' } },
    { person: { id: reader.personId, roles: [] } },
    { person: { id: change.id } },
    { change: { eq: cis['host'] } },
    { change: {} },
    { change: null },
  ])
    expect([filter, await code(filter)]).toEqual([filter, 'BAD_USER_INPUT']);
  expect(await code({ person: { roles: ['APPROVER'] } })).toBe('BAD_USER_INPUT');
  expect((await reader.send(QUERY, { first: 201 })).errors?.[0]?.extensions.code).toBe('LIMIT_EXCEEDED');
  expect((await reader.send(QUERY, { after: 'nonsense' })).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  // A cursor of another list, even of the same one found in another way.
  const { pageInfo } = await page({ first: 1 });
  const other = await reader.send(QUERY, { after: pageInfo.endCursor, filter: { digest: 'a'.repeat(64) } });
  expect(other.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  expect(await code({}, app.anonymous())).toBe('UNAUTHENTICATED');
  expect(await code({}, story.cast.adapter)).toBe('FORBIDDEN');
  const create = 'mutation($i: AccessTokenCreateInput!) { accessTokenCreate(input: $i) { secret accessToken { id } } }';
  const input = { name: 'script', roles: ['AUDITOR'], days: 1 };
  const { secret, accessToken } = (await reader.ok(create, { i: input })).accessTokenCreate;
  const script = Object.assign(Object.create(reader), { token: secret }) as TestClient;
  expect(await code({}, script)).toBeUndefined();
  await reader.run('accessTokenRevoke', { id: accessToken.id }, 'accessToken');
  await until(async () => (await code({}, script)) === 'UNAUTHENTICATED', 'the token to fall');
});

test('what was checked, taken off and returned, and a change hears of edits under it', async () => {
  const spare = { ci: { eq: cis['spare'] } };
  const target = { targetIds: [cis['spare']], parameters: story.simulate() };
  const removal = await story.started({ id: second.release, cis }, { ...target, operation: 'REMOVE' });
  await story.passUntil(removal, 'SUCCEEDED', 120);
  expect(await what({ ...spare, distribution: { eq: removal } })).toEqual(['REMOVED spare']);
  const check = { targetIds: [cis['manual']], parameters: story.simulate(), operation: 'VERIFY' };
  const verification = await story.started({ id: second.release, cis }, check);
  await story.passUntil(verification, 'SUCCEEDED', 120);
  expect(await what({ distribution: { eq: verification } })).toEqual(['VERIFIED manual']);
  await story.step('releaseStartBackOut', second.release, { reason: 'It loses orders.' });
  await story.act('StartBackOut', second.distribution);
  // It is still there, and will be if nobody takes it back: what was delivered is not forgotten with the next order.
  for (const filter of [{ distribution: { eq: second.distribution } }, { change: { eq: change.id } }])
    expect((await what(filter)).filter((one) => DELIVERED.includes(one))).toEqual(DELIVERED);
  // What had failed, or was taken off, is not there to be returned.
  await story.passUntil(second.distribution, 'FAILED', 120);
  const returned = await what({ distribution: { eq: second.distribution }, kind: { eq: 'BACKED_OUT' } });
  expect(returned).toEqual(of('BACKED_OUT', ...but('boot', 'spare')).toSorted());
  // A tool may say nothing before the end.
  await app.readDatabase.pool.query(`update target_execution set started_at = null where state = 'BACKED_OUT'`);
  expect(await what({ distribution: { eq: second.distribution }, kind: { eq: 'BACKED_OUT' } })).toEqual(returned);
  const { events } = await story.read(change.id, 'events(first: 100) { nodes { type } }');
  expect(events.nodes.map(({ type }: { type: string }) => type)).toEqual(
    expect.arrayContaining(['configuration-item.updated', 'configuration-item.related']),
  );
});
