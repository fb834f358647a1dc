import { sql, type RawBuilder } from 'kysely';

const planners = sql`
  select r.manager_id
  union select x.person_id from release_planner x where x.release_id = r.id`;

/** Everybody who planned a release `r`: its manager and the authors of its plan. An SQL array. */
export const plannerIds: RawBuilder<string[]> = sql`array(${planners})`;

/**
 * Everybody with a part in the work on a release `r`: planners, builders, and who registered, uploaded or packed its
 * content. An SQL array. Nobody of them can give evidence that the package works.
 */
export const contributorIds: RawBuilder<string[]> = sql`array(
  ${planners}
  union select x.person_id from release_builder x where x.release_id = r.id
  union select x.added_by_id from release_content x where x.release_id = r.id
  union select a.person_id
    from release_content x join dml_item_version m on m.id = x.dml_item_version_id
    cross join lateral (values (m.author_id), (m.uploaded_by_id)) a(person_id)
    where x.release_id = r.id and a.person_id is not null)`;
