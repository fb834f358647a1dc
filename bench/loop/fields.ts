import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { MAX_PAGE } from '../../src/domain/list.js';
import { assertCost } from '../../src/server/limits.js';

/** A query that asks for one field at its largest allowed page. */
export interface FieldQuery {
  /** `Type.field`, or `Type` for all plain fields of a type at once. */
  readonly name: string;
  readonly query: string;
  /** Page size of the outermost list. Less than the largest page where the cost of more would be refused. */
  readonly page: number;
}

/** What the queries need to know of the data: arguments of fields that need some, by `Type.field`. */
export type FieldArguments = Readonly<Record<string, string>>;

interface Way {
  /** The query around the fields of the type, for a page size. */
  readonly around: (fields: string, page: number) => string;
  /** Lists on the way: the first is as long as the page, the others as long as they can be. */
  readonly lists: number;
}

const connectionNode = (type: GraphQLObjectType): GraphQLObjectType | undefined => {
  const nodes = type.name.endsWith('Connection') ? type.getFields()['nodes'] : undefined;
  const node = nodes && getNamedType(nodes.type);
  return isObjectType(node) ? node : undefined;
};

const isPart = ({ name }: GraphQLObjectType) => /(Connection|Edge|Payload)$/.test(name) || name === 'PageInfo';

const needsArguments = ({ args }: GraphQLField<unknown, unknown>) =>
  args.some(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined);

const isPlain = (field: GraphQLField<unknown, unknown>) =>
  field.resolve === undefined && field.args.length === 0 && isLeafType(getNamedType(field.type));

function call(owner: string, field: GraphQLField<unknown, unknown>, first: number, given: FieldArguments): string {
  const own = given[`${owner}.${field.name}`];
  const paged = field.args.some(({ name }) => name === 'first') && !/\bfirst:/.test(own ?? '');
  const args = [own, paged && `first: ${first}`].filter(Boolean).join(', ');
  return args === '' ? field.name : `${field.name}(${args})`;
}

/** All plain fields of a type. */
function leaves(type: GraphQLObjectType): string {
  const plain = Object.values(type.getFields()).filter((field) => isPlain(field) || field.name === 'id');
  return ['__typename', ...plain.map(({ name }) => name)].join(' ');
}

function selection(field: GraphQLField<unknown, unknown>): string {
  const named = getNamedType(field.type);
  if (!isCompositeType(named)) return '';
  if (!isObjectType(named)) return isInterfaceType(named) ? '{ __typename id }' : '{ __typename }';
  const node = connectionNode(named);
  if (!node) return `{ ${leaves(named)} }`;
  return `{ totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ${leaves(node)} } }`;
}

// The shortest way from the root to each type, through as many rows as possible.
function waysTo(schema: GraphQLSchema, given: FieldArguments): Map<string, Way> {
  const query = schema.getQueryType() as GraphQLObjectType;
  const ways = new Map<string, Way>([['Query', { around: (fields) => `{ ${fields} }`, lists: 0 }]]);
  let edge: readonly GraphQLObjectType[] = [query];
  while (edge.length > 0) {
    const next: GraphQLObjectType[] = [];
    for (const type of edge)
      for (const field of Object.values(type.getFields())) {
        const named = getNamedType(field.type);
        if (!isObjectType(named) || (needsArguments(field) && given[`${type.name}.${field.name}`] === undefined))
          continue;
        const node = connectionNode(named);
        const target = node ?? named;
        if (ways.has(target.name) || isPart(target)) continue;
        const { around, lists } = ways.get(type.name) as Way;
        const first = (page: number) => (lists === 0 ? page : MAX_PAGE);
        ways.set(target.name, {
          around: (fields, page) =>
            around(`${call(type.name, field, first(page), given)} { ${node ? `nodes { ${fields} }` : fields} }`, page),
          lists: lists + (node ? 1 : 0),
        });
        next.push(target);
      }
    edge = next;
  }
  return ways;
}

/** The largest page whose cost is allowed. */
function fitted(schema: GraphQLSchema, max: number, write: (page: number) => string): number | undefined {
  const allowed = (page: number): boolean => {
    const document = parse(write(page));
    try {
      assertCost(schema, document, document.definitions[0] as OperationDefinitionNode, {}, max);
      return true;
    } catch {
      return false;
    }
  };
  if (allowed(MAX_PAGE)) return MAX_PAGE;
  let [low, high] = [0, MAX_PAGE];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (allowed(middle)) low = middle;
    else high = middle;
  }
  return low === 0 ? undefined : low;
}

/**
 * One query for every field that an operation can read and that is more than a column, and one for all columns of each
 * type: through the outermost list and the list of the field itself, both as long as the cost allows.
 * @param max the largest cost.
 */
export function fieldQueries(schema: GraphQLSchema, given: FieldArguments, max: number): FieldQuery[] {
  const found: FieldQuery[] = [];
  for (const [typeName, { around, lists }] of waysTo(schema, given)) {
    const type = schema.getType(typeName) as GraphQLObjectType;
    const add = (name: string, fields: (page: number) => string) => {
      const write = (page: number) => around(fields(page), page);
      const page = fitted(schema, max, write);
      if (page !== undefined) found.push({ name, query: write(page), page });
    };
    if (typeName !== 'Query') add(typeName, () => leaves(type));
    for (const field of Object.values(type.getFields())) {
      if (isPlain(field) || field.name === 'id') continue;
      if (needsArguments(field) && given[`${typeName}.${field.name}`] === undefined) continue;
      const list = isListType(isNonNullType(field.type) ? field.type.ofType : field.type);
      add(
        `${typeName}.${field.name}${list ? '[]' : ''}`,
        (page) => `${call(typeName, field, lists === 0 ? page : MAX_PAGE, given)} ${selection(field)}`,
      );
    }
  }
  return found;
}
