import { sql, type RawBuilder } from 'kysely';

/** Everybody who planned a release `r`: its manager and the authors of its plan. An SQL array. */
export const plannerIds: RawBuilder<string[]> = sql`array(
  select r.manager_id
  union select x.person_id from release_planner x where x.release_id = r.id)`;

/**
 * Everybody with a part in the work on a release `r`: planners, builders, and who registered, uploaded or packed its
 * content. An SQL array. Nobody of them can give evidence that the package works.
 */
export const contributorIds: RawBuilder<string[]> = sql`array(
  select r.manager_id
  union select x.person_id from release_planner x where x.release_id = r.id
  union select x.person_id from release_builder x where x.release_id = r.id
  union select x.added_by_id from release_content x where x.release_id = r.id
  union select m.author_id from release_content x join dml_item_version m on m.id = x.dml_item_version_id
    where x.release_id = r.id
  union select m.uploaded_by_id from release_content x join dml_item_version m on m.id = x.dml_item_version_id
    where x.release_id = r.id and m.uploaded_by_id is not null)`;
