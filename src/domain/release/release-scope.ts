import { blocker, type NamedRef } from '../blocker.js';
import type { ActorFacts } from '../roles.js';
import type { Guard } from '../state-machine.js';

/** The parts a configuration item can play in a change or a release. */
export const CI_ROLES = ['SOURCE', 'TARGET'] as const;

/** One of {@link CI_ROLES}. */
export type CiRole = (typeof CI_ROLES)[number];

/** What each part means. */
export const CI_ROLE_DESCRIPTIONS: Readonly<Record<CiRole, string>> = {
  SOURCE: 'Configuration item that supplies the content, e.g. a reference installation.',
  TARGET: 'Configuration item that the change or release acts on.',
};

/** What the rules need to know of the people of a release. */
export interface ReleasePeopleFacts extends ActorFacts {
  readonly release: NamedRef & { readonly ownerId: string; readonly managerId: string };
}

/** Whether the actor is the owner or the manager of the release. */
const runsTheRelease = ({ actorId, release }: ReleasePeopleFacts): boolean =>
  actorId === release.ownerId || actorId === release.managerId;

/** A release is in the hands of the two who answer for it. A role alone gives nobody a part in a foreign release. */
export const actorRunsTheRelease: Guard<ReleasePeopleFacts> = (facts) => {
  const { release } = facts;
  return runsTheRelease(facts)
    ? undefined
    : blocker(
        'NOT_RELEASE_OWNER',
        `Only the owner and the manager of release ${release.name} can do this. They can hand it over with ` +
          '"releaseHandOver".',
        ['RELEASE_OWNER', 'RELEASE_MANAGER'],
        { subject: { type: 'Release', id: release.id } },
      );
};

/** A configuration item and the distribution that has it as target and is not over. */
export interface DistributedCi {
  readonly ci: NamedRef;
  readonly distribution: NamedRef;
}

/** What leaves the scope is not in a distribution of the release that is planned or under way. */
export const nothingLeavingIsDistributed: Guard<{ readonly leavingInDistribution: readonly DistributedCi[] }> = ({
  leavingInDistribution,
}) =>
  leavingInDistribution.map(({ ci, distribution }) =>
    blocker(
      'CI_IN_USE',
      `Configuration item ${ci.name} is a target of distribution ${distribution.name}, which is not over. Take ` +
        'it out of that distribution, or cancel that.',
      ['DEPLOYMENT_OPERATOR'],
      { subject: { type: 'ConfigurationItem', id: ci.id }, via: [{ type: 'Distribution', id: distribution.id }] },
    ),
  );
