import { GraphQLError, getNamedType, isCompositeType, isInterfaceType, isObjectType, Kind, type ASTVisitor, type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLSchema, type OperationDefinitionNode, type SelectionSetNode, type ValidationContext } from 'graphql';
import { RequestError } from '../domain/errors.js';
import { DEFAULT_PAGE } from '../reads/page.js';

/** What operations may ask for; see the settings of the same names. */
export interface Limits {
  readonly maxDepth: number;
  readonly maxCost: number;
  readonly maxAliases: number;
}

/** Most tokens in a document. */
export const MAX_TOKENS = 5_000;
/** Most directives in a document. */
const MAX_DIRECTIVES = 20;
/** Most mutations in one document. */
const MAX_MUTATIONS = 4;

const exceeded = (message: string, details: Record<string, unknown>) => new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED', ...details } });

function depthOf(set: SelectionSetNode | undefined, fragments: ReadonlyMap<string, FragmentDefinitionNode>, seen: ReadonlySet<string>, stopAt: number): number {
  if (!set || stopAt < 0) return 0;
  let deepest = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) deepest = Math.max(deepest, 1 + depthOf(selection.selectionSet, fragments, seen, stopAt - 1));
    else if (selection.kind === Kind.INLINE_FRAGMENT) deepest = Math.max(deepest, depthOf(selection.selectionSet, fragments, seen, stopAt));
    else {
      const fragment = fragments.get(selection.name.value);
      if (fragment && !seen.has(selection.name.value)) deepest = Math.max(deepest, depthOf(fragment.selectionSet, fragments, new Set(seen).add(selection.name.value), stopAt));
    }
  }
  return deepest;
}

const fragmentsOf = (document: DocumentNode) => new Map(document.definitions.filter((d) => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]));

const isIntrospection = (operation: OperationDefinitionNode) =>
  operation.selectionSet.selections.every((s) => s.kind === Kind.FIELD && s.name.value.startsWith('__'));

/**
 * Validation rules that bound an operation before anything runs: depth, aliases, directives, mutations per document. Both doors
 * use them. Introspection is deep by nature and bounded by being offered only to who is signed in, so depth does not count there.
 */
export function limitRules(limits: Limits): ((context: ValidationContext) => ASTVisitor)[] {
  return [
    (context) => ({
      Document(document) {
        const fragments = fragmentsOf(document);
        let aliases = 0;
        let directives = 0;
        const count = (set: SelectionSetNode | undefined): void => {
          for (const selection of set?.selections ?? []) {
            if (selection.kind === Kind.FIELD && selection.alias) aliases++;
            directives += selection.directives?.length ?? 0;
            if (selection.kind !== Kind.FRAGMENT_SPREAD) count(selection.selectionSet);
          }
        };
        for (const definition of document.definitions) {
          if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
          directives += definition.directives?.length ?? 0;
          count(definition.selectionSet);
          if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
          const { maxDepth } = limits;
          if (!isIntrospection(definition) && depthOf(definition.selectionSet, fragments, new Set(), maxDepth + 1) > maxDepth) {
            context.reportError(exceeded(`The operation is more than ${maxDepth} levels deep.`, { max: maxDepth }));
          }
          if (definition.operation === 'mutation' && definition.selectionSet.selections.length > MAX_MUTATIONS) {
            context.reportError(exceeded(`At most ${MAX_MUTATIONS} mutations may come in one document.`, { max: MAX_MUTATIONS }));
          }
        }
        if (aliases > limits.maxAliases) context.reportError(exceeded(`At most ${limits.maxAliases} aliases may be used.`, { max: limits.maxAliases }));
        if (directives > MAX_DIRECTIVES) context.reportError(exceeded(`At most ${MAX_DIRECTIVES} directives may be used.`, { max: MAX_DIRECTIVES }));
      },
    }),
  ];
}

function pageSize(field: FieldNode, variables: Readonly<Record<string, unknown>>): number {
  for (const argument of field.arguments ?? []) {
    if (argument.name.value !== 'first' && argument.name.value !== 'last') continue;
    const value = argument.value.kind === Kind.VARIABLE ? variables[argument.value.name.value] : argument.value.kind === Kind.INT ? Number(argument.value.value) : undefined;
    if (typeof value === 'number') return Math.max(value, 0);
  }
  return DEFAULT_PAGE;
}

/**
 * How many objects an operation asks for at most: page sizes multiplied along the edges, so that a small document cannot order a
 * huge answer. Counted before execution.
 */
export function costOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): number {
  const fragments = fragmentsOf(document);
  const walk = (set: SelectionSetNode | undefined, typeName: string | undefined, factor: number, seen: ReadonlySet<string>): number => {
    let cost = 0;
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (fragment && !seen.has(selection.name.value)) cost += walk(fragment.selectionSet, fragment.typeCondition.name.value, factor, new Set(seen).add(selection.name.value));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        cost += walk(selection.selectionSet, selection.typeCondition?.name.value ?? typeName, factor, seen);
      } else {
        const type = typeName === undefined ? undefined : schema.getType(typeName);
        const definition = type && (isObjectType(type) || isInterfaceType(type)) ? type.getFields()[selection.name.value] : undefined;
        const named = definition && getNamedType(definition.type);
        if (!named || !isCompositeType(named) || !selection.selectionSet) continue;
        const isList = named.name.endsWith('Connection');
        const times = isList ? factor * pageSize(selection, variables) : factor;
        cost += (isList ? times : named.name.endsWith('Edge') || selection.name.value === 'nodes' ? 0 : factor) + walk(selection.selectionSet, named.name, times, seen);
      }
    }
    return cost;
  };
  const root = schema.getRootType(operation.operation);
  return walk(operation.selectionSet, root?.name, 1, new Set());
}

/** @throws RequestError LIMIT_EXCEEDED when the operation asks for more objects than allowed. */
export function assertCost(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>, max: number): void {
  const cost = costOf(schema, document, operation, variables);
  if (cost > max) throw new RequestError('LIMIT_EXCEEDED', `The operation asks for up to ${cost} objects; at most ${max} are allowed. Ask for smaller pages.`, { cost, max });
}
