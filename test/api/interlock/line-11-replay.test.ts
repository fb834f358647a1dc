import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseNodeId, type NodeType } from '../../../src/domain/node-id.js';
import { ROLES } from '../../../src/domain/roles.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { AcceptedMutation, TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { CHAPTERS, SECOND_ADMINISTRATOR } from '../../support/every-mutation.js';
import { auditRows, contradictions, rawIds, repetitions, silentChanges, tableOf } from '../../support/history.js';
import { RandomHistory } from '../../support/random-history.js';
import { MUTATIONS } from '../../support/random-input.js';
import { storyOf, type Story } from '../../support/story.js';
import { reworked } from '../../support/tools.js';

const SEED = Number(process.env['INTERLOCK_TEST_SEED'] ?? 11);
/** Random commands after the others; INTERLOCK_TEST_STEPS makes a history as long as you like. */
const STEPS = Number(process.env['INTERLOCK_TEST_STEPS'] ?? 150);

/** Line 11: a history in which every mutation of the schema happens, each of them twice. */

const clock = new TestClock();
const pausing = { pause: async () => undefined, resume: async () => undefined };
const adapters = [
  { instance: 'simulator', module: 'simulator' },
  { instance: 'manual', module: 'manual' },
  { instance: 'idle', module: 'simulator' },
  { instance: 'pausable', module: reworked('pausable', () => pausing, { pause: true }) },
  { instance: 'blind', module: reworked('blind', () => ({ find: async () => null }), { submit: 'at-most-once' }) },
];

/** Mutations that are not said twice, and why. */
const NOT_TWICE: Readonly<Record<string, string>> = {
  accessGrantProposeActivation: 'is another proposal',
  accessGrantProposeIdentity: 'is another proposal',
  accessGrantProposeRoles: 'is another proposal',
  accessGrantProposeToken: 'is another proposal',
  accessTokenCreate: 'makes another token',
  baselineTake: 'takes another baseline',
  calendarFeedCreate: 'makes another feed',
  calendarFeedRotate: 'makes another address',
  changeCreate: 'makes another change',
  communicationRecord: 'is another communication',
  configurationAuditStart: 'starts another audit',
  configurationItemRegister: 'makes another item',
  distributionPlan: 'plans another distribution',
  phaseAdd: 'makes another phase',
  releaseCreate: 'makes another release',
  releaseRecordReview: 'is another review',
  releaseSaveAsTemplate: 'makes another template',
  releaseTemplateRevise: 'makes another revision',
  scheduleEntryCreate: 'makes another entry',
  scheduleWindowCreate: 'makes another window',
  taskAdd: 'makes another task',
  waiverGrant: 'grants another waiver',
};

let app: TestApp;
let story: Story;
const done = new Map<string, number>();
const noisy: string[] = [];
let repeating = false;

const written = async (id: string | undefined) => {
  const { type, uuid } = parseNodeId(id ?? '') ?? {};
  const table = type && tableOf(app, type as NodeType);
  const { rows } = await app.readDatabase.pool.query(
    `select (select count(*)::int from domain_event) as events, (select count(*)::int from audited) as rows,
      ${table === undefined ? 'null' : `(select to_jsonb(t) ->> 'version' from ${table} t where id = $1)`} as version`,
    table === undefined ? [] : [uuid],
  );
  return rows[0];
};

/** Says the same once more: it is refused, or it changes nothing. */
async function again({ client, mutation, input, field, object }: AcceptedMutation): Promise<void> {
  if (repeating) return;
  done.set(mutation, (done.get(mutation) ?? 0) + 1);
  if (mutation in NOT_TWICE) return;
  const id = (object?.['id'] ?? input['id']) as string | undefined;
  const before = await written(id);
  const same = 'expectedVersion' in input ? { ...input, expectedVersion: Number(before.version) } : input;
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  repeating = true;
  const { errors, data } = await client.send(
    `mutation($input: ${type}) { ${mutation}(input: $input) { ${field} { __typename } userErrors { code } } }`,
    { input: same },
  );
  repeating = false;
  const after = await written(id);
  if (JSON.stringify(after) !== JSON.stringify(before))
    noisy.push(
      `${mutation}: ${JSON.stringify(before)} -> ${JSON.stringify(after)} ${JSON.stringify(errors ?? data[mutation])}`,
    );
}

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now, adapters });
  await auditRows(app);
  story = await storyOf(app, clock);
  for (const client of Object.values(story) as TestClient[])
    if (client?.personId !== undefined) client.onAccepted = again;
  (await app.as(SECOND_ADMINISTRATOR, 'ADMINISTRATOR')).onAccepted = again;
  (await app.as('scanner', 'DISCOVERY')).onAccepted = again;
  for (const [name, chapter] of Object.entries(CHAPTERS)) {
    try {
      await chapter({ app, story, clock });
    } catch (error) {
      throw new Error(`In the chapter ${name}: ${String(error)}`, { cause: error });
    }
  }
}, 120_000);
afterAll(async () => await app.end());

test('random commands by people who hold every role go on from there', async () => {
  const everybody: TestClient[] = [];
  for (const name of ['ines', 'ivan', 'iris']) everybody.push(await app.as(name, ...ROLES));
  const history = new RandomHistory(app, clock, everybody, SEED);
  await history.play(STEPS);
  expect(history.done.size).toBeGreaterThan(10);
}, 600_000);

test('every mutation happens', () => {
  expect(MUTATIONS.filter((name) => !done.has(name))).toEqual([]);
  expect(Object.keys(NOT_TWICE).filter((name) => !MUTATIONS.includes(name))).toEqual([]);
});

test('the same said twice writes no event, changes no row and keeps the version', () => {
  expect(noisy).toEqual([]);
});

test('replaying the events of every object gives its present row', async () => {
  expect(await contradictions(app)).toEqual([]);
  expect(await silentChanges(app)).toEqual([]);
  expect(await rawIds(app)).toEqual([]);
});

test('one change is announced once: each begins where the one before ended', async () => {
  expect(await repetitions(app)).toEqual([]);
});
