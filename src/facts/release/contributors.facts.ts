import { sql, type RawBuilder } from 'kysely';
import { authorsOf } from '../contribution.facts.js';

const planners = sql`select r.manager_id union ${authorsOf(sql`r.id`)}`;

/** Everybody who planned a release `r`: its manager and the authors of its plan. An SQL array. */
export const plannerIds: RawBuilder<string[]> = sql`array(${planners})`;

/**
 * Everybody with a part in the work on a release `r`: planners, builders, and who registered, uploaded or packed its
 * content. An SQL array. Nobody of them can give evidence that the package works.
 */
export const contributorIds: RawBuilder<string[]> = sql`array(
  ${planners}
  union select b.person_id from contribution b where b.subject_id = r.id and b.part = 'BUILDER'
  union select c.added_by_id from release_content c where c.release_id = r.id
  union select a.person_id
    from release_content c
    join contribution a on a.subject_id = c.dml_item_version_id and a.part = 'AUTHOR'
    where c.release_id = r.id)`;
