import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isNonNullType, isObjectType } from 'graphql';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import type { FieldChange } from '../../../src/services/change-log.js';
import { replay } from '../../support/history.js';
import { refusalCodes } from '../../support/refusals.js';
import { instant } from '../../support/instant.js';
import { Chance } from '../../support/random-input.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let story: Story;
let manager: TestClient;
// Histories are kept in the real time. This one is ahead of it, and stands still but for the work of a tool.
const clock = new TestClock(new Date(Date.now() + 3_600_000).toISOString());

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  story = await storyOf(app, clock);
  manager = story.cast.configurationManager;
});
afterAll(async () => await app.end());

const CI = 'configurationItem';
const edit = async (id: string, input: Record<string, unknown>) => {
  const { version } = await story.read(id, 'version', manager);
  await manager.run('configurationItemUpdate', { id, expectedVersion: version, ...input }, CI);
};

/** Name and description of an item in several snapshots of one query. */
async function states(id: string, moments: readonly { asOf?: string; knownAt?: string }[]) {
  const fields = moments.map(
    (_, i) => `s${i}: snapshot(asOf: $a${i}, knownAt: $k${i}) {
      configurationItem(id: $id) { name description outgoingRelations { nodes { kind target { name } } } } }`,
  );
  const declared = moments.map((_, i) => `$a${i}: DateTime, $k${i}: DateTime`);
  const variables = moments.map(({ asOf, knownAt }, i) => ({ [`a${i}`]: asOf ?? null, [`k${i}`]: knownAt ?? null }));
  const query = `query($id: ID!, ${declared.join(', ')}) { ${fields.join('\n')} }`;
  const read = async () => await manager.ok(query, Object.assign({ id }, ...variables));
  const answer = await read();
  const found = Object.values(answer) as { configurationItem: any }[];
  return {
    statements: await app.statements(read),
    seen: found.map(({ configurationItem: ci }) =>
      ci === null
        ? null
        : [ci.name, ci.description, ...ci.outgoingRelations.nodes.map((r: any) => `${r.kind} ${r.target.name}`)].join(
            ' ',
          ),
    ),
  };
}

test('what ran on an item at an instant, and what was believed then, is one query and one statement', async () => {
  const release = await story.ready(['payroll-db']);
  const ci = release.cis['payroll-db'] as string;
  const before = await instant(app);
  const distribution = await story.started(release);
  await story.passUntil(distribution, 'SUCCEEDED', 120);
  const after = clock.now().toISOString();
  const query = `query($ci: ID!, $before: DateTime, $after: DateTime) {
    before: snapshot(asOf: $before) { configurationItem(id: $ci) { ...Runs } }
    after: snapshot(asOf: $after) { configurationItem(id: $ci) { ...Runs } }
    believed: snapshot(asOf: $after, knownAt: $before) { configurationItem(id: $ci) { ...Runs } }
  }
  fragment Runs on ConfigurationItemSnapshot {
    objectId
    installations {
      totalCount
      nodes { digest dmlItemVersion { label item { name } } release { objectId acceptedBy { name } } }
    }
  }`;
  const read = async () => await manager.ok(query, { ci, before, after });
  const answer = await read();
  const nothing = { configurationItem: { objectId: ci, installations: { totalCount: 0, nodes: [] } } };
  expect(answer).toEqual({
    before: nothing,
    believed: nothing,
    after: {
      configurationItem: {
        objectId: ci,
        installations: {
          totalCount: 1,
          nodes: [
            {
              digest: expect.stringMatching(/^[0-9a-f]{64}$/),
              dmlItemVersion: { label: '4.0', item: { name: 'payroll' } },
              release: { objectId: release.id, acceptedBy: { name: 'olga' } },
            },
          ],
        },
      },
    },
  });
  if (process.env['INTERLOCK_TEST_EXECUTOR'] !== 'graphql-js') expect(await app.statements(read)).toBe(1);
});

