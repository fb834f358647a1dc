import type pg from 'pg';

/** Number of targets of the large release. */
export const LARGE_RELEASE_TARGETS = 8_800;

/**
 * Gives one release of the data set, an accepted one that is planned, as many targets as no other has, and lets its
 * acceptance stand on them. A database that is kept has it already.
 */
export async function largeRelease(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `update release set number = 'REL-LARGE'
     where id = (select id from release where state = 'ACCEPTED' and planned_start is not null order by id limit 1)
       and not exists (select from release where number = 'REL-LARGE')
     returning id`,
  );
  const [release] = rows;
  if (!release) return;
  await client.query(
    `insert into release_ci (id, release_id, ci_id, role, added_by_id, created_at)
     select uuidv7(), $1, c.id, 'TARGET', (select manager_id from release where id = $1), now()
     from (select id from configuration_item order by id limit $2) c
     where not exists (
       select from release_ci x where x.release_id = $1 and x.ci_id = c.id and x.role = 'TARGET')`,
    [release.id, LARGE_RELEASE_TARGETS],
  );
  await client.query(`update release set accepted_basis = '[]' where id = $1`, [release.id]);
  await client.query(
    `insert into accepted_target (release_id, ci_id, name, lifecycle_state, criticality)
     select $1, c.id, c.name, c.lifecycle_state, 'LOW' from configuration_item c where c.id in (
       select x.ci_id from release_ci x where x.release_id = $1 and x.role = 'TARGET')`,
    [release.id],
  );
  await client.query('analyze release, release_ci, accepted_target');
}
