import {
  GraphQLError,
  isNonNullType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type ASTVisitor,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { RequestError } from '../domain/errors.js';
import { MAX_VARIABLES_DEPTH, problemOfText, problemOfValue } from '../domain/value.js';

type Variables = Readonly<Record<string, unknown>>;

const refused = (path: string, problem: string) =>
  new RequestError('BAD_USER_INPUT', `"${path}" ${problem}.`, { field: path });

/**
 * Refuses variables that cannot be stored: a text with U+0000 or an unpaired surrogate, wherever it stands, and
 * values that are too deep to be walked.
 * @throws RequestError BAD_USER_INPUT with the path of the value
 */
export function checkVariables(variables: Variables): void {
  const found = problemOfValue(variables, MAX_VARIABLES_DEPTH);
  if (found) throw refused(found.path, found.problem);
}

// The lexer refuses such characters as they are; a document holds them as escapes only.
function checkLiterals(document: DocumentNode): void {
  if (document.loc?.source.body.includes('\\u') === false) return;
  visit(document, {
    [Kind.ARGUMENT]: ({ name, value }) => {
      visit(value, {
        [Kind.STRING]: (text) => {
          const problem = problemOfText(text.value);
          if (problem !== undefined) throw refused(name.value, problem);
        },
      });
    },
    [Kind.VARIABLE_DEFINITION]: ({ variable, defaultValue }) => {
      if (defaultValue)
        visit(defaultValue, {
          [Kind.STRING]: (text) => {
            const problem = problemOfText(text.value);
            if (problem !== undefined) throw refused(variable.name.value, problem);
          },
        });
    },
  });
}

// A variable with a default may stand where null must not, and be null all the same. graphql-js notices that only in
// the middle of the operation.
function checkNulls(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): void {
  const nulls = new Set(
    (operation.variableDefinitions ?? [])
      .filter(({ variable, defaultValue }) => defaultValue && variables[variable.name.value] === null)
      .map(({ variable }) => variable.name.value),
  );
  if (nulls.size === 0) return;
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      [Kind.VARIABLE_DEFINITION]: () => false,
      [Kind.VARIABLE]: ({ name }) => {
        if (nulls.has(name.value) && isNonNullType(types.getInputType()))
          throw refused(name.value, `must not be null: it stands where ${String(types.getInputType())} is expected`);
      },
    }),
  );
}

/**
 * Refuses values that no part of the server can keep, before anything runs. Both doors ask it for every operation, so
 * that no scalar, resolver or statement has to.
 * @throws RequestError BAD_USER_INPUT
 */
export function checkValues(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): void {
  checkVariables(variables);
  checkLiterals(document);
  checkNulls(schema, document, operation, variables);
}

function conditional(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen: Set<string>,
): DirectiveNode | undefined {
  for (const selection of set.selections) {
    const found = selection.directives?.find(({ name }) => name.value === 'skip' || name.value === 'include');
    if (found) return found;
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection.selectionSet
        : selection.kind === Kind.FRAGMENT_SPREAD && !seen.has(selection.name.value)
          ? fragments.get(selection.name.value)?.selectionSet
          : undefined;
    if (selection.kind === Kind.FRAGMENT_SPREAD) seen.add(selection.name.value);
    const below = inner && conditional(inner, fragments, seen);
    if (below) return below;
  }
  return undefined;
}

/**
 * Validation rule: the stream of a subscription is not conditional. GraphQL forbids `@skip` and `@include` there since
 * September 2025. The rule of graphql-js that counts the fields of a subscription does so without values for its
 * variables, and throws. So the other rules do not get to see such an operation.
 */
export function unconditionalSubscription(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      const fragments = new Map(
        document.definitions.filter((d) => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]),
      );
      const sound = document.definitions.filter((definition) => {
        if (definition.kind !== Kind.OPERATION_DEFINITION || definition.operation !== 'subscription') return true;
        const found = conditional(definition.selectionSet, fragments, new Set());
        if (found)
          context.reportError(
            new GraphQLError(`The field of a subscription must not have @${found.name.value}.`, { nodes: found }),
          );
        return !found;
      });
      return sound.length === document.definitions.length ? undefined : { ...document, definitions: sound };
    },
  };
}
