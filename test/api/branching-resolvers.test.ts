import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execute, parse, type GraphQLSchema } from 'graphql';
import { sql } from 'kysely';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Actor } from '../../src/domain/actor.js';
import { fromNodeId } from '../../src/domain/node-id.js';
import { personRead } from '../../src/reads/people/person.reads.js';
import { Reads } from '../../src/reads/reads.js';
import { tasksOfRelease, taskRead } from '../../src/reads/release/task.reads.js';
import { authChecker } from '../../src/resolvers/authorise.js';
import type { Context } from '../../src/resolvers/context.js';
import { resolvers } from '../../src/resolvers/resolvers.js';
import { buildSchema } from '../../src/schema/build-schema.js';
import { PageArgs } from '../../src/schema/connection.js';
import { PersonType } from '../../src/schema/people/person.type.js';
import { ReleaseType } from '../../src/schema/release/release.type.js';
import { taskList } from '../../src/schema/release/task.type.js';
import { CompiledExecutor, DataText } from '../../src/server/graphql/executor.js';
import { explain } from '../../src/server/graphql/explain.js';
import { startTestApp, type TestApp } from '../support/app.js';

const person = { nullable: true, description: 'A person.' };
const tasks = { nullable: true, description: 'Tasks.' };
const isUrgent = (release: ReleaseType) => release.kind === 'EMERGENCY';
const PERSON = () => PersonType;
const TASKS = () => taskList.Connection;

/** Resolvers that decide by their row, in every way that comes to mind. None of them may be planned. */
@Resolver(() => ReleaseType)
class Branching {
  @FieldResolver(PERSON, person)
  byEnum(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return release.kind === 'EMERGENCY' ? null : reads.byId(personRead, release.ownerId);
  }

  @FieldResolver(PERSON, person)
  byFlag(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return release.onHold ? null : reads.byId(personRead, release.ownerId);
  }

  @FieldResolver(PERSON, person)
  bySwitch(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    switch (release.kind) {
      case 'EMERGENCY':
        return null;
      default:
        return reads.byId(personRead, release.ownerId);
    }
  }

  @FieldResolver(PERSON, person)
  byHelper(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return isUrgent(release) ? null : reads.byId(personRead, release.ownerId);
  }

  @FieldResolver(PERSON, person)
  byList(@Root() { kind, ownerId }: ReleaseType, @Ctx() { reads }: Context) {
    return ['EMERGENCY'].includes(kind) ? null : reads.byId(personRead, ownerId);
  }

  @FieldResolver(PERSON, person)
  byTable(@Root() { kind, ownerId }: ReleaseType, @Ctx() { reads }: Context) {
    return ({ EMERGENCY: true } as Record<string, boolean>)[kind] ? null : reads.byId(personRead, ownerId);
  }

  @FieldResolver(PERSON, person)
  byText(@Root() { kind, ownerId }: ReleaseType, @Ctx() { reads }: Context) {
    return `${kind}` === 'EMERGENCY' ? null : reads.byId(personRead, ownerId);
  }

  @FieldResolver(PERSON, person)
  byNumber(@Root() { version, ownerId }: ReleaseType, @Ctx() { reads }: Context) {
    return version > 1 ? null : reads.byId(personRead, ownerId);
  }

  @FieldResolver(PERSON, person)
  byJson(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return JSON.stringify(release).includes('EMERGENCY') ? null : reads.byId(personRead, release.ownerId);
  }

  @FieldResolver(PERSON, person)
  byCopy(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    const copy = { ...release };
    return copy.kind === 'EMERGENCY' ? null : reads.byId(personRead, copy.ownerId);
  }

  @FieldResolver(PERSON, person)
  byValues(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return Object.values(release).includes('EMERGENCY') ? null : reads.byId(personRead, release.ownerId);
  }

  @FieldResolver(PERSON, person)
  byOwnNull(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return release.acceptedById === null
      ? reads.byId(personRead, release.managerId)
      : reads.byId(personRead, release.acceptedById);
  }

