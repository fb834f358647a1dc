import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isNonNullType } from 'graphql';
import { fromNodeId, type NodeType } from '../../../src/domain/node-id.js';
import { readModels } from '../../../src/reads/models.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { MUTATIONS, signatureOf, subjectOf } from '../../support/random-input.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  const clock = new TestClock();
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
}, 60_000);
afterAll(async () => await app.end());

type Input = Record<string, unknown>;

/** An edit: who sends it, what it needs, and a value for each field that null clears. */
interface Edit {
  readonly client: TestClient;
  readonly id: string;
  readonly needs?: Input;
  readonly values?: Input;
}

const on = (day: number) => `2027-03-0${day}T10:00:00.000Z`;
const dates = { plannedStart: on(1), plannedEnd: on(2) };
const ref = (key: string) => ({ externalRef: { source: 'test', key } });

async function window(): Promise<Edit> {
  const client = world.changeManager;
  const input = { name: 'Nights', kind: 'BLACKOUT', startsAt: on(1), endsAt: on(2) };
  const { id } = await client.run('scheduleWindowCreate', input, 'scheduleWindow');
  return { client, id, values: { filter: { name: { eq: 'x' } }, rrule: 'FREQ=MONTHLY' } };
}

async function upserted(mutation: string, client: TestClient, needs: Input, values: Input = {}): Promise<Edit> {
  const { id } = await client.run(mutation, needs, signatureOf(mutation).field);
  return { client, id, needs, values };
}

async function task(): Promise<Edit> {
  const release = await world.release('With a task');
  const phase = await world.manager.run(
    'phaseAdd',
    { releaseId: release.id, name: 'Build', releaseState: 'BUILDING' },
    'phase',
  );
  const { id } = await world.manager.run(
    'taskAdd',
    { phaseId: phase.id, name: 'Compile', role: 'TASK_ASSIGNEE' },
    'task',
  );
  return { client: world.manager, id, values: dates };
}

async function linkedTask(): Promise<Edit> {
  const { id: releaseId } = await world.release('With a distribution');
  await world.addTargets(releaseId, await world.ci('linked'));
  await world.addContent(releaseId);
  const phase = { releaseId, name: 'Distribute', releaseState: 'DISTRIBUTING' };
  const phaseId = (await world.manager.run('phaseAdd', phase, 'phase')).id;
  const { id } = await world.manager.run('taskAdd', { phaseId, name: 'Install', kind: 'DISTRIBUTION' }, 'task');
  const distributionId = await world.plan({ id: releaseId, cis: {} });
  return { client: world.manager, id, values: { ...dates, distributionId } };
}

const customClass = async (key: string): Promise<string> => {
  const input = { key, name: key, ciClass: 'SERVER' };
  return (await world.configurationManager.run('customClassDefine', input, 'customClass', 'key')).key;
};

const itemValues = async (owners: string): Promise<Input> => ({
  customClass: await customClass(owners.toLowerCase().replaceAll(' ', '-')),
  ownerTeamId: await team(owners),
  supportTeamId: await team(`${owners}' support`),
  ownerId: world.configurationManager.personId,
  environment: 'test',
  location: 'Berlin',
  serialNumber: 'S-1',
  manufacturer: 'Maker',
});

const releaseValues = { ...dates, backOutMinutes: 30 };

