import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { auditRunSweep } from '../../../src/jobs/cmdb/audit.sweep.js';
import { baselineSweep } from '../../../src/jobs/cmdb/baseline.sweep.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';
import { until } from '../../support/until.js';
import { writeStatements } from '../../support/write-statements.js';

// Histories are kept in the real time. This one is ahead of it, and stands still but for the work of a tool.
const clock = new TestClock(new Date(Date.now() + 3_600_000).toISOString());
let app: TestApp;
let story: Story;
let manager: TestClient;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  story = await storyOf(app, clock);
  manager = story.cast.configurationManager;
});
afterAll(async () => await app.end());

type Given = Record<string, unknown>;

const relate = async (sourceId: string, kind: string, targetId: string) =>
  await manager.run('configurationItemRelate', { sourceId, kind, targetId }, 'ciRelation');
const edit = async (id: string, input: Given) => {
  const { version } = await story.read(id, 'version', manager);
  await manager.run('configurationItemUpdate', { id, expectedVersion: version, ...input }, 'configurationItem');
};

async function approved(configurationItemId: string): Promise<string> {
  const { id } = await manager.run('baselineTake', { name: 'Reference', configurationItemId }, 'baseline');
  await until(async () => {
    await baselineSweep.run(app.services, new AbortController().signal);
    return (await story.state(id)) === 'TAKEN';
  }, 'the baseline to be taken');
  await story.cast.authority.run('baselineApprove', { id }, 'baseline');
  return id;
}

const work = async () => await auditRunSweep.run(app.services, new AbortController().signal);

/** Audits to the end. @returns the audit with what it found, sorted */
async function audit(input: Given): Promise<any> {
  const { id } = await manager.run('configurationAuditStart', { name: 'Yearly', ...input }, 'configurationAudit');
  await work();
  const found = await story.read(
    id,
    'id state total done findings auditFindings { nodes { id kind message ci { name } drift { name } ' +
      'dmlItemVersion { label } } }',
    manager,
  );
  return {
    ...found,
    found: found.auditFindings.nodes.map(({ ci, kind }: any) => `${ci.name} ${kind}`).sort(),
  };
}

test('an audit compares record, baseline, observations, library and changes', async () => {
  const release = await story.ready(['node']);
  const node = release.cis['node'] as string;
  await story.passUntil(await story.started(release), 'SUCCEEDED', 30);
  const [service, changed, covered] = [await story.ci('pay'), await story.ci('pay-db'), await story.ci('pay-app')];
  for (const target of [changed, covered, node]) await relate(service, 'DEPENDS_ON', target);
  const baselineId = await approved(service);
  expect(await audit({ baselineId })).toMatchObject({ state: 'COMPLETED', total: 4, done: 4, findings: 0, found: [] });

  await story.authorised('Tune it', [covered]);
  await edit(covered, { attributes: { heap: '4g' } });
  await edit(changed, { attributes: { site: 'Bonn' } });
  const added = await story.ci('pay-new');
  await relate(changed, 'RUNS_ON', added);
  const scanner = await app.as('scanner', 'DISCOVERY');
  const observations = [
    { ciId: changed, name: 'other' },
    { ciId: covered, name: 'other' },
  ];
  await scanner.run('ciObservationsRecord', { source: 'scan', observations }, 'results', '__typename');
  const { installations } = await story.read(node, 'installations { nodes { dmlItemVersion { id } } }', manager);
  const version = installations.nodes[0].dmlItemVersion.id;
  await story.secondLibrarian.run('dmlItemVersionRecall', { id: version, reason: 'Broken.' }, 'dmlItemVersion');

  const result = await audit({ baselineId, expectsObservations: true });
  expect(result).toMatchObject({ state: 'COMPLETED', total: 5, done: 5, findings: 7 });
  const [{ name }] = [await story.read(node, 'name', manager)];
  expect(result.found).toEqual(
    [
      `${name} MEDIA_NOT_AUTHORISED`,
      `${name} NOT_OBSERVED`,
      'pay NOT_OBSERVED',
      'pay-db UNAUTHORISED_CHANGE',
      'pay-db UNEXPLAINED_DRIFT',
      'pay-new NOT_OBSERVED',
      'pay-new UNAUTHORISED_CHANGE',
    ].sort(),
  );
  const of = (kind: string) => result.auditFindings.nodes.find((one: any) => one.kind === kind);
  expect(of('UNAUTHORISED_CHANGE').message).toContain('fields, relations');
  expect(of('UNEXPLAINED_DRIFT').drift).toEqual({ name: 'name' });
  expect(of('MEDIA_NOT_AUTHORISED').dmlItemVersion).not.toBeNull();
  // Without a baseline there is nothing to compare the record with.
  expect((await audit({ configurationItemId: changed })).found).toEqual(['pay-db UNEXPLAINED_DRIFT']);
});

