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
import { BoundedMap } from '../../domain/bounded-map.js';
import type { Context } from '../../resolvers/context.js';
import type { Reads } from '../../reads/reads.js';
import { StatementCache } from '../../reads/single-statement/statement-cache.js';
import { finishSteps, finishText } from '../../reads/single-statement/text.js';
import { inTurns } from '../../facts/turns.js';
import { DOCUMENT_BOUNDS, documentBytes } from './document-store.js';
import { jsonText } from './json-text.js';
import { withForgotten } from './forgotten-variables.js';
import { planningContext } from './planning-context.js';

/** The text of an answer's `data`, built by the database; {@link stringifyResult} sends it as it is. */
export class DataText {
  constructor(readonly text: string) {}
}

/**
 * Turns a result into a body: a line of JSON, as Apollo does by default. Text that is JSON already stays as it is, and
 * a large result is written in turns.
 */
export function stringifyResult(result: {
  readonly data?: unknown;
  readonly extensions?: unknown;
}): string | Promise<string> {
  if (result.data instanceof DataText) return `{"data":${result.data.text}}\n`;
  const text = jsonText(result);
  return typeof text === 'string' ? `${text}\n` : text.then((long) => `${long}\n`);
}

interface Prepared {
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** How often the document came. One-off documents are not worth compiling. */
  seen: number;
  compiled?: CompiledQuery | 'refused';
}

/** Texts of this length, in characters, are finished in turns. */
const LONG_TEXT = 262_144;

/** A document is compiled when it comes for this many times. */
const COMPILE_AFTER = 2;
/** How many times the size of its document compiled code has at most. */
const COMPILED_SIZE = 3;

/** Executes a query by one SQL statement where that is possible, and every other operation by compiled code. */
export class CompiledExecutor {
  readonly #documents = new BoundedMap<Prepared>(DOCUMENT_BOUNDS);
  readonly #statements = new StatementCache();
  readonly #compiling: GraphQLSchema;
  /** What has been executed before Apollo asks for it, by the reads of the request: Apollo copies its context. */
  readonly #handedOver = new WeakMap<Reads, Promise<ExecutionResult>>();

  constructor(readonly schema: GraphQLSchema) {
    const config = schema.toConfig();
    this.#compiling = new GraphQLSchema({ ...config, types: [...config.types, Coerced] });
  }

  /** Size of the operations and of the statements that are kept, in bytes. */
  get bytes(): { readonly operations: number; readonly statements: number } {
    return { operations: this.#documents.bytes, statements: this.#statements.bytes };
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
      this.#documents.set(key, prepared, documentBytes(document));
    }
    prepared.seen++;
    return prepared;
  }