const EDITS: Readonly<Record<string, () => Promise<Edit>>> = {
  changeUpdate: async () => ({ client: world.requester, id: (await world.change('Update me')).id, values: dates }),
  changeUpsert: async () => await upserted('changeUpsert', world.requester, { title: 'A', ...ref('a') }, dates),
  configurationItemUpdate: async () => ({
    client: world.configurationManager,
    id: await world.ci('update me'),
    values: await itemValues('Owners'),
  }),
  configurationItemUpsert: async () =>
    await upserted(
      'configurationItemUpsert',
      world.configurationManager,
      { name: 'upserted', ciClass: 'SERVER', ...ref('ci') },
      await itemValues('Other owners'),
    ),
  customClassUpdate: async () => ({
    client: world.configurationManager,
    id: (
      await world.configurationManager.run(
        'customClassDefine',
        { key: 'update-me', name: 'Update me', ciClass: 'SERVER' },
        'customClass',
      )
    ).id,
  }),
  deploymentToolUpdate: async () => ({
    client: world.administrator,
    id: await world.tool('simulator'),
    values: { maxTargetsAtOnce: 5 },
  }),
  distributionUpdate: async () => ({
    client: world.operator,
    id: await world.plan(await world.ready(['web'])),
    values: {
      maxParallel: 2,
      stopAfterFailures: 3,
      retryReasons: ['NO_SPACE'],
      scheduledStart: on(1),
      scheduledEnd: on(2),
    },
  }),
  dmlItemUpdate: async () => ({
    client: world.librarian,
    id: await world.item('update me'),
    values: { configurationItemId: await world.ci('represents') },
  }),
  dmlItemUpsert: async () =>
    await upserted(
      'dmlItemUpsert',
      world.librarian,
      { repositoryId: await repository('Upserts'), name: 'upserted', ...ref('item') },
      { configurationItemId: await world.ci('represents too') },
    ),
  dmlItemVersionUpdate: async () => {
    const itemId = await world.item('with a version');
    const { id } = await world.librarian.run('dmlItemVersionRegister', { itemId, label: '1' }, 'dmlItemVersion');
    return { client: world.librarian, id, values: { claimedDigest: 'ab'.repeat(32) } };
  },
  dmlRepositoryUpdate: async () => ({
    client: world.librarian,
    id: await repository('Update me'),
    values: { deploymentToolId: await world.tool('simulator') },
  }),
  personUpdate: async () => {
    const input = { name: 'Nora', email: 'nora@test.test', subject: 'nora' };
    const { id } = await world.administrator.run('personCreate', input, 'person');
    return { client: world.administrator, id, values: { subject: 'nora' } };
  },
  personUpsert: async () =>
    await upserted(
      'personUpsert',
      world.administrator,
      { name: 'Ulf', email: 'ulf@test.test', subject: 'ulf', ...ref('ulf') },
      { subject: 'ulf' },
    ),
  phaseUpdate: async () => {
    const input = { releaseId: (await world.release('With a phase')).id, name: 'Build', releaseState: 'BUILDING' };
    return { client: world.manager, id: (await world.manager.run('phaseAdd', input, 'phase')).id };
  },
  releaseTemplateRevise: async () => ({ client: world.manager, id: (await world.template('Revise me')).id }),
  releaseUpdate: async () => ({
    client: world.manager,
    id: (await world.release('Update me')).id,
    values: releaseValues,
  }),
  releaseUpsert: async () =>
    await upserted(
      'releaseUpsert',
      world.manager,
      { name: 'Upserted', ownerId: world.owner.personId, ...ref('release') },
      releaseValues,
    ),
  scheduleEntryUpdate: async () => {
    const input = { title: 'Board', startsAt: on(1), endsAt: on(2) };
    const { id } = await world.changeManager.run('scheduleEntryCreate', input, 'scheduleEntry');
    return { client: world.changeManager, id };
  },
  scheduleWindowUpdate: window,
  targetGroupUpdate: async () => {
    const { id } = await world.operator.run('targetGroupCreate', { name: 'Update me' }, 'targetGroup');
    return { client: world.configurationManager, id, values: { maxTargetsAtOnce: 5 } };
  },
  taskMove: task,
  taskUpdate: linkedTask,
  teamUpdate: async () => ({ client: world.administrator, id: await team('Update me') }),
  teamUpsert: async () => await upserted('teamUpsert', world.administrator, { name: 'Upserted', ...ref('team') }),
  workingCalendarUpdate: async () => {
    const input = { name: 'Update me', timeZone: 'UTC', hours: [{ day: 'MONDAY', from: '09:00', to: '17:00' }] };
    const { id } = await world.manager.run('workingCalendarCreate', input, 'workingCalendar');
    return { client: world.manager, id };
  },
};

const team = async (name: string) => (await world.administrator.run('teamCreate', { name }, 'team')).id as string;
const repository = async (name: string) =>
  (await world.librarian.run('dmlRepositoryCreate', { name }, 'dmlRepository')).id as string;

/** Fields whose column can be null although the value is replaced only, never removed. */
const ONLY_REPLACED: Readonly<Record<string, string>> = {
  assessment: 'the state of the change rests on it',
  'TargetGroup.filter': 'a target group stays one whose members a filter finds',
  outcomePercent: 'the policy decides whether there is one',
  planStart: 'the dates of the tasks count from it',
  templateVersionId: 'the plan of an existing release does not follow its template',
};

const OWN = new Set(['idempotencyKey', 'expectedVersion', 'reason']);

const optionalFields = (mutation: string) =>
  Object.values(signatureOf(mutation).input.getFields())
    .filter(({ name, type }) => !isNonNullType(type) && !OWN.has(name))
    .map(({ name }) => name);