describe('an item', () => {
  test('is shown as it was at each instant, with its relations, and not before it was there', async () => {
    const host = await story.ci('host-1');
    const moments = [await instant(app)];
    const id = await story.ci('web-1', { description: 'first' });
    moments.push(await instant(app));
    const relation = await manager.run(
      'configurationItemRelate',
      { sourceId: id, kind: 'RUNS_ON', targetId: host },
      'ciRelation',
    );
    moments.push(await instant(app));
    await edit(id, { name: 'web-2' });
    await edit(host, { name: 'host-2' });
    moments.push(await instant(app));
    await manager.run('configurationItemUnrelate', { id: relation.id }, CI);
    moments.push(await instant(app));
    const expected = [null, 'web-1 first', 'web-1 first RUNS_ON host-1', 'web-2 first RUNS_ON host-2', 'web-2 first'];
    expect(
      (
        await states(
          id,
          moments.map((asOf) => ({ asOf })),
        )
      ).seen,
    ).toEqual(expected);
    // What was believed at an instant is what was so then, whatever later instant one asks for.
    expect(
      (
        await states(
          id,
          moments.map((knownAt) => ({ knownAt })),
        )
      ).seen,
    ).toEqual(expected);
    const live = await states(id, [{}, { asOf: '2099-01-01T00:00:00Z' }]);
    expect(live.seen).toEqual(['web-2 first', 'web-2 first']);
  });

  test('shows a late fact since when it was so, and what was believed before to those who ask for it', async () => {
    const tuesday = await instant(app);
    const id = await story.ci('late-1', { description: 'first' });
    const wednesday = await instant(app);
    await edit(id, { description: 'second' });
    const thursday = await instant(app);
    await edit(id, { name: 'renamed', validFrom: wednesday });
    const friday = await instant(app);
    const { seen, statements } = await states(id, [
      { asOf: tuesday },
      { asOf: wednesday },
      { asOf: thursday },
      { asOf: thursday, knownAt: thursday },
      { asOf: wednesday, knownAt: thursday },
      { asOf: friday, knownAt: friday },
    ]);
    expect(seen).toEqual([null, 'renamed first', 'renamed second', 'late-1 second', 'late-1 first', 'renamed second']);
    if (process.env['INTERLOCK_TEST_EXECUTOR'] !== 'graphql-js') expect(statements).toBe(1);
  });

  test('can have been there before it was registered, and a relation can have ended earlier', async () => {
    const monday = await instant(app);
    const host = await story.ci('host-9');
    const id = await story.ci('known-late', { validFrom: monday });
    const relation = await manager.run(
      'configurationItemRelate',
      { sourceId: id, kind: 'RUNS_ON', targetId: host },
      'ciRelation',
    );
    const tuesday = await instant(app);
    const wednesday = await instant(app);
    await manager.run('configurationItemUnrelate', { id: relation.id, validTo: tuesday }, CI);
    const { seen } = await states(id, [
      { asOf: monday },
      { asOf: wednesday },
      { asOf: wednesday, knownAt: wednesday },
      { asOf: monday, knownAt: monday },
    ]);
    expect(seen).toEqual(['known-late ', 'known-late ', 'known-late  RUNS_ON host-9', null]);
  });

  test('cannot have been so from an instant in the future on', async () => {
    const id = await story.ci('early');
    const { version } = await story.read(id, 'version', manager);
    const code = await manager.code(
      'configurationItemUpdate',
      { id, expectedVersion: version, name: 'x', validFrom: '2099-01-01T00:00:00Z' },
      CI,
    );
    expect([code, (await story.read(id, 'name', manager)).name]).toEqual(['BAD_USER_INPUT', 'early']);
  });
});

describe('a late fact', () => {
  test('about a protected item needs its change, and nothing of the past changes without one', async () => {
    const id = await story.ci('protected-1');
    await edit(id, { lifecycleState: 'PRODUCTION' });
    const tuesday = await instant(app);
    const { version } = await story.read(id, 'version', manager);
    const input = { id, expectedVersion: version, name: 'rewritten', validFrom: tuesday };
    const { userErrors } = await manager.attempt('configurationItemUpdate', input, CI);
    expect(userErrors.map(({ code }: { code: string }) => code)).toEqual(['CI_PROTECTED']);
    expect((await states(id, [{ asOf: tuesday }, {}])).seen).toEqual(['protected-1 ', 'protected-1 ']);
  });

  test('about a time when an item was protected needs its change, although the item is protected no more', async () => {
    const [id, other] = [await story.ci('protected-2'), await story.ci('protected-3')];
    await edit(id, { lifecycleState: 'PRODUCTION' });
    const during = await instant(app);
    const change = await story.authorised('Take it out', [id]);
    await edit(id, { lifecycleState: 'INVENTORY' });
    await story.cast.changeManager.run('changeCancel', { id: change.id, reason: 'It is out.' }, 'change');
    const relation = await manager.run(
      'configurationItemRelate',
      { sourceId: other, kind: 'USES', targetId: id },
      'ciRelation',
    );
    const { version } = await story.read(id, 'version', manager);
    const [validFrom, validTo] = [during, during];
    const events = await app.count('domain_event');
    for (const [command, input] of [
      ['configurationItemUpdate', { id, expectedVersion: version, description: 'rewritten', validFrom }],
      ['configurationItemRelate', { sourceId: id, kind: 'USES', targetId: other, validFrom }],
      ['configurationItemUnrelate', { id: relation.id, validTo }],
    ] as const)
      expect([command, await refusalCodes(manager, command, input)]).toEqual([command, ['CI_PROTECTED']]);
    expect(await app.count('domain_event')).toBe(events);
    // Of the time since, and under a change that names the item.
    await edit(id, { description: 'in store' });
    const next = await story.authorised('Correct what it was', [id]);
    await edit(id, { description: 'rewritten', validFrom });
    expect((await states(id, [{ asOf: during }])).seen).toEqual(['protected-2 rewritten']);
    // The event tells under which change that was.
    expect(
      await app.count(`domain_event where type = 'configuration-item.updated'
      and payload->'underChanges' = '["${next.id}"]'`),
    ).toBe(1);
  });

  test('of a server whose clock is ahead is one of now by the clock of the database', async () => {
    const id = await story.ci('ahead-1');
    const before = await instant(app);
    // The clock of the server is an hour ahead, so this is not in its future.
    const ahead = new Date(clock.now().getTime() - 60_000).toISOString();
    await edit(id, { name: 'ahead-2', validFrom: ahead });
    expect((await states(id, [{ asOf: before }, {}])).seen).toEqual(['ahead-1 ', 'ahead-2 ']);
  });
});

