import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getNamedType, isInputObjectType, isNonNullType, type GraphQLInputType } from 'graphql';
import { MACHINES, type AnyMachine } from '../../src/domain/machines.js';
import { fromNodeId, type NodeType } from '../../src/domain/node-id.js';
import { ROLES } from '../../src/domain/roles.js';
import { auditRunSweep } from '../../src/jobs/cmdb/audit.sweep.js';
import { duplicateSweep } from '../../src/jobs/cmdb/duplicate.sweep.js';
import { baselineSweep } from '../../src/jobs/cmdb/baseline.sweep.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { TestClient } from '../support/client.js';
import { propose } from '../support/grants.js';
import { payloadField } from '../support/refusals.js';
import { patchPlan } from '../support/plans.js';
import { until } from '../support/until.js';
import { storyOf, type Story } from '../support/story.js';

/**
 * The whole matrix: for each machine an object is put into each of its states, and every mutation of the machine is
 * sent. What
 * `availableCommands` said before has to agree with what the mutation does.
 */

let app: TestApp;
let world: Story;
let boss: TestClient;
let objects: Readonly<Record<string, Subject>>;
let tables: string[];

/** An object of a machine, and what its mutations need beside the id. */
interface Subject {
  readonly type: NodeType;
  readonly table: string;
  readonly id: string;
  /** Values for the required fields of inputs, by field or by `mutation.field`. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

// Commands that look at their input, too: allowed as such, but this input may be refused. Each refusal has to name a
// field.
const BY_INPUT = new Set([
  'distributionPlanWaves',
  'changeUpdate',
  'releaseUpdate',
  'taskUpdate',
  'taskMove',
  'distributionUpdate',
]);

// What a command brings along itself, so that its lack does not stand in the way when it comes.
const BROUGHT: Readonly<Record<string, readonly string[]>> = {
  releaseSchedule: ['SCHEDULE_MISSING'],
  changeAssess: ['RISK_NOT_ASSESSED'],
  changeImplement: ['OUTCOME_MISSING'],
  releaseRecordReview: ['REVIEW_MISSING'],
};

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  boss = await app.as('boss', ...ROLES.filter((role) => role !== 'ADAPTER'));
  objects = await makeObjects();
  await app.relay();
  const { rows } = await pool().query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'migration'`,
  );
  tables = rows.map(({ name }) => name);
  await pool().query('create schema before');
  for (const name of tables) await pool().query(`create table before."${name}" as table public."${name}"`);
}, 60_000);
afterAll(async () => await app.end());

const pool = () => app.readDatabase.pool;

/** Gives every table its content from before the mutations, in one round trip. */
async function restore(): Promise<void> {
  const statements = tables.map(
    (name) =>
      `delete from public."${name}"; insert into public."${name}" overriding system value table before."${name}"`,
  );
  // The relay takes the events first, too: two that begin with the same table cannot deadlock.
  const first = 'lock table public.domain_event in exclusive mode';
  await pool().query(`begin; ${first}; set local session_replication_role = replica; ${statements.join('; ')}; commit`);
}

const soon = () => new Date(Date.now() + 86_400_000).toISOString();

/** A rollout whose first wave has tripped. @returns the id of its decision point */
async function tripped(): Promise<string> {
  const release = await world.ready(['app']);
  const id = await world.plan(release, { parameters: world.simulate('fail') });
  const { version } = await world.read(id, 'version');
  const waves = { id, expectedVersion: version, by: 'COUNT', sizes: [1] };
  await world.operator.run('distributionPlanWaves', waves, 'distribution');
  await world.act('Schedule', id);
  await world.begin(id);
  await until(async () => {
    await app.jobs.runOnce();
    return (await world.state(id)) === 'AWAITING_DECISION';
  });
  await world.handOver(release.id, world.manager, { managerId: boss.personId! });
  return (await world.read(id, 'decisionPoints { nodes { id } }')).decisionPoints.nodes[0].id;
}

/** A drift of an item. @returns its id */
async function observed(ciId: string): Promise<string> {
  const scanner = await app.as('scanner', 'DISCOVERY');
  const input = { source: 'scan', observations: [{ ciId, attributes: { site: 'Bonn' } }] };
  await scanner.ok(
    'mutation($input: CiObservationsRecordInput!) { ciObservationsRecord(input: $input) { driftsFound } }',
    { input },
  );
  return (await world.read(ciId, 'drift { nodes { id } }')).drift.nodes[0].id;
}

/** A baseline of an item. @returns its id */
async function baseline(configurationItemId: string): Promise<string> {
  const input = { name: 'matrix', configurationItemId };
  const { id } = await world.configurationManager.run('baselineTake', input, 'baseline');
  await until(async () => {
    await baselineSweep.run(app.services, new AbortController().signal);
    return (await world.state(id)) === 'TAKEN';
  });
  return id;
}

/** An audit of an item that finds that nobody has observed it. @returns its id */
async function audit(configurationItemId: string): Promise<string> {
  const input = { name: 'matrix', configurationItemId, expectsObservations: true };
  return (await world.configurationManager.run('configurationAuditStart', input, 'configurationAudit')).id;
}

/** Something that an audit found. @returns its id */
async function finding(configurationItemId: string): Promise<string> {
  const id = await audit(configurationItemId);
  await auditRunSweep.run(app.services, new AbortController().signal);
  return (await world.read(id, 'auditFindings { nodes { id } }')).auditFindings.nodes[0].id;
}

/** Two items with one name. @returns the id of the suspicion */
async function suspicion(): Promise<string> {
  for (let n = 0; n < 2; n++) await world.ci('matrix-twin');
  await duplicateSweep.run(app.services, new AbortController().signal);
  const { suspectedDuplicates } = await world.auditor.ok('{ suspectedDuplicates(first: 1) { nodes { id } } }');
  return suspectedDuplicates.nodes[0].id;
}

async function customClass(key: string): Promise<string> {
  const input = { key, name: key, ciClass: 'SERVER' };
  return (await world.configurationManager.run('customClassDefine', input, 'customClass')).id;
}

/** A migration of a class that only reports. @returns its id */
async function migration(): Promise<string> {
  const input = { customClassId: await customClass('migrating'), expectedVersion: 1, schema: { type: 'object' } };
  return (await world.configurationManager.run('classMigrationStart', input, 'classMigration')).id;
}

async function makeObjects(): Promise<Record<string, Subject>> {
  const target = await world.ci('matrix-target');
  const other = await world.ci('matrix-other');
  const release = await world.accepted('matrix release', [target]);
  const media = await world.media(await world.item('matrix-media'), '1.0');
  const spare = await world.media(await world.item('matrix-spare'), '1.0');
  await world.addContent(release, media);
  const phase = await world.manager.run(
    'phaseAdd',
    { releaseId: release, name: 'Do', releaseState: 'TESTING' },
    'phase',
  );
  const task = await world.manager.run('taskAdd', { phaseId: phase.id, name: 'do it' }, 'task');
  const change = await world.authorised('matrix change', [target]);
  const request = await world.requester.run(
    'changeReleaseRequestSubmit',
    { changeId: change.id, mode: 'SPECIFIC_RELEASE', releaseId: release },
    'changeReleaseRequest',
  );
  const member = await world.authorised('matrix member', [other]);
  await world.join(member.id, release);
  const group = { name: 'matrix group', ciIds: [target] };
  const targetGroup = await world.operator.run('targetGroupCreate', group, 'targetGroup');
  const { versionId } = await world.template('matrix template');
  const ready = await world.ready(['web']);
  const distribution = await world.started(ready);
  const relation = await world.configurationManager.run(
    'configurationItemRelate',
    { sourceId: other, targetId: target, kind: 'DEPENDS_ON' },
    'ciRelation',
  );
  const meeting = await world.changeManager.run(
    'scheduleEntryCreate',
    { title: 'CAB', startsAt: '2031-01-01T10:00:00Z', endsAt: '2031-01-01T11:00:00Z' },
    'scheduleEntry',
  );
  // The person who tries everything manages the releases: with the roles alone everything would be refused.
  for (const id of [release, ready.id]) await world.handOver(id, world.manager, { managerId: boss.personId! });
  const waiver = await world.authority.run(
    'waiverGrant',
    { releaseId: release, code: 'CI_CONFLICT', reason: 'Side by side.', expiresAt: soon() },
    'waiver',
  );
  const [before, between] = [await world.release('matrix before'), await world.release('matrix between')];
  await boss.run('releaseAddDependency', { id: release, predecessorId: before.id }, 'release');
  const roles = { personId: world.requester.personId, roles: ['RELEASE_OWNER'] };
  const grant = await propose(world.administrator, 'Roles', roles);
  const times = { startsAt: '2032-01-01T10:00:00Z', endsAt: '2032-01-01T11:00:00Z' };
  return {
    release: {
      type: 'Release',
      table: 'release',
      id: release,
      inputs: {
        ...times,
        'releaseSchedule.startsAt': times.startsAt,
        'releaseSchedule.endsAt': times.endsAt,
        'releaseAddCi.ciIds': [other],
        'releaseRemoveCi.ciIds': [target],
        'releaseAddContent.dmlItemVersionIds': [spare],
        'releaseRemoveContent.dmlItemVersionIds': [media],
        changeId: member.id,
        'releaseAddDependency.predecessorId': between.id,
        'releaseRemoveDependency.predecessorId': before.id,
        role: 'TARGET',
        objectivesMet: true,
        audience: 'all',
        message: 'Down at night.',
      },
    },
    task: {
      type: 'Task',
      table: 'task',
      id: task.id,
      inputs: {
        phaseId: phase.id,
        predecessorIds: [],
        position: 0,
        question: 'Which one?',
        answer: 'The first.',
        'taskAssign.personId': boss.personId,
        'taskUpdate.name': 'do it well',
      },
    },
    releaseTemplateVersion: {
      type: 'ReleaseTemplateVersion',
      table: 'release_template_version',
      id: versionId,
      inputs: { plan: patchPlan },
    },
    change: {
      type: 'Change',
      table: 'change',
      id: change.id,
      inputs: {
        role: 'TARGET',
        'changeAddCi.ciIds': [other],
        'changeRemoveCi.ciIds': [target],
        'changeUpdate.title': 'another title',
        'changeAssess.risk': 'LOW',
        outcome: 'SUCCESSFUL',
        'changeImplement.evidence': 'The version was read back.',
      },
    },
    changeReleaseRequest: { type: 'ChangeReleaseRequest', table: 'change_release_request', id: request.id, inputs: {} },
    distribution: {
      type: 'Distribution',
      table: 'distribution',
      id: distribution,
      inputs: {
        decision: 'NOT_STARTED',
        'distributionUpdate.name': 'Night shift',
        by: 'COUNT',
        'distributionPlanWaves.sizes': [1],
        targetExecutionId: (await world.targets(distribution, 'id'))['web'].id,
      },
    },
    deploymentTool: {
      type: 'DeploymentTool',
      table: 'deployment_tool',
      id: await world.tool('simulator'),
      inputs: {},
    },
    targetGroup: { type: 'TargetGroup', table: 'target_group', id: targetGroup.id, inputs: { ciIds: [other] } },
    dmlItemVersion: { type: 'DmlItemVersion', table: 'dml_item_version', id: media, inputs: { ciIds: [other] } },
    configurationItem: {
      type: 'ConfigurationItem',
      table: 'configuration_item',
      id: other,
      inputs: { 'configurationItemUnrelate.id': relation.id, sourceId: other, targetId: target, kind: 'DEPENDS_ON' },
    },
    scheduleEntry: { type: 'ScheduleEntry', table: 'schedule_entry', id: meeting.id, inputs: times },
    waiver: { type: 'Waiver', table: 'waiver', id: waiver.id, inputs: {} },
    accessGrant: { type: 'AccessGrant', table: 'access_grant', id: grant, inputs: {} },
    baseline: { type: 'Baseline', table: 'baseline', id: await baseline(other), inputs: {} },
    auditFinding: { type: 'AuditFinding', table: 'audit_finding', id: await finding(other), inputs: {} },
    suspectedDuplicate: {
      type: 'SuspectedDuplicate',
      table: 'suspected_duplicate',
      id: await suspicion(),
      inputs: {},
    },
    configurationAudit: {
      type: 'ConfigurationAudit',
      table: 'configuration_audit',
      id: await audit(other),
      inputs: {},
    },
    customClass: { type: 'CustomClass', table: 'custom_class', id: await customClass('matrix'), inputs: {} },
    classMigration: { type: 'ClassMigration', table: 'class_migration', id: await migration(), inputs: {} },
    drift: { type: 'Drift', table: 'drift', id: await observed(other), inputs: {} },
    decisionPoint: {
      type: 'DecisionPoint',
      table: 'decision_point',
      id: await tripped(),
      inputs: { choice: 'STOP' },
    },
  };
}

/** The input of a mutation: the object, its version, and a value for each field that has to be there. */
function inputOf(mutation: string, { id, inputs }: Subject, version: number): Record<string, unknown> | undefined {
  const argument = app.schema.getMutationType()?.getFields()[mutation]?.args[0];
  const type = getNamedType(argument?.type as GraphQLInputType);
  if (!isInputObjectType(type) || !('id' in type.getFields())) return undefined;
  const input: Record<string, unknown> = { id: inputs[`${mutation}.id`] ?? id };
  for (const field of Object.values(type.getFields())) {
    const given = inputs[`${mutation}.${field.name}`] ?? inputs[field.name];
    if (field.name === 'expectedVersion') input['expectedVersion'] = version;
    else if (field.name === 'reason' || field.name === 'summary') input[field.name] = 'The matrix asks for it.';
    else if (field.name !== 'id' && (isNonNullType(field.type) || `${mutation}.${field.name}` in inputs))
      input[field.name] = given;
  }
  return input;
}

interface Offered {
  readonly command: string;
  readonly allowed: boolean;
  readonly blockers: readonly { readonly code: string }[];
}

const codesOf = (errors: readonly { readonly code: string }[]) => [...new Set(errors.map(({ code }) => code))].sort();

interface Refused {
  readonly code: string;
  readonly path: unknown;
}

/** What is wrong between an offer and the answer that came; undefined when they agree. */
function disagreement(mutation: string, offered: Offered | undefined, answer: readonly Refused[]): string | undefined {
  const codes = codesOf(answer);
  // Of a state that the server computes, the refusal gives the reasons as well.
  if (!offered && codes.includes('ILLEGAL_TRANSITION')) return undefined;
  const expected = offered
    ? codesOf(offered.blockers).filter((code) => !BROUGHT[mutation]?.includes(code))
    : ['ILLEGAL_TRANSITION'];
  const aboutInput = BY_INPUT.has(mutation) && answer.every(({ path }) => path !== null);
  if (codes.join() === expected.join() || (offered?.allowed === true && aboutInput)) return undefined;
  return `offered ${expected.join() || 'yes'}, answered ${codes.join() || 'yes'}`;
}

/** Puts the object into a state, asks what is offered, sends each mutation, and says where the two disagree. */
async function disagreements(noun: string, machine: AnyMachine, state: string): Promise<string[]> {
  const subject = objects[noun] as Subject;
  const uuid = fromNodeId(subject.type, subject.id, 'id');
  const wrong: string[] = [];
  const commands = new Set(machine.rows.filter(({ system }) => system !== true).map(({ command }) => command));
  const enter = async () => {
    await restore();
    if (noun === 'scheduleEntry')
      await pool().query(`update schedule_entry set live = $2 where id = $1`, [uuid, state === machine.initial]);
    else await pool().query(`update "${subject.table}" set state = $2 where id = $1`, [uuid, state]);
  };
  await enter();
  const { node } = await boss.ok(
    `query($id: ID!) { node(id: $id) { ... on ${subject.type} {
       version availableCommands { command allowed blockers { code } } } } }`,
    { id: subject.id },
  );
  for (const mutation of commands) {
    const input = inputOf(mutation, subject, node.version);
    if (!input) continue;
    const offered = (node.availableCommands as Offered[]).find(({ command }) => command === mutation);
    const at = `${state} ${mutation}`;
    try {
      const { userErrors } = await boss.attempt(mutation, input, payloadField(mutation));
      if (userErrors.length === 0) await enter();
      const problem = disagreement(mutation, offered, userErrors);
      if (problem !== undefined) wrong.push(`${at}: ${problem}`);
    } catch (error) {
      await enter();
      wrong.push(`${at}: failed with ${(error as Error).message.split('\n').at(-1)}`);
    }
  }
  return wrong;
}

describe('what is offered and what happens', () => {
  // Waves have no commands of people: they follow their distribution.
  const offering = MACHINES.filter(({ rows }) => rows.some(({ system }) => system !== true));
  const nouns: readonly [string, AnyMachine][] = offering.map((machine) => {
    const [first = ''] = machine.commands;
    const noun = [
      'releaseTemplateVersion',
      'changeReleaseRequest',
      'configurationItem',
      'dmlItemVersion',
      'deploymentTool',
      'targetGroup',
      'scheduleEntry',
      'distribution',
      'release',
      'change',
      'task',
      'waiver',
      'accessGrant',
      'decisionPoint',
      'customClass',
      'classMigration',
      'drift',
      'baseline',
      'configurationAudit',
      'auditFinding',
      'suspectedDuplicate',
    ].find((name) => first.startsWith(name));
    return [noun as string, machine];
  });

  test('every machine has an object in this test', () => {
    expect(nouns.map(([noun]) => noun).filter((noun) => !(noun in objects))).toEqual([]);
  });

  test('every disagreement is noticed', () => {
    const yes = { command: 'releaseHold', allowed: true, blockers: [] };
    const no = { command: 'releaseHold', allowed: false, blockers: [{ code: 'NO_TARGETS' }] };
    const refused = (code: string, path: unknown = null) => [{ code, path }];
    expect(disagreement('releaseHold', yes, [])).toBeUndefined();
    expect(disagreement('releaseHold', no, refused('NO_TARGETS'))).toBeUndefined();
    expect(disagreement('releaseHold', undefined, refused('ILLEGAL_TRANSITION'))).toBeUndefined();
    expect(disagreement('releaseHold', undefined, refused('TASK_PREDECESSOR'))).toContain('answered');
    expect(disagreement('releaseHold', undefined, [])).toBe('offered ILLEGAL_TRANSITION, answered yes');
    expect(disagreement('releaseHold', no, [])).toBe('offered NO_TARGETS, answered yes');
    expect(disagreement('releaseHold', yes, refused('NO_CONTENT'))).toBe('offered yes, answered NO_CONTENT');
    expect(disagreement('releaseHold', no, refused('NO_CONTENT'))).toBe('offered NO_TARGETS, answered NO_CONTENT');
    // Only a command that looks at its input may refuse what was offered, and then it names the field.
    expect(disagreement('releaseUpdate', yes, refused('ILLEGAL_TRANSITION', ['kind']))).toBeUndefined();
    expect(disagreement('releaseUpdate', yes, refused('ILLEGAL_TRANSITION'))).toContain('answered');
    expect(disagreement('releaseHold', yes, refused('ILLEGAL_TRANSITION', ['kind']))).toContain('answered');
  });

  test.each(nouns)(
    'agree for each command and state of a %s',
    async (noun, machine) => {
      const wrong: string[] = [];
      for (const state of machine.states) wrong.push(...(await disagreements(noun, machine, state)));
      expect(wrong).toEqual([]);
    },
    120_000,
  );
});
