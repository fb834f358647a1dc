import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { parseNodeId } from '../../src/domain/node-id.js';

/** A query and its variables as a client sends them. */
export interface GeneratedOperation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** What operations are made of. */
export interface OperationMaterial {
  readonly schema: GraphQLSchema;
  /** Node ids of the data, by type. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  /** Fields that may be asked for. */
  readonly allowed: (type: GraphQLObjectType, field: GraphQLField<unknown, unknown>) => boolean;
}

const WORDS = ['a', 'e', '', '1', 'Release', '%', '_', '\\', '"', 'ü😀', '\u2028'];
const MOMENTS = ['2026-11-22T00:00:00Z', '2027-01-01T12:00:00.5+02:00'];

const literal = (value: unknown, type: GraphQLInputType): string => {
  const bare = getNullableType(type);
  if (value === null) return 'null';
  if (isListType(bare))
    return `[${(value as unknown[]).map((item) => literal(item, bare.ofType as GraphQLInputType)).join(' ')}]`;
  if (isInputObjectType(bare)) {
    const fields = bare.getFields();
    return `{ ${Object.entries(value as object)
      .map(([name, of]) => `${name}: ${literal(of, fields[name]?.type as GraphQLInputType)}`)
      .join(', ')} }`;
  }
  return isEnumType(bare) ? String(value) : JSON.stringify(value);
};

/**
 * Writes one valid query by walking the schema from its root. Every choice is a number from `pick`, so that a seed
 * repeats it. Fields with arguments always get an alias of their own, and so does everything below `node`: whatever
 * else is selected twice merges.
 */
export class OperationWriter {
  readonly #material: OperationMaterial;
  /** A number from 0 to `below` - 1. */
  readonly #pick: (below: number) => number;
  readonly #declarations: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  readonly #fragments: { readonly name: string; readonly type: string; readonly text: string }[] = [];
  #names = 0;

  constructor(material: OperationMaterial, pick: (below: number) => number) {
    this.#material = material;
    this.#pick = pick;
  }