test('the queries of docs/history.md run, within the cost of a request', async () => {
  const id = await story.ci('documented');
  const blocks = [...readFileSync('docs/history.md', 'utf8').matchAll(/^```graphql\n(query [^]*?)^```/gm)];
  expect(blocks.length).toBe(2);
  for (const [, query = ''] of blocks) await manager.ok(query, { [query.includes('$ci') ? 'ci' : 'service']: id });
});

test('the past is shown to those who can read the present, and to nobody else', async () => {
  const at = await instant(app);
  for (const query of [
    `{ snapshot(asOf: "${at}") { configurationItems { totalCount } } }`,
    `{ snapshotDiff(from: "${at}") { totalCount } }`,
  ]) {
    const codes = [];
    for (const client of [await app.as('tool', 'ADAPTER'), app.anonymous()])
      codes.push((await client.send(query)).errors?.[0]?.extensions.code);
    expect([query, ...codes]).toEqual([query, 'FORBIDDEN', 'UNAUTHENTICATED']);
  }
});

test('the snapshot of now shows of every object what the object itself shows', async () => {
  await story.authorised('Another disk', [await story.ci('disk-1', { attributes: { size: 1 } })]);
  const { schema } = app;
  const lists = {
    configurationItems: 'ConfigurationItem',
    releases: 'Release',
    changes: 'Change',
    dmlItemVersions: 'DmlItemVersion',
  };
  for (const [list, type] of Object.entries(lists)) {
    const snapshot = schema.getType(`${type}Snapshot`);
    const live = schema.getType(type);
    if (!isObjectType(snapshot) || !isObjectType(live)) throw new Error(`${type} has no snapshot`);
    const shared = Object.values(snapshot.getFields()).filter(
      ({ name, args }) => args.length === 0 && live.getFields()[name] !== undefined,
    );
    const plain = shared
      .filter(({ type: of }) => !isObjectType(isNonNullType(of) ? of.ofType : of))
      .map(({ name }) => name);
    expect(plain.length).toBeGreaterThan(8);
    const answer = await manager.ok(`{
      now: ${list}(first: 200) { totalCount nodes { id ${plain.join(' ')} } }
      snapshot { then: ${list}(first: 200) { totalCount nodes { id: objectId ${plain.join(' ')} } } }
    }`);
    expect(answer.now.nodes.length).toBeGreaterThan(0);
    expect(answer.snapshot.then).toEqual(answer.now);
  }
});

