import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compareSweep, overdueSweep } from '../../../src/jobs/cmdb/drift.sweep.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { instant } from '../../support/instant.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';
import { writeStatements } from '../../support/write-statements.js';

let app: TestApp;
let story: Story;
let manager: TestClient;
let discovery: TestClient;
// Histories are kept in the real time. This one is ahead of it, and stands still.
const clock = new TestClock(new Date(Date.now() + 3_600_000).toISOString());

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  story = await storyOf(app, clock);
  manager = story.cast.configurationManager;
  discovery = await app.as('scanner', 'DISCOVERY');
});
afterAll(async () => await app.end());

type Given = Record<string, unknown>;

const RECORD = `mutation($input: CiObservationsRecordInput!) { ciObservationsRecord(input: $input) {
  driftsFound replayed results { index status code field configurationItemId } } }`;

async function record(observations: Given[], more: Given = {}, by = discovery): Promise<any> {
  const input = { source: 'scan', observations, ...more };
  return (await by.ok(RECORD, { input })).ciObservationsRecord;
}

const statuses = ({ results }: any): string[] => results.map((one: any) => one.code ?? one.status);

const FIELDS = `id version source aspect name kind state recorded observed since observedAt explanation reason closedAt
  target { name } dmlItem { id } change { number } explainingChange { number } explainingDistribution { number }
  decidedBy { name } availableCommands { command allowed blockers { code } }`;

/** The drift of an item, oldest first. */
async function driftOf(id: string, filter: Given = { closedAt: { isNull: true } }): Promise<any[]> {
  const query = `query($id: ID!, $filter: DriftFilter) { node(id: $id) { ... on ConfigurationItem {
    drift(filter: $filter) { nodes { ${FIELDS} } } } } }`;
  return (await manager.ok(query, { id, filter })).node.drift.nodes;
}

const brief = (drift: any[]): string[] =>
  drift.map(({ aspect, name, kind }) => `${aspect} ${name} ${kind}`.replace('  ', ' '));

const edit = async (id: string, input: Given) => {
  const { version } = await story.read(id, 'version', manager);
  await manager.run('configurationItemUpdate', { id, expectedVersion: version, ...input }, 'configurationItem');
};

/** Lets the server compare the items whose records changed. */
async function settled(): Promise<void> {
  expect(await app.count('drift_stale')).toBeGreaterThan(0);
  await compareSweep.run(app.services, new AbortController().signal);
  expect(await app.count('drift_stale')).toBe(0);
}

