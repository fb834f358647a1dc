import { Args, ArgsType, Field, InputType, type ClassType } from 'type-graphql';
import type { NodeType } from '../domain/node-id.js';
import { connectionType, PageArgs, type ConnectionClass } from './connection.js';
import { enumFrom, OrderDirection } from './enums.js';
import { Combinable, DateTimeFilter, IdFilter, IntFilter, StringFilter } from './filters.js';

/** How the read side compares a field; see `FilterSpec` of the read side. */
export type FilterKind = 'text' | 'instant' | 'int' | 'flag' | 'enum' | 'list' | 'id' | 'custom';

/** One field by which a list can be filtered, declared once for the API and for the SQL. */
export interface FilterField<Kind extends FilterKind = FilterKind> {
  readonly kind: Kind;
  /** GraphQL type of the comparison. */
  readonly type: unknown;
  readonly description: string;
  /** Only for `id`: the type of the object that the id names. */
  readonly node?: NodeType;
}

/** One key by which a list can be ordered. */
export interface OrderField {
  readonly kind: 'text' | 'instant' | 'int';
  readonly description: string;
}

/** A text: compared as text, or ordered alphabetically. */
export const text = (description: string) => ({ kind: 'text', type: StringFilter, description }) as const;
/** An instant. */
export const instant = (description: string) => ({ kind: 'instant', type: DateTimeFilter, description }) as const;
/** A whole number. */
export const int = (description: string) => ({ kind: 'int', type: IntFilter, description }) as const;
/** Yes or no. */
export const flag = (description: string) => ({ kind: 'flag', type: Boolean, description }) as const;
/** An object by its id, e.g. `id('Person', 'By owner.')`. Its column is `<field>_id` unless the read model says otherwise. */
export const id = (node: NodeType, description: string) => ({ kind: 'id', type: IdFilter, node, description }) as const;
/** An enum; `filter` is what `enumFilter` made. */
export const oneOf = (filter: unknown, description: string) => ({ kind: 'enum', type: filter, description }) as const;
/** A list of enum values; `filter` is what `enumListFilter` made. */
export const anyOf = (filter: unknown, description: string) => ({ kind: 'list', type: filter, description }) as const;
/** Anything else; the read model must say how it becomes a condition. */
export const custom = (type: unknown, description: string) => ({ kind: 'custom', type, description }) as const;

/** What {@link listType} needs. */
export interface ListDefinition<Filter, Order> {
  /** The items in the plural, for descriptions, e.g. `releases`. */
  readonly of: string;
  readonly filter?: Filter;
  readonly order?: Order;
  /** Descriptions of the generated types, where they have more to say than the default. */
  readonly descriptions?: { readonly filter?: string; readonly orderField?: string; readonly order?: string };
}

/** The types of a list, and what its read model derives from the same declaration. */
export interface ListType<
  Filter extends Readonly<Record<string, FilterField>> = Readonly<Record<string, FilterField>>,
  Order extends Readonly<Record<string, OrderField>> = Readonly<Record<string, OrderField>>,
> {
  readonly Connection: ConnectionClass;
  readonly Filter: new () => object;
  readonly filters: Filter;
  readonly orders: Order;
  /** The arguments of a field that gives this list. @param defaultOrder completes "Default: …"; without it there is no `orderBy`. */
  readonly args: (defaultOrder?: string) => new () => PageArgs;
}

function orderType(name: string, { of, order, descriptions }: ListDefinition<object, object>): new () => object {
  const fields = Object.entries({ ID: { description: 'Age of the record.' }, ...order }) as [string, OrderField][];
  const Field_ = enumFrom(
    `${name}OrderField`,
    fields.map(([field]) => field),
    descriptions?.orderField ?? `What ${of} can be ordered by.`,
    Object.fromEntries(fields.map(([field, { description }]) => [field, description])),
  );
  class Order {}
  Field(() => Field_, { description: 'By what.' })(Order.prototype, 'field');
  Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })(
    Order.prototype,
    'direction',
  );
  InputType(`${name}Order`, { description: descriptions?.order ?? `One term of an order of ${of}.` })(Order);
  return Order;
}

function filterType(name: string, { of, filter, descriptions }: ListDefinition<object, object>): new () => object {
  class Filter {}
  const fields: Readonly<Record<string, Pick<FilterField, 'type' | 'description'>>> = {
    id: { type: IdFilter, description: 'By id.' },
    ...filter,
  };
  for (const [field, { type, description }] of Object.entries(fields)) {
    Field(() => type as ClassType, { nullable: true, description })(Filter.prototype, field);
  }
  InputType(`${name}Filter`, {
    description: descriptions?.filter ?? `Narrows a list of ${of}. All that is given must hold.`,
  })(Filter);
  Combinable()(Filter);
  return Filter;
}

/** The arguments of a list: Relay's four, a filter and, where there is one, an order. */
export function listArgs(
  Filter: new () => object,
  Order: (new () => object) | undefined,
  defaultOrder: string,
): new () => PageArgs {
  class List extends PageArgs {}
  Field(() => Filter, { nullable: true, description: 'Which ones.' })(List.prototype, 'filter');
  if (Order) {
    const description = `In which order. Default: ${defaultOrder}.`;
    Field(() => [Order], { nullable: true, description })(List.prototype, 'orderBy');
  }
  ArgsType()(List);
  return List;
}

/**
 * Declares a list: connection, filter and order of a type. Every filter and order key stands here once; the read model (`defineRead`)
 * takes its columns from it.
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
 * Decorates the parameter that takes the arguments of a list.
 * @param defaultOrder completes "Default: …" in the description of `orderBy`. Without it the list has its own order only.
 */
export const ListArgs = (list: Pick<ListType, 'args'>, defaultOrder?: string): ParameterDecorator => {
  const type = list.args(defaultOrder); // made now: the metadata of type-graphql is complete when the schema is built
  return Args(() => type) as ParameterDecorator;
};
