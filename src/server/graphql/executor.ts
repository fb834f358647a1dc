import type { ApolloServerOptions } from '@apollo/server';
import {
  BREAK,
  execute,
  getOperationAST,
  getVariableValues,
  getNamedType,
  GraphQLError,
  GraphQLScalarType,
  GraphQLSchema,
  isInputObjectType,
  Kind,
  typeFromAST,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit';
import type { Context } from '../../resolvers/context.js';
import { StatementCache } from '../../reads/single-statement/statement-cache.js';
import { finishText } from '../../reads/single-statement/text.js';
import type { ReadDatabase } from '../../database/read-database.js';
import { planningContext } from './planning-context.js';

/** The text of an answer's `data`, made by the database; {@link stringifyResult} passes it through. */
export class DataText {
  constructor(readonly text: string) {}
}

/** How results become bodies: as Apollo does it by default (a line of JSON), but text that is JSON already stays as it is. */
export function stringifyResult(result: { readonly data?: unknown; readonly extensions?: unknown }): string {
  return result.data instanceof DataText ? `{"data":${result.data.text}}\n` : `${JSON.stringify(result)}\n`;
}

interface Prepared {
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Seen so often that compiling pays; a flood of one-off documents must not keep the compiler busy. */
  seen: number;
  compiled?: CompiledQuery | 'refused';
}

/** A document is compiled when it comes this often. */
const COMPILE_AFTER = 2;
const MAX_DOCUMENTS = 1_000;

/** Executes operations: queries that one SQL statement can answer by that statement, all others compiled. */
export class CompiledExecutor {
  readonly #documents = new Map<string, Prepared>();
  readonly #statements = new StatementCache();
  readonly #compiling: GraphQLSchema;

  constructor(
    readonly schema: GraphQLSchema,
    readonly readDatabase: ReadDatabase,
  ) {
    const config = schema.toConfig();
    this.#compiling = new GraphQLSchema({ ...config, types: [...config.types, Coerced] });
  }

  #prepare(key: string, document: DocumentNode, operationName: string | null | undefined): Prepared | undefined {
    let prepared = this.#documents.get(key);
    if (!prepared) {
      const operation = getOperationAST(document, operationName);
      if (!operation) return undefined;
      const fragments = Object.fromEntries(
        document.definitions.filter((d) => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]),
      );
      prepared = { operation, fragments, seen: 0 };
      if (this.#documents.size >= MAX_DOCUMENTS) this.#documents.delete(this.#documents.keys().next().value as string);
      this.#documents.set(key, prepared);
    }
    prepared.seen++;
    return prepared;
  }

  /**
   * Answers exactly as graphql-js does.
   * @param hash names the document.
   */
  async execute(
    hash: string,
    document: DocumentNode,
    operationName: string | null | undefined,
    rawVariables: Record<string, unknown>,
    context: Context,
  ): Promise<ExecutionResult> {
    const key = `${hash}:${operationName ?? ''}`;
    const prepared = this.#prepare(key, document, operationName);
    if (!prepared) {
      const text =
        operationName == null
          ? 'Must provide operation name if query contains multiple operations.'
          : `Unknown operation named "${operationName}".`;
      return { errors: [new GraphQLError(text, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } })] };
    }
    // graphql-js coerces the variables, so that its texts and codes are the ones that clients see.
    const variables = getVariableValues(this.schema, prepared.operation.variableDefinitions ?? [], rawVariables, {
      maxErrors: 10,
    });
    if (variables.errors)
      return {
        errors: variables.errors.map(
          (e) => new GraphQLError(e.message, { nodes: e.nodes, extensions: { code: 'BAD_USER_INPUT' } }),
        ),
      };
    const data = await this.#byStatement(key, prepared, variables.coerced, context);
    if (data) return { data: data as never };
    return await this.#byCode(prepared, document, operationName, variables.coerced, context);
  }

  /** The answer's `data` when one statement gives it; undefined when the operation must go the ordinary way, for whatever reason. */
  async dataText(
    hash: string,
    document: DocumentNode,
    operationName: string | null | undefined,
    rawVariables: Record<string, unknown>,
    context: Context,
  ): Promise<DataText | undefined> {
    const key = `${hash}:${operationName ?? ''}`;
    const prepared = this.#prepare(key, document, operationName);
    const variables =
      prepared &&
      getVariableValues(this.schema, prepared.operation.variableDefinitions ?? [], rawVariables, { maxErrors: 10 });
    return variables?.coerced && (await this.#byStatement(key, prepared as Prepared, variables.coerced, context));
  }

  async #byStatement(
    key: string,
    { operation, fragments }: Prepared,
    variables: Record<string, unknown>,
    context: Context,
  ): Promise<DataText | undefined> {
    if (operation.operation !== 'query' || !context.actor) return undefined;
    const { expiresAt: _checkedAtTheDoor, ...actor } = context.actor;
    const statement = await this.#statements.get(key, {
      schema: this.schema,
      operation,
      fragments,
      variables,
      actor,
      contextWith: (reads) => planningContext(actor, reads),
    });
    if (!statement) return undefined;
    try {
      return new DataText(finishText(await this.readDatabase.text(statement.text, statement.values)));
    } catch {
      return undefined; // the ordinary way meets the same trouble and words it properly
    }
  }

  #compile(document: DocumentNode, operationName: string | null | undefined): CompiledQuery | 'refused' {
    if (!isCompilable(document)) return 'refused';
    try {
      const compiled = compileQuery(
        this.#compiling,
        withoutInputTypes(this.schema, document),
        operationName ?? undefined,
      );
      return isCompiledQuery(compiled) ? compiled : 'refused';
    } catch {
      return 'refused'; // graphql-js can run whatever is valid
    }
  }

  // Coerced variables, because graphql-jit knows no defaults of input fields; coercing them once more changes nothing, for all our
  // scalars and enums are inside what they are outside.
  async #byCode(
    prepared: Prepared,
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Record<string, unknown>,
    context: Context,
  ): Promise<ExecutionResult> {
    if (prepared.compiled === undefined && prepared.seen >= COMPILE_AFTER)
      prepared.compiled = this.#compile(document, operationName);
    if (prepared.compiled === undefined || prepared.compiled === 'refused') {
      return await execute({
        schema: this.schema,
        document,
        operationName: operationName ?? null,
        variableValues: variables,
        contextValue: context,
      });
    }
    const result = (await prepared.compiled.query(undefined, context, variables)) as ExecutionResult;
    if (!result.errors) return result;
    return { ...result, errors: result.errors.map(asGraphQLError) };
  }
}

