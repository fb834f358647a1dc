import type { RawBuilder } from 'kysely';
import { RequestError } from '../../domain/errors.js';
import { mayRead } from '../access.js';
import type { ManyEdge, ReadModel, ReadRow } from '../model.js';
import { Reads } from '../reads.js';
import type { Actor } from '../../domain/actor.js';
import type { ListInput, OrderTerm } from '../../domain/list.js';

/** Stands for a column of a row that has not been read yet. */
export class ColumnSymbol {
  /** @param expression the column over the `t` of its own row. */
  constructor(
    readonly field: string,
    readonly expression: RawBuilder<unknown>,
  ) {}
}

/** What a resolver would have read. It travels through the resolver like a row or a page. */
export type ReadSymbol =
  | { readonly kind: 'one'; readonly model: ReadModel; readonly id: ColumnSymbol | string | null }
  | { readonly kind: 'edge'; readonly model: ReadModel; readonly edge: ManyEdge; readonly input: ListInput }
  | {
      readonly kind: 'list';
      readonly model: ReadModel;
      readonly input: ListInput;
      readonly fallback: readonly OrderTerm[];
      readonly scope: RawBuilder<unknown> | undefined;
    };

const SYMBOL = Symbol('read');

/** Thrown when a resolver does something that one statement cannot express; the operation then runs the ordinary way. */
export class NotPlannable extends Error {}

const carry = (symbol: ReadSymbol): never => ({ [SYMBOL]: symbol }) as never;

/** What a resolver returned, if it is (or is a copy of) something that {@link SymbolicReads} gave out. */
export function symbolIn(
  value: unknown,
): { readonly symbol: ReadSymbol; readonly typename: string | undefined } | undefined {
  if (value === null || typeof value !== 'object' || !(SYMBOL in value)) return undefined;
  const carrier = value as { [SYMBOL]: ReadSymbol; __typename?: unknown };
  return { symbol: carrier[SYMBOL], typename: typeof carrier.__typename === 'string' ? carrier.__typename : undefined };
}

/** A row of a model in which every field is a symbol: the root for the resolvers of its type. */
export function symbolicRow(model: ReadModel): Record<string, ColumnSymbol> {
  return Object.fromEntries(
    Object.entries(model.expressions).map(([field, expression]) => [field, new ColumnSymbol(field, expression)]),
  );
}

/**
 * Reads that read nothing: each call is answered with a symbol of what it would have read. A resolver that is one line to the
 * reads does not notice; anything cleverer ends in {@link NotPlannable} or in a result without a symbol.
 */
export class SymbolicReads extends Reads {
  constructor(actor: Actor) {
    super(
      {
        query: () => {
          throw new NotPlannable('a statement of its own');
        },
      },
      actor,
    );
  }

  #check(model: ReadModel): void {
    if (!mayRead(this.actor, model)) throw new RequestError('FORBIDDEN', `You may not read ${model.type}.`);
  }

  override async byId<Row extends ReadRow>(model: ReadModel<Row>, id: string | null | undefined): Promise<Row | null> {
    this.#check(model);
    const given = id as unknown;
    if (given !== null && given !== undefined && typeof given !== 'string' && !(given instanceof ColumnSymbol))
      throw new NotPlannable('an id that was computed');
    return carry({ kind: 'one', model, id: (given ?? null) as ColumnSymbol | string | null });
  }

  override async edge<Row extends ReadRow>(edge: ManyEdge<Row>, parentId: string, input: ListInput): Promise<never> {
    this.#check(edge.model);
    const parent = parentId as unknown;
    if (!(parent instanceof ColumnSymbol) || parent.field !== 'id')
      throw new NotPlannable('an edge that does not hang on its root');
    return carry({ kind: 'edge', model: edge.model, edge: edge as unknown as ManyEdge, input });
  }

  override async page<Row extends ReadRow>(
    model: ReadModel<Row>,
    input: ListInput,
    fallback: readonly OrderTerm[] = [],
    scope?: RawBuilder<unknown>,
  ): Promise<never> {
    this.#check(model);
    return carry({ kind: 'list', model, input, fallback, scope });
  }

  override async batch(): Promise<never> {
    throw new NotPlannable('a batch');
  }
}
