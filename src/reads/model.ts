import { snakeCase } from '../database/expressions.js';
import { type OrderTerm } from '../domain/list.js';
import type { CURSOR_VALUES } from '../domain/value.js';
import { sql, type RawBuilder } from 'kysely';
import type { NodeType } from '../domain/node-id.js';
import type { Role } from '../domain/roles.js';
import type { FilterField, OrderField } from '../schema/list.js';
import { plainFields } from '../schema/plain-fields.js';
import type { FilterSpec } from '../database/filter.js';

/**
 * A row of the read side: the fields of a GraphQL type plus the foreign keys its edges need. `id` is the database id.
 */
export interface ReadRow {
  readonly id: string;
}

/** A column by which lists can be ordered. It must never be null: wrap nullable ones in coalesce. */
export interface OrderSpec {
  readonly column: RawBuilder<unknown>;
  /** SQL type of the column, for the values that come back in cursors. */
  readonly type: keyof typeof CURSOR_VALUES;
}

/** How a list is read in an order that a client names a part of, such as an attribute. */
export interface NamedOrder {
  /** What stands in the place of the table: its rows, with columns for the order. */
  readonly table: RawBuilder<unknown>;
  readonly specs: readonly OrderSpec[];
  /** The id of a row, where the index of the order has it. */
  readonly id: RawBuilder<unknown>;
}

/** The order of a term, in a list with a filter. @throws RequestError BAD_USER_INPUT */
export type NamedOrderOf = (term: OrderTerm, filter: object | null | undefined) => NamedOrder;

/** The groups that a comparison chooses from. */
export interface Groups {
  /** A select of one column: the values of `column` that may be wanted, few in number. */
  readonly keys: RawBuilder<unknown>;
  /** The column that has them. It begins an index that goes on with the order of the list. */
  readonly column: RawBuilder<unknown>;
}

/** The groups of a filter's comparison; undefined when it needs none. */
export type GroupsOf = (comparison: Readonly<Record<string, unknown>>) => Groups | undefined;

/** A part of a list that is the union of several tables. Each is filtered and ordered by its own indexes. */
export interface Part {
  /** The columns that all parts have. */
  readonly columns: RawBuilder<unknown>;
  /** A select of one table, of whose columns the conditions and `columns` are made. */
  readonly rows: RawBuilder<unknown>;
  readonly filters: Readonly<Record<string, FilterSpec>>;
}

/** How one GraphQL type is read from the database. Everything that lists, loads and pages it is derived from this. */
export interface ReadModel<Row extends ReadRow = ReadRow> {
  readonly type: NodeType;
  /** Name of the GraphQL type, where it is not that of the object: a snapshot of a release is no release. */
  readonly shownAs?: string;
  /** `table t` as it stands after `from`. The alias is always `t`. */
  readonly table: string;
  /** All fields as a select list. */
  readonly select: RawBuilder<unknown>;
  /** Each field's expression over `t`; the select list is made of them. */
  readonly expressions: Readonly<Record<string, RawBuilder<unknown>>>;
  readonly order: Readonly<Record<string, OrderSpec>>;
  readonly filters: Readonly<Record<string, FilterSpec>>;
  /** Roles that can read the type; undefined for every role with read access. */
  readonly readableBy?: readonly Role[];
  /** Filters by which a list is better read in groups; see {@link inGroups}. */
  readonly groups?: Readonly<Record<string, GroupsOf>>;
  /** Sort fields of which a client names a part. */
  readonly named?: Readonly<Record<string, NamedOrderOf>>;
  /** What the list is the union of, in place of `table`. Their rows are found as a list only, not by id or edge. */
  readonly parts?: readonly Part[];
  /** Only for the compiler: ties the model to the shape of its rows. */
  readonly row?: Row;
}

/** What {@link defineRead} needs. */
export interface ReadDefinition<Row extends ReadRow, List extends ListFields = ListFields> {
  /** The list of the type in the API. Each filter and order key whose column is its name needs no word here. */
  readonly list?: List;
  readonly type: NodeType;
  readonly table: string;
  /** The object type of the rows: the column of each field that it declares is the field's name in snake_case. */
  readonly of?: Function;
  /** More fields with a column of their own that the API does not show, such as the foreign keys of edges. */
  readonly keys?: readonly (keyof Row & string)[];
  /** Fields with an SQL expression of their own over `t`. */
  readonly computed?: Readonly<Partial<Record<keyof Row & string, RawBuilder<unknown>>>>;
  /** Orders whose column is not their name, and those that only the server uses. */
  readonly order?: Readonly<Record<string, OrderSpec>>;
  /** Filters whose condition is not a comparison with the column of their name; every `custom` one has to be here. */
  readonly filters?: Readonly<Record<string, FilterSpec>> & Readonly<Record<CustomFilters<List>, FilterSpec>>;
  readonly readableBy?: readonly Role[];
  readonly groups?: ReadModel['groups'] & object;
  readonly named?: ReadModel['named'] & object;
}

