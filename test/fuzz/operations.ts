import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { Chance } from '../support/random-input.js';
import { cursorLike, forgedCursor, hostileScalar, RAW_NUMBER } from './hostile.js';

/** An operation as a client sends it. */
export interface HostileOperation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** What {@link hostileOperation} makes operations of. */
export interface Material {
  readonly schema: GraphQLSchema;
  readonly chance: Chance;
  /** Node ids of what there is, by type. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  /** Of every kind of operation, the root fields. */
  readonly roots: Readonly<Record<'query' | 'mutation' | 'subscription', readonly GraphQLField<unknown, unknown>[]>>;
}

// As GraphQL writes it. Escapes carry what a document cannot hold as it is.
function literal(value: unknown, type: GraphQLInputType | undefined): string {
  const bare = type && getNullableType(type);
  if (value === null) return 'null';
  if (typeof value === 'string') {
    if (value.startsWith(RAW_NUMBER)) return value.slice(RAW_NUMBER.length);
    return bare && isEnumType(bare) ? value : JSON.stringify(value).replace(/\u2028|\u2029/g, ' ');
  }
  if (Array.isArray(value)) {
    const item = bare && isListType(bare) ? (bare.ofType as GraphQLInputType) : bare;
    return `[${value.map((inner) => literal(inner, item)).join(' ')}]`;
  }
  if (typeof value === 'object') {
    const fields = bare && isInputObjectType(bare) ? bare.getFields() : {};
    const named = Object.entries(value).filter(([name]) => /^[A-Za-z_]\w*$/.test(name));
    return `{ ${named.map(([name, inner]) => `${name}: ${literal(inner, fields[name]?.type)}`).join(', ')} }`;
  }
  return String(value);
}

class Writer {
  readonly #declarations: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  #names = 0;
  /** The name of the mutation that is written, which says what its `id` is. */
  #mutation = '';
  /** One value in so many is hostile: an operation with many of them never gets past the first. */
  readonly #oneIn: number;

  constructor(readonly material: Material) {
    this.#oneIn = material.chance.pick([2, 5, 12, 40]);
  }

