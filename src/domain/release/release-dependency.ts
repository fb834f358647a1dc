import { blocker, type Blocker, type NamedRef } from '../blocker.js';
import type { ReleaseState } from './release.state.js';

/** Most releases that one release can depend on. */
export const MAX_PREDECESSORS = 100;

/** A release that another one depends on, and that is not deployed. */
export interface MissingPredecessor extends NamedRef {
  readonly state: ReleaseState;
}

/** What a release waits for before its first distribution starts. */
export interface PredecessorFacts {
  /** Releases that it depends on and that are not deployed, by their numbers. */
  readonly missingPredecessors: readonly MissingPredecessor[];
}

/** Every release that this one depends on is deployed, and not backed out since. */
export const predecessorsAreDeployed = ({ missingPredecessors }: PredecessorFacts): Blocker[] =>
  missingPredecessors.map(({ id, name, state }) =>
    blocker(
      'RELEASE_PREDECESSOR',
      `Release ${name}, on which this one depends, is not deployed: it is ${state}. Wait until it is DEPLOYED, or ` +
        'take the dependency back with "releaseRemoveDependency".',
      ['RELEASE_MANAGER', 'RELEASE_OWNER'],
      { subject: { type: 'Release', id } },
    ),
  );

/**
 * Why a release cannot depend on another one: that one waits for it already.
 * @param path releases from the predecessor to the dependent, each of which depends on the next one; undefined for none
 */
export const dependencyCycle = (release: NamedRef, path: readonly NamedRef[] | undefined): Blocker[] =>
  path === undefined
    ? []
    : [
        blocker(
          'DEPENDENCY_CYCLE',
          `Release ${release.name} would wait for itself: ${[release, ...path].map(({ name }) => name).join(' > ')}, ` +
            'each of which depends on the next one. Take one of these dependencies back first.',
          ['RELEASE_MANAGER', 'RELEASE_OWNER'],
          {
            subject: { type: 'Release', id: (path[0] ?? release).id },
            via: path.map(({ id }) => ({ type: 'Release', id })),
          },
        ),
      ];

const NEVER_DEPLOYED: readonly ReleaseState[] = ['BACKED_OUT', 'IN_REVIEW', 'CLOSED', 'CANCELLED'];

/** Why a release cannot depend on another one: that one will never be deployed. */
export const predecessorIsOver = ({
  id,
  name,
  state,
  isDeployed,
}: MissingPredecessor & { readonly isDeployed: boolean }): Blocker[] =>
  !isDeployed && NEVER_DEPLOYED.includes(state)
    ? [
        blocker(
          'RELEASE_PREDECESSOR',
          `Release ${name} is ${state} and not deployed, so a release that depends on it could never start.`,
          ['RELEASE_MANAGER', 'RELEASE_OWNER'],
          { subject: { type: 'Release', id } },
        ),
      ]
    : [];