/** What a read model takes from the list of its type; `ListType` of the schema has it. */
interface ListFields {
  readonly filters: Readonly<Record<string, FilterField>>;
  readonly orders: Readonly<Record<string, OrderField>>;
}

/** Names of the filters that a list declares as `custom`. */
type CustomFilters<List extends ListFields> = {
  [Name in keyof List['filters']]: List['filters'][Name]['kind'] extends 'custom' ? Name : never;
}[keyof List['filters']] &
  string;

/** The condition of a filter by its declaration: a comparison with the column of its name. */
function filterSpec(name: string, { kind, node }: FilterField): FilterSpec {
  switch (kind) {
    case 'id':
      return { kind, type: node as NodeType, column: column(`${name}Id`) };
    case 'list':
      return { kind, column: column(name), sqlType: 'text' };
    case 'custom':
      throw new Error(`The filter "${name}" has no condition`);
    default:
      return { kind, column: column(name) };
  }
}

const ORDER_TYPES = { text: 'text', instant: 'timestamptz', int: 'int' } as const;

/** `UPDATED_AT` to `updatedAt`. */
const fieldOf = (key: string) => key.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const missing = <T>(all: Readonly<Record<string, T>>, known: object = {}): [string, T][] =>
  Object.entries(all).filter(([name]) => !(name in known));

/** A column of the read table by its field name, for filters and orders. */
export const column = (field: string): RawBuilder<unknown> => sql.ref(`t.${snakeCase(field)}`);

/** Declares how a type is read. */
export function defineRead<Row extends ReadRow>(definition: ReadDefinition<Row>): ReadModel<Row> {
  const { list } = definition;
  const expressions: Record<string, RawBuilder<unknown>> = { id: column('id') };
  const { of, keys = [] } = definition;
  for (const field of [...(of ? plainFields(of) : []), ...keys]) expressions[field] ??= column(field);
  Object.assign(expressions, definition.computed);
  return {
    type: definition.type,
    table: definition.table,
    select: selectOf(expressions),
    expressions,
    order: {
      ID: { column: sql`t.id`, type: 'uuid' },
      ...Object.fromEntries(
        missing(list?.orders ?? {}, { ...definition.order, ...definition.named }).map(([key, { kind }]) => [
          key,
          { column: column(fieldOf(key)), type: ORDER_TYPES[kind] },
        ]),
      ),
      ...definition.order,
    },
    filters: {
      id: { kind: 'id', type: definition.type, column: sql`t.id` },
      ...Object.fromEntries(
        missing(list?.filters ?? {}, definition.filters).map(([name, field]) => [name, filterSpec(name, field)]),
      ),
      ...definition.filters,
    },
    ...(definition.readableBy && { readableBy: definition.readableBy }),
    ...(definition.groups && { groups: definition.groups }),
    ...(definition.named && { named: definition.named }),
  };
}

const selectOf = (expressions: ReadModel['expressions']) =>
  sql.join(
    Object.entries(expressions).map(([field, expression]) => sql`${expression} as ${sql.id(field)}`),
    sql`, `,
  );

/** A list of `model` rows that hang on a parent. */
export interface ManyEdge<Row extends ReadRow = ReadRow> {
  /** `Parent.field`, unique; it names the loader. */
  readonly name: string;
  readonly model: ReadModel<Row>;
  /** Joins between the rows `t` and what `on` names, if any. */
  readonly join?: RawBuilder<unknown>;
  /** Condition that ties `t` (or a joined table) to the parent, whose id is `p.id`. */
  readonly on: RawBuilder<unknown>;
  /** Order when the client names none. */
  readonly defaultOrder?: readonly OrderTerm[];
}

/** Declares a list that hangs on a parent. */
export const defineEdge = <Row extends ReadRow>(edge: ManyEdge<Row>): ManyEdge<Row> => edge;

/**
 * How a snapshot of an object is read: as the object itself, from the history of its table.
 * @param shownAs name of the GraphQL type.
 * @param more fields that only the snapshot has.
 */
export function inThePast<Row extends ReadRow>(
  model: ReadModel<Row>,
  shownAs: string,
  more: Readonly<Record<string, RawBuilder<unknown>>> = {},
): ReadModel<Row> {
  const expressions = { ...model.expressions, ...more };
  return { ...model, shownAs, expressions, select: selectOf(expressions) };
}