describe('a comparison of two moments', () => {
  const diff = async (args: string, variables: Record<string, unknown> = {}) => {
    const query = `query($from: DateTime!, $to: DateTime, $id: ID, $knownAt: DateTime) {
      snapshotDiff(from: $from, to: $to, configurationItemId: $id, knownAt: $knownAt ${args}) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes {
          objectId kind fields before { name } after { name }
          relations { kind before { kind target { name } } after { kind target { name } } }
          installations { kind before { dmlItemVersion { label } } after { dmlItemVersion { label } } }
        }
      }
    }`;
    return (await manager.ok(query, variables)).snapshotDiff;
  };
  const short = ({ nodes }: any) =>
    nodes.map(({ kind, fields, before, after, relations, installations }: any) => [
      kind,
      before?.name ?? null,
      after?.name ?? null,
      ...fields,
      ...relations.map((r: any) => `${r.kind} ${(r.before ?? r.after).target.name}`),
      ...installations.map((i: any) => `${i.kind} ${i.after.dmlItemVersion.label}`),
    ]);

  test('names what came, went and changed, of one item, of a service with its servers, and of all', async () => {
    const [service, server, other] = [
      await story.ci('shop', { ciClass: 'BUSINESS_SERVICE' }),
      await story.ci('shop-1'),
      await story.ci('other-1'),
    ] as [string, string, string];
    const relate = async (sourceId: string, targetId: string) =>
      await manager.run('configurationItemRelate', { sourceId, kind: 'DEPENDS_ON', targetId }, 'ciRelation');
    await relate(service, server);
    const relation = await relate(server, other);
    const from = await instant(app);
    await edit(server, { name: 'shop-2', description: 'Bigger.', attributes: { cpus: 8 } });
    await edit(other, { description: 'x' });
    await edit(other, { description: '' });
    await manager.run('configurationItemUnrelate', { id: relation.id }, CI);
    const added = await story.ci('shop-3', { authorised: false });
    const to = await instant(app);
    await edit(service, { name: 'later' });

    const changed = ['CHANGED', 'shop-1', 'shop-2', 'attributes', 'description', 'name', 'REMOVED other-1'];
    expect(short(await diff('', { from, to, id: server }))).toEqual([changed]);
    expect(short(await diff('withDependencies: true', { from, to, id: service }))).toEqual([changed]);
    const all = await diff('', { from, to });
    expect([short(all), all.totalCount]).toEqual([[changed, ['ADDED', null, 'shop-3']], 2]);
    expect(all.nodes[1].objectId).toBe(added);
    // In pages, in both directions, and with what was known before.
    const first = await diff('first: 1', { from, to });
    expect([short(first), first.pageInfo.hasNextPage]).toEqual([[changed], true]);
    expect(short(await diff(`first: 1, after: "${first.pageInfo.endCursor}"`, { from, to }))).toEqual([
      ['ADDED', null, 'shop-3'],
    ]);
    expect(short(await diff('last: 1', { from, to }))).toEqual([['ADDED', null, 'shop-3']]);
    expect(short(await diff('', { from, to, knownAt: from }))).toEqual([]);
    await expect(diff('', { from: to, to: from })).rejects.toThrow('BAD_USER_INPUT');
  });

  test('takes as many statements for many items as for one', async () => {
    const from = await instant(app);
    await story.ci('one', { authorised: false });
    const one = await instant(app);
    for (let i = 0; i < 4; i++) await story.ci(`more-${i}`, { authorised: false });
    const count = async (to: string) => await app.statements(async () => await diff('', { from, to }));
    expect(await count(await instant(app))).toBe(await count(one));
  });
});

test('each moment shows what a replay of the event log up to then gives', async () => {
  const chance = new Chance(Number(process.env['INTERLOCK_TEST_SEED'] ?? 12));
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) ids.push(await story.ci(`replay-${name}`));
  const relations = new Map<string, string>();
  const moments: { readonly at: string; readonly position: number }[] = [];
  for (let step = 0; step < 40; step++) {
    const id = chance.pick(ids);
    const other = chance.pick(ids.filter((one) => one !== id));
    const known = relations.get(`${id} ${other}`);
    if (chance.next() < 0.6) await edit(id, { [chance.pick(['name', 'description'])]: `r${step}` });
    else if (known !== undefined) {
      await manager.run('configurationItemUnrelate', { id: known }, CI);
      relations.delete(`${id} ${other}`);
    } else {
      const input = { sourceId: id, kind: 'RUNS_ON', targetId: other };
      relations.set(`${id} ${other}`, (await manager.run('configurationItemRelate', input, 'ciRelation')).id);
    }
    await app.relay();
    const { rows } = await app.readDatabase.pool.query('select max(position) as position from domain_event');
    moments.push({ at: await instant(app), position: Number(rows[0].position) });
  }
  const { rows: events } = await app.readDatabase.pool.query<{ position: string; changes: FieldChange[] | null }>(
    `select position, payload->'changes' as changes from domain_event order by position`,
  );
  for (const { at, position } of moments) {
    const told = replay(events.filter((e) => Number(e.position) <= position).flatMap(({ changes }) => changes ?? []));
    const { snapshot } = await manager.ok(
      `query($at: DateTime) { snapshot(asOf: $at) {
        configurationItems(filter: { name: { startsWith: "r" } }, first: 200) { nodes {
          objectId name description state outgoingRelations { nodes { kind target { objectId } } }
        } }
      } }`,
      { at },
    );
    const shown = (snapshot.configurationItems.nodes as any[]).filter(({ objectId }) => ids.includes(objectId));
    expect(shown.length).toBe(3);
    for (const { objectId, name, description, state, outgoingRelations } of shown) {
      const { relations: listed, ...fields } = told.get(objectId) as Record<string, unknown>;
      expect({ name, description, state }).toEqual({
        name: fields['name'],
        description: fields['description'],
        state: fields['state'],
      });
      const targets = [...((listed as Set<string>) ?? [])].map(
        (text) => (JSON.parse(text) as { target: string }).target,
      );
      expect(outgoingRelations.nodes.map((r: any) => r.target.objectId).sort()).toEqual(targets.sort());
    }
  }
});
