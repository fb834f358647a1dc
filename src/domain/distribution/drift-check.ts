import type { ReleaseState } from '../release/release.state.js';
import type { DistributionOperation } from './distribution.state.js';

/** States of a release whose outcome is settled, so that a check finds only what changed since. */
const SETTLED = ['DEPLOYED', 'IN_REVIEW', 'CLOSED'] as const satisfies readonly ReleaseState[];

/**
 * Whether a distribution checks what is on the targets of a release whose outcome is settled. It changes nothing on a
 * target, and what it finds is no part of the outcome.
 */
export const isDriftCheck = ({
  operation,
  release,
}: {
  readonly operation: DistributionOperation;
  readonly release: { readonly state: ReleaseState };
}): boolean => operation === 'VERIFY' && (SETTLED as readonly ReleaseState[]).includes(release.state);
