import {
  GraphQLError,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { RequestError } from '../domain/errors.js';
import { DEFAULT_PAGE } from '../domain/list.js';
import { overlapsOf } from './overlaps.js';

/** What operations may ask for; see the settings of the same names. */
export interface Limits {
  readonly maxDepth: number;
  readonly maxCost: number;
  readonly maxAliases: number;
}

/** Maximum number of tokens in a document. */
export const MAX_TOKENS = 5_000;
/** Maximum number of directives in a document. */
export const MAX_DIRECTIVES = 20;
/** Maximum number of mutations in one document. */
export const MAX_MUTATIONS = 4;
/** Maximum number of pairs of fields that the validator compares, see {@link overlapsOf}. It takes about 20 ms. */
export const MAX_OVERLAPS = 20_000;
/** Assumed length of a list without pages. */
const UNPAGED = 10;

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

const exceeded = (message: string, details: Record<string, unknown>) =>
  new GraphQLError(message, { extensions: { ...details, code: 'LIMIT_EXCEEDED' } });

/** The fragments of a document by name. */
export const fragmentsOf = (document: DocumentNode): Fragments =>
  new Map(document.definitions.filter((d) => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]));

/**
 * Computes something for a selection set, and for each fragment only once: a document of a few hundred short fragments
 * that each spread the next one twice would otherwise be walked 2^n times. A fragment within itself counts as nothing;
 * validation rejects it.
 * @param compute receives `spread`, which returns the result for a fragment by its name.
 */
export function perFragment(
  fragments: Fragments,
  compute: (fragment: FragmentDefinitionNode, spread: (name: string) => number) => number,
): (name: string) => number {
  const known = new Map<string, number>();
  const spread = (name: string): number => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const fragment = fragments.get(name);
    known.set(name, 0);
    const value = fragment ? compute(fragment, spread) : 0;
    known.set(name, value);
    return value;
  };
  return spread;
}

function depthOf(set: SelectionSetNode | undefined, spread: (name: string) => number): number {
  let deepest = 0;
  for (const selection of set?.selections ?? []) {
    if (selection.kind === Kind.FIELD) deepest = Math.max(deepest, 1 + depthOf(selection.selectionSet, spread));
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      deepest = Math.max(deepest, depthOf(selection.selectionSet, spread));
    else deepest = Math.max(deepest, spread(selection.name.value));
  }
  return deepest;
}

// Number of fields at the root, wherever they are written.
function rootFields(set: SelectionSetNode, spread: (name: string) => number): number {
  let fields = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) fields++;
    else
      fields +=
        selection.kind === Kind.INLINE_FRAGMENT
          ? rootFields(selection.selectionSet, spread)
          : spread(selection.name.value);
  }
  return fields;
}

const isIntrospection = (operation: OperationDefinitionNode) =>
  operation.selectionSet.selections.every((s) => s.kind === Kind.FIELD && s.name.value.startsWith('__'));

function countAliasesAndDirectives(document: DocumentNode): { aliases: number; directives: number } {
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
    if (definition.kind === Kind.OPERATION_DEFINITION)
      for (const variable of definition.variableDefinitions ?? []) directives += variable.directives?.length ?? 0;
    count(definition.selectionSet);
  }
  return { aliases, directives };
}

/**
 * Validation rules that bound an operation before anything runs: depth, aliases, directives, mutations per document,
 * repeated fields. The other rules do not get to see a document beyond them: they take the square of its length.
 * Both doors use them. They exempt introspection, which is deep by nature: it needs a sign-in, and graphql-js itself
 * bounds its cycles.
 */
export function limitRules({ maxDepth, maxAliases }: Limits): ((context: ValidationContext) => ASTVisitor)[] {
  return [
    (context) => ({
      Document(document) {
        const fragments = fragmentsOf(document);
        const depthOfFragment = perFragment(fragments, (fragment, spread) => depthOf(fragment.selectionSet, spread));
        const rootsOfFragment = perFragment(fragments, (fragment, spread) => rootFields(fragment.selectionSet, spread));
        const { aliases, directives } = countAliasesAndDirectives(document);
        let refused = false;
        const refuse = (message: string, max: number) => {
          refused = true;
          context.reportError(exceeded(message, { max }));
        };
        for (const definition of document.definitions) {
          if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
          if (!isIntrospection(definition) && depthOf(definition.selectionSet, depthOfFragment) > maxDepth) {
            refuse(`The operation is more than ${maxDepth} levels deep.`, maxDepth);
          }
          if (
            definition.operation === 'mutation' &&
            rootFields(definition.selectionSet, rootsOfFragment) > MAX_MUTATIONS
          ) {
            refuse(`A document may contain at most ${MAX_MUTATIONS} mutations.`, MAX_MUTATIONS);
          }
        }
        if (aliases > maxAliases) refuse(`An operation may use at most ${maxAliases} aliases.`, maxAliases);
        if (directives > MAX_DIRECTIVES)
          refuse(`An operation may use at most ${MAX_DIRECTIVES} directives.`, MAX_DIRECTIVES);
        if (!refused && overlapsOf(document, MAX_OVERLAPS) > MAX_OVERLAPS)
          refuse('The document selects the same fields too often, directly or by fragments.', MAX_OVERLAPS);
        return refused ? { ...document, definitions: [] } : undefined;
      },
    }),
  ];
}

