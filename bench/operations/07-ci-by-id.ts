import { toNodeId } from '../../src/domain/node-id.js';
import type { Operation } from '../operation.js';

/** The smallest possible query. */
export const operation: Operation = {
  name: 'ci-by-id',
  title: 'one CI by id',
  parameters: `select id from configuration_item order by md5(id::text || '7') limit $1`,
  interlock: {
    document: `
      query Ci($id: ID!) {
        ci: node(id: $id) { ... on ConfigurationItem {
          id number name description ciClass criticality state lifecycleState attributes version createdAt updatedAt
        } }
      }`,
    variables: ({ id }) => ({ id: toNodeId('ConfigurationItem', id as string) }),
  },
  postgraphile: {
    document: `
      query Ci($id: UUID!) {
        ci: configurationItemByRowId(rowId: $id) {
          id: rowId number name description ciClass criticality state lifecycleState attributes version createdAt
          updatedAt
        }
      }`,
    variables: ({ id }) => ({ id }),
  },
  mercurius: {
    document: `
      query Ci($id: ID!) {
        ci: configurationItem(id: $id) {
          id number name description ciClass criticality state lifecycleState attributes version createdAt updatedAt
        }
      }`,
    variables: ({ id }) => ({ id }),
  },
  limit: {
    sql: () => `
      select
        json_build_object(
          'ci',
          (
            select row_to_json(c)
            from (
              select
                id, number, name, description, ci_class as "ciClass", criticality, state,
                lifecycle_state as "lifecycleState", attributes, version, created_at as "createdAt",
                updated_at as "updatedAt"
              from configuration_item
              where id = $1
            ) c
          )
        )::text as data`,
    values: ({ id }) => [id],
  },
};
