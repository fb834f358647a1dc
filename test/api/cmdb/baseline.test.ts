import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { baselineSweep } from '../../../src/jobs/cmdb/baseline.sweep.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { instant } from '../../support/instant.js';
import { refusalCodes } from '../../support/refusals.js';
import { ROLLOUT_TOOLS } from '../../support/rollouts.js';
import { storyOf, type Story } from '../../support/story.js';
import { until } from '../../support/until.js';

let app: TestApp;
let story: Story;
let manager: TestClient;
// Histories are kept in the real time. This one is ahead of it, and stands still but for the work of a tool.
const clock = new TestClock(new Date(Date.now() + 3_600_000).toISOString());

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now, adapters: ROLLOUT_TOOLS });
  story = await storyOf(app, clock);
  manager = story.cast.configurationManager;
});
afterAll(async () => await app.end());

const FIELDS = 'id number state digest items relations installations asOf knownAt occasion takenBy { name }';

const relate = async (sourceId: string, kind: string, targetId: string): Promise<string> =>
  (await manager.run('configurationItemRelate', { sourceId, kind, targetId }, 'ciRelation')).id;
const edit = async (id: string, input: Record<string, unknown>) => {
  const { version } = await story.read(id, 'version', manager);
  await manager.run('configurationItemUpdate', { id, expectedVersion: version, ...input }, 'configurationItem');
};

/** Lets the server take the baselines that are due. */
const settled = async () => {
  await until(async () => {
    await baselineSweep.run(app.services, new AbortController().signal);
    return (await app.count(`baseline where state = 'PENDING'`)) === 0;
  }, 'the baselines to be taken');
};

async function take(ci: string, more: Record<string, unknown> = {}): Promise<any> {
  const input = { name: 'Before the move', configurationItemId: ci, ...more };
  const { id } = await manager.run('baselineTake', input, 'baseline');
  await settled();
  return await story.read(id, FIELDS, manager);
}

const verdict = async (baseline: string): Promise<string> =>
  (await manager.ok('query($baseline: ID!) { baselineVerification(baseline: $baseline) }', { baseline }))
    .baselineVerification;

async function diff(baseline: string, to: string | null = null): Promise<string[]> {
  const { baselineDiff } = await manager.ok(
    `query($baseline: ID!, $to: ID) { baselineDiff(baseline: $baseline, to: $to) { totalCount nodes {
      kind fields before { name } after { name } relations { kind } installations { kind } } } }`,
    { baseline, to },
  );
  return baselineDiff.nodes.map(({ kind, fields, before, after, relations, installations }: any) =>
    [
      (before ?? after).name,
      kind,
      ...fields,
      ...relations.map((one: any) => `relation ${one.kind}`),
      ...installations.map((one: any) => `installation ${one.kind}`),
    ].join(' '),
  );
}

/** A service with an application on a server, and something else. */
async function service(name: string) {
  const [root, middle, host] = [
    await story.ci(`${name}`),
    await story.ci(`${name}-app`),
    await story.ci(`${name}-host`),
  ];
  await relate(root, 'DEPENDS_ON', middle);
  const runs = await relate(middle, 'RUNS_ON', host);
  return { root, middle, host, runs };
}