  write(): GeneratedOperation {
    const query = this.#material.schema.getQueryType() as GraphQLObjectType;
    const roots = Array.from({ length: 1 + this.#pick(2) }, () =>
      this.#pick(3) === 0 ? this.#node() : this.#field(this.#chosen(query, 4), 4, true)[0],
    );
    if (this.#chance(8)) roots.push('__typename');
    const declared = this.#declarations.length > 0 ? `(${this.#declarations.join(', ')})` : '';
    const fragments = this.#fragments.map(({ name, type, text }) => `fragment ${name} on ${type} ${text}`);
    return {
      query: [`query Generated${declared} { ${roots.join(' ')} }`, ...fragments].join('\n'),
      variables: this.#variables,
    };
  }

  #chance = (one: number): boolean => this.#pick(one) === 0;
  #one = <T>(items: readonly T[]): T => items[this.#pick(items.length)] as T;
  #name = (prefix: string): string => `${prefix}${++this.#names}`;

  #chosen(type: GraphQLObjectType, depth: number): GraphQLField<unknown, unknown> {
    const fields = Object.values(type.getFields()).filter(
      (f) => f.args.every((a) => !isRequiredArgument(a)) && this.#material.allowed(type, f),
    );
    const leaves = fields.filter((f) => isLeafType(getNamedType(f.type)));
    const branches = fields.filter((f) => isObjectType(getNamedType(f.type)));
    const use = depth > 0 && branches.length > 0 && (leaves.length === 0 || this.#pick(5) < 2) ? branches : leaves;
    return this.#one(use.length > 0 ? use : branches);
  }

  /** A field and, for the same field once more, what stands before its selection. */
  #field(field: GraphQLField<unknown, unknown>, depth: number, own: boolean): [text: string, again: () => string] {
    const args = this.#arguments(field);
    const alias = own || args !== '' || this.#chance(6) ? `${this.#name('a')}: ` : '';
    const head = `${alias}${field.name}${args}`;
    const named = getNamedType(field.type);
    const below = () =>
      isObjectType(named)
        ? ` ${this.#selection(named, depth - (/(Connection|Edge)$/.test(named.name) ? 0.5 : 1))}`
        : '';
    return [`${head}${this.#directive()}${below()}`, () => `${head}${below()}`];
  }

  #selection(type: GraphQLObjectType, depth: number, own = false): string {
    const parts: string[] = [];
    const repeats: (() => string)[] = [];
    const count = 1 + this.#pick(depth > 0 ? 5 : 3);
    for (let i = 0; i < count; i++) {
      const kind = this.#pick(12);
      if (kind === 0) parts.push(`${this.#chance(2) ? `${this.#name('t')}: ` : ''}__typename${this.#directive()}`);
      else if (kind === 1) parts.push(this.#inline(type, depth, own));
      else if (kind === 2 && !own) parts.push(`...${this.#fragment(type, depth)}${this.#directive()}`);
      else if (kind === 3 && repeats.length > 0) parts.push(this.#one(repeats)());
      else {
        const [text, again] = this.#field(this.#chosen(type, depth), depth, own);
        parts.push(text);
        repeats.push(again);
      }
    }
    return `{ ${parts.join(' ')} }`;
  }

  #inline(type: GraphQLObjectType, depth: number, own: boolean): string {
    const condition = this.#chance(2) ? ` on ${type.name}` : '';
    return `...${condition}${this.#directive()} ${this.#selection(type, depth - 1, own)}`;
  }

  #fragment(type: GraphQLObjectType, depth: number): string {
    const known = this.#fragments.filter((f) => f.type === type.name);
    if (known.length > 0 && this.#chance(2)) return this.#one(known).name;
    const fragment = { name: this.#name('F'), type: type.name, text: this.#selection(type, depth - 1) };
    this.#fragments.push(fragment);
    return fragment.name;
  }

  #node(): string {
    const { schema, ids } = this.#material;
    const types = Object.keys(ids);
    const node = schema.getType('Node');
    const possible = isInterfaceType(node) ? schema.getPossibleTypes(node) : [];
    const wanted = this.#one(types);
    const shown = [wanted, ...(this.#chance(3) ? [this.#one(types)] : [])].map(
      (name) => possible.find((type) => type.name === name) as GraphQLObjectType,
    );
    const fragments = shown.map((type) => `... on ${type.name}${this.#directive()} ${this.#selection(type, 4, true)}`);
    const fields = schema.getQueryType()?.getFields();
    const id = fields?.['node']?.args.find((a) => a.name === 'id') as GraphQLArgument;
    const head = `${this.#name('n')}: node(id: ${this.#given(id.type, this.#one(ids[wanted] as string[]))})`;
    return `${head} { ${this.#chance(2) ? 'id ' : ''}${fragments.join(' ')} }`;
  }

  #directive(): string {
    if (!this.#chance(7)) return '';
    const word = this.#chance(2) ? 'include' : 'skip';
    const value = this.#chance(2);
    if (this.#chance(3)) return ` @${word}(if: ${value})`;
    const name = this.#name('b');
    const byDefault = this.#chance(2);
    this.#declarations.push(`$${name}: Boolean!${byDefault ? ` = ${value}` : ''}`);
    if (!byDefault || this.#chance(3)) this.#variables[name] = value;
    return ` @${word}(if: $${name})`;
  }

  /** A value as a literal, as a variable, or as the default of a variable that is not given. */
  #given(type: GraphQLInputType, value: unknown): string {
    if (this.#chance(2)) return literal(value, type);
    const name = this.#name('v');
    const byDefault = this.#chance(3);
    this.#declarations.push(`$${name}: ${String(type)}${byDefault ? ` = ${literal(value, type)}` : ''}`);
    if (!byDefault) this.#variables[name] = value;
    return `$${name}`;
  }

  #arguments(field: GraphQLField<unknown, unknown>): string {
    const values: Record<string, unknown> = {};
    const named = new Map(field.args.map((arg) => [arg.name, arg]));
    for (const arg of field.args) {
      if (['first', 'last', 'after', 'before', 'orderBy'].includes(arg.name)) continue;
      if (this.#chance(4)) values[arg.name] = this.#value(arg.type, 2, arg.name);
    }
    const orders = named.get('orderBy');
    if (orders && this.#chance(2)) values['orderBy'] = this.#value(orders.type, 1, 'orderBy');
    if (named.has('first')) {
      const [size, cursor] = this.#chance(3) ? ['last', 'before'] : ['first', 'after'];
      if (!this.#chance(4)) values[size] = this.#pick(5);
      if (size in values && this.#chance(orders && !('orderBy' in values) ? 8 : 3))
        values[cursor] = this.#cursor(values['orderBy'] as never);
    }
    const texts = Object.entries(values).map(
      ([name, value]) => `${name}: ${this.#given((named.get(name) as GraphQLArgument).type, value)}`,
    );
    return texts.length > 0 ? `(${texts.join(', ')})` : '';
  }

  /** A cursor of an order; it need not be that of a row. */
  #cursor(orderBy: readonly { readonly field: string; readonly direction?: string }[] = []): string {
    const terms = orderBy.map(({ field, direction }) => ({ field, sign: direction === 'DESC' ? '-' : '+' }));
    if (!terms.some((term) => term.field === 'ID')) terms.push({ field: 'ID', sign: terms.at(-1)?.sign ?? '+' });
    const value = (field: string) => {
      if (field === 'ID') return parseNodeId(this.#one(Object.values(this.#material.ids).flat()))?.uuid;
      if (field === 'SIZE' || field === 'POSITION') return this.#pick(9);
      return /_AT|START|END|FROM/.test(field) ? '2026-11-22 17:00:00.123456+00' : this.#one(WORDS);
    };
    return Buffer.from(
      JSON.stringify([
        terms.map(({ field, sign }) => `${field}${sign}`).join(''),
        ...terms.map(({ field }) => value(field)),
      ]),
    ).toString('base64url');
  }

  #value(type: GraphQLInputType, depth: number, name: string): unknown {
    const bare = getNullableType(type);
    if (isListType(bare))
      return Array.from({ length: this.#pick(3) }, () => this.#value(bare.ofType as GraphQLInputType, depth - 1, name));
    if (isEnumType(bare)) return this.#one(bare.getValues()).name;
    if (isInputObjectType(bare)) {
      const fields = Object.values(bare.getFields());
      const required = fields.filter((f) => f.type !== getNullableType(f.type) && f.defaultValue === undefined);
      const plain = fields.filter((f) => depth > 0 || !['and', 'or', 'not'].includes(f.name));
      const inner = (f: (typeof fields)[number]) =>
        [f.name, this.#value(f.type, depth - 1, isInputObjectType(getNamedType(f.type)) ? f.name : name)] as const;
      return Object.fromEntries([...required, this.#one(plain)].map(inner));
    }
    switch (bare.name) {
      case 'Int':
      case 'SafeInt':
        return this.#pick(4);
      case 'Boolean':
        return this.#chance(2);
      case 'DateTime':
        return this.#one(MOMENTS);
      case 'ID': {
        const { ids } = this.#material;
        const type =
          Object.keys(ids).find((key) => name.toLowerCase().endsWith(key.toLowerCase())) ??
          (/by$|owner|manager|assignee/i.test(name) ? 'Person' : this.#one(Object.keys(ids)));
        return this.#one(ids[type] ?? ['x']);
      }
      default:
        return this.#one(WORDS);
    }
  }
}
