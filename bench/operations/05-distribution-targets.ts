import { toNodeId } from '../../src/domain/node-id.js';
import type { Operation } from '../operation.js';

/** The table of targets that an operator follows. */
export const operation: Operation = {
  name: 'distribution-targets',
  title: '200 target executions of a distribution',
  parameters: `
    select distribution_id as id
    from (select distribution_id from target_execution group by distribution_id having count(*) >= 200) d
    order by md5(distribution_id::text) limit $1`,
  interlock: {
    document: `
      query Targets($id: ID!) {
        distribution: node(id: $id) { ... on Distribution {
          id number state
          targets(first: 200) { nodes {
            id state attempt nativeStatus percent step reasonCode startedAt endedAt
            ci { id number name }
          } }
        } }
      }`,
    variables: ({ id }) => ({ id: toNodeId('Distribution', id as string) }),
  },
  postgraphile: {
    document: `
      query Targets($id: UUID!) {
        distribution: distributionByRowId(rowId: $id) {
          id: rowId number state
          targets: targetExecutionsByDistributionId(first: 200) { nodes {
            id: rowId state attempt nativeStatus percent step reasonCode startedAt endedAt
            ci: configurationItemByCiId { id: rowId number name }
          } }
        }
      }`,
    variables: ({ id }) => ({ id }),
  },
  mercurius: {
    document: `
      query Targets($id: ID!) {
        distribution(id: $id) {
          id number state
          targets(first: 200) {
            id state attempt nativeStatus percent step reasonCode startedAt endedAt
            ci { id number name }
          }
        }
      }`,
    variables: ({ id }) => ({ id }),
  },
  limit: {
    sql: () => `
      select
        json_build_object(
          'distribution',
          (
            select row_to_json(d)
            from (
              select
                d.id, d.number, d.state,
                (
                  select coalesce(json_agg(row_to_json(e)), '[]')
                  from (
                    select
                      e.id, e.state, e.attempt, e.native_status as "nativeStatus", e.percent, e.step,
                      e.reason_code as "reasonCode", e.started_at as "startedAt", e.ended_at as "endedAt",
                      (
                        select json_build_object('id', id, 'number', number, 'name', name)
                        from configuration_item
                        where id = e.ci_id
                      ) as ci
                    from target_execution e
                    where e.distribution_id = d.id
                    order by e.id limit 200
                  ) e
                ) as targets
              from distribution d
              where d.id = $1
            ) d
          )
        )::text as data`,
    values: ({ id }) => [id],
  },
};
