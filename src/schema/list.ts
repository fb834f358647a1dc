import { Args, ArgsType, Field, InputType, type ClassType } from 'type-graphql';
import type { NodeType } from '../domain/node-id.js';
import { connectionType, PageArgs, type ConnectionClass } from './connection.js';
import { enumFrom, OrderDirection } from './enums.js';
import { Combinable, DateTimeFilter, IdFilter, IntFilter, StringFilter } from './filters.js';

/** Kind of comparison on the read side; see its `FilterSpec`. */
export type FilterKind = 'text' | 'instant' | 'int' | 'flag' | 'enum' | 'list' | 'id' | 'custom';

/** A filter field of a list, declared once for the API and for the SQL. */
export interface FilterField<Kind extends FilterKind = FilterKind> {
  readonly kind: Kind;
  /** GraphQL type of the comparison. */
  readonly type: unknown;
  readonly description: string;
  /** Only for `id`: type of the referenced object. */
  readonly node?: NodeType;
}

/** A sort field of a list. */
export interface OrderField {
  readonly kind: 'text' | 'instant' | 'int';
  readonly description: string;
}

/** Text: compared as text, or sorted alphabetically, as people do in any language. */
export const text = (description: string) => ({ kind: 'text', type: StringFilter, description }) as const;
/** Instant: compared and sorted by time. */
export const instant = (description: string) => ({ kind: 'instant', type: DateTimeFilter, description }) as const;
/** Whole number. */
export const int = (description: string) => ({ kind: 'int', type: IntFilter, description }) as const;
/** Boolean. */
export const flag = (description: string) => ({ kind: 'flag', type: Boolean, description }) as const;
/**
 * Reference by id, e.g. `id('Person', 'Owner of the release.')`. The column is `<field>_id` unless the read model
 * differs.
 */
export const id = (node: NodeType, description: string) => ({ kind: 'id', type: IdFilter, node, description }) as const;
/** Enum; `filter` is a type from `enumFilter`. */
export const oneOf = (filter: unknown, description: string) => ({ kind: 'enum', type: filter, description }) as const;
/** List of enum values; `filter` is a type from `enumListFilter`. */
export const anyOf = (filter: unknown, description: string) => ({ kind: 'list', type: filter, description }) as const;
/** Any other type; the read model must supply the SQL condition. */
export const custom = (type: unknown, description: string) => ({ kind: 'custom', type, description }) as const;

/** Parameters of {@link listType}. */
export interface ListDefinition<Filter, Order> {
  /** Plural noun for descriptions, e.g. `releases`. */
  readonly of: string;
  readonly filter?: Filter;
  readonly order?: Order;
  /** What a sort field needs beside its name. */
  readonly orderArguments?: Readonly<Record<string, { readonly type: unknown; readonly description: string }>>;
  /** Descriptions of the generated types, where the defaults are not enough. */
  readonly descriptions?: { readonly filter?: string; readonly orderField?: string; readonly order?: string };
}

/** The types of a list, and the declarations from which its read model is derived. */
export interface ListType<
  Filter extends Readonly<Record<string, FilterField>> = Readonly<Record<string, FilterField>>,
  Order extends Readonly<Record<string, OrderField>> = Readonly<Record<string, OrderField>>,
> {
  readonly Connection: ConnectionClass;
  readonly Filter: new () => object;
  readonly filters: Filter;
  readonly orders: Order;
  /**
   * Arguments of a field that returns this list.
   * @param defaultOrder completes "Default: …"; without it there is no `orderBy`.
   */
  readonly args: (defaultOrder?: string) => new () => PageArgs;
}

function orderType(
  name: string,
  { of, order, orderArguments, descriptions }: ListDefinition<object, object>,
): new () => object {
  const fields = Object.entries({ ID: { description: 'Creation time of the record.' }, ...order }) as [
    string,
    OrderField,
  ][];
  const Field_ = enumFrom(
    `${name}OrderField`,
    fields.map(([field]) => field),
    descriptions?.orderField ?? `Sort fields of ${of}.`,
    Object.fromEntries(fields.map(([field, { description }]) => [field, description])),
  );
  class Order {}
  Field(() => Field_, { description: 'Sort field.' })(Order.prototype, 'field');
  for (const [field, { type, description }] of Object.entries(orderArguments ?? {}))
    Field(() => type as StringConstructor, { nullable: true, description })(Order.prototype, field);
  Field(() => OrderDirection, { defaultValue: 'ASC', description: 'Sort direction.' })(Order.prototype, 'direction');
  InputType(`${name}Order`, {
    description: descriptions?.order ?? `Sort term for ${of}. Earlier terms take precedence.`,
  })(Order);
  return Order;
}

function filterType(name: string, { of, filter, descriptions }: ListDefinition<object, object>): new () => object {
  class Filter {}
  const fields: Readonly<Record<string, Pick<FilterField, 'type' | 'description'>>> = {
    id: { type: IdFilter, description: 'Id of the object.' },
    ...filter,
  };
  for (const [field, { type, description }] of Object.entries(fields)) {
    Field(() => type as ClassType, { nullable: true, description })(Filter.prototype, field);
  }
  InputType(`${name}Filter`, {
    description: descriptions?.filter ?? `Filter for ${of}. Every given condition must hold.`,
  })(Filter);
  Combinable()(Filter);
  return Filter;
}

/** The arguments of a list: the four of Relay, a filter and, where the list has one, an order. */
export function listArgs(
  Filter: new () => object,
  Order: (new () => object) | undefined,
  defaultOrder: string,
): new () => PageArgs {
  class List extends PageArgs {}
  Field(() => Filter, {
    nullable: true,
    description: 'Filter. Absent, null or `{}`: every item. Inside, null is refused.',
  })(List.prototype, 'filter');
  if (Order) {
    const description = `Sort order. Default: ${defaultOrder}.`;
    Field(() => [Order], { nullable: true, description })(List.prototype, 'orderBy');
  }
  ArgsType()(List);
  return List;
}

/**
 * Declares a list: connection, filter and order of a type. Each filter and sort field is declared here once; the read
 * model (`defineRead`) derives its columns from it.
 * @param name GraphQL name of the node type.
 */
export function listType<
  const Filter extends Readonly<Record<string, FilterField>> = Record<never, never>,
  const Order extends Readonly<Record<string, OrderField>> = Record<never, never>,
>(name: string, node: () => ClassType | Function, definition: ListDefinition<Filter, Order>): ListType<Filter, Order> {
  const Filter = filterType(name, definition);
  const Order = definition.order && orderType(name, definition);
  const known = new Map<string, new () => PageArgs>();
  return {
    Connection: connectionType(name, node),
    Filter,
    filters: definition.filter ?? ({} as Filter),
    orders: definition.order ?? ({} as Order),
    args(defaultOrder = '') {
      const made = known.get(defaultOrder) ?? listArgs(Filter, defaultOrder === '' ? undefined : Order, defaultOrder);
      known.set(defaultOrder, made);
      return made;
    },
  };
}

/**
 * Decorates the parameter that receives the arguments of a list.
 * @param defaultOrder completes "Default: …" in the description of `orderBy`. Without it the list has a fixed order.
 */
export const ListArgs = (list: Pick<ListType, 'args'>, defaultOrder?: string): ParameterDecorator => {
  // Created early: the metadata of type-graphql must be complete when the schema is built.
  const type = list.args(defaultOrder);
  return Args(() => type) as ParameterDecorator;
};
