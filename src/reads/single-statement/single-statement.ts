import {
  getArgumentValues,
  getNamedType,
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLInt,
  GraphQLString,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import { sql, type RawBuilder } from 'kysely';
import { instantText } from '../../database/expressions.js';
import { MAX_TEXT } from '../../database/read-database.js';
import { filterCondition } from '../../database/filter.js';
import { allRows, pageRows } from '../list-rows.js';
import type { ReadModel } from '../model.js';
import { cutPage, signatureOf, type PageCut } from '../page.js';
import { pastOf } from '../../facts/past.js';
import { CURSOR_MARK, END_MARK, ID_MARK, JSON_MARK, MISSING_MARK } from './text.js';
import { NotPlannable, SymbolicReads, type ReadSymbol } from './symbols.js';
import { askResolver } from './ask-resolver.js';
import type { Actor } from '../../domain/actor.js';
import { rowPrototype } from '../../schema/build-schema.js';

/** An operation that the planner is given: valid, with coerced variables. */
export interface PlannedOperation {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly variables: Record<string, unknown>;
  readonly actor: Actor;
  /** Makes the context of the resolvers from the reads that they get. */
  readonly contextWith: (reads: SymbolicReads) => unknown;
}

type Sql = RawBuilder<unknown>;
type Fields = Map<string, readonly FieldNode[]>;

/** Parts of a text: strings are known now, expressions of type text are evaluated by the database. */
type Pieces = readonly (string | Sql)[];

// Neighbouring strings become one constant. PostgreSQL evaluates every `||` once for each field of each row, so each
// one that can be left out counts.
function concatenated(pieces: Pieces): Sql {
  const terms: Sql[] = [];
  let known = '';
  for (const piece of [...pieces, undefined]) {
    if (typeof piece === 'string') known += piece;
    else {
      if (known !== '') terms.push(sql`${sql.lit(known)}`);
      known = '';
      if (piece) terms.push(piece);
    }
  }
  return sql.join(terms, sql` || `);
}

const nullable = (type: GraphQLOutputType) => !isNonNullType(type);
const orNull = (type: GraphQLOutputType, ...text: Pieces): Pieces =>
  nullable(type) ? [sql`coalesce(${concatenated(text)}, 'null')`] : text;
const key = (name: string, index: number) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`;
// Without fields (@skip, @include) no key has opened the object.
const closed = (pieces: Pieces): Pieces => (pieces.length === 0 ? ['{}'] : [...pieces, '}']);

/**
 * Turns a query into one SQL statement whose single value is the text of the answer's `data`, or null when that is
 * larger than {@link MAX_TEXT}: then it stays in the database.
 *
 * The resolvers themselves say what to read: {@link askResolver} runs each on a symbolic row and judges which read it
 * makes. A resolver that makes one read, with a key of its row and the same for every row, needs no second description.
 * Any other resolver makes the operation unplannable, as do mutations and introspection; such operations run row by
 * row.
 * @throws NotPlannable when one statement cannot express the operation; whatever a resolver throws, e.g. RequestError
 * for a malformed cursor. In both cases the caller executes the operation row by row, which produces the proper error.
 */
export async function planStatement(planned: PlannedOperation): Promise<Sql> {
  const { schema, operation } = planned;
  const query = schema.getQueryType();
  if (operation.operation !== 'query' || !query) throw new NotPlannable(`It is a ${operation.operation}, not a query`);
  const planner = new Planner(planned);
  const fields = collectFields(schema, planned.fragments, planned.variables, query, operation.selectionSet);
  const data = concatenated(await planner.object(query, fields, undefined));
  // Without `offset 0` PostgreSQL would make the text twice, once to measure it.
  const bounded = sql`case when octet_length(q.data) <= ${sql.lit(MAX_TEXT)} then q.data end`;
  return sql`select ${bounded} as data from (select ${data} as data offset 0) q`;
}

/** `from … where …` of a list or an edge: all its rows, or those of a page. */
function rowsOf(symbol: ReadSymbol & { kind: 'edge' | 'list' }) {
  const { filter } = symbol.input;
  if (symbol.kind === 'list') {
    const { model, scope } = symbol;
    return {
      all: () => allRows(model, { filter, where: [scope] }),
      page: (cut: PageCut, limit: number) => pageRows(model, { filter, where: [scope, cut.after] }, { ...cut, limit }),
    };
  }
  const { model, join, on } = symbol.edge;
  const from = (table: Sql, more: readonly (Sql | undefined)[]) => {
    const conditions = [on, filterCondition(model.filters, filter), ...more].filter((c) => c !== undefined);
    return sql`from ${table} t ${join ?? sql``} where ${sql.join(conditions, sql` and `)}`;
  };
  const all = sql.raw(model.table);
  return { all: () => from(all, []), page: ({ table, after }: PageCut, _limit: number) => from(table ?? all, [after]) };
}

class Planner {
  readonly #planned: PlannedOperation;
  readonly #context: unknown;
  readonly #reads: SymbolicReads;

  constructor(planned: PlannedOperation) {
    this.#planned = planned;
    this.#reads = new SymbolicReads(planned.actor);
    this.#context = planned.contextWith(this.#reads);
  }

  #subfields(type: GraphQLObjectType, nodes: readonly FieldNode[]): Fields {
    return collectSubfields(this.#planned.schema, this.#planned.fragments, this.#planned.variables, type, nodes);
  }

  /** The JSON text of an object whose row is `t`. @param model undefined for the root of the query. */
  async object(type: GraphQLObjectType, fields: Fields, model: ReadModel | undefined): Promise<Pieces> {
    const pieces: (string | Sql)[] = [];
    let index = 0;
    for (const [name, nodes] of fields) pieces.push(key(name, index++), ...(await this.#field(type, nodes, model)));
    return closed(pieces);
  }

  async #field(type: GraphQLObjectType, nodes: readonly FieldNode[], model: ReadModel | undefined): Promise<Pieces> {
    const node = nodes[0] as FieldNode;
    const name = node.name.value;
    if (name === '__typename') return [JSON.stringify(type.name)];
    const field = type.getFields()[name];
    if (!field) throw new NotPlannable(`${type.name}.${name} belongs to introspection`);
    if (model && name === (model.shownAs === undefined ? 'id' : 'objectId'))
      return [`"${ID_MARK}${model.type}.`, sql`t.id::text`, '"'];
    if (!field.resolve) {
      const expression = model?.expressions[name];
      if (!expression) throw new NotPlannable(`${type.name}.${name} is not a column`);
      return this.#column(`${type.name}.${name}`, field.type, expression, nodes);
    }
    return await this.#resolved(type, field, nodes, model);
  }

  /** Asks the resolver what it reads and writes that. */
  async #resolved(
    type: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    nodes: readonly FieldNode[],
    model: ReadModel | undefined,
  ): Promise<Pieces> {
    const name = `${type.name}.${field.name}`;
    const args = getArgumentValues(field, nodes[0] as FieldNode, this.#planned.variables);
    const info = this.#reads.opaque('the document') as never;
    const symbol = await askResolver(this.#reads, {
      field: name,
      parent: model && { model, prototype: rowPrototype(type) },
      resolve: (row) => field.resolve?.(row, args, this.#context, info),
    });
    const named = getNamedType(field.type);
    if (symbol.kind === 'past') return [await this.#past(named, nodes, symbol)];
    if (symbol.kind !== 'one') {
      if (!isObjectType(named) || !named.name.endsWith('Connection'))
        throw new NotPlannable(`${name} is not a connection`);
      return [await this.#connection(named, nodes, symbol)];
    }
    const of = isInterfaceType(named) && symbol.asNode ? this.#planned.schema.getType(symbol.model.type) : named;
    if (!isObjectType(of) || of.name !== (symbol.model.shownAs ?? symbol.model.type))
      throw new NotPlannable(`${name} is not a ${symbol.model.type}`);
    return [await this.#one(field.type, of, nodes, symbol)];
  }

  /** A part of the answer that has the past in the place of the tables that it names. */
  async #past(
    type: unknown,
    nodes: readonly FieldNode[],
    { model, moment }: ReadSymbol & { kind: 'past' },
  ): Promise<Sql> {
    if (!isObjectType(type)) throw new NotPlannable('A snapshot is an object');
    const text = concatenated(await this.object(type, this.#subfields(type, nodes), model));
    const { asOf, knownAt } = moment;
    const at = (moment: string | null) => sql`coalesce(${moment}::timestamptz, now())`;
    const root = sql`${at(asOf)} as as_of, ${at(knownAt)} as known_at`;
    return sql`(${pastOf(moment, text)}select ${text} from (select ${root}) t)`;
  }

  async #one(
    declared: GraphQLOutputType,
    type: GraphQLObjectType,
    nodes: readonly FieldNode[],
    { model, id }: ReadSymbol & { kind: 'one' },
  ): Promise<Sql> {
    // `t` of the enclosing row is visible inside the sub-select of `p`, and hidden by the `t` beside it.
    const wanted = typeof id === 'string' ? sql`${id}::uuid` : id.expression;
    const text = concatenated(await this.object(type, this.#subfields(type, nodes), model));
    const row = sql`(select ${text} from (select ${wanted} as id) p join ${sql.raw(model.table)} t on t.id = p.id)`;
    return sql`coalesce(${row}, ${sql.lit(nullable(declared) ? 'null' : MISSING_MARK)})`;
  }

  async #connection(
    type: GraphQLObjectType,
    nodes: readonly FieldNode[],
    symbol: ReadSymbol & { kind: 'edge' | 'list' },
  ): Promise<Sql> {
    const { model, input } = symbol;
    const cut = cutPage(
      model,
      input,
      input.orderBy,
      symbol.kind === 'edge' ? symbol.edge.defaultOrder : symbol.fallback,
    );
    const fields = this.#subfields(type, nodes);
    const listed = rowsOf(symbol);
    const parent = symbol.kind === 'edge' ? sql`(select t.id as id) p,` : sql``;
    // `pageInfo` needs numbered rows, and a page that is read backwards is turned round by their numbers. Otherwise the
    // rows come in order.
    const numbered = cut.backward || [...fields.values()].some((f) => f[0]?.name.value === 'pageInfo');
    const all = numbered
      ? sql` order by w.n ${sql.raw(cut.backward ? 'desc' : 'asc')}) filter (where w.n <= ${sql.lit(cut.size)})`
      : sql`)`;
    const columns: Sql[] = [];
    const pieces: (string | Sql)[] = [];
    let index = 0;
    for (const [name, fieldNodes] of fields) {
      const field = fieldNodes[0]?.name.value;
      const alias = sql.id(`v${index}`);
      pieces.push(key(name, index++));
      if (field === '__typename') pieces.push(JSON.stringify(type.name));
      else if (field === 'nodes' || field === 'edges') {
        columns.push(sql`${concatenated(await this.#items(type, field, fieldNodes, model, cut))} as ${alias}`);
        pieces.push('[', sql`coalesce(string_agg(w.${alias}, ','${all}, '')`, ']');
      } else if (field === 'totalCount')
        pieces.push(sql`(select count(*)::text from ${parent} lateral (select 1 ${listed.all()}) c)`);
      else if (field === 'pageInfo') pieces.push(...this.#pageInfo(fieldNodes, type, cut));
      else throw new NotPlannable(`${type.name}.${field} is no part of a plain connection`);
    }
    if (numbered)
      columns.push(sql`${concatenated(this.#cursor(cut))} as c`, sql`row_number() over (order by ${cut.orderBy}) as n`);
    // The page size is a constant, not a parameter. Knowing it, PostgreSQL reads a few rows by the index of their
    // parent; otherwise it may walk through the whole table in order.
    const limit = numbered ? cut.size + 1 : cut.size;
    const page = listed.page(cut, limit);
    const rows = sql`select t.* ${page} order by ${cut.orderBy} limit ${sql.lit(limit)}`;
    // An empty text that makes the select an aggregate: it gives one row, also for an empty list.
    const always = sql`left(count(*)::text, 0)`;
    const items = columns.length === 0 ? sql`1 as one` : sql.join(columns, sql`, `);
    const aggregated = columns.length > 0 && !numbered; // string_agg is there
    const text = concatenated([...closed(pieces), ...(aggregated ? [] : [always])]);
    return sql`(select ${text} from (select ${items} from ${parent} lateral (${rows}) t) w)`;
  }

  async #items(
    type: GraphQLObjectType,
    name: 'nodes' | 'edges',
    nodes: readonly FieldNode[],
    model: ReadModel,
    cut: PageCut,
  ): Promise<Pieces> {
    const item = getNamedType(type.getFields()[name]?.type as GraphQLOutputType) as GraphQLObjectType;
    if (name === 'nodes') return await this.object(item, this.#subfields(item, nodes), model);
    const pieces: (string | Sql)[] = [];
    let index = 0;
    for (const [alias, fieldNodes] of this.#subfields(item, nodes)) {
      const field = fieldNodes[0]?.name.value;
      pieces.push(key(alias, index++));
      if (field === '__typename') pieces.push(JSON.stringify(item.name));
      else if (field === 'cursor') pieces.push(...this.#cursor(cut));
      else if (field === 'node') {
        const node = getNamedType(item.getFields()['node']?.type as GraphQLOutputType) as GraphQLObjectType;
        pieces.push(...(await this.object(node, this.#subfields(node, fieldNodes), model)));
      } else throw new NotPlannable(`${item.name}.${field} is no part of a plain edge`);
    }
    return closed(pieces);
  }

  // The same JSON as in the cursors of Page. finishText encodes it to base64url.
  #cursor(cut: PageCut): Pieces {
    const values = cut.terms.flatMap(({ spec }) => [
      ',',
      spec.type === 'int' || spec.type === 'bigint'
        ? sql`${spec.column}::text`
        : sql`to_json((${spec.column})::text)::text`,
    ]);
    return [`"${CURSOR_MARK}[${JSON.stringify(signatureOf(cut.terms))}`, ...values, `]${END_MARK}"`];
  }

  #pageInfo(nodes: readonly FieldNode[], type: GraphQLObjectType, cut: PageCut): Pieces {
    const info = getNamedType(type.getFields()['pageInfo']?.type as GraphQLOutputType) as GraphQLObjectType;
    const size = sql.lit(cut.size);
    const more = sql`case when count(*) > ${size} then 'true' else 'false' end`;
    // The first and the last row of the page. Aggregates cannot nest, so the last one is found by ordering.
    const near = sql`coalesce(max(w.c) filter (where w.n = 1 and w.n <= ${size}), 'null')`;
    const far = sql`coalesce((array_agg(w.c order by w.n desc) filter (where w.n <= ${size}))[1], 'null')`;
    const pieces: (string | Sql)[] = [];
    let index = 0;
    for (const [name, fieldNodes] of this.#subfields(info, nodes)) {
      pieces.push(key(name, index++));
      switch (fieldNodes[0]?.name.value) {
        case '__typename':
          pieces.push('"PageInfo"');
          break;
        case 'hasNextPage':
          pieces.push(cut.backward ? String(cut.hasCursor) : more);
          break;
        case 'hasPreviousPage':
          pieces.push(cut.backward ? more : String(cut.hasCursor));
          break;
        case 'startCursor':
          pieces.push(cut.backward ? far : near);
          break;
        case 'endCursor':
          pieces.push(cut.backward ? near : far);
          break;
        default:
          throw new NotPlannable(`PageInfo.${fieldNodes[0]?.name.value} is unknown`);
      }
    }
    return closed(pieces);
  }

  /** The JSON text of a plain column, as graphql-js serialises it. */
  #column(name: string, type: GraphQLOutputType, expression: Sql, nodes: readonly FieldNode[]): Pieces {
    const named = getNamedType(type);
    const bare = isNonNullType(type) ? type.ofType : type;
    if (isObjectType(named) && !isListType(bare)) return this.#embedded(type, named, expression, nodes);
    if (isListType(bare)) {
      if (!isEnumType(named) && named !== GraphQLString) throw new NotPlannable(`${name} is a list of ${named.name}`);
      return orNull(type, sql`to_json(${expression})::text`);
    }
    if (isEnumType(named)) return orNull(type, '"', sql`${expression}`, '"');
    if (named === GraphQLString) return orNull(type, sql`to_json(${expression})::text`);
    if (named === GraphQLInt || named === GraphQLFloat || named === GraphQLBoolean || named.name === 'SafeInt')
      return orNull(type, sql`(${expression})::text`);
    if (named.name === 'DateTime') return orNull(type, '"', instantText(expression), '"');
    if (named.name === 'JSONObject' || named.name === 'JSON')
      return orNull(type, JSON_MARK, sql`(${expression})::text`, END_MARK);
    throw new NotPlannable(`${name} has the type ${named.name}`);
  }

  /** An object that is a JSON column, such as an external reference. */
  #embedded(type: GraphQLOutputType, named: GraphQLObjectType, expression: Sql, nodes: readonly FieldNode[]): Pieces {
    const pieces: (string | Sql)[] = [];
    let index = 0;
    for (const [alias, fieldNodes] of this.#subfields(named, nodes)) {
      const name = fieldNodes[0]?.name.value as string;
      pieces.push(key(alias, index++));
      const field = named.getFields()[name];
      if (name === '__typename') pieces.push(JSON.stringify(named.name));
      else if (
        !field ||
        field.resolve ||
        getNamedType(field.type) !== GraphQLString ||
        isListType(isNonNullType(field.type) ? field.type.ofType : field.type)
      )
        throw new NotPlannable(`${named.name}.${name} is no text`);
      else pieces.push(sql`coalesce(((${expression})->${sql.lit(name)})::text, 'null')`);
    }
    return orNull(type, sql`case when ${expression} is not null then ${concatenated(closed(pieces))} end`);
  }
}
