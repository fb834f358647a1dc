import { blocker, collectBlockers, type Blocker, type BlockerCode } from '../blocker.js';
import { actorHolds, type ActorFacts } from '../roles.js';

/** What the rules about waivers need to know of a release. */
export interface WaivedRelease {
  readonly ownerId: string;
  /** Everybody who wrote the plan: the release manager and the authors of its revisions. */
  readonly plannerIds: readonly string[];
}

/** Whether a person may waive a mandatory task: the owner of the release, unless they took part in planning it. */
export function mayWaiveTask({ ownerId, plannerIds }: WaivedRelease, personId: string): boolean {
  return personId === ownerId && !plannerIds.includes(personId);
}

/**
 * Why the actor may not grant a waiver; empty when they may. Nobody waives a rule for their own plan. What the plan
 * makes mandatory is waived by the person who is accountable for the release, other rules also by the change authority.
 */
export function waiverGrantBlockers(facts: WaivedRelease & ActorFacts, code: BlockerCode): Blocker[] {
  const { actorId, ownerId, plannerIds } = facts;
  return collectBlockers([
    code === 'WAIVER_REQUIRED' && actorId !== ownerId
      ? blocker('NOT_RELEASE_OWNER', 'Only the owner of this release can waive its mandatory tasks.', ['RELEASE_OWNER'])
      : undefined,
    code !== 'WAIVER_REQUIRED' && actorId !== ownerId && !actorHolds(facts, 'CHANGE_AUTHORITY')
      ? blocker('NOT_RELEASE_OWNER', 'Only the owner of this release or a change authority can waive a rule for it.', [
          'RELEASE_OWNER',
          'CHANGE_AUTHORITY',
        ])
      : undefined,
    plannerIds.includes(actorId)
      ? blocker('SELF_APPROVAL', 'You took part in planning this release, so somebody else has to grant it a waiver.', [
          ...(code === 'WAIVER_REQUIRED' ? [] : (['CHANGE_AUTHORITY'] as const)),
          'RELEASE_OWNER',
        ])
      : undefined,
  ]);
}
