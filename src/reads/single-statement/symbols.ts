import type { RawBuilder } from 'kysely';
import type { Actor } from '../../domain/actor.js';
import { RequestError } from '../../domain/errors.js';
import type { ListInput, OrderTerm } from '../../domain/list.js';
import { mayRead } from '../access.js';
import type { ManyEdge, ReadModel, ReadRow } from '../model.js';
import type { Moment } from '../../facts/past.js';
import { Reads } from '../reads.js';

/**
 * Thrown when one statement cannot express what a resolver does; the operation then runs row by row. The message names
 * the field and the reason.
 */
export class NotPlannable extends Error {}

/** A column of the row that a resolver is asked about. */
export interface Column {
  readonly field: string;
  /** The column over the `t` of its own row. */
  readonly expression: RawBuilder<unknown>;
}

/** What a resolver reads: the call that it made, with the key column in place of a key. */
export type ReadSymbol =
  | {
      readonly kind: 'one';
      readonly model: ReadModel;
      /** A string when the key does not come from the row, e.g. the argument of `node`. */
      readonly id: Column | string;
      /** True when the result is a member of an interface, so that the type comes from the model. */
      readonly asNode: boolean;
    }
  | {
      readonly kind: 'edge';
      readonly model: ReadModel;
      readonly edge: ManyEdge;
      readonly parent: Column | string;
      readonly input: ListInput;
    }
  | {
      readonly kind: 'list';
      readonly model: ReadModel;
      readonly input: ListInput;
      readonly fallback: readonly OrderTerm[];
      readonly scope: RawBuilder<unknown> | undefined;
    }
  | { readonly kind: 'past'; readonly model: ReadModel; readonly moment: Moment };

/** What one call of a resolver did with the symbols it was given. */
export interface Trial {
  /** The resolver, e.g. `Release.owner`. */
  readonly field: string;
  /** Fields of the row that it looked at. */
  readonly looked: Set<string>;
  readonly reads: ReadSymbol[];
  /** What the last read answered. */
  answer: unknown;
  /** Why no plan can follow from this call. A resolver that swallows the exception does not swallow this. */
  refusal: string | undefined;
}

const INSPECTIONS = [
  'has',
  'ownKeys',
  'getOwnPropertyDescriptor',
  'set',
  'defineProperty',
  'deleteProperty',
  'setPrototypeOf',
  'isExtensible',
  'preventExtensions',
] as const satisfies readonly (keyof ProxyHandler<object>)[];

/**
 * Reads that read nothing. Each call is answered with a symbol of what it would have read, and noted in the current
 * trial, where {@link askResolver} judges it. All symbols refuse to be looked into: whatever JavaScript lets an object
 * notice (property access, conversion to a string or number, enumeration) throws {@link NotPlannable}.
 */
export class SymbolicReads extends Reads {
  #trial: Trial = { field: '', looked: new Set(), reads: [], answer: undefined, refusal: undefined };
  #found = true;
  readonly #columns = new WeakMap<object, Column>();

  constructor(actor: Actor) {
    super({ query: () => this.refuse('runs a statement of its own') }, actor);
  }

  /** Starts a trial. @param found what a read of one row answers: a symbol of the row, or null as for a missing row. */
  begin(field: string, found: boolean): Trial {
    this.#found = found;
    this.#trial = { field, looked: new Set(), reads: [], answer: undefined, refusal: undefined };
    return this.#trial;
  }