  @FieldResolver(PERSON, person)
  byOwnTruth(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, release.acceptedById || reads.actor.id);
  }

  @FieldResolver(PERSON, person)
  byFallback(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, release.acceptedById ?? release.ownerId);
  }

  @FieldResolver(PERSON, person)
  byType(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return typeof release.acceptedById === 'string' ? null : reads.byId(personRead, release.acceptedById ?? owner);
  }

  @FieldResolver(PERSON, person)
  byActor(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return release.ownerId === reads.actor.id ? null : reads.byId(personRead, release.ownerId);
  }

  @FieldResolver(PERSON, person)
  byPrefix(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    try {
      if (release.ownerId.startsWith(owner)) return null;
    } catch {} // eslint-disable-line no-empty -- it swallows what the symbol throws
    return reads.byId(personRead, release.ownerId);
  }

  @FieldResolver(PERSON, person)
  async byFound(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return (await reads.byId(personRead, release.acceptedById)) ?? (await reads.byId(personRead, owner));
  }

  @FieldResolver(PERSON, person)
  async byContent(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    const found = await reads.byId(personRead, release.ownerId);
    return found?.name === 'olga' ? null : found;
  }

  @FieldResolver(PERSON, person)
  async byOther(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    const other = await reads.byId(personRead, release.acceptedById);
    return other ? null : await reads.byId(personRead, release.ownerId);
  }

  @FieldResolver(PERSON, person)
  async changed(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    const found = await reads.byId(personRead, release.ownerId);
    return found && { ...found, name: found.name === 'olga' ? 'hidden' : 'shown' };
  }

  @FieldResolver(PERSON, person)
  perRow(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return isUrgent(release) ? null : reads.perRow.byId(personRead, release.ownerId);
  }

  @FieldResolver(TASKS, tasks)
  edgeByEnum(@Root() release: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return isUrgent(release) ? null : reads.edge(tasksOfRelease, release.id, page);
  }

  @FieldResolver(TASKS, tasks)
  edgeByFilter(@Root() release: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(tasksOfRelease, release.id, {
      ...page,
      filter: { name: { contains: release.name.slice(0, 4) } },
    });
  }

  @FieldResolver(TASKS, tasks)
  async edgeByRows(@Root() release: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    const found = await reads.edge(tasksOfRelease, release.id, page);
    return found.nodes.length === 0 ? null : found;
  }

  @FieldResolver(TASKS, tasks)
  pageByScope(@Root() release: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.page(taskRead, page, [], sql`t.release_id = ${release.id}`);
  }
}

/** Resolvers that do the same for every row, though some of them test for what makes no difference. All are planned. */
@Resolver(() => ReleaseType)
class Straight {
  @FieldResolver(PERSON, person)
  plain(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, release.ownerId);
  }

  @FieldResolver(PERSON, person)
  async later(@Root() { acceptedById }: ReleaseType, @Ctx() { reads }: Context) {
    await Promise.resolve();
    const found = await reads.byId(personRead, acceptedById);
    return found ?? null;
  }

  @FieldResolver(PERSON, person)
  guarded(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return release.acceptedById ? reads.byId(personRead, release.acceptedById) : null;
  }

  @FieldResolver(PERSON, person)
  byRole(@Root() release: ReleaseType, @Ctx() { reads }: Context) {
    return reads.actor.roles.includes('AUDITOR') ? reads.byId(personRead, release.acceptedById) : null;
  }

  @FieldResolver(TASKS, tasks)
  edge(@Root() release: ReleaseType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(tasksOfRelease, release.id, page);
  }
}

/** Resolvers that depend on the request. A plan is kept for the next one, so they may not be planned either. */
@Resolver(() => ReleaseType)
class Momentary {
  @FieldResolver(PERSON, person)
  byRequest(@Root() release: ReleaseType, @Ctx() { reads, requestId }: Context) {
    return requestId === 'none' ? null : reads.byId(personRead, release.ownerId);
  }

  @FieldResolver(PERSON, person)
  byClock(@Root() release: ReleaseType, @Ctx() { reads, services }: Context) {
    return services.clock().getTime() < 0 ? null : reads.byId(personRead, release.ownerId);
  }

  @FieldResolver(PERSON, person)
  byInfo(@Root() release: ReleaseType, @Ctx() { reads }: Context, @Info() info: { fieldName: string }) {
    return info.fieldName === 'none' ? null : reads.byId(personRead, release.ownerId);
  }
}

let app: TestApp;
let schema: GraphQLSchema;
let compiled: CompiledExecutor;
let actor: Actor;
let owner: string;

