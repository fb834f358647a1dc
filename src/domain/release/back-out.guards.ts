import { blocker, type NamedRef } from '../blocker.js';
import type { ReleaseGuard } from './release.guards.js';

/** What a distribution put on targets that has not been returned. */
export interface LeftByDistribution extends NamedRef {
  /** How many targets have, or may have, something of it. */
  readonly targets: number;
  /** The first of their names. */
  readonly targetNames: readonly string[];
}

/** How many distributions a refusal lists one by one. */
const LISTED = 20;

const some = ({ targets, targetNames }: LeftByDistribution): string => {
  const names = targetNames.join(', ');
  const more = targets - targetNames.length;
  return `${targets} target${targets === 1 ? '' : 's'} (${names}${more > 0 ? ` and ${more} more` : ''})`;
};

/** Everything that was delivered has been returned, or the owner states why the rest stays. */
export const everythingDeliveredIsReturned: ReleaseGuard = ({ leftByDistributions = [], residualGiven = false }) => {
  if (residualGiven) return undefined;
  const listed = leftByDistributions.slice(0, LISTED);
  const others = leftByDistributions.length - listed.length;
  return listed.map((left, index) =>
    blocker(
      'BACK_OUT_INCOMPLETE',
      `What distribution ${left.name} delivered is, or may be, still on ${some(left)}. Back the distribution out, ` +
        'plan another one that removes it, or have the owner of the release state in "residualReason" why it stays.' +
        (others > 0 && index === listed.length - 1 ? ` The same applies to ${others} more distributions.` : ''),
      ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER'],
      { subject: { type: 'Distribution', id: left.id } },
    ),
  );
};

/** The owner, who accepted the release, decides what stays of it. */
export const ownerDecidesWhatStays: ReleaseGuard = ({
  actorId,
  ownerId,
  leftByDistributions = [],
  residualGiven = false,
}) =>
  residualGiven && leftByDistributions.length > 0 && actorId !== ownerId
    ? blocker(
        'NOT_RELEASE_OWNER',
        'Only the owner of this release decides what stays on its targets.',
        ['RELEASE_OWNER'],
        { path: ['residualReason'] },
      )
    : undefined;
