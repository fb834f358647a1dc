import type { LifecycleState } from '../cmdb/configuration-item.machine.js';

/** Lifecycle states of items that are in use. */
const IN_SERVICE: readonly LifecycleState[] = ['TEST', 'PRODUCTION'];

/** Lifecycle states of items that certainly are not. */
const OUT_OF_SERVICE: readonly LifecycleState[] = ['INVENTORY', 'DECOMMISSIONED'];

/** What decides whether a member of a redundancy group can stand in for the others. */
export interface MemberStanding {
  readonly lifecycleState: LifecycleState;
  /** Whether the last delivery to it that ended there failed or has an unknown outcome. */
  readonly failed: boolean;
  /** Whether a distribution works on it now. */
  readonly atWork: boolean;
}

/**
 * Which members of one group are down, in the order given. A member is down when
 * - it is in store or decommissioned;
 * - it is not ready or being built while another member of the group is in test or production. Where no member is, the
 *   lifecycle states are not kept for the group and say nothing: then all of them count as up;
 * - the last delivery to it that ended there failed or has an unknown outcome;
 * - a distribution works on it now.
 */
export function membersDown(members: readonly MemberStanding[]): boolean[] {
  const statesAreKept = members.some(({ lifecycleState }) => IN_SERVICE.includes(lifecycleState));
  return members.map(
    ({ lifecycleState, failed, atWork }) =>
      failed ||
      atWork ||
      OUT_OF_SERVICE.includes(lifecycleState) ||
      (statesAreKept && !IN_SERVICE.includes(lifecycleState)),
  );
}
