import { sql } from 'kysely';
import { Refusal } from '../../domain/errors.js';
import { skipsFollowScope } from '../../domain/release/release-plan.js';
import { RELEASE_STATES } from '../../domain/release/release.state.js';
import { Release } from '../../entities/release/release.entity.js';
import { lock } from '../load.js';
import { putOnHold } from './release-hold.service.js';
import { followScope } from './release-skips.service.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { Queryable } from '../../database/queryable.js';

const FOLLOWING = RELEASE_STATES.filter(skipsFollowScope);

/** Job that brings releases in line with a target that counts for more, or less, than before. */
export const TARGET_CHANGED_JOB = 'release.target-changed';

/**
 * Says that a configuration item is no longer as critical as it was; the releases that target it follow by themselves.
 */
export function targetChanged(uow: UnitOfWork, ciId: string): void {
  uow.enqueue(TARGET_CHANGED_JOB, { ciId }, { singletonKey: ciId });
}

/** The releases made from a template that are to change a configuration item and have not begun to. */
export async function releasesToFollow(db: Queryable, ciId: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>(sql`
    select r.id from release r where r.template_version_id is not null
      and r.state = any(${FOLLOWING})
      and exists (select 1 from release_ci x where x.release_id = r.id and x.ci_id = ${ciId} and x.role = 'TARGET')
        order by r.id`);
  return rows.map(({ id }) => id);
}

/**
 * Evaluates what a release may leave out for the targets as they are now. Steps that lie ahead come back by themselves.
 * One that must not be left out and has been passed cannot: the release is put on hold, and people decide.
 */
export async function followTargets(uow: UnitOfWork, releaseId: string): Promise<void> {
  const release = await lock(uow, Release, 'Release', releaseId);
  try {
    await followScope(uow, release);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (release.onHoldAt != null) return; // it does not move already
    const reason = `A target counts for more than it did. ${error.message}`;
    putOnHold(uow, release, reason, null);
  }
}
