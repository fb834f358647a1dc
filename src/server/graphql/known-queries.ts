import type { FastifyReply, FastifyRequest } from 'fastify';
import { Kind, visit, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { bytesOf, BoundedMap } from '../../domain/bounded-map.js';
import type { Context } from '../../resolvers/context.js';
import { assertConditions, filtersVary } from '../conditions.js';
import { checkAtDoor } from '../doors.js';
import { DOCUMENT_BOUNDS, documentBytes } from './document-store.js';
import { stringifyResult, type CompiledExecutor } from './executor.js';
import type { Limits } from '../limits.js';
import { checkVariables } from '../values.js';

/** What {@link KnownQueries} needs. */
export interface KnownQueriesOptions {
  readonly schema: GraphQLSchema;
  readonly executor: CompiledExecutor;
  readonly limits: Limits;
}

interface KnownQuery {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** The executor's short name of the document. */
  readonly hash: string;
}

// Whether a page size (or a list of ids, which counts as one) comes from a variable: then every request must be
// checked.
function sizesVary(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    [Kind.ARGUMENT]: ({ name, value }) => {
      if (['first', 'last', 'ids'].includes(name.value) && value.kind !== Kind.INT) found = true;
    },
  });
  return found;
}

/** How many content types are remembered, by the header that asks for them. */
const CONTENT_TYPES = { entries: 100, bytes: 131_072 };

const keyOf = (text: string, operationName: string) => `${operationName}\n${text}`;

/**
 * The short way to an answer, for operations that Apollo has parsed and validated before: queries that one SQL
 * statement answers, and mutations. Clients send the same few hundred documents again and again; for a small query
 * Apollo's pipeline costs more than everything else together.
 *
 * Whatever depends on more than the document is checked every time, by the same functions: the caller, and the limits
 * of the door. Anything unusual (another method, extensions, errors of any kind) goes through Apollo, which reports it
 * properly.
 */
export class KnownQueries {
  readonly #queries = new BoundedMap<KnownQuery>(DOCUMENT_BOUNDS);
  readonly #contentTypes = new BoundedMap<string>(CONTENT_TYPES);
  /** Queries that pass the door whatever their variables are. */
  readonly #admitted = new WeakSet<KnownQuery>();
  /** Queries whose filters depend on the variables. */
  readonly #filtering = new WeakSet<KnownQuery>();

  constructor(readonly options: KnownQueriesOptions) {}

  /** Size of all queries together, in bytes. */
  get bytes(): number {
    return this.#queries.bytes;
  }

  /** Notes a query or a mutation that is valid. */
  learn(text: string, operationName: string | null | undefined, known: KnownQuery): void {
    if (known.operation.operation === 'subscription') return;
    const key = keyOf(text, operationName ?? '');
    if (this.#queries.has(key)) return;
    this.#queries.set(key, known, documentBytes(known.document));
  }

  /** Notes the content type by which Apollo answers a client that accepts these media types. */
  learnContentType(accept: string | undefined, contentType: unknown): void {
    if (typeof contentType === 'string' && !this.#contentTypes.has(accept ?? ''))
      this.#contentTypes.set(accept ?? '', contentType, bytesOf(contentType));
  }

  /**
   * @returns the body, after the head has been written to the reply; undefined when the request must go through Apollo.
   */
  async answer(request: FastifyRequest, reply: FastifyReply, context: Context): Promise<string | undefined> {
    const { method, headers } = request;
    const body = request.body as
      { query?: unknown; operationName?: unknown; variables?: unknown; extensions?: unknown } | null | undefined;
    if (
      method !== 'POST' ||
      body === null ||
      typeof body !== 'object' ||
      !headers['content-type']?.startsWith('application/json')
    )
      return undefined;
    const { query, operationName = null, variables = null, extensions = null } = body;
    if (typeof query !== 'string' || (operationName !== null && typeof operationName !== 'string')) return undefined;
    if (extensions !== null || typeof variables !== 'object' || Array.isArray(variables)) return undefined;
    const key = keyOf(query, operationName ?? '');
    const known = this.#queries.get(key);
    const contentType = this.#contentTypes.get(headers.accept ?? '');
    if (!known || contentType === undefined) return undefined;
    const { schema, limits } = this.options;
    try {
      const given = (variables ?? {}) as Record<string, unknown>;
      if (!this.#admitted.has(known)) {
        checkAtDoor({
          schema,
          document: known.document,
          operation: known.operation,
          variables: given,
          door: 'http',
          limits,
        });
        if (!sizesVary(known.document)) this.#admitted.add(known);
        if (filtersVary(known.document)) this.#filtering.add(known);
      } else {
        checkVariables(given);
        if (this.#filtering.has(known)) assertConditions(known.document, known.operation, given);
      }
      const result = await this.#run(known, operationName, given, context);
      if (result === undefined) return undefined;
      void reply.code(200).header('content-type', contentType);
      return stringifyResult(result);
    } catch {
      return undefined;
    }
  }

  // A mutation runs once: what it did, Apollo gets to report if it did not go well.
  async #run(
    { hash, document, operation }: KnownQuery,
    operationName: string | null,
    variables: Record<string, unknown>,
    context: Context,
  ): Promise<{ readonly data: unknown } | undefined> {
    const { executor } = this.options;
    if (operation.operation === 'query') {
      const data = await executor.dataText(hash, document, operationName, variables, context);
      return data && { data };
    }
    const running = executor.execute(hash, document, operationName, variables, context);
    executor.handOver(context, running);
    const { data, errors } = await running;
    return errors ? undefined : { data };
  }
}