  #variables({ operation, fragments }: Prepared, raw: Record<string, unknown>) {
    const given = withForgotten(this.schema, operation, Object.values(fragments), raw);
    return getVariableValues(this.schema, operation.variableDefinitions ?? [], given, { maxErrors: 10 });
  }

  /**
   * Hands over the result of an operation: if the same request comes through Apollo afterwards, it gets this result,
   * and the operation does not run again.
   */
  handOver({ reads }: Context, result: Promise<ExecutionResult>): void {
    this.#handedOver.set(reads, result);
  }

  /** The result that was handed over for a request. */
  handedOver({ reads }: Context): Promise<ExecutionResult> | undefined {
    return this.#handedOver.get(reads);
  }

  /**
   * Answers exactly as graphql-js does.
   * @param hash a short name of the document.
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
    // graphql-js coerces the variables, so that clients get its messages and codes.
    const variables = this.#variables(prepared, rawVariables);
    if (variables.errors)
      return {
        errors: variables.errors.map(
          (e) => new GraphQLError(e.message, { nodes: e.nodes, extensions: { code: 'BAD_USER_INPUT' } }),
        ),
      };
    const data = await this.#byStatement(key, prepared, variables.coerced, context);
    if (data) return { data: data as never };
    return await this.#byCode(key, prepared, document, operationName, variables.coerced, context);
  }

  /** The answer's `data` by one statement; undefined when the operation has to be executed row by row. */
  async dataText(
    hash: string,
    document: DocumentNode,
    operationName: string | null | undefined,
    rawVariables: Record<string, unknown>,
    context: Context,
  ): Promise<DataText | undefined> {
    const key = `${hash}:${operationName ?? ''}`;
    const prepared = this.#prepare(key, document, operationName);
    const variables = prepared && this.#variables(prepared, rawVariables);
    return variables?.coerced && (await this.#byStatement(key, prepared as Prepared, variables.coerced, context));
  }

  async #byStatement(
    key: string,
    { operation, fragments }: Prepared,
    variables: Record<string, unknown>,
    context: Context,
  ): Promise<DataText | undefined> {
    if (operation.operation !== 'query' || !context.actor) return undefined;
    const statement = await this.#statements.get(key, {
      schema: this.schema,
      operation,
      fragments,
      variables,
      actor: context.actor,
      contextWith: (reads) => planningContext(reads.actor, reads),
    });
    if (!statement) return undefined;
    try {
      const text = await context.reads.text(statement.text, statement.values);
      return new DataText(text.length < LONG_TEXT ? finishText(text) : await inTurns(finishSteps(text)));
    } catch {
      return undefined; // executing it row by row meets the same error and words it
    }
  }

  #compile(document: DocumentNode, operationName: string | null | undefined): CompiledQuery | 'refused' {
    if (!isCompilable(document)) return 'refused';
    const shown = introspects(document);
    // Introspection shows the schema that it is compiled with, so that must be the real one.
    if (shown && this.#takesInputs(document)) return 'refused';
    try {
      const compiled = shown
        ? compileQuery(this.schema, document, operationName ?? undefined)
        : compileQuery(this.#compiling, withoutInputTypes(this.schema, document), operationName ?? undefined);
      return isCompiledQuery(compiled) ? compiled : 'refused';
    } catch {
      return 'refused'; // graphql-js executes whatever is valid
    }
  }

  #takesInputs(document: DocumentNode): boolean {
    return document.definitions.some(
      (d) =>
        d.kind === Kind.OPERATION_DEFINITION &&
        (d.variableDefinitions ?? []).some(({ type }) =>
          isInputObjectType(getNamedType(typeFromAST(this.schema, type as NamedTypeNode))),
        ),
    );
  }

  // graphql-jit does not apply defaults of input fields, so it gets coerced variables. Coercing them again changes
  // nothing: the internal values of our scalars and enums equal the external ones.
  async #byCode(
    key: string,
    prepared: Prepared,
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Record<string, unknown>,
    context: Context,
  ): Promise<ExecutionResult> {
    if (prepared.compiled === undefined && prepared.seen >= COMPILE_AFTER) {
      const fits = this.#documents.set(key, prepared, documentBytes(document) * (1 + COMPILED_SIZE));
      prepared.compiled = fits ? this.#compile(document, operationName) : 'refused';
    }
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

/** The type of a variable that graphql-js has coerced already: it accepts any value. */
const Coerced = new GraphQLScalarType({ name: 'Coerced' });

// graphql-jit generates code that coerces the variables, by following their types. That never ends for a filter, whose
// `and`, `or` and `not` have its own type. The values are coerced before, so the types of inputs can be left out.
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

/** Whether a document asks about the schema itself. */
function introspects(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field: ({ name }) => {
      if (name.value !== '__schema' && name.value !== '__type') return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}

// graphql-jit stores conditions on the field of the document, so the conditions of one use of a fragment leak into the
// others, and a field keeps the place of a mention that a condition removed. It also writes answers into plain objects,
// in which a field named __proto__ vanishes.
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

// graphql-jit's errors have no `extensions`. Apollo treats such errors as foreign and drops their path.
function asGraphQLError(error: GraphQLError): GraphQLError {
  if ((error as { extensions?: unknown }).extensions) return error;
  const made = new GraphQLError(error.message, {
    path: error.path ?? null,
    ...(error.originalError && { originalError: error.originalError }),
  });
  Object.defineProperty(made, 'locations', { value: error.locations, enumerable: true });
  return made;
}

/**
 * Plugs the executor into Apollo by its gateway option, the only one it has for this. Apollo still parses and
 * validates.
 */
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
      // The name in the request: Apollo's own `operationName` is null when no operation has that name, and then the
      // only operation of the document would run instead.
      executor: async ({ queryHash, document, request, context: given }) => {
        const context = given as unknown as Context;
        const result =
          executor.handedOver(context) ??
          executor.execute(queryHash, document, request.operationName, request.variables ?? {}, context);
        return (await result) as never;
      },
    }),
    stop: async () => {},
  };
}
