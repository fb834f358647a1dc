import type { Operation } from '../operation.js';

/** A page of 20 releases with their tasks, their changes and the target CIs of the changes. */
export const operation: Operation = {
  name: 'releases-changes-cis',
  title: 'page of 20 releases, their tasks, their changes and the target CIs of the changes: three levels deep',
  parameters: `
    select id as after
    from (select id, row_number() over (order by id desc) as n from release) r
    where n > 20
    order by md5(id::text || '2') limit $1`,
  interlock: {
    document: `
      query ReleasesInDepth($after: String) {
        releases(first: 20, after: $after) { nodes {
          id number name state
          tasks(first: 50, orderBy: [{ field: ID }]) { nodes { id number name state } }
          changes(first: 10) { nodes {
            id number title state risk
            targetCis(first: 20) { nodes { id number name ciClass } }
          } }
        } }
      }`,
    variables: ({ after }) => ({ after: Buffer.from(JSON.stringify(['ID+', after])).toString('base64url') }),
  },
  postgraphile: {
    document: `
      query ReleasesInDepth($after: Cursor) {
        releases: allReleases(first: 20, after: $after) { nodes {
          id: rowId number name state
          tasks: tasksByReleaseId(first: 50) { nodes { id: rowId number name state } }
          changes: releaseChangesByReleaseId(first: 10) { nodes { link: changeByChangeId {
            id: rowId number title state risk
            targetCis: changeCisByChangeId(first: 20, condition: { role: "TARGET" }) { nodes {
              link: configurationItemByCiId { id: rowId number name ciClass }
            } }
          } } }
        } }
      }`,
    variables: ({ after }, cursor) => ({ after: cursor(after as string) }),
  },
  mercurius: {
    document: `
      query ReleasesInDepth($after: ID) {
        releases(first: 20, after: $after) {
          id number name state
          tasks(first: 50) { id number name state }
          changes(first: 10) { id number title state risk targetCis(first: 20) { id number name ciClass } }
        }
      }`,
    variables: ({ after }) => ({ after }),
  },
  limit: {
    sql: () => `
      select json_build_object('releases', coalesce(json_agg(row_to_json(r)), '[]'))::text as data
      from (
        select
          id, number, name, state,
          (
            select coalesce(json_agg(row_to_json(t)), '[]')
            from (select id, number, name, state from task where release_id = release.id order by id limit 50) t
          ) as tasks,
          (
            select coalesce(json_agg(row_to_json(c)), '[]')
            from (
              select
                c.id, c.number, c.title, c.state, c.risk,
                (
                  select coalesce(json_agg(row_to_json(i)), '[]')
                  from (
                    select i.id, i.number, i.name, i.ci_class as "ciClass"
                    from change_ci x
                    join configuration_item i on i.id = x.ci_id
                    where x.change_id = c.id and x.role = 'TARGET'
                    order by i.id limit 20
                  ) i
                ) as "targetCis"
              from release_change m
              join change c on c.id = m.change_id
              where m.release_id = release.id and m.live
              order by c.id limit 10
            ) c
          ) as changes
        from release
        where id > $1
        order by id limit 20
      ) r`,
    values: ({ after }) => [after],
  },
};
