import { blocker, type NamedRef } from '../blocker.js';
import type { ReleaseState } from '../release/release.state.js';
import type { Guard } from '../state-machine.js';
import type { DistributionOperation } from './distribution.state.js';
import { isDriftCheck } from './drift-check.js';

/** Operations that can take away what a release delivered. */
const RETURNS: readonly DistributionOperation[] = ['REMOVE', 'UNDO'];

/** A target of a distribution, with contents that the distribution would return nothing of there. */
export interface NotReturned extends NamedRef {
  /** Names of the contents. */
  readonly contents: readonly string[];
}

/** What the rules of a return need to know: a distribution that takes away what its release delivered. */
export interface ReturnFacts {
  readonly operation: DistributionOperation;
  readonly release: NamedRef & { readonly state: ReleaseState };
  /**
   * While its release is being backed out: targets that are left to work on, with contents of which the release put
   * nothing there; absent otherwise.
   */
  readonly notReturned?: readonly NotReturned[];
  /** While its release is being backed out: false where it did something and nothing of that is left. */
  readonly isOwed?: boolean;
}

/** Whether the rules of a return hold for a distribution of a release: while that is being backed out. */
export const isReturn = ({ release }: { readonly release: { readonly state: ReleaseState } }): boolean =>
  release.state === 'BACKING_OUT';

/** Whether the rules of a delivery hold: those of a return or of a drift check do not. */
export const delivers = (facts: Pick<ReturnFacts, 'release' | 'operation'>): boolean =>
  !isReturn(facts) && !isDriftCheck(facts);

/** A release that is being backed out delivers nothing more: what begins takes away. */
export const itTakesAway: Guard<ReturnFacts> = ({ operation, release }) =>
  RETURNS.includes(operation)
    ? undefined
    : blocker(
        'BACK_OUT_ONLY',
        `Release ${release.name} is being backed out, so a distribution of it can only remove what it delivered. ` +
          `Plan one with ${RETURNS.join(' or ')} instead of ${operation}.`,
        ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
        { subject: { type: 'Release', id: release.id }, path: ['operation'] },
      );

/** It takes away only what the release put there: anything else on the target belongs to others. */
export const itTakesOnlyWhatWasDelivered: Guard<ReturnFacts> = ({ operation, release, notReturned = [] }) =>
  notReturned.map(({ id, name, contents }) =>
    blocker(
      'NOTHING_TO_RETURN',
      `Release ${release.name} has nothing on ${name} of ${contents.join(', ')} that ${operation} could return. ` +
        'Take the target or the content out of the distribution.',
      ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
      { subject: { type: 'ConfigurationItem', id }, path: ['targetIds'] },
    ),
  );

/**
 * What the distribution did is still there. To back out one that took something away would bring that back, and to back
 * out one whose work has been taken away already has the tool guess.
 */
export const somethingOfItIsLeft: Guard<ReturnFacts> = ({ release, isOwed = true }) =>
  isOwed
    ? undefined
    : blocker(
        'NOTHING_TO_RETURN',
        `Nothing that this distribution did for release ${release.name} is left on a target, so there is nothing to ` +
          'back out.',
        ['DEPLOYMENT_OPERATOR'],
        { subject: { type: 'Release', id: release.id } },
      );