describe('what a source observes', () => {
  test('is kept beside the record, and differs in attributes, relations and versions', async () => {
    const [host, other] = [await story.ci('host-1'), await story.ci('host-2')];
    const ci = await story.ci('web-1', { attributes: { site: 'Berlin', cores: 8 } });
    const relate = async (targetId: string) =>
      await manager.run('configurationItemRelate', { sourceId: ci, kind: 'RUNS_ON', targetId }, 'ciRelation');
    await relate(host);
    const dmlItem = await story.item('shop');
    const answer = await record([
      {
        ciId: ci,
        key: 'A-1',
        name: 'web-1',
        attributes: { site: 'Potsdam', cores: 8, rack: 'R7', gpu: null },
        relations: [{ kind: 'RUNS_ON', targetId: other }],
        relationKinds: ['RUNS_ON'],
        installations: [{ dmlItemId: dmlItem, version: '9.9' }],
      },
    ]);
    expect(answer).toMatchObject({ driftsFound: 5, results: [{ status: 'NEW', configurationItemId: ci }] });
    const drift = await driftOf(ci);
    expect(brief(drift).sort()).toEqual([
      'ATTRIBUTE rack UNEXPECTED',
      'ATTRIBUTE site DIFFERENT',
      'INSTALLATION UNEXPECTED',
      'RELATION RUNS_ON MISSING',
      'RELATION RUNS_ON UNEXPECTED',
    ]);
    expect(drift.find(({ name }) => name === 'site')).toMatchObject({
      recorded: 'Berlin',
      observed: 'Potsdam',
      explanation: 'UNEXPLAINED',
      source: 'scan',
    });
    expect(drift.find(({ aspect }) => aspect === 'INSTALLATION')).toMatchObject({
      dmlItem: { id: dmlItem },
      observed: { version: '9.9', digest: null, dmlItemVersion: null },
    });
    // The record is as it was, and the same observation again is no news.
    expect(await story.read(ci, 'name attributes', manager)).toEqual({
      name: 'web-1',
      attributes: { site: 'Berlin', cores: 8 },
    });
    expect(statuses(await record([{ key: 'A-1', name: 'web-1', attributes: { site: 'Berlin', rack: 'R7' } }]))).toEqual(
      ['CHANGED'],
    );
    expect(brief(await driftOf(ci))).toEqual(['ATTRIBUTE rack UNEXPECTED']);
    // The record follows by hand: a sweep finds that nothing differs any longer.
    await edit(ci, { attributes: { site: 'Berlin', rack: 'R7' } });
    await settled();
    expect(await driftOf(ci)).toEqual([]);
    expect((await driftOf(ci, { state: { eq: 'RESOLVED' } })).length).toBe(5);
  });

  test('never wins over what the same source saw later, and says since when it has been so', async () => {
    const ci = await story.ci('timed-1', { attributes: { site: 'Berlin' } });
    const [early, late] = [60_000, 30_000].map((ago) => new Date(clock.now().getTime() - ago).toISOString());
    const seen = (site: string, more: Given) => [{ ciId: ci, attributes: { site }, ...more }];
    expect(statuses(await record(seen('Bonn', { observedAt: late, since: early })))).toEqual(['NEW']);
    expect(statuses(await record(seen('Kiel', { observedAt: early })))).toEqual(['OUTDATED']);
    expect(statuses(await record(seen('Bonn', {})))).toEqual(['UNCHANGED']);
    expect(await driftOf(ci)).toMatchObject([{ observed: 'Bonn', since: early, observedAt: late }]);
    // Another source is asked for itself.
    expect(statuses(await record(seen('Kiel', { observedAt: early }), { source: 'other' }))).toEqual(['NEW']);
    expect((await driftOf(ci)).map(({ source, observed }) => [source, observed])).toEqual([
      ['scan', 'Bonn'],
      ['other', 'Kiel'],
    ]);
    const future = new Date(clock.now().getTime() + 1_000).toISOString();
    expect(statuses(await record(seen('Ulm', { observedAt: future })))).toEqual(['BAD_USER_INPUT']);
    expect(statuses(await record(seen('Ulm', { since: future })))).toEqual(['BAD_USER_INPUT']);
  });

  test('becomes a record when nobody has one, and is refused one by one', async () => {
    const twins = [await story.ci('twin'), await story.ci('twin')];
    expect(twins.length).toBe(2);
    const answer = await record([
      { key: 'N-1', name: 'new-1', ciClass: 'SERVER', attributes: { a: 1, b: null } },
      { key: 'N-2', name: 'new-2' },
      { name: 'twin' },
      { key: 'N-1', name: 'new-1', ciClass: 'SERVER' },
      { ciId: twins[0], ciClass: 'DATABASE' },
      { ciId: twins[0], relations: [{ kind: 'USES', targetKey: 'nowhere' }] },
      { ciId: twins[1], relations: [{ kind: 'USES', targetKey: 'N-1' }] },
      {},
    ]);
    expect(statuses(answer)).toEqual([
      'NEW',
      'NOT_FOUND',
      'AMBIGUOUS',
      'DUPLICATE_ROW',
      'CLASS_FIXED',
      'NOT_FOUND',
      'NEW',
      'BAD_USER_INPUT',
    ]);
    const [{ configurationItemId: id }] = answer.results;
    expect(await story.read(id, 'name state attributes externalRef { source key }', manager)).toEqual({
      name: 'new-1',
      state: 'DISCOVERED',
      attributes: { a: 1 },
      externalRef: { source: 'scan', key: 'N-1' },
    });
    // It has been renamed, and is known by its key. Another thing with its old name is another thing.
    expect(statuses(await record([{ key: 'N-1', name: 'renamed-1' }]))).toEqual(['CHANGED']);
    expect(brief(await driftOf(id))).toEqual(['FIELD name DIFFERENT']);
    const again = await record([{ key: 'N-9', name: 'new-1', ciClass: 'SERVER' }]);
    expect(again.results[0].configurationItemId).not.toBe(id);
  });

  test('is found again under a key that came later, also by relations of the same call', async () => {
    const ci = await story.ci('keyed-1');
    await story.ci('keyed-host');
    const relations = [{ kind: 'RUNS_ON', targetKey: 'K-2' }];
    const both = [
      { key: 'K-1', ciId: ci, relations },
      { key: 'K-2', name: 'keyed-host' },
    ];
    expect(statuses(await record(both))).toEqual(['NEW', 'NEW']);
    expect((await driftOf(ci))[0]).toMatchObject({ aspect: 'RELATION', target: { name: 'keyed-host' } });
    const late = await story.ci('keyed-2');
    expect(statuses(await record([{ ciId: late }]))).toEqual(['NEW']);
    expect(statuses(await record([{ ciId: late, key: 'K-3' }]))).toEqual(['UNCHANGED']);
    const { results } = await record([{ key: 'K-3' }]);
    expect(results).toMatchObject([{ status: 'UNCHANGED', configurationItemId: late }]);
  });

  test('is missing when the source says so or is overdue, and unexpected when it was retired', async () => {
    const [gone, silent, retired] = [await story.ci('gone-1'), await story.ci('silent-1'), await story.ci('retired-1')];
    await record([{ ciId: gone, name: 'other-name' }, { ciId: silent }, { ciId: retired }], { nextWithinMinutes: 5 });
    await record([{ ciId: gone, gone: true }], { nextWithinMinutes: 5 });
    expect(brief(await driftOf(gone))).toEqual(['ITEM MISSING']);
    await manager.run('configurationItemRetire', { id: retired }, 'configurationItem');
    await settled();
    expect(brief(await driftOf(retired))).toEqual(['ITEM UNEXPECTED']);
    clock.advance(6 * 60_000);
    await overdueSweep.run(app.services, new AbortController().signal);
    expect(brief(await driftOf(silent))).toEqual(['ITEM MISSING']);
    // A retired item that nobody sees is as it should be.
    expect(await driftOf(retired)).toEqual([]);
    expect(statuses(await record([{ ciId: silent }]))).toEqual(['UNCHANGED']);
    expect(await driftOf(silent)).toEqual([]);
    expect(await refusalCodes(manager, 'driftAccept', { id: (await driftOf(gone))[0].id })).toEqual([
      'DRIFT_NOT_RECORDABLE',
    ]);
  });

  test('is recorded in a number of statements that does not depend on how much it is', async () => {
    const host = await story.ci('counted-host');
    const some = (from: number, count: number, site: string) =>
      Array.from({ length: count }, (_, n) => ({
        key: `S-${from + n}`,
        name: `counted-${from + n}`,
        ciClass: 'SERVER',
        attributes: { site },
        relations: [{ kind: 'USES', targetId: host }],
      }));
    const count = async (from: number, many: number, site: string) =>
      (await writeStatements(app, async () => await record(some(from, many, site)))).length;
    expect(await count(0, 2, 'Berlin')).toBe(await count(100, 40, 'Berlin'));
    expect(await count(0, 2, 'Bonn')).toBe(await count(100, 40, 'Bonn'));
    const list = async (last: number) => await manager.ok(`{ drift(last: ${last}) { nodes { ${FIELDS} } } }`);
    expect(await app.statements(async () => await list(2))).toBe(await app.statements(async () => await list(40)));
  });

  test('is reported by discovery tools and configuration managers, who read and decide nothing by that', async () => {
    const ci = await story.ci('rights-1');
    await record([{ ciId: ci, name: 'rights-2' }]);
    const [{ id }] = await driftOf(ci);
    const input = { source: 'x', observations: [{ ciId: ci, name: 'rights-3' }] };
    for (const role of ['ADAPTER', 'AUDITOR', 'REQUESTER', 'ADMINISTRATOR'] as const)
      expect((await (await app.as(role, role)).send(RECORD, { input })).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const codeOf = async (query: string) => (await discovery.send(query)).errors?.[0]?.extensions.code;
    expect(await codeOf('{ drift { totalCount } }')).toBe('FORBIDDEN');
    expect(await codeOf('{ ciObservations { totalCount } }')).toBe('FORBIDDEN');
    expect(await codeOf('{ configurationItems { totalCount } }')).toBe('FORBIDDEN');
    for (const command of ['driftAccept', 'driftReject', 'driftRaiseChange'])
      expect([command, await discovery.code(command, { id, reason: 'x' }, 'drift')]).toEqual([command, 'FORBIDDEN']);
    // Who reports does not accept what they reported.
    await record([{ ciId: ci, name: 'rights-4' }], {}, manager);
    expect(await refusalCodes(manager, 'driftAccept', { id })).toEqual(['SELF_APPROVAL']);
  });
});

describe('drift', () => {
  test('is accepted since the time it began, and the record says it', async () => {
    const ci = await story.ci('accept-1', { attributes: { site: 'Berlin', old: true } });
    const [host] = [await story.ci('accept-host')];
    const before = await instant(app);
    const since = await instant(app);
    const attributes = { site: 'Bonn', old: null };
    const texts = { environment: 'TEST', serialNumber: 'S-1' };
    await record([{ ciId: ci, since, ...texts, attributes, relations: [{ kind: 'RUNS_ON', targetId: host }] }]);
    for (const { id } of await driftOf(ci)) await manager.run('driftAccept', { id }, 'drift');
    const {
      attributes: now,
      outgoingRelations,
      ...fields
    } = await story.read(
      ci,
      'environment serialNumber location attributes outgoingRelations { nodes { kind target { name } } }',
      manager,
    );
    expect([fields, now, outgoingRelations.nodes]).toEqual([
      { environment: 'test', serialNumber: 'S-1', location: null },
      { site: 'Bonn' },
      [{ kind: 'RUNS_ON', target: { name: 'accept-host' } }],
    ]);
    const { then, first } = await manager.ok(
      `query($id: ID!, $since: DateTime!, $before: DateTime!) {
        then: snapshot(asOf: $since) { configurationItem(id: $id) { attributes } }
        first: snapshot(asOf: $before) { configurationItem(id: $id) { attributes } } }`,
      { id: ci, since, before },
    );
    expect(then.configurationItem.attributes).toEqual({ site: 'Bonn' });
    expect(first.configurationItem.attributes).toEqual({ site: 'Berlin', old: true });
    expect(await driftOf(ci)).toEqual([]);
    expect(await driftOf(ci, { state: { eq: 'ACCEPTED' } })).toMatchObject(
      Array.from({ length: 5 }, () => ({ decidedBy: { name: 'carl' } })),
    );
    await settled();
    expect(await driftOf(ci)).toEqual([]);
  });

  test('of a version that runs is accepted as discovered, once the library knows it', async () => {
    const release = await story.ready(['runs-1']);
    const ci = release.cis['runs-1'] as string;
    const distribution = await story.started(release);
    await story.passUntil(distribution, 'SUCCEEDED', 30);
    const { installations } = await story.read(
      ci,
      'installations(current: true) { nodes { dmlItem { id } dmlItemVersion { id label } digest } }',
      manager,
    );
    const [{ dmlItem, dmlItemVersion, digest }] = installations.nodes;
    const observe = async (more: Given) =>
      await record([{ ciId: ci, installations: [{ dmlItemId: dmlItem.id, ...more }] }]);
    expect((await observe({ version: dmlItemVersion.label, digest })).driftsFound).toBe(0);
    expect((await observe({ version: dmlItemVersion.label, digest: 'f'.repeat(64) })).driftsFound).toBe(1);
    const [found] = await driftOf(ci);
    expect(found).toMatchObject({ kind: 'DIFFERENT', recorded: { digest }, observed: { dmlItemVersion: null } });
    expect(await refusalCodes(manager, 'driftAccept', { id: found.id })).toEqual(['DRIFT_NOT_RECORDABLE']);
    await observe({});
    expect(await driftOf(ci)).toMatchObject([{ id: found.id, kind: 'MISSING', observed: null }]);
    await manager.run('driftAccept', { id: found.id }, 'drift');
    expect(
      (await story.read(ci, 'installations(current: true) { totalCount }', manager)).installations.totalCount,
    ).toBe(0);
    await observe({ digest });
    await manager.run('driftAccept', { id: (await driftOf(ci))[0].id }, 'drift');
    const after = await story.read(
      ci,
      'installations(current: true) { nodes { assurance digest dmlItemVersion { id } distribution { id } } }',
      manager,
    );
    expect(after.installations.nodes).toEqual([
      { assurance: 'DISCOVERED', digest, dmlItemVersion: { id: dmlItemVersion.id }, distribution: null },
    ]);
  });

  test('of a protected item is explained and accepted under a change that names it', async () => {
    const ci = await story.ci('live-1', { lifecycleState: 'PRODUCTION' });
    const host = await story.ci('live-host', { lifecycleState: 'PRODUCTION' });
    await record([{ ciId: ci, name: 'live-2', relations: [{ kind: 'USES', targetId: host }] }]);
    const [name, relation] = await driftOf(ci);
    expect(await refusalCodes(manager, 'driftAccept', { id: name.id })).toEqual(['CI_PROTECTED']);
    const { number } = (await manager.run('driftRaiseChange', { id: name.id }, 'drift', 'change { number }')).change;
    expect(await expectRefused(manager, 'driftRaiseChange', { id: name.id })).toMatchObject([
      { code: 'DRIFT_HAS_CHANGE' },
    ]);
    expect((await driftOf(ci))[0]).toMatchObject({ explanation: 'UNEXPLAINED', change: { number } });
    const change = await story.authorised('Rename it', [ci]);
    expect((await driftOf(ci))[0]).toMatchObject({
      explanation: 'CHANGE',
      explainingChange: { number: change.number },
    });
    // The change names the item, not the one at the other end.
    expect(await refusalCodes(manager, 'driftAccept', { id: relation.id })).toEqual(['CI_PROTECTED']);
    await manager.run('driftAccept', { id: name.id }, 'drift');
    expect(await story.read(ci, 'name', manager)).toEqual({ name: 'live-2' });
    const listed = async (explanation: string) => {
      const filter = { ci: { eq: ci }, explanation: { eq: explanation }, state: { eq: 'OPEN' } };
      const query = 'query($filter: DriftFilter) { drift(filter: $filter) { nodes { id } } }';
      return (await manager.ok(query, { filter })).drift.nodes;
    };
    expect([await listed('CHANGE'), await listed('UNEXPLAINED')]).toEqual([[{ id: relation.id }], []]);
  });

  test('that is rejected stays quiet until something else is observed', async () => {
    const ci = await story.ci('reject-1');
    const see = async (name: string) => await record([{ ciId: ci, name }]);
    await see('wrong-1');
    const [{ id }] = await driftOf(ci);
    expect(await manager.code('driftReject', { id, reason: ' ' }, 'drift')).toBe('BAD_USER_INPUT');
    await manager.run('driftReject', { id, reason: 'The scanner reads an old sticker.' }, 'drift');
    expect((await see('wrong-1')).driftsFound).toBe(0);
    await edit(ci, { description: 'another' });
    await settled();
    expect(await driftOf(ci)).toMatchObject([{ id, state: 'REJECTED', reason: 'The scanner reads an old sticker.' }]);
    expect((await see('wrong-2')).driftsFound).toBe(1);
    expect(await driftOf(ci)).toMatchObject([
      { id, state: 'OPEN', observed: 'wrong-2', reason: null, decidedBy: null },
    ]);
    expect(await rejectionCode(manager, 'driftAccept', { id, expectedVersion: 1 })).toBe('CONFLICT');
  });

  test('is told live, with what explains it', async () => {
    const ci = await story.ci('told-1');
    const { events } = await manager.ok('{ events(first: 1) { nodes { cursor } } }');
    const stream = manager.subscribe(
      `subscription($ci: ID!, $after: String!) {
        eventStream(of: [$ci], types: ["drift"], after: $after) { events { type data } } }`,
      { ci, after: events.nodes[0].cursor },
    );
    await record([{ ciId: ci, name: 'told-2' }]);
    await record([{ ciId: ci, name: 'told-1' }]);
    const told: any[] = [];
    while (told.length < 2) told.push(...(await stream.next()).value.data.eventStream.events);
    expect(told).toMatchObject([
      { type: 'drift.found', data: { configurationItem: ci, name: 'told-1', explanation: 'UNEXPLAINED' } },
      { type: 'drift.resolved' },
    ]);
    await stream.return?.();
  });
});