describe('a baseline', () => {
  test('has an item with all that it depends on, and differs from what is there later', async () => {
    const { root, middle, host, runs } = await service('payroll');
    const baseline = await take(root);
    expect(baseline).toMatchObject({
      state: 'TAKEN',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      items: 3,
      relations: 2,
      installations: 0,
      occasion: 'BY_HAND',
      takenBy: { name: 'carl' },
    });
    expect([await verdict(baseline.id), await diff(baseline.id)]).toEqual(['INTACT', []]);
    expect(await take(root, { withDependencies: false })).toMatchObject({ items: 1, relations: 1 });

    await edit(host, { attributes: { site: 'Bonn' } });
    await manager.run('configurationItemUnrelate', { id: runs }, 'configurationItem');
    const other = await story.ci('payroll-other');
    await relate(middle, 'RUNS_ON', other);
    expect((await diff(baseline.id)).sort()).toEqual([
      'payroll-app CHANGED relation ADDED relation REMOVED',
      'payroll-host CHANGED attributes',
      'payroll-other ADDED',
    ]);
    const later = await take(root);
    expect(later.digest).not.toBe(baseline.digest);
    expect(await diff(baseline.id, later.id)).toEqual(await diff(baseline.id));
    expect(await verdict(baseline.id)).toBe('INTACT');
    const foreign = await take(other);
    const question = { baseline: baseline.id, to: foreign.id };
    const query = 'query($baseline: ID!, $to: ID) { baselineDiff(baseline: $baseline, to: $to) { totalCount } }';
    expect((await manager.send(query, question)).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('does not change when a fact comes late, and shows the past as it is known now', async () => {
    const { root, host } = await service('mail');
    const then = await instant(app);
    const baseline = await take(root);
    await edit(host, { description: 'in Berlin', validFrom: then });
    expect(await verdict(baseline.id)).toBe('INTACT');
    const past = await take(root, { asOf: then });
    expect(past.digest).not.toBe(baseline.digest);
    expect(await diff(baseline.id, past.id)).toEqual(['mail-host CHANGED description']);
    const future = new Date(clock.now().getTime() + 60_000).toISOString();
    expect(await manager.code('baselineTake', { name: 'x', configurationItemId: root, asOf: future }, 'baseline')).toBe(
      'BAD_USER_INPUT',
    );
  });

  test('waits for what was being written at its moment', async () => {
    const { root, host } = await service('wiki');
    const writer = new pg.Client({ connectionString: app.testDatabase.url });
    await writer.connect();
    const [row] = (
      await app.readDatabase.pool.query<{ id: string }>(`select id from configuration_item where name = 'wiki-host'`)
    ).rows;
    await writer.query('begin');
    await writer.query(`update configuration_item set description = 'late' where id = $1`, [row?.id]);
    const { id } = await manager.run('baselineTake', { name: 'x', configurationItemId: root }, 'baseline');
    await instant(app);
    await baselineSweep.run(app.services, new AbortController().signal);
    expect([await story.state(id), await verdict(id)]).toEqual(['PENDING', 'PENDING']);
    await writer.query('commit');
    await writer.end();
    await settled();
    expect([await story.state(id), await verdict(id)]).toEqual(['TAKEN', 'INTACT']);
    const { knownAt } = await story.read(id, 'knownAt', manager);
    const { snapshot } = await manager.ok(
      'query($at: DateTime!, $id: ID!) { snapshot(knownAt: $at) { configurationItem(id: $id) { description } } }',
      { at: knownAt, id: host },
    );
    expect(snapshot.configurationItem.description).toBe('late');
  });

  test('is approved by a second person while it is intact, and never changes', async () => {
    const { root } = await service('shop');
    const { id } = await take(root);
    expect(await refusalCodes(manager, 'baselineApprove', { id })).toEqual(['SELF_APPROVAL']);
    for (const client of [story.cast.operator, story.cast.auditor, story.cast.administrator])
      expect(await client.code('baselineApprove', { id }, 'baseline')).toBe('FORBIDDEN');
    const takes = { name: 'x', configurationItemId: root };
    expect(await story.cast.operator.code('baselineTake', takes, 'baseline')).toBe('FORBIDDEN');
    // Somebody rewrites the history behind the back of the server.
    const { pool } = app.readDatabase;
    const rewrite = async (name: string) =>
      await pool.query(`set session_replication_role = replica; update configuration_item_history set name = '${name}'
        where name in ('shop', 'forged'); reset session_replication_role`);
    await rewrite('forged');
    expect(await verdict(id)).toBe('ALTERED');
    expect(await refusalCodes(story.cast.authority, 'baselineApprove', { id })).toEqual(['BASELINE_ALTERED']);
    await rewrite('shop');
    await story.cast.authority.run('baselineApprove', { id }, 'baseline');
    expect(await story.state(id)).toBe('APPROVED');
    for (const change of [`update baseline set digest = repeat('0', 64)`, 'delete from baseline'])
      await expect(pool.query(`${change} where name = 'Before the move'`)).rejects.toThrow('is fixed');
    const rejected = await take(root);
    await story.cast.authority.run('baselineReject', { id: rejected.id, reason: 'Too early.' }, 'baseline');
    expect(await refusalCodes(story.cast.authority, 'baselineApprove', { id: rejected.id })).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
  });

  test('is taken before each distribution starts and after it ended', async () => {
    const release = await story.ready(['till']);
    const ci = release.cis['till'] as string;
    const host = await story.ci('till-host');
    await relate(ci, 'RUNS_ON', host);
    const distribution = await story.started(release);
    await story.passUntil(distribution, 'SUCCEEDED', 30);
    await settled();
    const { baselines } = await story.read(distribution, `baselines { nodes { ${FIELDS} } }`);
    expect(baselines.nodes).toMatchObject([
      { occasion: 'BEFORE_DISTRIBUTION', state: 'TAKEN', items: 2, relations: 1, installations: 0, takenBy: null },
      { occasion: 'AFTER_DISTRIBUTION', state: 'TAKEN', items: 2, relations: 1, installations: 1, takenBy: null },
    ]);
    const [before, after] = baselines.nodes;
    expect(await diff(before.id, after.id)).toEqual(['till-1 CHANGED installation ADDED']);
    expect([await verdict(before.id), await verdict(after.id)]).toEqual(['INTACT', 'INTACT']);
    await manager.run('baselineApprove', { id: after.id }, 'baseline');
  });

  test('around a start that never was keeps its targets when others are planned', async () => {
    const release = await story.ready(['first', 'second']);
    const distribution = await story.started(release, { targetIds: [release.cis['first']] }, 'blind');
    await settled();
    const read = async () => await story.read(distribution, `state baselines { nodes { ${FIELDS} } }`);
    const [before] = (await read()).baselines.nodes;
    expect([before.items, await verdict(before.id)]).toEqual([1, 'INTACT']);
    await story.passUntil(distribution, 'START_UNKNOWN', 600, 5_000);
    await story.act('Reconcile', distribution, { decision: 'NOT_STARTED', reason: 'Looked at the console.' });
    await story.act('Replan', distribution);
    const { version } = await story.read(distribution, 'version');
    const input = { id: distribution, expectedVersion: version, targetIds: [release.cis['second']] };
    await story.cast.operator.run('distributionUpdate', input, 'distribution');
    expect(await verdict(before.id)).toBe('INTACT');
  });

  test('that cannot be read waits for ten minutes, and keeps no other waiting', async () => {
    const ci = await story.ci('slow-1');
    const { id: first } = await manager.run('baselineTake', { name: 'First', configurationItemId: ci }, 'baseline');
    const { pool } = app.readDatabase;
    await pool.query('alter table ci_relation_history rename to away');
    await until(
      async () =>
        await baselineSweep.run(app.services, new AbortController().signal).then(
          () => false,
          () => true,
        ),
      'the baseline to fail',
    );
    await pool.query('alter table away rename to ci_relation_history');
    const { id: second } = await manager.run('baselineTake', { name: 'Second', configurationItemId: ci }, 'baseline');
    const sweep = async () => await baselineSweep.run(app.services, new AbortController().signal);
    const taken = async (id: string) => {
      await until(async () => (await sweep(), (await story.state(id)) === 'TAKEN'), 'the baseline to be taken');
    };
    await taken(second);
    expect(await story.state(first)).toBe('PENDING');
    clock.advance(600_001);
    await taken(first);
  });
});