test('a finding is assigned, and closed by its owner or a configuration manager', async () => {
  const ci = await story.ci('found-1');
  const input = { configurationItemId: ci, expectsObservations: true };
  const [first, second] = [await audit(input), await audit(input)];
  const [id, other] = [first.auditFindings.nodes[0].id, second.auditFindings.nodes[0].id];
  const { operator, auditor, assignee } = story.cast;
  const reason = 'It was switched off.';
  for (const client of [auditor, story.cast.administrator]) {
    expect(await client.code('auditFindingClose', { id, reason }, 'auditFinding')).toBe('FORBIDDEN');
    expect(await client.code('configurationAuditStart', { name: 'x' }, 'configurationAudit')).toBe('FORBIDDEN');
  }
  expect(await operator.code('auditFindingAssign', { id }, 'auditFinding')).toBe('FORBIDDEN');
  expect(await refusalCodes(operator, 'auditFindingClose', { id, reason })).toEqual(['NOT_FINDING_OWNER']);
  const dueAt = '2027-01-31T12:00:00.000Z';
  await manager.run('auditFindingAssign', { id, ownerId: operator.personId, dueAt }, 'auditFinding');
  expect(await refusalCodes(assignee, 'auditFindingClose', { id, reason })).toEqual(['NOT_FINDING_OWNER']);
  const gone = await story.cast.administrator.run('personCreate', { name: 'gone', email: 'gone@cast.test' }, 'person');
  await story.cast.administrator.run('personDeactivate', { id: gone.id, reason: 'Left.' }, 'person');
  expect(await rejectionCode(manager, 'auditFindingAssign', { id: other, ownerId: gone.id })).toBe('BAD_USER_INPUT');
  const { auditFindings } = await manager.ok(
    `query($owner: ID!) { auditFindings(filter: { owner: { eq: $owner }, state: { eq: OPEN } },
      orderBy: [{ field: DUE_AT }]) { nodes { id dueAt owner { name } } } }`,
    { owner: operator.personId },
  );
  expect(auditFindings.nodes).toEqual([{ id, dueAt, owner: { name: 'oskar' } }]);
  expect(await operator.code('auditFindingClose', { id, reason: ' ' }, 'auditFinding')).toBe('BAD_USER_INPUT');
  await operator.run('auditFindingClose', { id, reason }, 'auditFinding');
  await manager.run('auditFindingClose', { id: other, reason }, 'auditFinding');
  expect(await refusalCodes(manager, 'auditFindingAssign', { id })).toEqual(['ILLEGAL_TRANSITION']);
  expect(await story.read(id, 'state reason closedBy { name }', manager)).toEqual({
    state: 'CLOSED',
    reason,
    closedBy: { name: 'oskar' },
  });
  // The list as a file.
  const response = await fetch(`${app.url}/export/audit-findings?format=csv`, {
    headers: { authorization: `Bearer ${auditor.token ?? ''}`, accept: 'text/csv' },
  });
  const text = await response.text();
  expect(text.split('\r\n')[0]).toContain('auditNumber');
  expect(text).toContain('It was switched off.');
});

