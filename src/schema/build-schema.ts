import {
  assertValidSchema,
  GraphQLNonNull,
  GraphQLSchema,
  isInterfaceType,
  isObjectType,
  type GraphQLObjectType,
} from 'graphql';
import { buildSchemaSync, getMetadataStorage, type AuthChecker, type NonEmptyArray } from 'type-graphql';
import { NODE_PREFIXES, toNodeId, type NodeType } from '../domain/node-id.js';
import { registerMutationNames } from './mutation-name.js';

// Type-GraphQL requires a PubSub once a subscription exists. Every subscription here has its own stream from the event
// log.
const noTopics = (): never => {
  throw new Error('Subscriptions declare `subscribe`; topics are not used.');
};
const streamsOnly = { publish: noTopics, subscribe: noTopics };

/** A list that counts its items when the client requests the total. */
interface Counted {
  count(): Promise<number>;
}

/** Lets a type show public ids. Every type that has an id prefix goes through here, `Event` included. */
function encodeIds(type: GraphQLObjectType): void {
  const id = type.getFields()['id'];
  if (id) id.resolve = (row: { id: string }) => toNodeId(type.name as NodeType, row.id);
}

/** Lets a snapshot show the public id of the object that it is of. */
function encodeObjectId(type: GraphQLObjectType): void {
  const id = type.getFields()['objectId'];
  const of = type.name.replace(/Snapshot$/, '') as NodeType;
  if (id) id.resolve = (row: { id: string }) => toNodeId(of, row.id);
}

const ROOTS: Readonly<Record<string, string>> = {
  Query:
    'Read operations. Lists are Relay connections. `node` fetches any object by its id; `viewer` returns the ' +
    'signed-in person.',
  Mutation:
    'Write operations, one mutation per intent. `userErrors` lists every rule that refused a command; then nothing ' +
    'was written.',
  Subscription:
    'Live streams over the WebSocket protocol graphql-transport-ws. A stream resumes `after` a cursor, without gaps ' +
    'or duplicates.',
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
 * Builds the schema from the resolver classes, then adds what decorators cannot express: ids, lazy totals, the query
 * root in payloads.
 * @param authChecker decides whether an actor can run an operation that declares `@Authorized`.
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
    // Type-GraphQL resolves interfaces asynchronously, but compiled operations are synchronous here. Rows carry their
    // type name.
    if (isInterfaceType(type)) type.resolveType = (value: { __typename?: string }) => value.__typename;
    if (!isObjectType(type)) continue;
    type.description ??= ROOTS[type.name];
    if (type.name in NODE_PREFIXES) encodeIds(type);
    if (type.name.endsWith('Snapshot')) encodeObjectId(type);
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
