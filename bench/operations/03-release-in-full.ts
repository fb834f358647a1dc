import { toNodeId } from '../../src/domain/node-id.js';
import type { Operation } from '../operation.js';

/** Everything that a console shows about one release. */
export const operation: Operation = {
  name: 'release-in-full',
  title: 'one release in full',
  parameters: `select release_id as id from distribution order by md5(release_id::text || '3') limit $1`,
  interlock: {
    document: `
      query ReleaseInFull($id: ID!) {
        release: node(id: $id) { ... on Release {
          id number name description kind packaging state backOutPlan planStart plannedStart plannedEnd acceptedAt
          version createdAt updatedAt
          owner { id name email }
          manager { id name email }
          acceptedBy { id name }
          phases(first: 20) { nodes {
            id name releaseState position
            tasks(first: 50) { nodes {
              id number name kind state mandatory plannedStart plannedEnd actualStart actualEnd evidence
              assignee { id name }
            } }
          } }
          changes(first: 20) { nodes {
            id number title type risk state
            requestedBy { id name }
            targetCis(first: 50) { nodes { id number name ciClass criticality } }
          } }
          contents(first: 20) { nodes {
            id baselineDigest
            version: dmlItemVersion { id number label state item { id name vendor } media { digest size } }
          } }
          distributions(first: 10) { nodes {
            id number name state percent scheduledStart startedAt endedAt
            deploymentTool { id name state }
            runs(first: 5) { nodes { id attempt state } }
            targets(first: 50) { nodes {
              id state percent
              ci { id name }
            } }
          } }
        } }
      }`,
    variables: ({ id }) => ({ id: toNodeId('Release', id as string) }),
  },
  postgraphile: {
    document: `
      query ReleaseInFull($id: UUID!) {
        release: releaseByRowId(rowId: $id) {
          id: rowId number name description kind packaging state backOutPlan planStart plannedStart plannedEnd
          acceptedAt version createdAt updatedAt
          owner: personByOwnerId { id: rowId name email }
          manager: personByManagerId { id: rowId name email }
          acceptedBy: personByAcceptedById { id: rowId name }
          phases: phasesByReleaseId(first: 20, orderBy: [POSITION_ASC, PRIMARY_KEY_ASC]) { nodes {
            id: rowId name releaseState position
            tasks: tasksByPhaseId(first: 50, orderBy: [POSITION_ASC, PRIMARY_KEY_ASC]) { nodes {
              id: rowId number name kind state mandatory plannedStart plannedEnd actualStart actualEnd evidence
              assignee: personByAssigneeId { id: rowId name }
            } }
          } }
          changes: releaseChangesByReleaseId(first: 20) { nodes { link: changeByChangeId {
            id: rowId number title type risk state
            requestedBy: personByRequestedById { id: rowId name }
            targetCis: changeCisByChangeId(first: 50, condition: { role: "TARGET" }) { nodes {
              link: configurationItemByCiId { id: rowId number name ciClass criticality }
            } }
          } } }
          contents: releaseContentsByReleaseId(first: 20) { nodes {
            id: rowId baselineDigest
            version: dmlItemVersionByDmlItemVersionId {
              id: rowId number label state
              item: dmlItemByItemId { id: rowId name vendor }
              media: mediaBlobByMediaId { digest size }
            }
          } }
          distributions: distributionsByReleaseId(first: 10) { nodes {
            id: rowId number name state percent scheduledStart startedAt endedAt
            deploymentTool: deploymentToolByDeploymentToolId { id: rowId name state }
            runs: distributionRunsByDistributionId(first: 5) { nodes { id: rowId attempt state } }
            targets: targetExecutionsByDistributionId(first: 50) { nodes {
              id: rowId state percent
              ci: configurationItemByCiId { id: rowId name }
            } }
          } }
        }
      }`,
    variables: ({ id }) => ({ id }),
  },
  mercurius: {
    document: `
      query ReleaseInFull($id: ID!) {
        release(id: $id) {
          id number name description kind packaging state backOutPlan planStart plannedStart plannedEnd acceptedAt
          version createdAt updatedAt
          owner { id name email }
          manager { id name email }
          acceptedBy { id name }
          phases(first: 20) {
            id name releaseState position
            tasks(first: 50) {
              id number name kind state mandatory plannedStart plannedEnd actualStart actualEnd evidence
              assignee { id name }
            }
          }
          changes(first: 20) {
            id number title type risk state
            requestedBy { id name }
            targetCis(first: 50) { id number name ciClass criticality }
          }
          contents(first: 20) {
            id baselineDigest
            version { id number label state item { id name vendor } media { digest size } }
          }
          distributions(first: 10) {
            id number name state percent scheduledStart startedAt endedAt
            deploymentTool { id name state }
            runs(first: 5) { id attempt state }
            targets(first: 50) { id state percent ci { id name } }
          }
        }
      }`,
    variables: ({ id }) => ({ id }),
  },
  limit: {
    sql: () => `
      select
        json_build_object(
          'release',
          (
            select row_to_json(r)
            from (
              select
                r.id, number, r.name, description, kind, packaging, state, back_out_plan as "backOutPlan",
                plan_start as "planStart", planned_start as "plannedStart", planned_end as "plannedEnd",
                accepted_at as "acceptedAt", r.version, r.created_at as "createdAt",
                r.updated_at as "updatedAt",
                (
                  select json_build_object('id', id, 'name', name, 'email', email)
                  from person
                  where id = r.owner_id
                ) as owner,
                (
                  select json_build_object('id', id, 'name', name, 'email', email)
                  from person
                  where id = r.manager_id
                ) as manager,
                (
                  select json_build_object('id', id, 'name', name) from person where id = r.accepted_by_id
                ) as "acceptedBy",
                (
                  select coalesce(json_agg(row_to_json(f)), '[]')
                  from (
                    select
                      f.id, f.name, f.release_state as "releaseState", f.position,
                      (
                        select coalesce(json_agg(row_to_json(t)), '[]')
                        from (
                          select
                            t.id, t.number, t.name, t.kind, t.state, t.mandatory,
                            t.planned_start as "plannedStart", t.planned_end as "plannedEnd",
                            t.actual_start as "actualStart", t.actual_end as "actualEnd", t.evidence,
                            (
                              select json_build_object('id', id, 'name', name)
                              from person
                              where id = t.assignee_id
                            ) as assignee
                          from task t
                          where t.phase_id = f.id
                          order by t.position, t.id limit 50
                        ) t
                      ) as tasks
                    from phase f
                    where f.release_id = r.id
                    order by f.position, f.id limit 20
                  ) f
                ) as phases,
                (
                  select coalesce(json_agg(row_to_json(c)), '[]')
                  from (
                    select
                      c.id, c.number, c.title, c.type, c.risk, c.state,
                      (
                        select json_build_object('id', id, 'name', name)
                        from person
                        where id = c.requested_by_id
                      ) as "requestedBy",
                      (
                        select coalesce(json_agg(row_to_json(i)), '[]')
                        from (
                          select i.id, i.number, i.name, i.ci_class as "ciClass", i.criticality
                          from change_ci x
                          join configuration_item i on i.id = x.ci_id
                          where x.change_id = c.id and x.role = 'TARGET'
                          order by i.id limit 50
                        ) i
                      ) as "targetCis"
                    from release_change m
                    join change c on c.id = m.change_id
                    where m.release_id = r.id and m.live
                    order by c.id limit 20
                  ) c
                ) as changes,
                (
                  select coalesce(json_agg(row_to_json(x)), '[]')
                  from (
                    select
                      x.id, x.baseline_digest as "baselineDigest",
                      (
                        select row_to_json(v)
                        from (
                          select
                            v.id, v.number, v.label, v.state,
                            (
                              select json_build_object('id', id, 'name', name, 'vendor', vendor)
                              from dml_item
                              where id = v.item_id
                            ) as item,
                            (
                              select json_build_object('digest', digest, 'size', size)
                              from media_blob
                              where id = v.media_id
                            ) as media
                          from dml_item_version v
                          where v.id = x.dml_item_version_id
                        ) v
                      ) as version
                    from release_content x
                    where x.release_id = r.id
                    order by x.id limit 20
                  ) x
                ) as contents,
                (
                  select coalesce(json_agg(row_to_json(d)), '[]')
                  from (
                    select
                      d.id, d.number, d.name, d.state, d.percent, d.scheduled_start as "scheduledStart",
                      d.started_at as "startedAt", d.ended_at as "endedAt",
                      (
                        select json_build_object('id', id, 'name', name, 'state', state)
                        from deployment_tool
                        where id = d.deployment_tool_id
                      ) as "deploymentTool",
                      (
                        select coalesce(json_agg(row_to_json(u)), '[]')
                        from (
                          select id, attempt, state
                          from distribution_run
                          where distribution_id = d.id
                          order by id limit 5
                        ) u
                      ) as runs,
                      (
                        select coalesce(json_agg(row_to_json(e)), '[]')
                        from (
                          select
                            e.id, e.state, e.percent,
                            (
                              select json_build_object('id', id, 'name', name)
                              from configuration_item
                              where id = e.ci_id
                            ) as ci
                          from target_execution e
                          where e.distribution_id = d.id
                          order by e.id limit 50
                        ) e
                      ) as targets
                    from distribution d
                    where d.release_id = r.id
                    order by d.id limit 10
                  ) d
                ) as distributions
              from release r
              where r.id = $1
            ) r
          )
        )::text as data`,
    values: ({ id }) => [id],
  },
};
