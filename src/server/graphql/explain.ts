import {
  getOperationAST,
  getVariableValues,
  type GraphQLError,
  Kind,
  parse,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { compile, type CompiledStatement } from '../../database/compile.js';
import type { Actor } from '../../domain/actor.js';
import type { Role } from '../../domain/roles.js';
import { costOf } from '../limits.js';
import { planStatement } from '../../reads/single-statement/single-statement.js';
import { NotPlannable } from '../../reads/single-statement/symbols.js';
import { withForgotten } from './forgotten-variables.js';
import { planningContext } from './planning-context.js';

/** An operation to explain. */
export interface Explained {
  readonly schema: GraphQLSchema;
  /** The GraphQL document. */
  readonly source: string;
  /** Which operation of the document; it can be left out when there is only one. */
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** The roles of the caller: what they may not read, no statement reads. */
  readonly roles: readonly Role[];
}

/** The statement that answers an operation, or why there is none. */
export type Explanation = {
  /** What the operation costs, counted in objects; see `costOf`. */
  readonly cost: number;
} & (
  | { readonly statement: CompiledStatement }
  | {
      /** A sentence that names the field. */
      readonly reason: string;
    }
);

const NOBODY = '00000000-0000-7000-8000-000000000000';

function failOn(errors: readonly GraphQLError[] | undefined): void {
  if (errors && errors.length > 0) throw new Error(errors.map(String).join('\n\n'));
}

function parsed(source: string): DocumentNode {
  try {
    return parse(source);
  } catch (error) {
    throw new Error(String(error), { cause: error });
  }
}

/**
 * Finds the SQL statement of an operation, without a database.
 * @throws Error when the operation is invalid: it does not parse, does not fit the schema, has wrong variables, or
 * reads what the roles do not allow.
 */
export async function explain({ schema, source, operationName, variables, roles }: Explained): Promise<Explanation> {
  const document = parsed(source);
  failOn(validate(schema, document));
  const operation = getOperationAST(document, operationName);
  if (!operation)
    throw new Error(
      operationName === undefined
        ? 'The document has several operations. Name one with --operation.'
        : `The document has no operation "${operationName}".`,
    );
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const given = withForgotten(schema, operation, fragments, variables ?? {});
  const values = getVariableValues(schema, operation.variableDefinitions ?? [], given);
  failOn(values.errors);
  const cost = costOf(schema, document, operation, given);
  const actor: Actor = { id: NOBODY, name: 'explain', roles, via: 'token' };
  try {
    const planned = await planStatement({
      schema,
      operation,
      fragments: Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment])),
      variables: values.coerced ?? {},
      actor,
      contextWith: (reads) => planningContext(actor, reads),
    });
    return { cost, statement: compile(planned) };
  } catch (error) {
    if (error instanceof NotPlannable) return { cost, reason: `${error.message}.` };
    throw error;
  }
}