  /** Ends the current trial without a plan. @throws NotPlannable always */
  refuse(reason: string): never {
    this.#trial.refusal ??= `${this.#trial.field} ${reason}`;
    throw new NotPlannable(this.#trial.refusal);
  }

  /** Stands for something that a resolver may hold and pass on, but not look into. */
  opaque(what: string): object {
    const refuse = () => this.refuse(`looks into ${what}`);
    return new Proxy(Object.freeze({}), new Proxy({}, { get: () => refuse }));
  }

  /**
   * A row that notes which fields a resolver looks at.
   * @param prototype of the class of the rows, so that Type-GraphQL passes the row on as it is instead of copying it.
   * @param value the value of every field; undefined for symbols of the columns.
   */
  row(model: ReadModel, prototype: object, value?: string | null): object {
    const inspected = () => this.refuse('inspects its row as a whole');
    return new Proxy(Object.create(prototype) as object, {
      ...Object.fromEntries(INSPECTIONS.map((trap) => [trap, inspected])),
      get: (target, field, row): unknown => {
        if (typeof field === 'string' && Object.hasOwn(model.expressions, field)) {
          this.#trial.looked.add(field);
          return value === undefined ? this.#column(model, field) : value;
        }
        if (field === 'then') return undefined; // Type-GraphQL and `await` look it up on everything
        // Getters and methods of the class look at the fields through this proxy in turn.
        if (field in prototype) return Reflect.get(target, field, row);
        return this.refuse(`looks at ${String(field)}, which is no column`);
      },
    });
  }

  #column(model: ReadModel, field: string): object {
    const symbol = this.opaque(`the value of ${field}`);
    this.#columns.set(symbol, { field, expression: model.expressions[field] as RawBuilder<unknown> });
    return symbol;
  }

  #key(given: unknown): Column | string {
    const key = typeof given === 'string' ? given : this.#columns.get(given as object);
    return key ?? this.refuse('computes a key');
  }

  #note(symbol: ReadSymbol, found = true): never {
    this.#trial.reads.push(symbol);
    const refuse = () => this.refuse('looks into what it reads');
    const get = (_: object, name: string | symbol) => (name === 'then' ? undefined : refuse());
    const traps = Object.fromEntries([...INSPECTIONS, 'getPrototypeOf'].map((trap) => [trap, refuse]));
    this.#trial.answer = found ? new Proxy({}, { ...traps, get }) : null;
    return this.#trial.answer as never;
  }

  #check(model: ReadModel): void {
    if (!mayRead(this.actor, model)) throw new RequestError('FORBIDDEN', `You are not allowed to read ${model.type}.`);
  }

  async #one(model: ReadModel, id: unknown, asNode: boolean): Promise<never> {
    this.#check(model);
    if (id === null || id === undefined) return null as never;
    return this.#note({ kind: 'one', model, id: this.#key(id), asNode }, this.#found);
  }

  override async byId<Row extends ReadRow>(model: ReadModel<Row>, id: string | null | undefined): Promise<Row | null> {
    return await this.#one(model, id, false);
  }

  override async node<Row extends ReadRow>(model: ReadModel<Row>, id: string | null | undefined): Promise<never> {
    return await this.#one(model, id, true);
  }

  override async edge<Row extends ReadRow>(edge: ManyEdge<Row>, parentId: string, input: ListInput): Promise<never> {
    this.#check(edge.model);
    const parent = this.#key(parentId);
    if (typeof parent !== 'string' && parent.field !== 'id') this.refuse('reads an edge of another object');
    return this.#note({ kind: 'edge', model: edge.model, edge: edge as unknown as ManyEdge, parent, input });
  }

  override async page<Row extends ReadRow>(
    model: ReadModel<Row>,
    input: ListInput,
    fallback: readonly OrderTerm[] = [],
    scope?: RawBuilder<unknown>,
  ): Promise<never> {
    this.#check(model);
    return this.#note({ kind: 'list', model, input, fallback, scope });
  }

  override async past<Row extends ReadRow>(model: ReadModel<Row>, moment: Moment): Promise<never> {
    this.#check(model);
    return this.#note({ kind: 'past', model, moment });
  }

  /** The tables that the statement names below a snapshot are those of its moment. */
  override in(): this {
    return this;
  }

  override async byIds(): Promise<never> {
    return this.refuse('reads a list of ids');
  }

  override async batch(): Promise<never> {
    return this.refuse('computes its result from a batch');
  }

  override get perRow(): never {
    return this.refuse('decides by its row');
  }
}