const edits = MUTATIONS.filter((name) => /(Update|Upsert|Move|Revise)$/.test(name) && optionalFields(name).length > 0);

const tableOf = (type: NodeType) =>
  type === 'ScheduleEntry' ? 'schedule_entry' : (readModels[type as 'Release']?.table as string);
/** Columns that have not the name of their field: a class is given by its key. */
const COLUMNS: Readonly<Record<string, string>> = { customClass: 'custom_class_id' };
const columnOf = (field: string) => COLUMNS[field] ?? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

async function rowOf(type: NodeType, id: string): Promise<Record<string, unknown>> {
  const { rows } = await app.readDatabase.pool.query(
    `select to_jsonb(t) - 'updated_at' as row from ${tableOf(type)} t where id = $1`,
    [fromNodeId(type, id, 'id')],
  );
  return rows[0].row;
}

async function canBeNull(type: NodeType, field: string): Promise<boolean> {
  const { rows } = await app.readDatabase.pool.query(
    'select is_nullable from information_schema.columns where table_name = $1 and column_name = $2',
    [tableOf(type), columnOf(field)],
  );
  return rows[0]?.is_nullable === 'YES' && !(field in ONLY_REPLACED || `${type}.${field}` in ONLY_REPLACED);
}

describe('null in an edit', () => {
  test('is tried in every edit', () => expect(edits).toEqual(Object.keys(EDITS).sort()));

  test.each(Object.keys(EDITS))('%s clears what can be cleared, and is refused elsewhere', async (mutation) => {
    const type = subjectOf(mutation);
    const { client, id, needs, values = {} } = await (EDITS[mutation] as () => Promise<Edit>)();
    const { field: subject, input } = signatureOf(mutation);
    const required = async (): Promise<Input> => ({
      ...needs,
      ...('id' in input.getFields() && { id }),
      ...('expectedVersion' in input.getFields() && { expectedVersion: (await rowOf(type, id))['version'] }),
    });
    if (Object.keys(values).length > 0 && Object.keys(values).every((name) => name in input.getFields()))
      await client.run(mutation, { ...(await required()), ...values }, subject);
    const before = await rowOf(type, id);
    for (const field of optionalFields(mutation)) {
      if (await canBeNull(type, field)) continue;
      const { errors } = await client.send(
        `mutation($input: ${input.name}!) { ${mutation}(input: $input) { ${subject} { id } userErrors { code } } }`,
        { input: { ...(await required()), [field]: null } },
      );
      expect({ field, error: errors?.[0]?.extensions }).toMatchObject({
        field,
        error: { code: 'BAD_USER_INPUT', field },
      });
    }
    expect(await rowOf(type, id)).toEqual(before);
    if (!['taskMove', 'releaseTemplateRevise'].includes(mutation)) {
      await client.run(mutation, await required(), subject);
      expect({ ...(await rowOf(type, id)), version: 0 }).toEqual({ ...before, version: 0 });
    }
    const clearable: string[] = [];
    for (const field of optionalFields(mutation).toSorted()) if (await canBeNull(type, field)) clearable.push(field);
    expect(mutation === 'taskMove' ? [] : clearable).toEqual(mutation === 'taskMove' ? [] : Object.keys(values).sort());
    for (const field of clearable) {
      expect(before[columnOf(field)]).not.toBeNull();
      await client.run(mutation, { ...(await required()), [field]: null }, subject);
      expect((await rowOf(type, id))[columnOf(field)]).toBeNull();
    }
  });

  test('is refused in a row of an import, and removes the owner', async () => {
    const row = { name: 'imported', ciClass: 'SERVER', ...ref('imported') };
    const send = async (more: Input) =>
      (
        await world.configurationManager.ok(
          `mutation($input: ConfigurationItemsImportInput!) { configurationItemsImport(input: $input) {
            results { status code field configurationItem { ownerTeam { name } } } } }`,
          { input: { rows: [{ ...row, ...more }], errorPolicy: 'IGNORE_FAILED' } },
        )
      ).configurationItemsImport.results[0];
    expect(await send({ ownerTeamId: await team('Importers') })).toMatchObject({ status: 'CREATED' });
    for (const field of ['description', 'criticality', 'lifecycleState', 'attributes', 'bindings'])
      expect(await send({ [field]: null })).toMatchObject({ status: 'FAILED', code: 'BAD_USER_INPUT', field });
    expect(await send({ ownerTeamId: null })).toEqual({
      status: 'UPDATED',
      code: null,
      field: null,
      configurationItem: { ownerTeam: null },
    });
  });
});
