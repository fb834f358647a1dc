import { NODE_PREFIXES, type NodeType, parseNodeId, toNodeId } from '../../src/domain/node-id.js';
import type { TestApp } from './app.js';
import type { TestClient } from './client.js';
import type { TestClock } from './clock.js';
import { tableOf } from './history.js';
import { Chance, MUTATIONS, RandomInput, signatureOf, subjectOf } from './random-input.js';

const tables = (app: TestApp): [NodeType, string][] =>
  (Object.keys(NODE_PREFIXES) as NodeType[])
    .filter((type) => type !== 'Event')
    .flatMap((type) => {
      const table = tableOf(app, type);
      return table === undefined ? [] : [[type, table]];
    });

/** Commands after which little more can happen to an object. Chance would issue them too soon. */
const FINAL =
  /(Cancel|Close|Reject|Retire|Recall|Deprecate|Quarantine|Deactivate|Disable|Withdraw|Remove|Hold|AsTemplate)$/;

/** A history of random commands by several people who hold every role. */
export class RandomHistory {
  readonly chance: Chance;
  readonly ids = new Map<NodeType, readonly string[]>();
  readonly inputs: RandomInput;
  readonly done = new Map<string, number>();

  constructor(
    readonly app: TestApp,
    readonly clock: TestClock,
    readonly people: readonly TestClient[],
    seed: number,
  ) {
    this.chance = new Chance(seed);
    const acting = people.map(({ personId }) => personId);
    this.inputs = new RandomInput(this.chance, clock, this.ids, acting);
  }

  /** Goes on for some steps: mostly what an object offers, sometimes anything. */
  async play(steps: number): Promise<void> {
    const { chance, app, clock, done } = this;
    for (let step = 0; step < steps; step++) {
      if (step % 10 === 0) await this.look();
      if (step % 40 === 0) {
        clock.advance(chance.below(600_000));
        await app.jobs.runOnce();
      }
      if (chance.next() < 0.7) await this.offered();
      else {
        const mutation = chance.pick(MUTATIONS);
        const makes = /(Create|Upsert|Register|Import)$/.test(mutation) && done.has(mutation);
        if (chance.next() < (FINAL.test(mutation) ? 0.2 : makes ? 0.3 : 1)) await this.try(mutation);
      }
    }
    await app.jobs.runOnce();
  }

  /** Looks which objects there are. */
  async look(): Promise<void> {
    for (const [type, table] of tables(this.app)) {
      const { rows } = await this.app.readDatabase.pool.query<{ id: string }>(
        `select id from ${table} ${type === 'AccessToken' ? `where name <> 'test'` : ''} order by id desc limit 20`,
      );
      this.ids.set(
        type as NodeType,
        rows.map(({ id }) => toNodeId(type as NodeType, id)),
      );
    }
  }

  /** @returns whether the API accepted it */
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
    const { rows } = await this.app.readDatabase.pool
      .query<{ version: number }>(`select version from ${tableOf(this.app, type)} where id = $1`, [uuid])
      .catch(() => ({ rows: [] }));
    return rows[0]?.version;
  }
}
