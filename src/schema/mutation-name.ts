import { getMetadataStorage, registerEnumType } from 'type-graphql';

/**
 * The names of all mutations as a GraphQL enum, so that a client can switch over `AvailableCommand.command` and its
 * compiler sees a new one. {@link registerMutationNames} fills it from the mutations themselves.
 */
export const MutationName: Record<string, string> = {};

/** Fills {@link MutationName}. Call it when all resolver classes are loaded and before the schema is built. */
export function registerMutationNames(): void {
  const mutations = getMetadataStorage().mutations.toSorted((a, b) => (a.schemaName < b.schemaName ? -1 : 1));
  for (const { schemaName } of mutations) MutationName[schemaName] = schemaName;
  registerEnumType(MutationName, {
    name: 'MutationName',
    description: 'Name of a mutation, spelled as the mutation itself.',
    valuesConfig: Object.fromEntries(
      mutations.map(({ schemaName, description = '' }) => [
        schemaName,
        { description: /^[^]*?\.(?=\s|$)/.exec(description)?.[0] ?? description },
      ]),
    ),
  });
}
