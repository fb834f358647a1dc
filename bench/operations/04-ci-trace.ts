import { toNodeId } from '../../src/domain/node-id.js';
import type { Operation } from '../operation.js';

/** The versions installed on a CI, and how they got there. */
export const operation: Operation = {
  name: 'ci-trace',
  title: "a CI's trace back to installations, distributions, releases, changes and the previous version",
  parameters: `
    select id
    from (select distinct ci_id as id from installation) i
    order by md5(id::text || '4') limit $1`,
  interlock: {
    document: `
      query CiTrace($id: ID!) {
        ci: node(id: $id) { ... on ConfigurationItem {
          id number name
          installations(first: 10) { nodes {
            id digest assurance validFrom validTo
            dmlItemVersion { id number label }
            previous { id validFrom dmlItemVersion { id number label } }
            distribution { id number state endedAt }
            release {
              id number name state
              changes(first: 10) { nodes {
                id number title state
                authorisedBy { id name }
              } }
            }
          } }
        } }
      }`,
    variables: ({ id }) => ({ id: toNodeId('ConfigurationItem', id as string) }),
  },
  postgraphile: {
    document: `
      query CiTrace($id: UUID!) {
        ci: configurationItemByRowId(rowId: $id) {
          id: rowId number name
          installations: installationsByCiId( first: 10 orderBy: [VALID_FROM_DESC, PRIMARY_KEY_DESC] ) {
            nodes {
              id: rowId digest assurance validFrom validTo
              dmlItemVersion: dmlItemVersionByDmlItemVersionId { id: rowId number label }
              previous: installationByPreviousId {
                id: rowId validFrom
                dmlItemVersion: dmlItemVersionByDmlItemVersionId { id: rowId number label }
              }
              distribution: distributionByDistributionId { id: rowId number state endedAt }
              release: releaseByReleaseId {
                id: rowId number name state
                changes: releaseChangesByReleaseId(first: 10) { nodes { link: changeByChangeId {
                  id: rowId number title state
                  authorisedBy: personByAuthorisedById { id: rowId name }
                } } }
              }
            }
          }
        }
      }`,
    variables: ({ id }) => ({ id }),
  },
  mercurius: {
    document: `
      query CiTrace($id: ID!) {
        ci: configurationItem(id: $id) {
          id number name
          installations(first: 10) {
            id digest assurance validFrom validTo
            dmlItemVersion { id number label }
            previous { id validFrom dmlItemVersion { id number label } }
            distribution { id number state endedAt }
            release {
              id number name state
              changes(first: 10) { id number title state authorisedBy { id name } }
            }
          }
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
                c.id, c.number, c.name,
                (
                  select coalesce(json_agg(row_to_json(i)), '[]')
                  from (
                    select
                      i.id, i.digest, i.assurance, i.valid_from as "validFrom", i.valid_to as "validTo",
                      (
                        select json_build_object('id', id, 'number', number, 'label', label)
                        from dml_item_version
                        where id = i.dml_item_version_id
                      ) as "dmlItemVersion",
                      (
                        select
                          json_build_object(
                            'id', p.id, 'validFrom', p.valid_from, 'dmlItemVersion',
                            (
                              select json_build_object('id', id, 'number', number, 'label', label)
                              from dml_item_version
                              where id = p.dml_item_version_id
                            )
                          )
                        from installation p
                        where p.id = i.previous_id
                      ) as previous,
                      (
                        select
                          json_build_object('id', id, 'number', number, 'state', state, 'endedAt', ended_at)
                        from distribution
                        where id = i.distribution_id
                      ) as distribution,
                      (
                        select row_to_json(r)
                        from (
                          select
                            r.id, r.number, r.name, r.state,
                            (
                              select coalesce(json_agg(row_to_json(g)), '[]')
                              from (
                                select
                                  g.id, g.number, g.title, g.state,
                                  (
                                    select json_build_object('id', id, 'name', name)
                                    from person
                                    where id = g.authorised_by_id
                                  ) as "authorisedBy"
                                from release_change m
                                join change g on g.id = m.change_id
                                where m.release_id = r.id and m.live
                                order by g.id limit 10
                              ) g
                            ) as changes
                          from release r
                          where r.id = i.release_id
                        ) r
                      ) as release
                    from installation i
                    where i.ci_id = c.id
                    order by i.valid_from desc, i.id desc limit 10
                  ) i
                ) as installations
              from configuration_item c
              where c.id = $1
            ) c
          )
        )::text as data`,
    values: ({ id }) => [id],
  },
};
