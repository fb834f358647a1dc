import { describe, expect, test } from '@jest/globals';
import { buildSchema, isObjectType, type GraphQLObjectType } from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import { schema } from '../../src/app.js';
import { accessGrantMachine } from '../../src/domain/people/access-grant.machine.js';
import { changeReleaseRequestMachine } from '../../src/domain/change/change-release-request.machine.js';
import { changeMachine } from '../../src/domain/change/change.machine.js';
import { configurationItemMachine } from '../../src/domain/cmdb/configuration-item.machine.js';
import { deploymentToolMachine } from '../../src/domain/distribution/deployment-tool.machine.js';
import { distributionMachine } from '../../src/domain/distribution/distribution.machine.js';
import { dmlItemVersionMachine } from '../../src/domain/library/dml-item-version.machine.js';
import { NODE_PREFIXES } from '../../src/domain/node-id.js';
import { releaseMachine } from '../../src/domain/release/release.machine.js';
import { ROLES } from '../../src/domain/roles.js';
import type { Machine } from '../../src/domain/state-machine.js';
import { taskMachine } from '../../src/domain/release/task.machine.js';
import { templateVersionMachine } from '../../src/domain/release/template-version.machine.js';
import { cabMeetingMachine } from '../../src/domain/schedule/cab-meeting.machine.js';
import { waiverMachine } from '../../src/domain/release/waiver.machine.js';
import { readModels } from '../../src/reads/models.js';
import { resolvers } from '../../src/resolvers/resolvers.js';
import { SIGNED_IN } from '../../src/resolvers/authorise.js';
import {
  missingMutations,
  mutationsWithoutRow,
  oddMutations,
  undescribed,
  unguarded,
  withoutAuthorisation,
  type DeclaredField,
  type DeclaredOperation,
} from '../support/schema-rules.js';

const api = schema();
const storage = getMetadataStorage();
// The storage is one for the whole process, and what set up the tests may have loaded the compiled classes into it,
// too.
const served = <T extends { readonly target: Function }>(declared: readonly T[]) =>
  declared.filter(({ target }) => resolvers.includes(target));
const operations: DeclaredOperation[] = [
  ...served(storage.queries),
  ...served(storage.mutations),
  ...served(storage.subscriptions),
];

/** Every machine whose commands people issue, and how its mutations begin. */
const MACHINES: Readonly<Record<string, Machine<never, never, never>>> = {
  configurationItem: configurationItemMachine,
  dmlItemVersion: dmlItemVersionMachine,
  change: changeMachine,
  changeReleaseRequest: changeReleaseRequestMachine,
  releaseTemplateVersion: templateVersionMachine,
  release: releaseMachine,
  task: taskMachine,
  distribution: distributionMachine,
  deploymentTool: deploymentToolMachine,
  scheduleEntry: cabMeetingMachine,
  waiver: waiverMachine,
  accessGrant: accessGrantMachine,
} as never;

// Nouns without states of their own; their mutations are not about the noun that they start with.
const OTHER_NOUNS = [...Object.keys(MACHINES), 'releaseTemplate', 'dmlItem', 'configurationItems'];

describe('every operation', () => {
  test('declares who may ask', () => {
    const fields = ['Query', 'Mutation', 'Subscription'].flatMap((root) =>
      Object.keys((api.getType(root) as GraphQLObjectType).getFields()),
    );
    expect(operations.map((o) => o.schemaName).sort()).toEqual(fields.sort()); // so that none escapes the walk
    expect(withoutAuthorisation(operations)).toEqual([]);
    expect(withoutAuthorisation([{ schemaName: 'open' }, { schemaName: 'shut', roles: [] }])).toEqual(['open']);
  });

  test('names roles that exist', () => {
    const known = new Set<string>([...ROLES, SIGNED_IN]);
    expect(
      operations.flatMap(({ schemaName, roles = [] }) =>
        roles.filter((role) => !known.has(role)).map((role) => `${schemaName} ${role}`),
      ),
    ).toEqual([]);
  });

  test('that changes something names the roles that may, or checks them itself', () => {
    // Everybody may make tokens and feeds of their own; the use cases look at whose they are.
    const open = served(storage.mutations)
      .filter(({ roles }) => roles?.length === 0)
      .map(({ schemaName }) => schemaName);
    expect(open.filter((name) => !/^(?:accessToken|calendarFeed)/.test(name))).toEqual([]);
  });
});

