import { Kind, parse, print, visit, type DocumentNode, type OperationDefinitionNode } from 'graphql';

/** The operation that a document executes: the named one, or the first one. */
export function operationOf(document: DocumentNode, name?: string | null): OperationDefinitionNode | undefined {
  const operations = document.definitions.filter((d) => d.kind === Kind.OPERATION_DEFINITION);
  return name ? operations.find((o) => o.name?.value === name) : operations[0];
}

/**
 * The same subscription, starting after a cursor: sets or replaces the argument `after` of its field.
 * @param cursor the `endCursor` of the last message.
 */
export function resumeAfter(query: string, operationName: string | null | undefined, cursor: string): string {
  const document = parse(query);
  const operation = operationOf(document, operationName);
  const usesAfter = (name: string) => operation?.variableDefinitions?.some((v) => v.variable.name.value === name);
  let dropped: string | undefined;
  const edited = visit(document, {
    [Kind.OPERATION_DEFINITION]: (node) => (node === operation ? undefined : false),
    [Kind.FIELD]: (node, _key, _parent, path) => {
      // Only the root field of the subscription: definitions, n, selectionSet, selections, m.
      if (path.length !== 5) return false;
      const old = node.arguments?.find((a) => a.name.value === 'after');
      if (old?.value.kind === Kind.VARIABLE && usesAfter(old.value.name.value)) dropped = old.value.name.value;
      const after = {
        kind: Kind.ARGUMENT,
        name: { kind: Kind.NAME, value: 'after' },
        value: { kind: Kind.STRING, value: cursor },
      } as const;
      return { ...node, arguments: [...(node.arguments ?? []).filter((a) => a !== old), after] };
    },
  });
  // An unused variable would be an error.
  return print(
    dropped === undefined
      ? edited
      : visit(edited, {
          [Kind.VARIABLE_DEFINITION]: (node) => (node.variable.name.value === dropped ? null : undefined),
        }),
  );
}

/** The cursor of a message, if the query selects `endCursor`. */
export function cursorOf(data: unknown): string | undefined {
  for (const value of Object.values((data ?? {}) as Record<string, unknown>)) {
    const cursor = (value as { endCursor?: unknown } | null)?.endCursor;
    if (typeof cursor === 'string') return cursor;
  }
  return undefined;
}