  write(kind: 'query' | 'mutation' | 'subscription'): HostileOperation {
    const { chance, roots } = this.material;
    const count = kind === 'query' ? 1 + chance.below(2) : 1;
    const fields = Array.from({ length: count }, (_, i) => {
      const root = chance.pick(roots[kind]);
      this.#mutation = kind === 'mutation' ? root.name : '';
      return this.#field(root, 2, `r${i}: `);
    });
    const declared = this.#declarations.length > 0 ? `(${this.#declarations.join(', ')})` : '';
    return { query: `${kind} Fuzz${declared} { ${fields.join(' ')} }`, variables: this.#variables };
  }

  #hostile = (): boolean => this.material.chance.below(this.#oneIn) === 0;

  #directive(): string {
    const { chance } = this.material;
    if (chance.below(25) > 0) return '';
    const word = chance.pick(['skip', 'include']);
    if (chance.below(2) === 0) return ` @${word}(if: ${chance.below(2) === 0})`;
    const name = `b${++this.#names}`;
    const type = chance.pick(['Boolean!', 'Boolean! = true', 'Boolean = false']);
    this.#declarations.push(`$${name}: ${type}`);
    const value = chance.pick([true, false, null, undefined]);
    if (value !== undefined) this.#variables[name] = value;
    return ` @${word}(if: $${name})`;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number, alias = ''): string {
    const args = field.args.flatMap((arg) => this.#argument(field, arg));
    const own = alias || args.length === 0 ? alias : `a${++this.#names}: `;
    const named = getNamedType(field.type);
    const list = args.length > 0 ? `(${args.join(', ')})` : '';
    const below = isObjectType(named) || isInterfaceType(named) ? ` ${this.#selection(named, depth)}` : '';
    return `${own}${field.name}${list}${this.#directive()}${below}`;
  }

  #selection(type: GraphQLObjectType | GraphQLInterfaceType, depth: number): string {
    const { chance } = this.material;
    const fields = Object.values(type.getFields()).filter((f) => !f.args.some((arg) => isNonNullType(arg.type)));
    const leaves = fields.filter((f) => isLeafType(getNamedType(f.type)));
    const branches = fields.filter((f) => !isLeafType(getNamedType(f.type)) && f.name !== 'query');
    const parts = ['__typename', ...chance.some([...leaves, ...leaves, type.getFields()['id'] ?? leaves[0]], 3)].map(
      (f) => (typeof f === 'string' ? f : f ? this.#field(f, 0) : '__typename'),
    );
    const userErrors = branches.find(({ name }) => name === 'userErrors');
    if (userErrors) parts.push('userErrors { code message }');
    if (depth > 0)
      for (const branch of branches.length > 0 ? chance.some(branches, 2) : []) {
        if (branch.name !== 'userErrors')
          parts.push(this.#field(branch, /(Connection|Edge)$/.test(type.name) ? depth : depth - 1));
      }
    return `{ ${[...new Set(parts)].join(' ')} }`;
  }

  #argument(field: GraphQLField<unknown, unknown>, arg: GraphQLArgument): string[] {
    const { chance } = this.material;
    const cursor = arg.name === 'after' || arg.name === 'before';
    if (!isNonNullType(arg.type) && (chance.below(3) > 0 || (cursor && !this.#hostile()))) return [];
    if (['first', 'last'].includes(arg.name) && arg.name === 'last' && chance.below(4) > 0) return [];
    if (arg.name === 'first' || arg.name === 'last') {
      const size = !this.#hostile() ? 1 + chance.below(4) : hostileScalar(chance, 'Int', arg.name);
      return [`${arg.name}: ${this.#given(arg.type, size)}`];
    }
    const value = cursor
      ? this.#cursor(field)
      : arg.name === 'orderBy' && chance.below(2) === 0
        ? []
        : this.#value(arg.type, 3, arg.name);
    return [`${arg.name}: ${this.#given(arg.type, value)}`];
  }

  #cursor(field: GraphQLField<unknown, unknown>): string {
    const { chance, schema } = this.material;
    if (chance.below(3) === 0) return cursorLike(chance);
    const order = field.args.find(({ name }) => name === 'orderBy');
    const input = order && getNamedType(order.type);
    const names =
      input && isInputObjectType(input)
        ? (getNamedType(input.getFields()['field']?.type as never) as unknown as { getValues(): { name: string }[] })
            .getValues()
            .map(({ name }) => name)
        : ['POSITION', 'ID'];
    void schema;
    const term = chance.pick(names);
    const sign = chance.pick(['+', '-']);
    return forgedCursor(chance, term === 'ID' ? `ID${sign}` : `${term}${sign}ID${sign}`);
  }

  #id(name: string): string {
    const { chance, ids } = this.material;
    const words = name === 'id' ? this.#mutation : name;
    const types = Object.keys(ids).sort((a, b) => b.length - a.length);
    const type =
      types.find((known) => words.toLowerCase().includes(known.toLowerCase())) ??
      (/^(ci|target|source|subject)/i.test(name)
        ? 'ConfigurationItem'
        : /owner|manager|assignee/i.test(name) && 'Person');
    return chance.pick((type && chance.below(10) > 0 && ids[type]) || ids[chance.pick(types)] || ['x']);
  }

  #harmless(type: string, name: string): unknown {
    const { chance } = this.material;
    if (name === 'idempotencyKey') return chance.below(4) === 0 ? `k${chance.below(1_000)}` : undefined;
    switch (type) {
      case 'ID':
        return this.#id(name);
      case 'Int':
      case 'SafeInt':
        return 1 + chance.below(4);
      case 'Boolean':
        return chance.below(2) === 0;
      case 'DateTime':
        return new Date(Date.UTC(2026, 10, 23) + chance.below(90 * 24) * 3_600_000).toISOString();
      case 'JSON':
      case 'JSONObject':
        return { rack: chance.below(9), serial: 'x' };
      default:
        if (name === 'email') return `p${chance.below(10_000)}@fuzz.test`;
        if (name === 'rrule') return 'FREQ=WEEKLY;BYDAY=SU';
        if (name === 'timeZone') return 'Europe/Berlin';
        return `plain ${chance.below(1_000)}`;
    }
  }

  /** As a literal, a variable, or the default of one. */
  #given(type: GraphQLInputType, value: unknown): string {
    const { chance } = this.material;
    if (chance.below(3) === 0) {
      const text = literal(value, type);
      if (text.length < 3_000 && !text.includes('deep:')) return text;
    }
    const name = `v${++this.#names}`;
    const nullable = isNonNullType(type) && this.#hostile() && chance.below(3) === 0;
    const fallback = nullable ? ` = ${literal(value, type)}` : '';
    this.#declarations.push(`$${name}: ${nullable ? String(getNullableType(type)) : String(type)}${fallback}`);
    if (!nullable || fallback.length > 3_000) this.#variables[name] = value;
    else if (chance.below(2) === 0) this.#variables[name] = null;
    return `$${name}`;
  }

  #value(type: GraphQLInputType, depth: number, name: string): unknown {
    const { chance } = this.material;
    if (!isNonNullType(type) && this.#hostile() && chance.below(3) === 0) return null;
    const bare = getNullableType(type);
    if (isListType(bare)) {
      const length = this.#hostile() && chance.below(10) === 0 ? 600 : chance.below(3);
      return Array.from({ length }, () => this.#value(bare.ofType as GraphQLInputType, depth - 1, name));
    }
    if (isEnumType(bare)) return chance.pick(bare.getValues()).name;
    if (isInputObjectType(bare)) {
      const fields = Object.values(bare.getFields());
      const filter = bare.name.endsWith('Filter');
      const chosen = filter
        ? chance.some(
            fields.filter((f) => depth > 0 || !['and', 'or', 'not'].includes(f.name)),
            2,
          )
        : fields.filter((f) => isNonNullType(f.type) || chance.below(2) === 0);
      return Object.fromEntries(
        chosen.map((f) => [f.name, this.#value(f.type, depth - 1, filter && f.name.length < 4 ? name : f.name)]),
      );
    }
    return this.#hostile() ? hostileScalar(chance, bare.name, name) : this.#harmless(bare.name, name);
  }
}

/** Writes one operation. Every choice comes from `chance`, so that a seed repeats it. */
export function hostileOperation(material: Material, kind: 'query' | 'mutation' | 'subscription'): HostileOperation {
  return new Writer(material).write(kind);
}

/** The root fields of a schema. */
export const rootsOf = (schema: GraphQLSchema): Material['roots'] => ({
  query: Object.values(schema.getQueryType()?.getFields() ?? {}),
  mutation: Object.values(schema.getMutationType()?.getFields() ?? {}),
  subscription: Object.values(schema.getSubscriptionType()?.getFields() ?? {}),
});
