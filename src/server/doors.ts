import { Kind, visit, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { RequestError } from '../domain/errors.js';
import { assertCost, type Limits } from './limits.js';
import { checkValues } from './values.js';
import type { Actor } from '../domain/actor.js';

/** The door through which an operation came in. */
export type Door = 'http' | 'websocket';

/** An operation that has been parsed and validated and is about to run. */
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
 * The rules of both doors in one place: access to the schema, the kinds of operation a door takes, values that can be
 * kept, the maximum cost.
 * HTTP answers queries and mutations; the WebSocket carries subscriptions only.
 * @throws RequestError
 */
export function checkAtDoor({ schema, document, operation, variables, actor, door, limits }: DoorCheck): void {
  if (door === 'websocket' && operation.operation !== 'subscription') {
    throw new RequestError(
      'OPERATION_NOT_ALLOWED',
      `The WebSocket only takes subscriptions; send this ${operation.operation} over HTTP.`,
    );
  }
  if (door === 'http' && operation.operation === 'subscription') {
    throw new RequestError(
      'OPERATION_NOT_ALLOWED',
      'Send subscriptions over the WebSocket (protocol graphql-transport-ws) at this same address.',
    );
  }
  if (!actor && asksForSchema(document))
    throw new RequestError('INTROSPECTION_DISABLED', 'Sign in to read the schema.');
  checkValues(schema, document, operation, variables);
  assertCost(schema, document, operation, variables, limits.maxCost);
}
