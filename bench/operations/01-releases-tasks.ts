import type { Operation } from '../operation.js';

/** A page of 20 releases with their tasks, from any position of the list. */
export const operation: Operation = {
  name: 'releases-tasks',
  title: 'page of 20 releases with their tasks',
  parameters: `
    select id as after
    from (select id, row_number() over (order by id desc) as n from release) r
    where n > 20
    order by md5(id::text) limit $1`,
  interlock: {
    document: `
      query ReleasesWithTasks($after: String) {
        releases(first: 20, after: $after) { nodes {
          id number name kind state plannedStart plannedEnd version
          tasks(first: 50, orderBy: [{ field: ID }]) { nodes {
            id number name kind state mandatory plannedStart plannedEnd
          } }
        } }
      }`,
    variables: ({ after }) => ({ after: Buffer.from(JSON.stringify(['ID+', after])).toString('base64url') }),
  },
  postgraphile: {
    document: `
      query ReleasesWithTasks($after: Cursor) {
        releases: allReleases(first: 20, after: $after) { nodes {
          id: rowId number name kind state plannedStart plannedEnd version
          tasks: tasksByReleaseId(first: 50) { nodes {
            id: rowId number name kind state mandatory plannedStart plannedEnd
          } }
        } }
      }`,
    variables: ({ after }, cursor) => ({ after: cursor(after as string) }),
  },
  mercurius: {
    document: `
      query ReleasesWithTasks($after: ID) {
        releases(first: 20, after: $after) {
          id number name kind state plannedStart plannedEnd version
          tasks(first: 50) { id number name kind state mandatory plannedStart plannedEnd }
        }
      }`,
    variables: ({ after }) => ({ after }),
  },
  limit: {
    sql: () => `
      select json_build_object('releases', coalesce(json_agg(row_to_json(r)), '[]'))::text as data
      from (
        select
          id, number, name, kind, state, planned_start as "plannedStart", planned_end as "plannedEnd", version,
          (
            select coalesce(json_agg(row_to_json(t)), '[]')
            from (
              select
                id, number, name, kind, state, mandatory, planned_start as "plannedStart",
                planned_end as "plannedEnd"
              from task
              where release_id = release.id
              order by id limit 50
            ) t
          ) as tasks
        from release
        where id > $1
        order by id limit 20
      ) r`,
    values: ({ after }) => [after],
  },
};
