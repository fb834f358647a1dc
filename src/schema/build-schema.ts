import {
  assertValidSchema,
  GraphQLNonNull,
  GraphQLSchema,
  isInterfaceType,
  isObjectType,
  type GraphQLObjectType,
} from 'graphql';
import { buildSchemaSync, getMetadataStorage, type AuthChecker, type NonEmptyArray } from 'type-graphql';
import { toNodeId, type NodeType } from '../domain/node-id.js';
import { registerMutationNames } from './mutation-name.js';

// Type-GraphQL asks for a PubSub as soon as there is a subscription; ours all bring their own stream from the event log.
const noTopics = (): never => {
  throw new Error('Subscriptions declare `subscribe`; topics are not used.');
};
const streamsOnly = { publish: noTopics, subscribe: noTopics };

/** A list that can count itself when the client asks. */
interface Counted {
  count(): Promise<number>;
}

/** Public ids are made from database ids in one place: here, for every type that has one. */
function encodeIds(type: GraphQLObjectType): void {
  const id = type.getFields()['id'];
  if (id) id.resolve = (row: { id: string }) => toNodeId(type.name as NodeType, row.id);
}

const ROOTS: Readonly<Record<string, string>> = {
  Query:
    'Everything that can be asked. Lists are Relay connections; `node` fetches any object by its id; `viewer` says who you are.',
  Mutation:
    'Everything that can be done, one mutation for each intent. What a rule refuses comes back as `userErrors`, all at once, and then nothing was written.',
  Subscription:
    'What can be followed live, over the WebSocket protocol graphql-transport-ws. Streams resume `after` a cursor, without gaps or duplicates.',
};

const prototypes = new WeakMap<GraphQLObjectType, object>();

/**
 * The prototype of the class that declares a type, as the field resolvers of the type know it.
 * @param type of a schema that {@link buildSchema} made; other types have the prototype of all objects.
 */
export const rowPrototype = (type: GraphQLObjectType): object => prototypes.get(type) ?? (Object.prototype as object);

function notePrototypes(schema: GraphQLSchema, resolvers: readonly Function[]): void {
  const { fieldResolvers, resolverClasses, objectTypes } = getMetadataStorage();
  const owners = new Set(fieldResolvers.map(({ target }) => target).filter((target) => resolvers.includes(target)));
  for (const { target: resolver, getObjectType } of resolverClasses) {
    if (!owners.has(resolver)) continue;
    const declared = objectTypes.find(({ target }) => target === getObjectType());
    const type = declared && schema.getType(declared.name);
    if (isObjectType(type)) prototypes.set(type, declared?.target.prototype as object);
  }
}

/**
 * Builds the schema from the resolver classes and finishes what decorators cannot say: ids, lazy totals, the root in payloads.
 * @param authChecker decides who may run the operations that declare `@Authorized`.
 */
export function buildSchema<C extends object, R extends string>(
  resolvers: NonEmptyArray<Function>,
  authChecker: AuthChecker<C, R>,
): GraphQLSchema {
  registerMutationNames();
  const schema = buildSchemaSync({
    resolvers,
    validate: false,
    authChecker,
    nullableByDefault: false,
    pubSub: streamsOnly,
    skipCheck: true,
  });
  notePrototypes(schema, resolvers);
  const query = schema.getQueryType();
  for (const type of Object.values(schema.getTypeMap())) {
    // Type-GraphQL resolves interfaces asynchronously, which compiled operations cannot wait for; our rows say what they are.
    if (isInterfaceType(type)) type.resolveType = (value: { __typename?: string }) => value.__typename;
    if (!isObjectType(type)) continue;
    type.description ??= ROOTS[type.name];
    if (type.getInterfaces().some((i) => i.name === 'Node')) encodeIds(type);
    if (type.name.endsWith('Connection')) {
      const total = type.getFields()['totalCount'];
      if (total) total.resolve = async (page: Counted) => await page.count();
    }
    const root = type.getFields()['query'];
    if (type.name.endsWith('Payload') && root && query) root.type = new GraphQLNonNull(query);
  }
  const config = schema.toConfig();
  const finished = new GraphQLSchema({ ...config, types: config.types.filter((t) => t.name !== 'QueryPlaceholder') });
  assertValidSchema(finished);
  return finished;
}
