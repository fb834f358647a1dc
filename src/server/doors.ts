import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { RequestError } from '../domain/errors.js';
import { assertConditions } from './conditions.js';
import { assertCost, type Limits } from './limits.js';
import { checkValues } from './values.js';

/** The door through which an operation came in. */
export type Door = 'http' | 'websocket';

/** An operation that has been parsed and validated and is about to run. */
export interface DoorCheck {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly door: Door;
  readonly limits: Limits;
}

/**
 * The rules of both doors in one place: the kinds of operation a door takes, values that can be kept, the maximum cost.
 * Callers without credentials do not come this far: see {@link Entrance}.
 * HTTP answers queries and mutations; the WebSocket carries subscriptions only.
 * @throws RequestError
 */
export function checkAtDoor({ schema, document, operation, variables, door, limits }: DoorCheck): void {
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
  checkValues(schema, document, operation, variables);
  assertConditions(document, operation, variables);
  assertCost(schema, document, operation, variables, limits.maxCost);
}