/** Variables as a client sends them. */
export type Variables = Readonly<Record<string, unknown>>;

/** The variables as the operation will see them: the given ones, and defaults for the others. */
export function withDefaults(operation: OperationDefinitionNode, variables: Variables): Variables {
  const all: Record<string, unknown> = { ...variables };
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue && all[variable.name.value] === undefined)
      all[variable.name.value] = valueFromASTUntyped(defaultValue);
  }
  return all;
}

/** The value of an argument; undefined when it is absent. */
export function argument(field: FieldNode, name: string, variables: Variables): unknown {
  const given = field.arguments?.find((a) => a.name.value === name);
  return given && valueFromASTUntyped(given.value, variables as Record<string, never>);
}

function pageSize(field: FieldNode, variables: Variables): number {
  for (const name of ['first', 'last']) {
    const size = argument(field, name, variables);
    if (typeof size === 'number' && size >= 0) return size;
  }
  return DEFAULT_PAGE;
}

const isList = (type: GraphQLOutputType) => isListType(isNonNullType(type) ? type.ofType : type);

/**
 * What a field does beside returning objects, in objects: the `complexity` that its resolver declares, as a number or
 * by its arguments.
 */
function workOf(definition: GraphQLField<unknown, unknown>, field: FieldNode, variables: Variables): number {
  const declared = definition.extensions['complexity'] as
    number | ((asked: { readonly args: Variables }) => number) | undefined;
  if (typeof declared !== 'function') return declared ?? 0;
  const args = Object.fromEntries(definition.args.map(({ name }) => [name, argument(field, name, variables)]));
  return declared({ args });
}

/**
 * The cost of an operation: the maximum number of objects that it can return, with page sizes multiplied along the
 * edges, and what fields do beside that (their `complexity`). So a small document can request neither a huge answer nor
 * huge work. Computed before execution.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  given: Variables,
): number {
  const variables = withDefaults(operation, given);
  const costOfField = (field: FieldNode, typeName: string, spread: (name: string) => number): number => {
    const type = schema.getType(typeName);
    const definition =
      type && (isObjectType(type) || isInterfaceType(type)) ? type.getFields()[field.name.value] : undefined;
    if (!definition) return 0;
    const work = workOf(definition, field, variables);
    const named = getNamedType(definition.type);
    if (!isCompositeType(named) || !field.selectionSet) return work;
    const below = costOfSet(field.selectionSet, named.name, spread);
    if (named.name.endsWith('Connection')) return work + pageSize(field, variables) * (1 + below);
    // The parts of a page are counted with the page.
    if (typeName.endsWith('Connection') || typeName.endsWith('Edge')) return work + below;
    const ids = argument(field, 'ids', variables);
    const times = isList(definition.type) ? (Array.isArray(ids) ? ids.length : UNPAGED) : 1;
    return work + times * (1 + below);
  };
  const costOfSet = (set: SelectionSetNode, typeName: string, spread: (name: string) => number): number => {
    let cost = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) cost += costOfField(selection, typeName, spread);
      else if (selection.kind === Kind.INLINE_FRAGMENT)
        cost += costOfSet(selection.selectionSet, selection.typeCondition?.name.value ?? typeName, spread);
      else cost += spread(selection.name.value);
    }
    return cost;
  };
  const root = schema.getRootType(operation.operation);
  const spread = perFragment(fragmentsOf(document), (fragment, inner) =>
    costOfSet(fragment.selectionSet, fragment.typeCondition.name.value, inner),
  );
  return root ? costOfSet(operation.selectionSet, root.name, spread) : 0;
}

/** @throws RequestError LIMIT_EXCEEDED when the operation costs more than allowed. */
export function assertCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  max: number,
): void {
  const cost = costOf(schema, document, operation, variables);
  if (cost > max)
    throw new RequestError(
      'LIMIT_EXCEEDED',
      `The operation costs ${cost}, counted in objects; the maximum is ${max}. ` +
        'Request smaller pages, or fewer of the fields that compute much.',
      { cost, max },
    );
}