test('an audit needs one thing to look at, an approved baseline, and can be cancelled', async () => {
  const ci = await story.ci('cancelled-1');
  const start = async (input: Given) =>
    await manager.code('configurationAuditStart', { name: 'x', ...input }, 'configurationAudit');
  const { id: raw } = await manager.run('baselineTake', { name: 'Raw', configurationItemId: ci }, 'baseline');
  expect([
    await start({}),
    await start({ configurationItemId: ci, baselineId: raw }),
    await start({ baselineId: raw }),
  ]).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT', 'BAD_USER_INPUT']);
  const input = { name: 'x', configurationItemId: ci };
  const { id } = await manager.run('configurationAuditStart', input, 'configurationAudit');
  await manager.run('configurationAuditCancel', { id, reason: 'Not now.' }, 'configurationAudit');
  await work();
  expect(await story.read(id, 'state done', manager)).toEqual({ state: 'CANCELLED', done: 0 });
  expect(await app.count('configuration_audit_item')).toBe(0);
});

test('an audit that fails does not keep the others waiting', async () => {
  const [broken, sound] = [await story.ci('broken-1'), await story.ci('sound-1')];
  const start = async (configurationItemId: string): Promise<string> =>
    (await manager.run('configurationAuditStart', { name: 'x', configurationItemId }, 'configurationAudit')).id;
  const [first, second] = [await start(broken), await start(sound)];
  const { pool } = app.readDatabase;
  await pool.query(`create function refuse() returns trigger language plpgsql as $$
    begin
      if (select name from configuration_item where id = new.ci_id) = 'broken-1' then raise exception 'broken'; end if;
      return new;
    end $$;
    create trigger refuse before insert on configuration_audit_item for each row execute function refuse()`);
  await expect(work()).rejects.toThrow('broken');
  expect([await story.state(first), await story.state(second)]).toEqual(['RUNNING', 'COMPLETED']);
  await pool.query('drop trigger refuse on configuration_audit_item; drop function refuse()');
  await work();
  expect(await story.state(first)).toBe('COMPLETED');
});

test('an audit takes as many statements for many items as for few, and waits for nobody who edits them', async () => {
  const cluster = async (name: string, size: number) => {
    const root = await story.ci(name);
    for (let n = 0; n < size; n++) await relate(root, 'DEPENDS_ON', await story.ci(`${name}-${n}`));
    return root;
  };
  const counted = async (configurationItemId: string) => {
    const input = { name: 'x', configurationItemId, expectsObservations: true };
    await manager.run('configurationAuditStart', input, 'configurationAudit');
    return (await writeStatements(app, work)).length;
  };
  const [few, many] = [await cluster('few', 2), await cluster('many', 20)];
  expect(await counted(many)).toBe(await counted(few));
  const writer = await app.readDatabase.pool.connect();
  await writer.query(`begin; update configuration_item set description = 'being edited' where name like 'many-%'`);
  expect(await audit({ configurationItemId: many, expectsObservations: true })).toMatchObject({
    done: 21,
    findings: 21,
  });
  await writer.query('rollback');
  writer.release();
});

test('to authorise the record of an item is no unauthorised change, and to retire the item is one', async () => {
  const register = async (name: string): Promise<string> =>
    (await manager.run('configurationItemRegister', { name, ciClass: 'SERVER' }, 'configurationItem')).id;
  const [root, kept, retired] = [await register('auth-1'), await register('auth-2'), await register('auth-3')];
  for (const id of [kept, retired]) await relate(root, 'DEPENDS_ON', id);
  const baselineId = await approved(root);
  await manager.run('configurationItemAuthorise', { id: kept }, 'configurationItem');
  await manager.run('configurationItemRetire', { id: retired, reason: 'Sold.' }, 'configurationItem');
  expect((await audit({ baselineId })).found).toEqual(['auth-3 UNAUTHORISED_CHANGE']);
});
