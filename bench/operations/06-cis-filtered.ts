import { toNodeId } from '../../src/domain/node-id.js';
import type { Operation } from '../operation.js';

/** The items of a team by name, ascending or descending. */
export const operation: Operation = {
  name: 'cis-filtered',
  title: 'flat page of 100 CIs with a filter (owner team) and an order (name)',
  parameters: `
    select t.id as team, d.direction
    from team t, (values ('ASC'), ('DESC')) as d(direction)
    order by md5(t.id::text || d.direction) limit $1`,
  interlock: {
    document: `
      query TeamItems($team: ID!, $direction: OrderDirection!) {
        configurationItems(
          first: 100
          filter: { ownerTeam: { eq: $team } }
          orderBy: [{ field: NAME, direction: $direction }]
        ) {
          nodes { id number name description ciClass criticality state lifecycleState version updatedAt }
        }
      }`,
    variables: ({ team, direction }) => ({ team: toNodeId('Team', team as string), direction }),
  },
  postgraphile: {
    document: `
      query TeamItems($team: UUID!, $orderBy: [ConfigurationItemOrderBy!]) {
        configurationItems: allConfigurationItems(first: 100, condition: { ownerTeamId: $team }, orderBy: $orderBy) {
          nodes { id: rowId number name description ciClass criticality state lifecycleState version updatedAt }
        }
      }`,
    variables: ({ team, direction }) => ({ team, orderBy: [`NAME_${direction}`, `PRIMARY_KEY_${direction}`] }),
  },
  mercurius: {
    document: `
      query TeamItems($team: ID!, $direction: OrderDirection!) {
        configurationItems(first: 100, ownerTeam: $team, byName: $direction) {
          id number name description ciClass criticality state lifecycleState version updatedAt
        }
      }`,
    variables: ({ team, direction }) => ({ team, direction }),
  },
  limit: {
    sql: ({ direction }) => `
      select json_build_object('configurationItems', coalesce(json_agg(row_to_json(c)), '[]'))::text as data
      from (
        select
          id, number, name, description, ci_class as "ciClass", criticality, state,
          lifecycle_state as "lifecycleState", version, updated_at as "updatedAt"
        from configuration_item
        where owner_team_id = $1
        order by name ${direction}, id ${direction} limit 100
      ) c`,
    values: ({ team }) => [team],
  },
};