/** The type of a variable whose value graphql-js has coerced already: anything passes. */
const Coerced = new GraphQLScalarType({ name: 'Coerced' });

// graphql-jit writes code that coerces the variables and follows their types as deep as they go; a filter has `and`, `or` and `not`
// of its own type, so it would never come to an end. The values are coerced before, so it need not know what an input is made of.
function withoutInputTypes(schema: GraphQLSchema, document: DocumentNode): DocumentNode {
  const simple = (definition: VariableDefinitionNode): VariableDefinitionNode => {
    const type = typeFromAST(schema, definition.type as NamedTypeNode);
    if (!isInputObjectType(getNamedType(type))) return definition;
    return {
      kind: Kind.VARIABLE_DEFINITION,
      variable: definition.variable,
      type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: Coerced.name } },
    };
  };
  return {
    ...document,
    definitions: document.definitions.map((d) =>
      d.kind === Kind.OPERATION_DEFINITION
        ? { ...d, variableDefinitions: (d.variableDefinitions ?? []).map(simple) }
        : d,
    ),
  };
}

// graphql-jit notes conditions on the field as it stands in the document, so that those of one use of a fragment leak into its others,
// and gives a field its place in the answer even where the condition removed its first mention. And it writes answers into plain
// objects, in which a field named __proto__ vanishes.
function isCompilable(document: DocumentNode): boolean {
  let compilable = true;
  const refuse = () => {
    compilable = false;
    return BREAK;
  };
  visit(document, {
    Directive: ({ name }) => (name.value === 'skip' || name.value === 'include' ? refuse() : undefined),
    Field: ({ alias }) => (alias?.value === '__proto__' ? refuse() : undefined),
  });
  return compilable;
}

// graphql-jit's errors lack `extensions`, without which Apollo takes them for foreign and drops their path.
function asGraphQLError(error: GraphQLError): GraphQLError {
  if ((error as { extensions?: unknown }).extensions) return error;
  const made = new GraphQLError(error.message, {
    path: error.path ?? null,
    ...(error.originalError && { originalError: error.originalError }),
  });
  Object.defineProperty(made, 'locations', { value: error.locations, enumerable: true });
  return made;
}

/** Plugs the executor into Apollo, whose only door for one is the gateway option; parsing, validation and plugins stay Apollo's. */
export function asGateway(
  schema: GraphQLSchema,
  executor: CompiledExecutor,
): NonNullable<ApolloServerOptions<Context>['gateway']> {
  return {
    onSchemaLoadOrUpdate: (callback) => {
      callback({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => {};
    },
    load: async () => ({
      // The name as it was asked for: Apollo's own `operationName` is null when no operation has that name, and then the only
      // operation of the document would run in its place.
      executor: async ({ queryHash, document, request, context }) =>
        (await executor.execute(
          queryHash,
          document,
          request.operationName,
          request.variables ?? {},
          context as unknown as Context,
        )) as never,
    }),
    stop: async () => {},
  };
}