describe('no field', () => {
  test('that asks for a role is simple', () => {
    const fields = storage.fields as readonly DeclaredField[];
    // there is something to find
    expect(fields.filter((f) => f.roles !== undefined).map((f) => f.schemaName)).toContain('subject');
    expect(unguarded(fields, storage.objectTypes)).toEqual([]);
    class Bad {}
    const guarded = { schemaName: 'secret', target: Bad, roles: ['ADMINISTRATOR'] };
    expect(unguarded([guarded], [{ target: Bad, simpleResolvers: true }])).toEqual(['Bad.secret']);
    expect(unguarded([{ ...guarded, simple: true }], [])).toEqual(['Bad.secret']);
    expect(unguarded([{ ...guarded, simple: false }], [{ target: Bad, simpleResolvers: true }])).toEqual([]);
  });
});

describe('the schema', () => {
  test('explains everything', () => {
    expect(undescribed(api)).toEqual([]);
    const bad = buildSchema(
      `"Root." type Query { "Field." a(b: Int): E c: Int } "Enum." enum E { X } "Input." input I { y: Int }`,
    );
    expect(undescribed(bad).sort()).toEqual(['E.X', 'I.y', 'Query.a(b:)', 'Query.c']);
  });

  test('has every node type among the read models, and none besides', () => {
    const nodes = Object.values(api.getTypeMap()).filter(
      (type) => isObjectType(type) && type.getInterfaces().some((i) => i.name === 'Node'),
    );
    expect(nodes.map((type) => type.name).filter((name) => !(name in readModels))).toEqual([]);
    expect(Object.keys(readModels).filter((name) => !(name in NODE_PREFIXES))).toEqual([]);
  });

  test('has mutations of one shape', () => {
    expect(oddMutations(api)).toEqual([]);
    const bad = buildSchema(
      'type Query { a: Int } input DoInput { a: Int } type DoPayload { a: Int } input XUpdateInput { ' +
        'expectedVersion: Int } type XUpdatePayload { a: Int } type Mutation { do(input: DoInput!, b: Int): ' +
        'DoPayload xUpdate(input: XUpdateInput!): XUpdatePayload! }',
    );
    expect(oddMutations(bad)).toContain('do: takes something else than its own input');
    expect(oddMutations(bad)).toContain('do: answers something else than its own payload');
    expect(oddMutations(bad)).toContain('do: has no idempotencyKey');
    expect(oddMutations(bad)).toContain('xUpdate: is an edit without a required expectedVersion');
    expect(oddMutations(bad)).toContain('xUpdate: has no replayed: Boolean! in its payload');
  });

  test.each(Object.entries(MACHINES))('has a mutation for every command of %s', (_, machine) => {
    expect(missingMutations(api, machine)).toEqual([]);
  });

  test.each(Object.entries(MACHINES))('has a row for every mutation on an existing %s', (noun, machine) => {
    expect(mutationsWithoutRow(api, noun, machine, OTHER_NOUNS)).toEqual([]);
  });

  test('is seen to lack a mutation', () => {
    expect(
      missingMutations(
        buildSchema('type Query { a: Int } type Mutation { configurationItemRetire: Int }'),
        configurationItemMachine as never,
      ),
    ).toContain('configurationItemAuthorise');
    const stray = buildSchema(
      'type Query { a: Int } input StrayInput { id: ID! } type Mutation { configurationItemPaint(input: ' +
        'StrayInput!): Int }',
    );
    expect(mutationsWithoutRow(stray, 'configurationItem', configurationItemMachine as never, [])).toEqual([
      'configurationItemPaint',
    ]);
  });
});
