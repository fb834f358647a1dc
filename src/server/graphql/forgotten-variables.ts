import {
  isNonNullType,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type TypeNode,
} from 'graphql';

const known = new WeakMap<OperationDefinitionNode, readonly string[]>();

// Names of the optional variables that stand inside a filter, as in `filter: { name: { eq: $name } }`.
function optionalInFilters(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: readonly FragmentDefinitionNode[],
): readonly string[] {
  const remembered = known.get(operation);
  if (remembered) return remembered;
  const optional = new Set(
    (operation.variableDefinitions ?? [])
      .filter((v) => v.defaultValue === undefined && !isNonNullType(typeFromAST(schema, v.type as TypeNode as never)))
      .map((v) => v.variable.name.value),
  );
  const found = new Set<string>();
  const types = new TypeInfo(schema);
  const look = (node: ASTNode) =>
    void visit(
      node,
      visitWithTypeInfo(types, {
        VariableDefinition: () => false,
        Variable: ({ name }) => {
          if (
            types
              .getParentInputType()
              ?.toString()
              .replace(/[![\]]/g, '')
              .endsWith('Filter')
          )
            found.add(name.value);
        },
      }),
    );
  if (optional.size > 0) [operation, ...fragments].forEach(look);
  const names = [...optional].filter((name) => found.has(name));
  known.set(operation, names);
  return names;
}

/**
 * The variables of a request, with null for each optional one that stands inside a filter and was not given. GraphQL
 * drops a field whose variable is missing, so that the filter would silently match more, up to everything. A null is
 * refused where filters become conditions (`src/database/filter.ts`).
 */
export function withForgotten(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: readonly FragmentDefinitionNode[],
  variables: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const forgotten = optionalInFilters(schema, operation, fragments).filter((name) => variables[name] === undefined);
  return { ...variables, ...Object.fromEntries(forgotten.map((name) => [name, null])) };
}
