import { blocker, type NamedRef } from '../blocker.js';
import type { ReleaseState } from './release.state.js';
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

/** What the rules for the scope of a release need to know, beside whether it is open at all. */
export interface ReleaseScopeFacts extends ActorFacts {
  readonly release: NamedRef & { readonly state: ReleaseState; readonly ownerId: string; readonly managerId: string };
}

/** The scope of a release is in the hands of the two who answer for it. */
export const actorRunsTheRelease: Guard<ReleaseScopeFacts> = ({ actorId, release }) =>
  actorId === release.ownerId || actorId === release.managerId
    ? undefined
    : blocker(
        'NOT_RELEASE_OWNER',
        `Only the owner and the manager of release ${release.name} may change its scope.`,
        ['RELEASE_OWNER', 'RELEASE_MANAGER'],
        {
          subject: { type: 'Release', id: release.id },
        },
      );

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
