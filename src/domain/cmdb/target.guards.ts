import { blocker, type NamedRef } from '../blocker.js';
import type { ChangeState } from '../change/change.machine.js';
import type { Guard } from '../state-machine.js';
import type { LifecycleState } from './configuration-item.machine.js';

/** A target in a protected lifecycle state that no authorised change of its release names. */
export interface UncoveredTarget extends NamedRef {
  readonly lifecycleState: LifecycleState;
  /** The change that comes closest to covering it: one of the release first, then one that could join it. */
  readonly nearest: (NamedRef & { readonly state: ChangeState; readonly inRelease: boolean }) | null;
}

/** What the rules need to know about the targets of a release or a distribution. */
export interface TargetFacts {
  readonly uncoveredTargets: readonly UncoveredTarget[];
  /** Targets in lifecycle state DECOMMISSIONED. */
  readonly decommissionedTargets: readonly NamedRef[];
}

function helpFor({ nearest }: UncoveredTarget): string {
  if (nearest === null) return 'Raise a change that names it as target and have it join the release';
  if (!nearest.inRelease) return `Have change ${nearest.name} join the release`;
  return `Have change ${nearest.name} authorised`;
}

/**
 * Every target in a protected lifecycle state is named as target by an authorised change of the same release. How the
 * target came into the release does not matter, and a change of another release covers nothing here: its authority
 * decided on other content.
 */
export const protectedTargetsAreCovered: Guard<TargetFacts> = ({ uncoveredTargets }) =>
  uncoveredTargets.map((ci) =>
    blocker(
      'CI_PROTECTED',
      `Configuration item ${ci.name} is in lifecycle state ${ci.lifecycleState}, which is protected, and no ` +
        `authorised change of the release names it as target. ${helpFor(ci)}, or take the item out of the release.`,
      ['CHANGE_AUTHORITY', 'RELEASE_OWNER', 'RELEASE_MANAGER'],
      {
        subject: { type: 'ConfigurationItem', id: ci.id },
        ...(ci.nearest !== null && { via: [{ type: 'Change', id: ci.nearest.id }] }),
      },
    ),
  );

/** No target has been taken out of service. */
export const targetsAreInService: Guard<Pick<TargetFacts, 'decommissionedTargets'>> = ({ decommissionedTargets }) =>
  decommissionedTargets.map((ci) =>
    blocker(
      'CI_DECOMMISSIONED',
      `Configuration item ${ci.name} is decommissioned and cannot be a target. Take it out of the release, or have ` +
        'its lifecycle state corrected.',
      ['CONFIGURATION_MANAGER', 'RELEASE_MANAGER'],
      { subject: { type: 'ConfigurationItem', id: ci.id } },
    ),
  );
