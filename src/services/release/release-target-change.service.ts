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
import { impactingIdsOf } from '../../facts/cmdb/impact.facts.js';

const FOLLOWING = RELEASE_STATES.filter(skipsFollowScope);

/** Job that brings releases in line with targets that count for more, or less, than before. */
export const TARGET_CHANGED_JOB = 'release.target-changed';

/**
 * Says that configuration items count for more or less than before: their own criticality changed, or what depends on
 * them. Every release with a target whose work impacts one of them follows by itself.
 */
export function criticalityChanged(uow: UnitOfWork, ...ciIds: readonly string[]): void {
  uow.enqueue(TARGET_CHANGED_JOB, { ciIds: [...new Set(ciIds)].sort() });
}

/**
 * Says that a configuration item went out of use. What impacted it no longer reaches through it, so the job starts at
 * the items beside it as well.
 */
export async function itemRetired(uow: UnitOfWork, ciId: string): Promise<void> {
  const beside = await uow.query<{ id: string }>(sql`
    select target_id as id from ci_relation where source_id = ${ciId}
    union
    select source_id from ci_relation where target_id = ${ciId}`);
  criticalityChanged(uow, ciId, ...beside.map(({ id }) => id));
}

/** The releases made from a template with a target that impacts one of some items, and that can still follow. */
export async function releasesToFollow(db: Queryable, ciIds: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(sql`
    select r.id from release r where r.template_version_id is not null
      and r.state = any(${FOLLOWING})
      and exists (select 1 from release_ci x where x.release_id = r.id and x.role = 'TARGET'
        and x.ci_id in ${impactingIdsOf(sql`${[...ciIds]}::uuid[]`)})
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
    const reason = `A target has become more critical. ${error.message}`;
    await putOnHold(uow, release, reason, null);
  }
}
