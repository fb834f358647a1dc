import { Kind, visit, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { RequestError } from '../domain/errors.js';
import { assertCost, type Limits } from './limits.js';
import type { Actor } from '../domain/actor.js';

/** Through which door an operation came in. */
export type Door = 'http' | 'websocket';

/** What is asked of one operation after it was parsed and validated, and before it runs. */
export interface DoorCheck {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly actor: Actor | null;
  readonly door: Door;
  readonly limits: Limits;
}

function asksForSchema(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    [Kind.FIELD]: (node) => {
      if (node.name.value === '__schema' || node.name.value === '__type') found = true;
    },
  });
  return found;
}

/**
 * The rules of both doors in one place: who may look at the schema, which kinds of operation a door takes, how much may
 * be asked.
 * HTTP answers queries and mutations; the WebSocket carries subscriptions only.
 * @throws RequestError
 */
export function checkAtDoor({ schema, document, operation, variables, actor, door, limits }: DoorCheck): void {
  if (door === 'websocket' && operation.operation !== 'subscription') {
    throw new RequestError(
      'OPERATION_NOT_ALLOWED',
      `Only subscriptions go over the WebSocket; send this ${operation.operation} over HTTP.`,
    );
  }
  if (door === 'http' && operation.operation === 'subscription') {
    throw new RequestError(
      'OPERATION_NOT_ALLOWED',
      'Subscriptions go over the WebSocket (protocol graphql-transport-ws) on this same address.',
    );
  }
  if (!actor && asksForSchema(document))
    throw new RequestError('INTROSPECTION_DISABLED', 'Sign in to look at the schema.');
  assertCost(schema, document, operation, variables, limits.maxCost);
}
