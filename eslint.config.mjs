// ESLint looks at schema.graphql only; TypeScript is oxlint's (the native compiler has no API for ESLint's parser).
import graphql from '@graphql-eslint/eslint-plugin';

const recommended = graphql.configs['flat/schema-recommended'].rules;
const relay = graphql.configs['flat/schema-relay'].rules;

// The values of MutationName are spelled as the mutations are.
const [level, { EnumValueDefinition: enumValues, ...names }] = recommended['@graphql-eslint/naming-convention'];
const naming = [level, { ...names, 'EnumValueDefinition[parent.name.value!=MutationName]': enumValues }];

export default [
  {
    files: ['**/*.graphql'],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: './schema.graphql' } },
    },
    rules: {
      ...recommended,
      ...relay,
      '@graphql-eslint/naming-convention': naming,
      // Plain lists are allowed where they are always short; paged lists are connections. Their nodes are Nodes, except
      // events, conflicts and impacted items, which describe one moment and cannot be fetched again.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          DirectiveDefinition: true,
          rootField: true,
        },
      ],
      '@graphql-eslint/require-deprecation-reason': 'error',
      '@graphql-eslint/no-unreachable-types': 'error',
      '@graphql-eslint/no-duplicate-fields': 'off', // a rule for operations
      // Payloads are non-null (their object inside is nullable), and so are the connections at the root.
      '@graphql-eslint/require-nullable-result-in-root': 'off',
      '@graphql-eslint/input-name': ['error', { checkInputType: true, caseSensitiveInputType: false }],
      '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
      '@graphql-eslint/require-field-of-type-query-in-mutation-result': 'error',
      // Value objects (a batch, a blocker, a slot) have no id; what has one implements Node.
      '@graphql-eslint/strict-id-in-types': 'off',
    },
  },
];