beforeAll(async () => {
  app = await startTestApp();
  const ids = await Promise.all(
    (['audrey', 'olga'] as const).map(async (name) => (await app.as(name, 'AUDITOR')).personId),
  );
  const [reader, other] = ids.map((id) => fromNodeId('Person', id, 'id')) as [string, string];
  owner = reader;
  actor = { id: reader, name: 'audrey', roles: ['AUDITOR'], via: 'token' };
  // One row takes each branch: another owner, an acceptor, a hold, a kind, a version; and only one has tasks.
  const row = `insert into release
      (id, name, state, kind, owner_id, manager_id, accepted_by_id, on_hold_at, on_hold_reason,
       created_at, updated_at, version)
    values (gen_random_uuid(), $1, 'BUILDING', $2, $3, $4, $5, $6, 'wait', now(), now(), $7) returning id`;
  const insert = async (...values: unknown[]) => (await app.readDatabase.pool.query(row, values)).rows[0].id as string;
  await insert('other', 'MINOR', reader, reader, null, null, 1);
  const urgent = await insert('task force', 'EMERGENCY', other, reader, other, new Date(), 2);
  await app.readDatabase.pool.query(
    `with f as (
       insert into phase (id, release_id, name, release_state, position, created_at, updated_at, version)
       values (gen_random_uuid(), $1, 'Build', 'BUILDING', 0, now(), now(), 1) returning id
     ) insert into task (id, release_id, phase_id, name, position, state, created_at, updated_at, version)
     select gen_random_uuid(), $1, id, 'task', 0, 'READY', now(), now(), 1 from f`,
    [urgent],
  );
  schema = buildSchema([...resolvers, Branching, Straight, Momentary], authChecker);
  compiled = new CompiledExecutor(schema);
});
afterAll(async () => await app.end());

const context = (): Context => ({
  actor,
  requestId: 'some',
  reads: new Reads(app.readDatabase, actor),
  services: app.services,
});

const queryFor = (field: string) => {
  const type = schema.getType('Release') as ReturnType<GraphQLSchema['getQueryType']>;
  const selection = String(type?.getFields()[field]?.type) === 'Person' ? 'id name' : 'nodes { name }';
  return `{ releases(orderBy: [{ field: NAME }]) { nodes { answer: ${field} { ${selection} } } } }`;
};

/** What graphql-js answers, after the compiled executor has answered the same, several times over. */
async function answers(field: string): Promise<unknown[]> {
  const document = parse(queryFor(field));
  const expected = await execute({ schema, document, contextValue: context() });
  expect(expected.errors).toBeUndefined();
  for (let time = 0; time < 3; time++) {
    const { data, errors } = await compiled.execute(field, document, null, {}, context());
    expect(errors).toBeUndefined();
    expect(data instanceof DataText ? JSON.parse(data.text) : data).toEqual(expected.data);
  }
  return (expected.data as any).releases.nodes.map((node: any) => JSON.stringify(node.answer));
}

/** Why a field cannot be planned; undefined when it can. */
async function refusal(field: string): Promise<string | undefined> {
  const explanation = await explain({ schema, source: queryFor(field), roles: actor.roles });
  return 'reason' in explanation ? explanation.reason : undefined;
}

const methodsOf = (resolver: { readonly prototype: object }) =>
  Object.getOwnPropertyNames(resolver.prototype).filter((name) => name !== 'constructor');

test.each(methodsOf(Branching))('a resolver that branches is answered right and not planned: %s', async (field) => {
  const answered = await answers(field);
  expect(new Set(answered).size).toBe(2); // it does branch
  expect(await refusal(field)).toContain(`Release.${field} `);
});

test.each(methodsOf(Straight))('a resolver that does the same for every row is planned: %s', async (field) => {
  await answers(field);
  expect(await refusal(field)).toBeUndefined();
});

test.each(methodsOf(Momentary))('a resolver that depends on the request is not planned: %s', async (field) => {
  await answers(field);
  expect(await refusal(field)).toContain(`Release.${field} `);
});

test('a refusal names what the resolver looks at', async () => {
  expect(await refusal('byEnum')).toBe('Release.byEnum looks at kind and does not pass it on.');
  expect(await refusal('byOwnNull')).toBe('Release.byOwnNull looks at managerId and does not pass it on.');
  expect(await refusal('byActor')).toBe('Release.byActor does not do the same for every row.');
  expect(await refusal('byContent')).toBe('Release.byContent looks into what it reads.');
});
