import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ROLES } from '../../../src/domain/roles.js';
import { NODE_PREFIXES, type NodeType, parseNodeId, toNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { auditRows, contradictions, rawIds, silentChanges } from '../../support/history.js';
import { Chance, MUTATIONS, RandomInput, signatureOf, subjectOf } from '../../support/random-input.js';
import { storyOf } from '../../support/story.js';

const SEED = Number(process.env['INTERLOCK_TEST_SEED'] ?? 11);
const STEPS = Number(process.env['INTERLOCK_TEST_STEPS'] ?? 1_000);
const TABLES = Object.fromEntries(
  (Object.keys(NODE_PREFIXES) as NodeType[]).map((type) => [
    type,
    type.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase(),
  ]),
);

/** Commands after which little more can happen to an object. Chance would issue them too soon. */
const FINAL =
  /(Cancel|Close|Reject|Retire|Recall|Deprecate|Quarantine|Deactivate|Disable|Withdraw|Remove|Hold|AsTemplate)$/;

let app: TestApp;
const clock = new TestClock();
beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  await auditRows(app);
}, 60_000);
afterAll(async () => await app.end());

/** A history of random commands by several people who hold every role. */
class History {
  readonly chance = new Chance(SEED);
  readonly ids = new Map<NodeType, readonly string[]>();
  readonly inputs: RandomInput;
  readonly done = new Map<string, number>();

  constructor(readonly people: readonly TestClient[]) {
    const acting = people.map(({ personId }) => personId);
    this.inputs = new RandomInput(this.chance, clock, this.ids, acting);
  }

  async look(): Promise<void> {
    for (const [type, table] of Object.entries(TABLES)) {
      if (type === 'Event') continue;
      const { rows } = await app.readDatabase.pool.query<{ id: string }>(
        `select id from ${table} ${type === 'AccessToken' ? `where name <> 'test'` : ''} order by id desc limit 20`,
      );
      this.ids.set(
        type as NodeType,
        rows.map(({ id }) => toNodeId(type as NodeType, id)),
      );
    }
  }

  async try(mutation: string, given: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
    const input = this.inputs.of(mutation, given);
    if (input === undefined) return false;
    const { input: type, field } = signatureOf(mutation);
    if ('expectedVersion' in type.getFields() && typeof input['id'] === 'string')
      input['expectedVersion'] = await this.#versionOf(input['id']);
    const person = this.chance.pick(this.people);
    const { data, errors } = await person.send(
      `mutation($input: ${type.name}!) { ${mutation}(input: $input) { ${field} { __typename } userErrors { code } } }`,
      { input },
    );
    if (process.env['VERBOSE'] && (errors || data?.[mutation]?.userErrors.length > 0))
      process.stderr.write(
        `REF ${mutation} ${errors?.[0]?.message ?? data[mutation].userErrors.map((e: any) => e.code).join()}\n`,
      );
    const ok = !errors && data?.[mutation]?.userErrors.length === 0;
    if (ok) this.done.set(mutation, (this.done.get(mutation) ?? 0) + 1);
    return ok;
  }

  /** A command that one object offers now. */
  async offered(): Promise<void> {
    const types = [
      'Change',
      'Release',
      'Task',
      'Distribution',
      'DmlItemVersion',
      'ChangeReleaseRequest',
      'Release',
      'Task',
      'Distribution',
    ] as const;
    const ids = this.ids.get(this.chance.pick(types)) ?? [];
    if (ids.length === 0) return;
    const id = this.chance.pick(ids);
    const type = parseNodeId(id)?.type as string;
    const { node } = await this.chance
      .pick(this.people)
      .ok(`query($id: ID!) { node(id: $id) { ... on ${type} { availableCommands { command allowed } } } }`, { id });
    const allowed = (node?.availableCommands ?? [])
      .filter((offer: any) => offer.allowed)
      .map((offer: any) => offer.command);
    const gentle = allowed.filter((name: string) => !FINAL.test(name));
    if (gentle.length > 0 && this.chance.next() < 0.9) allowed.splice(0, allowed.length, ...gentle);
    const rare = allowed.filter((name: string) => (this.done.get(name) ?? 0) < 3);
    const command = this.chance.pick(rare.length > 0 && this.chance.next() < 0.6 ? rare : allowed) as
      string | undefined;
    if (command === undefined) return;
    const { input } = signatureOf(command);
    const own =
      subjectOf(command) === type && 'id' in input.getFields()
        ? 'id'
        : `${type.charAt(0).toLowerCase()}${type.slice(1)}Id`;
    await this.try(command, { [own]: id });
  }

  async #versionOf(id: string): Promise<number | undefined> {
    const { type, uuid } = parseNodeId(id) as { type: NodeType; uuid: string };
    const { rows } = await app.readDatabase.pool
      .query<{ version: number }>(`select version from ${TABLES[type]} where id = $1`, [uuid])
      .catch(() => ({ rows: [] }));
    return rows[0]?.version;
  }
}

test('replaying the events of every object gives its present row', async () => {
  const story = await storyOf(app, clock);
  const item = await story.item('ledger');
  for (let n = 0; n < 4; n++) await story.media(item, `${n}.0`, `bytes ${n}`);
  await story.template('patch');
  for (const name of ['one', 'two', 'three']) {
    const release = await story.ready([`${name}-a`, `${name}-b`]);
    await story.plan(release, {}, name === 'three' ? 'manual' : 'simulator');
  }
  const people: TestClient[] = [];
  for (const name of ['ines', 'ivan', 'iris']) people.push(await app.as(name, ...ROLES));
  const history = new History(people);
  for (let step = 0; step < STEPS; step++) {
    if (step % 10 === 0) await history.look();
    if (step % 40 === 0) {
      clock.advance(history.chance.below(600_000));
      await app.jobs.runOnce();
    }
    if (history.chance.next() < 0.7) await history.offered();
    else {
      const undone = MUTATIONS.filter((name) => !history.done.has(name));
      const mutation = history.chance.pick(undone.length > 0 && history.chance.next() < 0.7 ? undone : MUTATIONS);
      const makes = /(Create|Upsert|Register|Import)$/.test(mutation) && history.done.has(mutation);
      const tried = FINAL.test(mutation) ? 0.2 : makes ? 0.3 : 1;
      if (history.chance.next() < tried) await history.try(mutation);
    }
  }
  await app.jobs.runOnce();
  if (process.env['VERBOSE']) console.log(MUTATIONS.map((name) => `${name} ${history.done.get(name) ?? 0}`).join(', '));
  expect(await contradictions(app)).toEqual([]);
  expect(await silentChanges(app)).toEqual([]);
  expect(await rawIds(app)).toEqual([]);
  expect(history.done.size).toBeGreaterThan(50);
}, 600_000);
